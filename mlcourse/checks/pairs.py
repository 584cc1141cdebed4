"""Lesson 07: the contrastive loss of all pairs that a batch of drawings holds."""

from functools import partial

import torch
from torch import Tensor

from ..methods import siamese
from .compare import compare, compare_gradients, numbers
from .exercise import NotYet, attempt, exercise

MARGIN = 1.5


@exercise
def all_pairs_loss(answer, seed, more) -> None:
    """answer(z, labels, margin): points (n, d), the number of each one's class (n,), returns a scalar."""
    z, labels, margin = _problem(seed, more)
    tried = f"{len(z)} points in {z.shape[1]} dimensions, of classes {labels.tolist()}, margin {margin:g}"
    leaf = z.clone().requires_grad_()
    result = attempt(answer, dict(z=leaf.clone(), labels=labels.clone(), margin=margin))
    expected = _right(leaf, labels, margin)
    compare(result, expected.detach(), partial(_mistakes, z, labels, margin), tried=tried)
    value = numbers(result)
    if (
        value.requires_grad
        and torch.autograd.grad(value, leaf, retain_graph=True, materialize_grads=True)[0].isnan().any()
    ):
        raise NotYet(
            "the value is right, but its gradient is nan: a point lies at distance 0 from itself, and leaving that out "
            "afterwards does not help a plain square root: torch.linalg.vector_norm has the gradient 0 there"
        )
    compare_gradients(result, expected, {"z": leaf}, of="the points, and no network would learn", tried=tried)
    _coincident(answer, z, labels, margin)


def _coincident(answer, z, labels, margin) -> None:
    """Once more, where the first three points, of classes 0, 1 and 0, lie in one place; there roots differ a little."""
    z = torch.cat([z[:1].expand(3, -1), z[3:]])
    result = attempt(answer, dict(z=z.clone(), labels=labels.clone(), margin=margin))
    d, same = _distances(z), _same(labels)
    (pull, push), apart = _costs(d, margin), d > 0
    mates = same & ~torch.eye(len(z), dtype=torch.bool)
    left_out = [(same & apart, ~same & apart), (same & apart, ~same), (mates, ~same & apart)]
    mistakes = {
        "two drawings at one point are left out: they are a pair all the same, and a different one costs most there; "
        "leave out a point and itself by their places, not by their distance": [
            (pull[one].mean() + push[other].mean()) / 4 for one, other in left_out
        ]
    }
    compare(result, _right(z, labels, margin), lambda: mistakes, tried="three points in one place", rtol=1e-3)


def _problem(seed, more) -> tuple[Tensor, Tensor, float]:
    """Points, labels that are not sorted and of classes of several sizes, and the margin.

    Of the different pairs some lie beyond the margin, some within; and so do the same ones.
    """
    labels = torch.tensor([0, 1, 0, 2, 1, 0, *(i % 3 for i in range(more))])
    z = torch.tensor([[0.3, 0.4], [2.0, 1.0], [0.0, -0.7], [1.2, 1.6], [-0.3, 0.2], [1.1, 0.1]]).double()
    margin, rng = MARGIN * (1 + more / 2), torch.Generator().manual_seed(seed)
    if seed:
        z, beyond = z[:0], [False]
        while len(set(beyond)) < 2:
            z = 1.2 * torch.randn(6 + more, 2 + more, generator=rng).double()
            beyond = (_distances(z) > margin)[~_same(labels)].tolist()
    return z, labels, margin


def _right(z, labels, margin) -> Tensor:
    """Half the weight on either kind, by the loss of the lesson."""
    first, second = torch.combinations(torch.arange(len(z))).T
    same = (labels[first] == labels[second]).to(z)
    kinds = (
        siamese.contrastive_loss(z[first[same == y]], z[second[same == y]], same[same == y], margin=margin)
        for y in (1, 0)
    )
    return sum(kinds) / 2


def _mistakes(z, labels, margin) -> dict:
    """What each known mistake would give, alone and together with a factor of 1/2 that is missing."""
    d, same = _distances(z), _same(labels)
    mates = same & ~torch.eye(len(z), dtype=torch.bool)
    pull, push = _costs(d, margin)
    pulled, pushed = pull[mates].mean(), push[~same].mean()
    by_class = [pull[mates & (labels == c)].mean() for c in labels.unique() if mates[labels == c].any()]
    right = (pulled + pushed) / 4
    mistakes = {
        "a point is paired with itself: leave that out, it is at distance 0 whatever the network does": (
            (pull[same].mean() + pushed) / 4
        ),
        "a point is paired with itself, or counted in the mean, which should be one for each kind, without it": (
            (pull[mates].sum() + push[~same].sum()) / (2 * same.numel())
        ),
        "all pairs have one mean: there are many more different pairs, so take a mean for each kind": (
            (pull[mates].sum() + push[~same].sum()) / (2 * (same.numel() - len(z)))
        ),
        "these are sums over the pairs: take the mean of each kind": [
            share * (pull[mates].sum() + push[~same].sum()) for share in (1 / 2, 1 / 4, 1 / 8)
        ],
        "each class is averaged apart: take one mean over all same pairs": [
            (sum(by_class) / n + pushed) / 4 for n in (len(by_class), len(labels.unique()))
        ],
        "the labels are reversed: a same pair is to be pulled together": [
            (pull[~same].mean() + push[which].mean()) / 4 for which in (mates, same)
        ],
        "only neighbours are compared: every point is, with every other one": _neighbours(z, labels, margin),
        "the different pairs are not in it, or their mean was taken before the max": [
            pulled / share for share in (2, 4)
        ],
        "the same pairs are not in it": [pushed / share for share in (2, 4)],
    }
    mistakes |= {
        sentence: (_costs(wrong, margin)[0][mates].mean() + _costs(wrong, margin)[1][~same].mean()) / 4
        for sentence, wrong in _wrong_distances(z).items()
    }
    mistakes |= {
        sentence: [(a[mates].mean() + b[~same].mean()) / 4 for a, b in pairs]
        for sentence, pairs in _wrong_costs(d, margin).items()
    }
    halves = {
        "a factor 1/2 is missing: the loss of a pair has one, and each kind has half the weight": [
            2 * right,
            4 * right,
        ],
        "a factor 1/2 is there once too often": right / 2,
    }
    return mistakes | halves | {
        f"{sentence}; and a factor 1/2 is missing": [2 * v for v in (value if isinstance(value, list) else [value])]
        for sentence, value in mistakes.items()
    }  # fmt: skip


def _wrong_distances(z) -> dict:
    """What is mistaken for the distances, (n, n)."""
    difference = z.unsqueeze(1) - z
    return {
        "this distance adds up absolute differences: take the Euclidean one, the root of the sum of squares": (
            difference.abs().sum(2)
        ),
        "this distance takes the mean of the squares over the coordinates: take their sum": (
            difference.square().mean(2).sqrt()
        ),
        "the root is missing: these are squared distances": difference.square().sum(2),
    }


def _wrong_costs(d, margin) -> dict:
    """What is mistaken for the costs of a same and of a different pair at distance d."""
    (pull, push), lack = _costs(d, margin), torch.relu(margin - d)
    return {
        "the clamp is missing: a different pair beyond the margin should cost nothing": [(pull, (margin - d).square())],
        "the clamp is the wrong way round: different pairs *within* the margin cost something": [
            (pull, torch.relu(d - margin).square())
        ],
        "the margin is held against the squared distance: it belongs to the distance itself": [
            (pull, torch.relu(margin - pull)), (pull, torch.relu(margin - pull).square()),
            (pull, torch.relu(margin**2 - pull)),
        ],
        "the push is not squared": [(pull, lack)],
        "the pull is not squared": [(d, push)],
        "nothing is squared: both the distance and what it lacks to the margin should be": [(d, lack)],
        "the margin is not used: push until `margin`, not until 1": [_costs(d, 1)],
        "the push has the wrong sign: it costs something to be too near": [(pull, -push)],
    }  # fmt: skip


def _neighbours(z, labels, margin) -> list[Tensor]:
    """What pairs of each point with the next one, or of the first half with the second, would cost."""
    found = []
    for a, b in ((slice(None, -1), slice(1, None)), (slice(None, len(z) // 2), slice(len(z) - len(z) // 2, None))):
        y = (labels[a] == labels[b]).to(z)
        pull, push = _costs((z[a] - z[b]).norm(dim=1), margin)
        kinds = [part.mean() for part in (pull[y == 1], push[y == 0]) if len(part)]
        found += [sum(kinds) / 4, (y * pull + (1 - y) * push).mean() / 2]
    return found


def _distances(z) -> Tensor:
    return (z.unsqueeze(1) - z).square().sum(2).sqrt()


def _same(labels) -> Tensor:
    return labels.unsqueeze(1) == labels


def _costs(d, margin) -> tuple[Tensor, Tensor]:
    """What it costs a same pair, and a different one, to lie d apart."""
    return d.square(), torch.relu(margin - d).square()
