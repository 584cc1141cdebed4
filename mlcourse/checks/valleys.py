"""Lesson 02: the meta-gradient of several inner steps by the chain rule, in a world of one weight.

M'(theta) = mean over tasks of  L_query'(phi_k) * product over the steps s of (1 - alpha * L_support''(phi_s))
"""

from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from .compare import compare
from .exercise import attempt, exercise

ALPHA = 0.1
HINTS = {"not have been used in the graph": "The path from theta to the query loss is cut: leave out detach and item"}


class Valley(NamedTuple):
    """A loss of one weight for each task, (n_tasks,), whose curvature changes on the way: it is no parabola."""

    bottom: Tensor  # (n_tasks,), as the next two
    bend: Tensor
    rise: Tensor

    def __call__(self, w: Tensor) -> Tensor:
        u = w - self.bottom
        return self.bend / 2 * u**2 + self.rise / 4 * u**4

    def slope(self, w: Tensor) -> Tensor:
        u = w - self.bottom
        return self.bend * u + self.rise * u**3

    def curvature(self, w: Tensor) -> Tensor:
        return self.bend + 3 * self.rise * (w - self.bottom) ** 2


@exercise
def meta_gradient(answer, seed, more) -> None:
    """answer(theta, support, query, alpha, steps): M'(theta), one number; support and query are `Valley`s."""
    rng = torch.Generator().manual_seed(seed)
    theta, *numbers = torch.rand(1 + 6 * (3 + more), generator=rng, dtype=torch.float64)
    bottoms, bends, rises = torch.stack(numbers).view(3, 2, -1)
    support, query = map(Valley, 4 * bottoms - 2, 0.5 + bends, 0.1 + rises / 5)
    alpha = ALPHA * (1 + more / 2)
    for steps in (2, 1, *range(3, 4 + more)):  # two first: with one, a step too few is no step
        given = dict(theta=theta.clone(), support=support, query=query, alpha=alpha, steps=steps)
        result = attempt(answer, given, hints=HINTS)
        if isinstance(result, Tensor) and result.shape == (1,):
            result = result.squeeze()  # one number, too
        walked = Walk(support, theta, alpha, steps)
        compare(
            result,
            (query.slope(walked.phi) * walked.factor()).mean(),
            partial(_mistakes, walked, theta, support, query, alpha, steps),
            tried=f"{3 + more} tasks, {steps} inner step(s) at alpha = {alpha:g}",
        )


class Walk:
    """The inner loop: where each step starts, and where the last one ends, phi."""

    def __init__(self, valley: Valley, theta: Tensor, alpha: float, steps: int):
        self.valley, self.alpha, self.starts = valley, alpha, []
        self.phi = theta.expand(len(valley.bottom))
        for _ in range(steps):
            self.starts.append(self.phi)
            self.phi = self.phi - alpha * valley.slope(self.phi)

    def factor(self, *, at=None, valley=None, alpha=None) -> Tensor:
        """d phi / d theta; or with the curvatures at other places, of another valley, at another rate."""
        factor = torch.ones_like(self.phi)
        for phi in self.starts if at is None else at:
            factor = factor * (1 - (self.alpha if alpha is None else alpha) * (valley or self.valley).curvature(phi))
        return factor


def _mistakes(walked, theta, support, query, alpha, steps) -> dict:
    """What each known mistake would give for the meta-gradient."""
    phi, factor, starts = walked.phi, walked.factor(), walked.starts
    start = theta.expand(len(phi))
    slope, curvatures = query.slope(phi), [support.curvature(w) for w in starts]
    wrong, uphill = Walk(query, theta, alpha, steps), Walk(support, theta, -alpha, steps)
    *on_line, straight = (start - n * alpha * support.slope(start) for n in range(steps + 1))
    restart = start
    for _ in range(steps):
        restart = start - alpha * support.slope(restart)
    through = [build(support, theta, alpha, steps) for build in (_through, _leaking)]
    shared = _shared(support, theta, alpha, steps)
    mistakes = {
        "this is the first-order one, as without create_graph: multiply by d phi / d theta": slope,
        "this is the query's slope at theta: take it at phi, after the steps": [
            query.slope(start),
            query.slope(start) * factor,
        ],
        "the support set judges here: take the slope of the query loss at phi": [
            support.slope(phi) * factor,
            support.slope(phi),
        ],
        "these are the query's curvatures: the steps go down the support loss, so take the support's": (
            slope * walked.factor(valley=query)
        ),
        "support and query are swapped: step down the support loss, judge by the query loss": (
            support.slope(wrong.phi) * wrong.factor()
        ),
        "phi was adapted on the query loss: step down the support loss": query.slope(wrong.phi) * wrong.factor(),
        "the steps are right, but each curvature is taken at theta: take it where its step starts": (
            slope * walked.factor(at=[start] * steps)
        ),
        "each step uses the gradient at theta: take it at the phi of the step before": [
            query.slope(straight) * walked.factor(at=[start] * steps),
            query.slope(straight) * walked.factor(at=on_line),
            query.slope(straight) * factor,
            query.slope(straight) * (1 - steps * alpha * support.curvature(start)),
            query.slope(straight) * (1 - alpha * support.curvature(start)),
            query.slope(straight),
        ],
        "each gradient is taken with respect to theta, back through all steps: take it with respect to phi": [
            query.slope(end) * chained for end, chained in through
        ],
        "each curvature is taken after its step: take it at the phi from which the step starts": (
            slope * walked.factor(at=[*starts[1:], phi])
        ),
        f"only one step has its factor, and there are {steps}: multiply by one for each": [
            slope * walked.factor(at=[w]) for w in (starts[0], starts[-1], phi)
        ],
        "the factors of the steps are added up: multiply them, as the chain rule does": [
            slope * (1 - alpha * sum(curvatures)),
            slope * sum(1 - alpha * c for c in curvatures),
        ],
        "the factor is 1 + alpha * curvature here: a step goes down, so it is 1 - alpha * curvature": (
            slope * walked.factor(alpha=-alpha)
        ),
        "alpha is missing in the factor: it is 1 - alpha * curvature": slope * walked.factor(alpha=1.0),
        "this climbs: step against the gradient, phi - alpha * slope": [
            query.slope(uphill.phi) * uphill.factor(),
            query.slope(uphill.phi) * factor,
            query.slope(uphill.phi) * uphill.factor(alpha=alpha),
        ],
        "all tasks share one phi: each has its own, and the mean comes last": (query.slope(shared[0]) * shared[1]),
        "each step starts from theta again: start from the phi of the step before": [
            query.slope(restart) * (1 - alpha * support.curvature(start)),
            query.slope(restart),
        ],
        "this is the meta-loss: take its slope": query(phi),
        "this is phi: take the query's slope there": phi,
        "this is d phi / d theta: multiply the query's slope by it": factor,
    } | {
        f"{n} inner step(s) were taken, not {steps}": query.slope(other.phi) * other.factor()
        for n, other in ((n, Walk(support, theta, alpha, n)) for n in (steps - 1, steps + 1))
    }
    right = slope * factor
    return {
        "this is the sum over the tasks: take the mean": right.sum(),
        "this is one number for each task: take the mean over the tasks": right,
        "the mean is taken of each factor, and then they are multiplied: multiply first, for every task": [
            slope.mean() * factor.mean()
        ],
    } | {sentence: _means(each) for sentence, each in mistakes.items()}


def _means(each) -> list:
    """Each value as it is, one for each task, and the mean of it."""
    each = each if isinstance(each, list) else [each]
    return [*each, *(one.mean() for one in each)]


def _through(support, theta, alpha, steps) -> tuple[Tensor, Tensor]:
    """Where it ends if each step takes the slope of the loss as a function of theta; and d phi / d theta there."""
    theta = theta.expand(len(support.bottom)).clone().requires_grad_()
    phi = theta
    for _ in range(steps):
        phi = phi - alpha * torch.autograd.grad(support(phi).sum(), theta, create_graph=True)[0]
    return phi.detach(), torch.autograd.grad(phi.sum(), theta)[0]


def _leaking(support, theta, alpha, steps) -> tuple[Tensor, Tensor]:
    """The same by hand, where the factor is made as if the steps were right."""
    phi = theta.expand(len(support.bottom))
    factor = torch.ones_like(phi)
    for _ in range(steps):
        step = alpha * support.slope(phi) * factor
        phi, factor = phi - step, factor * (1 - alpha * support.curvature(phi))
    return phi, factor


def _shared(support, theta, alpha, steps) -> tuple[Tensor, Tensor]:
    """All tasks walk through, down the mean of their losses."""
    phi, factor = theta, torch.ones_like(theta)
    for _ in range(steps):
        factor = factor * (1 - alpha * support.curvature(phi).mean())
        phi = phi - alpha * support.slope(phi).mean()
    return phi, factor
