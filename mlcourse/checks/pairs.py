"""Lesson 07: the contrastive loss."""

import torch

from ..methods import siamese
from .exercise import NotYet, attempt, compare, exercise

MARGIN = 1.5


@exercise
def contrastive_loss(answer, seed, more) -> None:
    """answer(a, b, y, margin): points a and b (n_pairs, d), labels y (n_pairs,), returns a scalar."""
    a = torch.tensor([[0.3, 0.4], [2.0, 1.0], [0.0, 0.7], [1.2, 1.6], [-0.3, 0.2]]).double()
    b = torch.tensor([[0.0, 0.0], [-0.5, 0.3], [0.6, 0.0], [-1.0, -0.4], [0.1, 0.4]]).double()
    y = torch.tensor([1, 1, 0, 0, 0]).double()  # of the different pairs one lies beyond the margin
    if seed:
        a, b = torch.randn(2, 5 + more, 2 + more, generator=torch.Generator().manual_seed(seed)).double()
        y = torch.cat([y, torch.arange(more) % 2])
    margin = MARGIN * (1 + more / 2)
    difference = a - b
    d = difference.square().sum(1).sqrt()

    def total(pull, push, same=y):
        return (same * pull + (1 - same) * push).mean() / 2

    pull, push = d.square(), torch.relu(margin - d).square()
    each = (y * pull + (1 - y) * push) / 2
    wide = difference.abs().sum(1)
    mean = difference.square().mean(1)
    whole = d.square().sum().sqrt()
    mistakes = {
        "the labels are reversed: y = 1 means same, and a same pair is to be pulled together": total(pull, push, 1 - y),
        "the clamp is missing: a different pair beyond the margin should cost nothing": total(
            pull, (margin - d).square()
        ),
        "the clamp is the wrong way round: different pairs *within* the margin cost something": (
            total(pull, torch.relu(d - margin).square())
        ),
        "the margin is held against the squared distance: it belongs to the distance itself": [
            total(pull, torch.relu(margin - d.square())),
            total(pull, torch.relu(margin - d.square()).square()),
            total(pull, torch.relu(margin**2 - d.square())),
        ],
        "the push is not squared": total(pull, torch.relu(margin - d)),
        "the pull is not squared": total(d, push),
        "nothing is squared: both the distance and what it lacks to the margin should be": total(
            d, torch.relu(margin - d)
        ),
        "the margin is not used: push until `margin`, not until 1": total(pull, torch.relu(1 - d).square()),
        "this is the sum over the pairs: take the mean": each.sum(),
        "there is one number for each pair: take the mean over the pairs": each,
        "same and different pairs are averaged apart: take one mean over all pairs": (
            pull[y == 1].mean() / 2 + push[y == 0].mean() / 2
        ),
        "this is one distance for the whole batch: take one for each pair, dim=1": (
            total(whole.square(), torch.relu(margin - whole).square())
        ),
        "this distance adds up absolute differences: take the Euclidean one, the root of the sum of squares": (
            total(wide.square(), torch.relu(margin - wide).square())
        ),
        "this distance takes the mean of the squares over the coordinates: take their sum": (
            total(mean, torch.relu(margin - mean.sqrt()).square())
        ),
        "the different pairs are not in it": total(pull, 0 * push),
        "the same pairs are not in it": total(0 * pull, push),
    }
    twice = {
        f"{sentence}; and the factor 1/2 is missing": [2 * value for value in values]
        if isinstance(values, list)
        else 2 * values
        for sentence, values in mistakes.items()
    }
    halves = {
        "the factor 1/2 is missing": 2 * each.mean(),
        "the factor 1/2 is only on the push: the pull has it, too": total(2 * pull, push),
        "the factor 1/2 is only on the pull: the push has it, too": total(pull, 2 * push),
    }
    leaves = a.clone().requires_grad_()
    result = attempt(answer, leaves, b.clone(), y.clone(), margin)
    if isinstance(result, torch.Tensor) and not result.requires_grad:
        raise NotYet("no gradient reaches the points: a loss must be differentiable, so leave out detach and item")
    value = result.detach() if isinstance(result, torch.Tensor) else result
    expected = siamese.contrastive_loss(a, b, y, margin=margin)
    tried = f"{len(y)} pairs in {a.shape[1]} dimensions, margin {margin:g}"
    compare(value, expected, mistakes | halves | twice, tried=tried)
    coinciding = torch.cat([a[:1], b[1:4], a[4:]])  # of a same and of a different pair
    answer(leaves, coinciding, y.clone(), margin).backward()
    if leaves.grad.isnan().any():
        raise NotYet(
            "the value is right, but where two points coincide the gradient is nan, like that of any square root at 0: "
            "torch.linalg.vector_norm has 0 there"
        )
