"""Lesson 05: the cross-entropy of each task."""

from functools import partial

import torch

from .. import losses
from .compare import compare, compare_gradients, numbers
from .exercise import NotYet, attempt, exercise

LARGE = 1000.0
ON_AXIS_1 = (
    "F.cross_entropy wants the classes on axis 1: hand it `scores.mT`, (n_tasks, n_way, n), and `reduction='none'`"
)
HINTS = {
    "Expected target size": ON_AXIS_1,
    "to match target batch_size": ON_AXIS_1,
    "0D or 1D target tensor expected": ON_AXIS_1,
}


@exercise
def cross_entropy(answer, seed, more) -> None:
    """answer(scores, y): scores (n_tasks, n, n_way), y (n_tasks, n), returns (n_tasks,)."""
    rng, (n_tasks, n, n_way) = torch.Generator().manual_seed(seed), (2 + more, 4 + more, 5 + more)
    scores = 3 * torch.randn(n_tasks, n, n_way, generator=rng).double()
    y = torch.randint(n_way, (n_tasks, n), generator=rng) if seed else torch.tensor([[0, 1, 2, 4], [3, 3, 0, 1]])
    tried = f"{n_tasks} tasks of {n} examples and {n_way} classes"
    leaf, result = _ask(answer, scores, y)
    expected = losses.cross_entropy(leaf, y)
    compare(result, expected.detach(), partial(_mistakes, scores, y), tried=tried)
    compare_gradients(result, expected, {"the scores": leaf}, of="the scores", tried=tried)
    _check_large(answer, scores / scores.abs().max() * LARGE, y)


def _ask(answer, scores, y):
    """What a gradient should reach, and the answer for it. The learner gets a copy, which may be changed by mistake."""
    leaf = scores.clone().requires_grad_()
    return leaf, attempt(answer, dict(scores=leaf.clone(), y=y.clone()), hints=HINTS)


def _check_large(answer, scores, y) -> None:
    """The loss and its gradient for scores whose exponential is beyond all numbers."""
    leaf, result = _ask(answer, scores, y)
    loss = numbers(result)
    expected = losses.cross_entropy(leaf, y)
    gradients = [torch.autograd.grad(value.sum(), leaf)[0] for value in (loss, expected)]
    if not torch.allclose(loss, expected, rtol=1e-5) or not torch.allclose(*gradients, atol=1e-4):
        raise NotYet(
            f"right for small scores, but for scores of {LARGE:g} it gives {loss[0]:.4g}, expected {expected[0]:.4g}: "
            "exp overflows and log(0) is infinite, so take `log_softmax` or `logsumexp`, which do both in one"
        )


def _mistakes(scores, y) -> dict:
    """What each known mistake would give."""
    right = scores.gather(2, y.unsqueeze(2)).squeeze(2)
    each = scores.logsumexp(2) - right  # (n_tasks, n)
    again = scores.softmax(2)
    return {
        "these are sums over the examples: divide by their number": each.sum(1),
        "this is one number for all tasks together: keep one for each": [each.mean(), each.sum()],
        "there is one number for each example: take the mean over the examples of a task": each,
        "the mean runs over the tasks: it should run over the examples of a task": each.mean(0),
        "the sign is wrong: it is *minus* the logarithm of the probability of the right class": -each.mean(1),
        "this is minus the score of the right class: the softmax is missing": -right.mean(1),
        "this is the score of the right class: take minus the logarithm of its probability": right.mean(1),
        "the softmax is taken twice: F.cross_entropy and log_softmax take the scores themselves": (
            losses.cross_entropy(again, y)
        ),
        "this is the probability of the right class: take minus its logarithm": (-each).exp().mean(1),
        "this is minus the probability of the right class: take its logarithm": -(-each).exp().mean(1),
        "this is 1 minus the probability of the right class: take minus its logarithm": (1 - (-each).exp()).mean(1),
        "this is the logarithm of a mean: take the logarithm first, then the mean over the examples": (
            -(-each).exp().mean(1).log()
        ),
        "the mean runs over the classes too: only the right class counts": [
            (scores.logsumexp(2, keepdim=True) - scores).mean((1, 2)),
            each.mean(1) / scores.shape[2],
        ],
        "the softmax runs over the examples: it should run over the classes, the last axis": (
            (scores.logsumexp(1, keepdim=True) - scores).gather(2, y.unsqueeze(2)).squeeze(2).mean(1)
        ),
        "the softmax runs over the tasks: it should run over the classes, the last axis": (
            (scores.logsumexp(0, keepdim=True) - scores).gather(2, y.unsqueeze(2)).squeeze(2).mean(1)
        ),
        "the logarithm is taken to base 2": each.mean(1) / torch.tensor(2.0).double().log(),
        "the logarithm is taken to base 10": each.mean(1) / torch.tensor(10.0).double().log(),
    }
