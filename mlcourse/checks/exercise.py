"""What every check does: try the learner's function, compare, and name the mistake.

A check knows the mistakes that learners make: it works out what each would have given, and when the answer equals
one of these, it says which. Otherwise it shows the numbers that it tried.
"""

from functools import wraps

import torch
from torch import Tensor

TWO_TYPES = ". Two types of number meet: give each tensor that you make the `dtype` of what you are given"
HINTS = {  # from a part of torch's message to what it may mean here
    "does not require grad": ". Were the weights told to `requires_grad_()`?",
    "expected scalar type": TWO_TYPES,
    "have the same dtype": TWO_TYPES,
}


class NotYet(Exception):
    """The answer is wrong, and this is what is wrong with it."""


class NotAttempted(Exception):
    """The function is still the stub."""


def exercise(examine):
    """Turn `examine(answer, seed, more)`, which raises NotYet for a wrong answer, into a check that prints its verdict.

    `check(answer)` is for lessons. `check.passes(answer, seed=..., more=...)` is for graded work: it prints the same,
    and returns whether the answer is right. Seed 0 gives the numbers of the lesson, any other seed other numbers; and
    with another seed `more` makes everything larger: so many more tasks, points, classes or steps, and a larger rate.
    """

    def passes(answer, *, seed: int = 0, more: int = 0) -> bool:
        try:
            examine(answer, seed, more)
        except NotAttempted:
            print("not attempted yet (the function returns None; if you have written it, is the `return` missing?)")
        except NotYet as mistake:
            print(f"not yet: {mistake}")
        except Exception as error:
            hint = next((hint for part, hint in HINTS.items() if part in str(error)), "")
            print(f"not yet: your function stopped with {type(error).__name__}: {error}{hint}")
        else:
            print("correct")
            return True
        return False

    @wraps(examine)
    def check(answer) -> None:
        passes(answer)

    del check.__wrapped__  # whose seed and more are not for the learner's help text
    check.passes = passes
    return check


def attempt(answer, *given, instead: str = "make a new dict, phi, and leave theta for the next task"):
    """Call the learner's function; a None or an Ellipsis that comes back is the stub's, and weights must not change.

    instead: what to do for whoever has changed them
    """
    before = [
        {name: (p, p.detach().clone(), p.requires_grad) for name, p in theta.items()}
        for theta in given
        if isinstance(theta, dict)
    ]
    result = answer(*given)
    if result is None or result is ...:
        raise NotAttempted
    for theta, old in zip((theta for theta in given if isinstance(theta, dict)), before, strict=True):
        if any(theta.get(name) is not p or not torch.equal(p, value) for name, (p, value, _) in old.items()):
            raise NotYet(f"theta has changed: {instead}")
        if any(p.requires_grad != required for p, _, required in old.values()):
            raise NotYet("theta itself was told to require a gradient: tell copies of it, and leave theta as it was")
    return result


def compare(
    result, expected: Tensor, mistakes: dict[str, Tensor | list[Tensor]], *, tried: str, rtol: float = 1e-5
) -> None:
    """Raise NotYet unless result equals expected, naming the mistake if it is a known one.

    mistakes: from a sentence to the value that this mistake would have given, or to a list of such values
    tried:    what the function was called with, in words
    rtol:     the relative difference at which two numbers are still equal
    """
    if not isinstance(result, Tensor):
        raise NotYet(f"tried {tried}: a tensor is expected, your function returns a {type(result).__name__}")
    for sentence, values in mistakes.items():
        for wrong in values if isinstance(values, list) else [values]:
            if _equal(result, wrong, rtol) and not _equal(wrong, expected, rtol):
                raise NotYet(sentence)
    if result.shape != expected.shape:
        raise NotYet(f"tried {tried}: the shape is {tuple(result.shape)}, expected {tuple(expected.shape)}")
    if not _equal(result, expected, rtol):
        differ = ~torch.isclose(result.double(), expected.double(), rtol=rtol, atol=1e-8).flatten()
        mine, right = (", ".join(f"{n:.6f}" for n in t.flatten()[differ][:3].tolist()) for t in (result, expected))
        which = f"{differ.sum()} of {differ.numel()} numbers differ: " if differ.numel() > 1 else ""
        raise NotYet(f"tried {tried}: {which}your function gives {mine}, expected {right}")


def vector(theta, like) -> Tensor:
    """All weights in one vector, in the order of `like`; raise NotYet if theta is no dict with the same names."""
    if not isinstance(theta, dict) or theta.keys() != like.keys():
        given = list(theta) if isinstance(theta, dict) else f"a {type(theta).__name__}"
        raise NotYet(f"a dict with the names {list(like)} is expected, your function returns {given}")
    for name, p in like.items():
        if theta[name].numel() != p.numel():
            raise NotYet(f"{name} has shape {tuple(theta[name].shape)}, expected {tuple(p.shape)}")
    return torch.cat([theta[name].flatten() for name in like])


def double(tensors: dict) -> dict:
    """The same tensors in float64, so that a right answer is right to the last digits."""
    return {name: tensor.double() for name, tensor in tensors.items()}


def _equal(a: Tensor, b: Tensor, rtol: float) -> bool:
    return a.shape == b.shape and torch.allclose(a.double(), b.double(), rtol=rtol, atol=1e-8)
