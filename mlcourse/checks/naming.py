"""Which one is it? The gradients that a function gave are held against the right ones, then against the suspects."""

from typing import NamedTuple

import torch
from torch import Tensor

from . import fits, judge
from .problem import LOUD, NOTHING, Problem, multiple
from .suspects import Suspect, mistakes, relatives, told_otherwise

SAME = "the same with other weights: it remembers some, or has its own"
UNSURE = 0.01  # what a few ReLUs that switch can do to a gradient in float32


class Name(NamedTuple):
    """The verdict's name; why, or None if all that is known is that it is wrong; what the judge saw; his yes or no.

    tolerance: how exact the function is, see `Problem`; the laws are held to that
    """

    name: str
    why: str | None
    seen: str
    right: bool = False
    tolerance: float = 0.0


def identify(problem: Problem, gradients: list[Tensor]) -> Name:
    """Name the function that gave these gradients, one for each place of the problem.

    Raises ValueError where float32 is too coarse to tell a mistake from rounding.
    """
    off = judge.off(gradients[0], problem.right[0])
    seen = f"not the gradient of the meta-loss: off by {_percent(off)}"
    unknown = Name("not MAML", None, seen, tolerance=problem.tolerance)
    if not gradients[0].any() or not all(g.isfinite().all() for g in gradients):
        return unknown
    found = _relative(problem, gradients, unknown, problem.tolerance)
    if found is None and (whys := _explanations(problem, gradients[:3])):
        found = unknown._replace(why="; or ".join(whys))
    found = found or _relative(problem, gradients, unknown, problem.single)
    if found is None and problem.same(gradients[0], gradients[1]):
        found = unknown._replace(why=f"the gradient is {SAME}")
    if found is None and problem.dtype == torch.float32 and off < UNSURE:
        raise ValueError(
            f"{NOTHING} in float32: the gradient is off by {_percent(off)}, by a mistake, or by rounding where a ReLU "
            "bends; call .double() on weights, tasks and module"
        )
    return found or unknown


def _relative(problem: Problem, gradients: list[Tensor], unknown: Name, tolerance: float) -> Name | None:
    """The verdict if it is MAML, FOMAML or ANIL with the weights and tasks as given, whatever it is with others."""
    maml = Suspect("the gradient of the meta-loss, second derivatives included", "MAML", problem.gradient)
    for suspect in maml, *relatives(problem):
        factors = _factors(problem, gradients, suspect, tolerance)
        if factors[0] is None or (
            None in factors and None not in _factors(problem, gradients, suspect, problem.single)
        ):
            continue  # not this one; or this one by chance, since it is less exact elsewhere
        scale = _scale(factors, problem, tolerance)
        if scale is not None:
            scale += _precision(problem, gradients, suspect, tolerance)
            name = unknown._replace(name=suspect.name, why=suspect.sentence + scale, tolerance=tolerance)
            return name._replace(seen=f"the slopes agree{scale}", right=True) if suspect is maml else name
        fault, times = _elsewhere(problem, gradients, suspect, factors, tolerance), fits.short(factors[0], 1)
        if suspect is maml:
            length = f"the direction is right, the length is not: {times} times the gradient of the meta-loss"
            return unknown._replace(why=fault or length, seen=fault or length)
        return unknown._replace(why=f"{suspect.sentence}, {fault or f'{times} times'}")
    return None


def _precision(problem: Problem, gradients: list[Tensor], suspect: Suspect, tolerance: float) -> str:
    """A remark where less than float64 was seen."""
    if problem.dtype == torch.float32:
        return f", as far as float32 shows: to {tolerance:.0e} of its length"
    if tolerance == problem.tolerance:
        return ""
    rest = multiple(gradients[0], problem.known(suspect.sentence, 0, suspect.gradient))[1]
    return f", to single precision only: off by {rest:.0e} of its length, as if part of it were computed in float32"


def _explanations(problem: Problem, gradients: list[Tensor]) -> list[str]:
    """The sentences of all suspects that agree with the function, from the first list that has any."""
    for numbers, suspects in (
        ([fits.rate], told_otherwise),
        ([fits.sums, fits.parts], mistakes),
        ([fits.steps], lambda problem: []),
    ):
        found = [sentence for fit in numbers for sentence in fit(problem, gradients)]
        for suspect in suspects(problem):
            factors = _factors(problem, gradients, suspect, problem.tolerance)
            if None not in factors:
                scale = _scale(factors, problem, problem.tolerance)
                found.append(suspect.sentence + (f", {factors[0]:.3g} times" if scale is None else scale))
        if found:
            return found
    return []


def _factors(problem: Problem, gradients: list[Tensor], suspect: Suspect, tolerance: float) -> list[float | None]:
    """How many times the suspect's gradient the function gave at each place; None where it is not a multiple."""
    found = []
    for i, g in enumerate(gradients):
        factor, rest = multiple(g, problem.known(suspect.sentence, i, suspect.gradient))
        found.append(factor if rest < tolerance and factor != 0 else None)
        if found[0] is None:
            break
    return found + [None] * (len(gradients) - len(found))


def _scale(factors: list[float | None], problem: Problem, tolerance: float) -> str | None:
    """A sentence for factors that a sum in the place of a mean explains, nothing for 1, None for others."""
    if None in factors:
        return None

    def all_are(numbers) -> bool:
        return all(abs(f / n - 1) <= 10 * tolerance for f, n in zip(factors, numbers, strict=True))

    tasks = [place.task.n_tasks for place in problem.places]
    queries = [place.task.y_query[0].numel() for place in problem.places]
    both = [n * q for n, q in zip(tasks, queries, strict=True)]
    if all_are([1] * len(factors)):
        return ""
    fits = [
        what for what, n in (("the tasks", tasks), ("the queries", queries), ("tasks and queries", both)) if all_are(n)
    ]
    if not fits:
        return None
    return (
        f", times {factors[0]:.0f}: a sum over {' or '.join(fits)} where we take the mean, so beta means something else"
    )


def _elsewhere(problem: Problem, gradients: list[Tensor], suspect: Suspect, factors, tolerance) -> str | None:
    """What is wrong with other weights, or with fewer examples, if nothing is wrong at the first place."""
    all_of_it, less = (
        f"{place.task.n_tasks} task(s) with {place.task.x_query.shape[1]} queries each"
        for place in (problem.places[0], problem.places[2])
    )
    loud = f"query labels {LOUD:,} times as large"
    rights = [problem.known(suspect.sentence, i, suspect.gradient) for i in range(len(gradients))]
    off = [_percent(judge.off(g, right)) for g, right in zip(gradients, rights, strict=True)]
    if problem.same(gradients[0], gradients[1]):
        return f"right with these weights, and {SAME}"
    if factors[1] is None:
        return f"right with these weights, and off by {off[1]} with others: it keeps something of an earlier call"
    if factors[2] is None:
        return f"right for {all_of_it}, and off by {off[2]} for {less}"
    if factors[-1] is None:
        return f"right with these labels, and off by {off[-1]} with {loud}"
    one = [abs(factor - 1) <= 10 * tolerance for factor in factors]
    if one[:3] == [True, True, False]:
        length = f"{factors[2]:.3g} times as long as it should be for {less}"
        return f"right for {all_of_it}, and {length}: does it divide by a fixed number?"
    if one == [True, True, True, False]:
        return (
            f"right with these labels, and {factors[3]:.3g} times as long as it should be with {loud}: is it clipped?"
        )
    return None


def _percent(off: float) -> str:
    return f"{100 * off:.0f}%" if off >= 0.005 else f"{100 * off:.1g}%"
