"""Right or wrong, and which mistake: an answer's values, and its gradient where something is to be trained by it.

A check knows the mistakes that learners make: it works out what each would have given, and when the answer equals one
of these, it says which. Otherwise it shows the numbers that it tried.
"""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor

from .exercise import NotYet

Value = Tensor | dict[str, Tensor]
Mistakes = Callable[[], dict[str, Value | list[Value]]]


def compare(result, expected: Value, mistakes: Mistakes, *, tried: str, rtol: float = 1e-5) -> None:
    """Raise NotYet unless result equals expected, naming the mistake if it is a known one.

    result:   what the learner's function returned, in any style: see `numbers`; where expected is a dict, a dict
    mistakes: a function without arguments, called if the result is wrong: it returns a dict from a sentence to the
              value that this mistake would have given, or to a list of such values
    tried:    what the function was called with, in words
    rtol:     the relative difference at which two numbers are still equal
    """
    result = (
        _named(result, expected) if isinstance(expected, dict) else numbers(result, where=f"tried {tried}: ").detach()
    )
    if _equal(result, expected, rtol):
        return
    _name(mistakes, lambda wrong: _equal(result, wrong, rtol) and not _equal(wrong, expected, rtol))
    for name, right in _parts(expected).items():
        mine = _parts(result)[name]
        if mine.shape != right.shape:
            raise NotYet(f"tried {tried}: {name} has the shape {tuple(mine.shape)}, expected {tuple(right.shape)}")
    mine, right = vector(result), vector(expected)
    differ = ~torch.isclose(mine, right, rtol=rtol, atol=1e-8)
    shown, wanted = (", ".join(f"{n:.6f}" for n in values[differ][:3].tolist()) for values in (mine, right))
    which = f"{differ.sum()} of {differ.numel()} numbers differ: " if differ.numel() > 1 else ""
    raise NotYet(f"tried {tried}: {which}your function gives {shown}, expected {wanted}")


def compare_gradients(
    result, expected: Tensor, leaves: dict[str, Tensor], *, of: str, tried: str, mistakes: Mistakes = dict
) -> None:
    """Raise NotYet unless result, which is right in value, has the gradient of expected; both stem from the leaves.

    of:       what the leaves are, in words
    mistakes: as for `compare`, of gradients by the leaves' names
    """
    mine, right = _gradients(numbers(result, where=f"tried {tried}: "), leaves, of), _gradients(expected, leaves, of)
    silent = [name for name, g in mine.items() if not g.any() and right[name].any()]
    if silent:
        where = of if len(silent) == len(leaves) else " and ".join(silent)
        raise NotYet(f"the value is right, but no gradient reaches {where}: leave out detach, item and .data")
    if not all(g.isfinite().all() for g in mine.values()):
        raise NotYet(f"the value is right, but its gradient is not finite; tried {tried}")
    if _close(mine, right):
        return
    _name(mistakes, lambda wrong: _close(mine, wrong) and not _close(wrong, right))
    factor = (vector(mine) @ vector(right) / vector(right).square().sum()).item()
    if _close(mine, {name: factor * g for name, g in right.items()}):
        raise NotYet(f"the value is right, but its gradient is {factor:.3g} times what it should be")
    off = (vector(mine) - vector(right)).norm() / vector(right).norm()
    raise NotYet(f"the value is right, but its gradient is off by {100 * off:.2g}%; tried {tried}")


def numbers(result, *, where: str = "") -> Tensor:
    """The tensor in what was returned: a tensor, an array, a number, or a list or tuple of these; gradients pass.

    where: what a message about something else begins with
    """
    kind = type(result).__name__
    if isinstance(result, (list, tuple)) and len(result):
        parts = [numbers(part, where=where) for part in result]
        if len({part.shape for part in parts}) > 1:
            shapes = ", ".join(str(tuple(part.shape)) for part in parts)
            raise NotYet(f"a tensor is expected, your function returns a {kind} whose parts differ in shape: {shapes}")
        return torch.stack(parts)
    if isinstance(result, (int, float, complex, np.number, np.bool_)) or (
        isinstance(result, np.ndarray) and result.dtype.kind in "biufc"
    ):
        result = torch.as_tensor(result)
    if not isinstance(result, Tensor):
        raise NotYet(f"{where}a tensor is expected, your function returns a {kind}")
    if result.is_complex():
        raise NotYet("your function returns complex numbers, and all numbers here are real")
    return result.to_dense().double()


def vector(value: Value) -> Tensor:
    """All numbers of a tensor, or of a dict of them in its order, in one vector."""
    return torch.cat([part.flatten().double() for part in _parts(value).values()])


def _parts(value: Value) -> dict[str, Tensor]:
    """A dict as it is, and a tensor under a name for messages."""
    return value if isinstance(value, dict) else {"the result": value}


def _name(mistakes: Mistakes, is_this) -> None:
    """Raise NotYet with the sentence of the first mistake that is this one; some numbers make a mistake no mistake."""
    for sentence, values in mistakes().items():
        if any(is_this(wrong) for wrong in (values if isinstance(values, list) else [values])):
            raise NotYet(sentence)


def _named(result, like: dict) -> dict[str, Tensor]:
    """The tensors of a dict, in the order of another that has the same names."""
    if not isinstance(result, Mapping) or result.keys() != like.keys():
        given = list(result) if isinstance(result, Mapping) else f"a {type(result).__name__}"
        raise NotYet(f"a dict with the names {list(like)} is expected, your function returns {given}")
    empty = [name for name in like if result[name] is None]
    if empty:
        raise NotYet(f"{empty[0]} is None in the dict that your function returns: a tensor is expected")
    return {name: numbers(result[name], where=f"{name}: ").detach() for name in like}


def _gradients(result: Tensor, leaves: dict[str, Tensor], of: str) -> dict[str, Tensor]:
    """The gradient of a sum of all results, each with a weight of its own; zeros where none arrives."""
    if not result.requires_grad:
        raise NotYet(f"the value is right, but no gradient reaches {of}: leave out detach, item and .data")
    weights = torch.linspace(1, 2, result.numel()).to(result).view_as(result)
    try:
        found = torch.autograd.grad((weights * result).sum(), list(leaves.values()), materialize_grads=True)
    except RuntimeError as error:
        said = str(error).partition(". ")[0]
        raise NotYet(f"the value is right, but its gradient cannot be taken: {said}") from None
    return dict(zip(leaves, found, strict=True))


def _equal(a: Value, b: Value, rtol: float) -> bool:
    pairs = [(_parts(a)[name], part) for name, part in _parts(b).items()]
    return all(p.shape == q.shape and torch.allclose(p.double(), q.double(), rtol=rtol, atol=1e-8) for p, q in pairs)


def _close(a: dict, b: dict) -> bool:
    """Whether two gradients are equal, each leaf's by its length, to the digits that a nudge against nan leaves."""
    return all((a[name] - p).norm() <= 1e-4 * p.norm() + 1e-10 for name, p in b.items())
