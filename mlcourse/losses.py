"""Losses with one value a task: the mean runs over a task's examples and leaves the task axis alone."""

import torch.nn.functional as F
from torch import Tensor


def mse(prediction: Tensor, y: Tensor) -> Tensor:
    """Mean squared error of each task.

    prediction, y: (n_tasks, n, ...) of equal shapes
    returns:       (n_tasks,)
    Raises ValueError if the shapes differ: (n, 1) against (n,) would otherwise be compared all with all.
    """
    if prediction.shape != y.shape:
        raise ValueError(
            f"predictions and labels differ in shape: the network gave {tuple(prediction.shape)}, "
            f"the labels are {tuple(y.shape)}"
        )
    return (prediction - y).square().flatten(1).mean(1)


def cross_entropy(scores: Tensor, y: Tensor) -> Tensor:
    """Mean negative log-likelihood of the right class, for each task.

    scores: (n_tasks, n, n_way), any real numbers    y: (n_tasks, n), labels 0 to n_way - 1
    returns: (n_tasks,)
    """
    _check_labels(scores, y)
    return F.cross_entropy(scores.flatten(0, 1), y.flatten(), reduction="none").view(y.shape).mean(1)


def accuracy(scores: Tensor, y: Tensor) -> Tensor:
    """Share of the examples of each task whose highest score is that of the right class, (n_tasks,)."""
    _check_labels(scores, y)
    return (scores.argmax(-1) == y).to(scores.dtype).mean(1)


def fair_accuracy(scores: Tensor, y: Tensor) -> Tensor:
    """As `accuracy`, but where m classes share the highest score, the right one among them counts 1 / m, (n_tasks,).

    That is what breaking ties at random gives on average. `argmax` breaks them towards class 0, and if the right answer
    stands there, a learner that cannot tell any two classes apart is always right.
    """
    _check_labels(scores, y)
    highest = (scores == scores.amax(-1, keepdim=True)).to(scores.dtype)
    return (highest.gather(-1, y.unsqueeze(-1)).squeeze(-1) / highest.sum(-1)).mean(1)


def _check_labels(scores: Tensor, y: Tensor) -> None:
    if scores.shape[:2] != y.shape or scores.dim() != 3:
        raise ValueError(
            f"scores and labels do not fit together: need scores (n_tasks, n, n_way) and labels (n_tasks, n), "
            f"got {tuple(scores.shape)} and {tuple(y.shape)}"
        )
