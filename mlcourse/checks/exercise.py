"""What every check does with a learner's function: ask it, and print what came of it.

A check raises NotYet with a sentence that says what is wrong, and how to go on. Nothing that goes wrong in the check's
own lines is put down to the learner.
"""

from functools import wraps

import torch
from torch import Tensor

from .solved import remember

TWO_TYPES = "Two types of number meet: give each tensor that you make the `dtype` of what you are given"
HINTS = {  # from a part of an error's message to what it may mean in these exercises
    "does not require grad": "Were the weights told to `requires_grad_()`, outside of no_grad?",
    "backward through the graph a second time": "Compute the loss anew in each step, at the newest weights",
    "leaf Variable that requires grad": (
        "`p -= alpha * g` changes a weight in place: make a new dict, `{name: p - alpha * g ...}`"
    ),
    "not have been used in the graph": "Differentiate with respect to the very tensors that the loss was computed from",
    "'NoneType'": (
        "Is it a `.grad`? Only leaves have one, and what a step computes is no leaf: torch.autograd.grad returns them"
    ),
    "numpy() on Tensor that requires grad": "A gradient has to pass through your function: stay with tensors",
    "expected scalar type": TWO_TYPES,
    "have the same dtype": TWO_TYPES,
}
NEW_DICT = "make a new dict, phi, and leave theta for the next task"
NEW_TENSOR = "make a new tensor; `-=` and methods that end in `_` change the one you were given"


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
            said = f"{type(error).__name__}: {error}".partition("\n")[0]
            print(f"not yet: the check cannot read what your function returns ({said})")
        else:
            print("correct")
            return True
        return False

    @wraps(examine)
    def check(answer) -> None:
        if passes(answer) and not getattr(answer, "__name__", "").startswith("solution_"):  # the lesson's own
            remember(examine.__name__)

    del check.__wrapped__  # whose seed and more are not for the learner's help text
    check.passes = passes
    return check


def attempt(answer, given: dict, *, hints: dict[str, str] | None = None, instead: str = NEW_DICT):
    """Call the learner's function and return what it returns; what it was given must stay as it was.

    given:   the arguments by their names, in the order of the learner's function
    hints:   from a part of an error's message to what it means in this exercise; HINTS has those of all exercises
    instead: what to do for whoever has changed a dict
    Raises NotAttempted where a None or an Ellipsis comes back, which are the stub's.
    """
    before = {
        name: {key: (p, p.detach().clone(), p.requires_grad) for key, p in _tensors(value).items()}
        for name, value in given.items()
    }
    try:
        result = answer(*given.values())
    except NotYet:  # from a function of the check's own that the learner's calls
        raise
    except Exception as error:
        raise NotYet(f"your function stopped with {type(error).__name__}: {_explained(error, hints)}") from None
    if result is None or result is ...:
        raise NotAttempted
    for name, value in given.items():
        now = _tensors(value)
        same = now.keys() == before[name].keys()
        if not same or any(now[key] is not p or not torch.equal(p, old) for key, (p, old, _) in before[name].items()):
            raise NotYet(f"{name} has changed: {instead if isinstance(value, dict) else NEW_TENSOR}")
        if any(p.requires_grad != required for p, _, required in before[name].values()):
            raise NotYet(f"{name} itself was told to require a gradient: tell copies of it, and leave {name} as it was")
    return result


def _tensors(value) -> dict:
    """The tensors in an argument: those of a dict by name, those of a tuple by place, or the tensor itself."""
    parts = value if isinstance(value, dict) else dict(enumerate(value if isinstance(value, tuple) else [value]))
    return {key: part for key, part in parts.items() if isinstance(part, Tensor)}


def _explained(error: Exception, hints: dict[str, str] | None) -> str:
    """The first line of what the error says; where it is known what that means here, its first sentence and this."""
    said = str(error).partition("\n")[0]
    hint = next((hint for part, hint in [*(hints or {}).items(), *HINTS.items()] if part in str(error)), None)
    return f"{said.partition('. ')[0].rstrip('.')}. {hint}" if hint else said
