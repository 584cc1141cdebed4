"""Lesson 05: the cross-entropy of each task."""

import torch

from .. import losses
from .exercise import NotYet, attempt, compare, exercise


@exercise
def cross_entropy(answer, seed, more) -> None:
    """answer(scores, y): scores (n_tasks, n, n_way), y (n_tasks, n), returns (n_tasks,)."""
    rng, (n_tasks, n, n_way) = torch.Generator().manual_seed(seed), (2 + more, 4 + more, 5 + more)
    scores = 3 * torch.randn(n_tasks, n, n_way, generator=rng).double()
    y = torch.randint(n_way, (n_tasks, n), generator=rng) if seed else torch.tensor([[0, 1, 2, 4], [3, 3, 0, 1]])
    right = scores.gather(2, y.unsqueeze(2)).squeeze(2)
    each = scores.logsumexp(2) - right
    mistakes = {
        "these are sums over the examples: divide by their number": each.sum(1),
        "this is one number for all tasks together: keep one for each": each.mean(),
        "there is one number for each example: take the mean over the examples of a task": each,
        "the sign is wrong: it is *minus* the logarithm of the probability of the right class": -each.mean(1),
        "this is minus the score of the right class: the softmax is missing": -right.mean(1),
        "this is the probability of the right class: take minus its logarithm": (-each).exp().mean(1),
        "this is 1 minus the probability of the right class: take minus its logarithm": (1 - (-each).exp()).mean(1),
        "the mean runs over the classes too: only the right class counts": [
            (scores.logsumexp(2, keepdim=True) - scores).mean((1, 2)),
            each.mean(1) / scores.shape[2],
        ],
        "the softmax runs over the examples: it should run over the classes, the last axis": (
            (scores.logsumexp(1, keepdim=True) - scores).gather(2, y.unsqueeze(2)).squeeze(2).mean(1)
        ),
        "the logarithm is taken to base 2": each.mean(1) / torch.tensor(2.0).double().log(),
    }
    result = attempt(answer, scores.clone().requires_grad_(), y.clone())
    if isinstance(result, torch.Tensor) and not result.requires_grad:
        raise NotYet(
            "no gradient reaches the scores: a loss must be differentiable, so leave out detach, item and argmax"
        )
    result = result.detach() if isinstance(result, torch.Tensor) else result
    tried = f"{n_tasks} tasks of {n} examples and {n_way} classes"
    compare(result, losses.cross_entropy(scores, y), mistakes, tried=tried)
