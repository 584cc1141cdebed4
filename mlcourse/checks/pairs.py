"""Lesson 07: the contrastive loss."""

from functools import partial

import torch
from torch import Tensor

from ..methods import siamese
from .compare import compare, compare_gradients, numbers
from .exercise import NotYet, attempt, exercise

MARGIN = 1.5


@exercise
def contrastive_loss(answer, seed, more) -> None:
    """answer(a, b, y, margin): points a and b (n_pairs, d), labels y (n_pairs,), returns a scalar."""
    a, b, y, margin = _problem(seed, more)
    tried = f"{len(y)} pairs in {a.shape[1]} dimensions, margin {margin:g}"
    points, result = _ask(answer, a, b, y, margin)
    expected = siamese.contrastive_loss(*points.values(), y, margin=margin)
    compare(result, expected.detach(), partial(_mistakes, a, b, y, margin), tried=tried)
    compare_gradients(result, expected, points, of="the points", tried=tried)
    _check_coinciding(answer, a, b, y, margin)


def _problem(seed, more):
    """Points of both sides, labels and the margin; of the different pairs some lie beyond the margin, some within."""
    a = torch.tensor([[0.3, 0.4], [2.0, 1.0], [0.0, 0.7], [1.2, 1.6], [-0.3, 0.2]]).double()
    b = torch.tensor([[0.0, 0.0], [-0.5, 0.3], [0.6, 0.0], [-1.0, -0.4], [0.1, 0.4]]).double()
    y = torch.tensor([1, 1, 0, 0, 0]).double()
    margin, rng = MARGIN * (1 + more / 2), torch.Generator().manual_seed(seed)
    if seed:
        y = torch.cat([y, torch.arange(more) % 2])
        a, b = torch.randn(2, 5 + more, 2 + more, generator=rng).double()
        while len((_distance(a, b)[y == 0] > margin).unique()) == 1:
            a, b = torch.randn(2, 5 + more, 2 + more, generator=rng).double()
    return a, b, y, margin


def _ask(answer, a, b, y, margin):
    """The points that a gradient should reach, and the answer for them."""
    points = {"a": a.clone().requires_grad_(), "b": b.clone().requires_grad_()}
    lent = {name: p.clone() for name, p in points.items()}
    return points, attempt(answer, dict(**lent, y=y.clone(), margin=margin))


def _check_coinciding(answer, a, b, y, margin) -> None:
    """The gradient where the points of a same and of a different pair coincide: anything but nan."""
    b = torch.cat([a[:1], b[1:4], a[4:]])
    points, result = _ask(answer, a, b, y, margin)
    expected = siamese.contrastive_loss(a, b, y, margin=margin)
    compare(result, expected, partial(_mistakes, a, b, y, margin), tried="pairs of which some coincide")
    if any(g.isnan().any() for g in torch.autograd.grad(numbers(result), list(points.values()))):
        raise NotYet(
            "the value is right, but where two points coincide the gradient is nan, like that of any square root at 0: "
            "torch.linalg.vector_norm has 0 there"
        )


def _mistakes(a, b, y, margin) -> dict:
    """What each known mistake would give, alone and together with a factor of 1/2 that is missing."""
    right = _mean(y, *_costs(_distance(a, b), margin))
    mistakes = _wrong_distances(a, b, y, margin) | _wrong_costs(_distance(a, b), y, margin)
    pull, push = _costs(_distance(a, b), margin)
    halves = {
        "the factor 1/2 is missing": 2 * right,
        "the factor 1/2 is there twice": right / 2,
        "the factor 1/2 is only on the push: the pull has it, too": _mean(y, 2 * pull, push),
        "the factor 1/2 is only on the pull: the push has it, too": _mean(y, pull, 2 * push),
    }
    doubled = {
        f"{sentence}; and the factor 1/2 is missing": [2 * v for v in value] if isinstance(value, list) else 2 * value
        for sentence, value in mistakes.items()
    }
    return mistakes | halves | doubled


def _wrong_costs(d, y, margin) -> dict:
    """What each known mistake would give that is made after the distances d, (n_pairs,)."""
    pull, push = _costs(d, margin)
    lack = torch.relu(margin - d)
    each = (y * pull + (1 - y) * push) / 2
    return {
        "the labels are reversed: y = 1 means same, and a same pair is to be pulled together": _mean(1 - y, pull, push),
        "the clamp is missing: a different pair beyond the margin should cost nothing": (
            _mean(y, pull, (margin - d).square())
        ),
        "the clamp is the wrong way round: different pairs *within* the margin cost something": [
            _mean(y, pull, torch.relu(d - margin).square()),
            _mean(y, pull, torch.minimum(margin - d, torch.zeros_like(d)).square()),
        ],
        "the margin is held against the squared distance: it belongs to the distance itself": [
            _mean(y, pull, torch.relu(margin - d.square())),
            _mean(y, pull, torch.relu(margin - d.square()).square()),
            _mean(y, pull, torch.relu(margin**2 - d.square())),
        ],
        "the push is not squared": _mean(y, pull, lack),
        "the pull is not squared": _mean(y, d, push),
        "nothing is squared: both the distance and what it lacks to the margin should be": _mean(y, d, lack),
        "the margin is not used: push until `margin`, not until 1": _mean(y, *_costs(d, 1)),
        "the push has the wrong sign: it costs something to be too near": _mean(y, pull, -push),
        "this is the sum over the pairs: take the mean": each.sum(),
        "there is one number for each pair: take the mean over the pairs": each,
        "same and different pairs are averaged apart: take one mean over all pairs": (
            pull[y == 1].mean() / 2 + push[y == 0].mean() / 2
        ),
        "the different pairs are not in it": _mean(y, pull, 0 * push),
        "the same pairs are not in it": _mean(y, 0 * pull, push),
        "the labels are not used: a pair is pulled or pushed, not both": (pull + push).mean() / 2,
    }


def _wrong_distances(a, b, y, margin) -> dict:
    """What each known mistake would give that is made in the distance."""
    difference = a - b
    whole = difference.square().sum().sqrt()
    distances = {
        "this is one distance for the whole batch: take one for each pair, dim=1": whole.expand(len(y)),
        "this distance adds up absolute differences: take the Euclidean one, the root of the sum of squares": (
            difference.abs().sum(1)
        ),
        "this distance takes the mean of the squares over the coordinates: take their sum": (
            difference.square().mean(1).sqrt()
        ),
        "this distance takes the largest difference of a coordinate: take the root of the sum of squares": (
            difference.abs().amax(1)
        ),
    }
    return {sentence: _mean(y, *_costs(d, margin)) for sentence, d in distances.items()}


def _distance(a, b) -> Tensor:
    return (a - b).square().sum(1).sqrt()


def _costs(d, margin) -> tuple[Tensor, Tensor]:
    """What it costs a same pair, and a different one, to lie d apart."""
    return d.square(), torch.relu(margin - d).square()


def _mean(y, pull, push) -> Tensor:
    return (y * pull + (1 - y) * push).mean() / 2
