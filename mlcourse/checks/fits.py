"""Mistakes with a number in them, which no list can hold: the number is fitted.

    a rate, a momentum, ...    the s for which h(s) points along the function's gradient g: minimise |g - c h(s)| / |g|
    weights, a decay, ...      the coefficients of a sum of known gradients: g = w_1 h_1 + w_2 h_2 + ...

A fit counts if it leaves no more than rounding at every place of the problem. A gradient has many numbers and a fit one
or two, so that none succeeds by chance. `rate`, `sums`, `parts` and `steps` give the sentences that fit.
"""

from functools import partial

import torch
from torch import Tensor

from .problem import Place, Problem, multiple, vector
from .suspects import scaled, with_step

RATES = (-1.0, 1e-3, 0.01, 0.03, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 1.0, 1.2, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0)
DROPPED = {False: "", True: "; and the second derivative is dropped"}


def rate(problem: Problem, gradients: list[Tensor]) -> list[str]:
    """Is it MAML with another inner rate?"""
    told, found = problem.how["alpha"], []
    for first_order, note in DROPPED.items():
        s = _fit(problem, gradients, _times, RATES, first_order)
        if s is not None and abs(s) > 1e-6:
            plain = isinstance(told, (int, float))
            alpha = f"alpha = {short(s * told, told)}" if plain else f"{short(s, 1)} times your alpha"
            climbs = ", so the inner step climbs: its sign is wrong" if s < 0 else ""
            found.append(f"is alpha what you told me? with {alpha} it agrees{climbs}{note}")
    return found


def steps(problem: Problem, gradients: list[Tensor]) -> list[str]:
    """Is it MAML with inner steps of another kind?"""
    kinds = {
        "the inner steps decay the weights: {} times phi is added to the gradient": (_decay, (1e-4, 0.01, 0.1, 1.0))
    }
    if problem.how["steps"] > 1:
        kinds["the inner steps have momentum ({})"] = _momentum, (0.3, 0.6, 0.9)
        kinds["with each step the inner rate is multiplied by {}"] = _fade, (0.5, 0.9, 1.1, 2.0)
    found = []
    for sentence, (kind, grid) in kinds.items():
        for first_order, note in DROPPED.items():
            s = _fit(problem, gradients, kind, grid, first_order)
            found += [] if s is None else [sentence.format(short(s)) + note]
    return found


def sums(problem: Problem, gradients: list[Tensor]) -> list[str]:
    """Is it a sum of the tasks' gradients with other weights, or has something been added?"""
    n_tasks, found = problem.places[0].task.n_tasks, []
    for first_order, note in DROPPED.items():
        each = partial(problem.each, first_order=first_order)
        weights = _weights(problem, gradients, ("each", first_order), each)
        if weights is not None:
            counted = [t for t, w in enumerate(weights) if abs(w) > 1e-6]
            shares = " : ".join(short(n_tasks * w) if t in counted else "0" for t, w in enumerate(weights))
            alone = f"only task {counted[0]} is in it (the last is {n_tasks - 1})"
            found.append((alone if len(counted) == 1 else f"the tasks do not weigh the same, but {shares}") + note)
    added = {
        "{} times theta is added to it: weight decay belongs into the optimizer": _theta,
        "{} times the signs of theta are added to it": lambda place: _theta(place).sign(),
        "{} times the support loss's gradient at theta is added to it: was it cleared?": partial(_at_theta, problem),
        "{} times the query loss's gradient at theta is added to it": scaled(problem, 0.0),
        "{} times the second derivative is added to it": partial(_second, problem),
    }
    for sentence, other in added.items():
        weights = _weights(problem, gradients, sentence, partial(_beside, problem, other))
        if weights is not None and abs(weights[0]) > 1e-6:
            found.append(sentence.format(short(weights[1] / weights[0])))
    return found


def parts(problem: Problem, gradients: list[Tensor]) -> list[str]:
    """Is MAML's gradient right in some of the weights, or has each number been changed by itself?"""
    theta, g, right = problem.places[0].theta, gradients[0], problem.right[0]
    sizes, wrong, found = [p.numel() for p in theta.values()], [], []
    if problem.same(g, right, problem.single):
        return []  # this may be float32, which is never wrong in all weights alike
    for name, a, b in zip(theta, g.split(sizes), right.split(sizes), strict=True):
        if (a - b).norm() > problem.tolerance * right.norm():
            factor, rest = multiple(a, b)
            wrong.append(f"{name} ({short(factor, 1)} times)" if rest < problem.tolerance or not a.any() else name)
    if 0 < len(wrong) < len(sizes):
        found.append(f"the gradient is right but for {', '.join(wrong)}")
    limit = g.abs().max().item()
    if limit < right.abs().max() and problem.same(g, right.clamp(-limit, limit)):
        found.append(f"its numbers are clipped to {limit:.3g}")
    if multiple(g, right.sign())[1] < problem.tolerance:
        found.append("only the signs of MAML's gradient are left")
    return found


# --- how the numbers are found ----------------------------------------------------------------------------------------


def _fit(problem: Problem, gradients: list[Tensor], kind, grid, first_order: bool) -> float | None:
    """The s for which inner steps of kind(s) give the function's gradients, up to a factor, at every place, or None."""

    def h(s: float, i: int = 0) -> Tensor:
        return with_step(problem, kind(s))(problem.places[i], first_order=first_order)

    def left(s: float, i: int = 0) -> Tensor:
        """What is left of the gradient at place i when its part along h(s) is taken away, relative to its length."""
        return _away(gradients[i] / gradients[i].norm(), h(s, i))

    rows = problem.known((kind, first_order), 0, lambda _: torch.stack([h(s) for s in grid]))
    rests = _away(gradients[0] / gradients[0].norm(), rows).norm(dim=-1)
    if rests.min() > 0.5:
        return None
    s, before = grid[rests.argmin()], 2.0
    while True:  # Gauss and Newton in one dimension, for as long as each step leaves less than half
        now, nudge = left(s), 1e-6 * max(abs(s), 1e-2)
        if now.norm() < problem.tolerance / 10 or now.norm() > before / 2:
            break
        before, slope = now.norm(), (left(s + nudge) - now) / nudge
        s -= ((slope @ now) / (slope @ slope)).nan_to_num(0.0).item()
    fits = all(left(s, i).norm() < problem.tolerance for i in range(len(gradients)))
    return s if fits else None


def _away(g: Tensor, h: Tensor) -> Tensor:
    """g without its part along h, which may be many, (..., n_weights)."""
    return (g - ((h @ g) / h.square().sum(-1)).unsqueeze(-1) * h).nan_to_num(1.0, 1.0, 1.0)


def _weights(problem: Problem, gradients: list[Tensor], key, columns) -> list[float] | None:
    """The coefficients with which the columns add up to the function's gradient at place 0, if they do at all."""
    found = []
    for i, g in enumerate(gradients):
        matrix = problem.known(("sum", key), i, columns).T
        if len(matrix) < 2 * matrix.shape[1]:
            return None  # so few weights could be fitted by chance
        found.append(torch.linalg.lstsq(matrix, g.unsqueeze(1)).solution.squeeze(1))
        if not (matrix @ found[-1] - g).norm() < problem.tolerance * g.norm():
            return None
    return found[0].tolist()


def _beside(problem: Problem, other, place: Place) -> Tensor:
    return torch.stack([problem.gradient(place), other(place)])


def _theta(place: Place) -> Tensor:
    return vector(place.theta, place.theta)


def _at_theta(problem: Problem, place: Place) -> Tensor:
    x, y = place.task.x_support, place.task.y_support
    return scaled(problem, 0.0)(place._replace(task=place.task._replace(x_query=x, y_query=y)))


def _second(problem: Problem, place: Place) -> Tensor:
    return problem.gradient(place) - problem.gradient(place, first_order=True)


def _decay(s):
    return lambda g, phi, k, state: g + s * phi


def _times(s):
    return lambda g, phi, k, state: s * g


def _fade(s):
    return lambda g, phi, k, state: s**k * g


def _momentum(s):
    def step(g, phi, k, state):
        state["v"] = s * state.get("v", 0.0) + g
        return state["v"]

    return step


def short(number: float, told: float | None = None) -> str:
    """Three digits, or as many as it takes to differ from what was told."""
    return next(
        text for digits in range(3, 17) if (text := f"{number:.{digits}g}") != f"{told or 0:.{digits}g}" or digits == 16
    )
