"""What every check does: try the learner's function, compare, and name the mistake.

A check knows the mistakes that learners make: it works out what each would have given, and when the answer equals
one of these, it says which. Otherwise it shows the numbers that it tried.
"""

from functools import wraps

import torch
from torch import Tensor


class NotYet(Exception):
    """The answer is wrong, and this is what is wrong with it."""


class NotAttempted(Exception):
    """The function is still the stub."""


def exercise(examine):
    """Turn `examine(answer)`, which raises NotYet for a wrong answer, into a check that prints its verdict."""

    @wraps(examine)
    def check(answer) -> None:
        try:
            examine(answer)
        except NotAttempted:
            print("not attempted yet (the function returns None; if you have written it, is the `return` missing?)")
        except NotYet as mistake:
            print(f"not yet: {mistake}")
        except Exception as error:
            print(f"not yet: your function stopped with {type(error).__name__}: {error}")
        else:
            print("correct")

    check.examine = examine
    return check


def attempt(answer, *given):
    """Call the learner's function; a None or an Ellipsis that comes back is the stub's, and weights must not change."""
    weights = [(p, p.detach().clone()) for theta in given if isinstance(theta, dict) for p in theta.values()]
    names = [list(theta) for theta in given if isinstance(theta, dict)]
    result = answer(*given)
    if result is None or result is ...:
        raise NotAttempted
    same = names == [list(theta) for theta in given if isinstance(theta, dict)]
    if not same or any(not torch.equal(p, before) for p, before in weights):
        raise NotYet("theta has changed: make a new dict, phi, and leave theta for the next task")
    return result


def compare(result, expected: Tensor, mistakes: dict[str, Tensor], *, tried: str) -> None:
    """Raise NotYet unless result equals expected, naming the mistake if it is a known one.

    mistakes: from a sentence to the value that this mistake would have given
    tried:    what the function was called with, in words
    """
    if not isinstance(result, Tensor):
        raise NotYet(f"tried {tried}: a tensor is expected, your function returns a {type(result).__name__}")
    for sentence, wrong in mistakes.items():
        if _equal(result, wrong) and not _equal(wrong, expected):
            raise NotYet(sentence)
    if result.shape != expected.shape:
        raise NotYet(f"tried {tried}: the shape is {tuple(result.shape)}, expected {tuple(expected.shape)}")
    if not _equal(result, expected):
        raise NotYet(f"tried {tried}: your function gives {_show(result)}, expected {_show(expected)}")


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


def _equal(a: Tensor, b: Tensor) -> bool:
    return a.shape == b.shape and torch.allclose(a.double(), b.double(), rtol=1e-5, atol=1e-8)


def _show(tensor: Tensor) -> str:
    numbers = ", ".join(f"{number:.4f}" for number in tensor.flatten()[:3].tolist())
    return numbers if tensor.numel() <= 3 else f"{numbers}, ..."
