"""Losses with one value a task: the mean runs over a task's examples and leaves the task axis alone."""

import math

import torch.nn.functional as F
from torch import Tensor

NO_LABEL = 1 - 2**63  # the one label that torch passes over in silence, in place of -100; -2**63 would be a nan


def of_each_task(loss, prediction: Tensor, y: Tensor) -> Tensor:
    """loss(prediction, y), and a ValueError unless it is one value a task, (n_tasks,).

    A mean over the tasks as well would make each task's step n_tasks times too short. `F.cross_entropy`, which looks
    for the classes on axis 1, would even take its softmax over the examples.
    """
    value = loss(prediction, y)
    shape = tuple(getattr(value, "shape", ()))
    if shape != y.shape[:1]:
        advice = "take the mean over each task's examples"
        if shape == ():
            advice = "F.mse_loss and F.cross_entropy mix the tasks, use losses.mse or losses.cross_entropy"
        raise ValueError(f"a loss gives one value for each task, ({len(y)},): got a value of shape {shape}; {advice}")
    return value


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
    Raises ValueError for shapes that do not fit, and for labels out of range.
    """
    _check_shapes(scores, y)
    try:  # torch looks at every label anyway, and a look of our own would make a GPU wait at each inner step
        each = F.cross_entropy(scores.flatten(0, 1), y.flatten(), reduction="none", ignore_index=NO_LABEL)
    except IndexError:
        raise _out_of_range(scores, y) from None
    return each.view(y.shape).mean(1)


def accuracy(scores: Tensor, y: Tensor) -> Tensor:
    """Share of the examples of each task whose highest score is that of the right class, (n_tasks,).

    Raises ValueError for shapes that do not fit, for labels out of range, and where an example's highest score is not
    finite. A score of -inf is allowed, if not for all classes: it says "certainly not this one".
    """
    _check_shapes(scores, y)
    highest, answer = scores.max(-1)  # of equal ones the first, as argmax
    _check_answers(scores, highest, y)
    return (answer == y).to(scores.dtype).mean(1)


def fair_accuracy(scores: Tensor, y: Tensor) -> Tensor:
    """As `accuracy`, but where m classes share the highest score, the right one among them counts 1 / m, (n_tasks,).

    That is what breaking ties at random gives on average. `argmax` breaks them towards class 0, and if the right answer
    stands there, a learner that cannot tell any two classes apart is always right.
    """
    _check_shapes(scores, y)
    highest = scores.amax(-1)
    _check_answers(scores, highest, y)
    winners = (scores == highest.unsqueeze(-1)).to(scores.dtype)
    return (winners.gather(-1, y.unsqueeze(-1)).squeeze(-1) / winners.sum(-1)).mean(1)


def _check_shapes(scores: Tensor, y: Tensor) -> None:
    if scores.shape[:2] != y.shape or scores.dim() != 3:
        raise ValueError(
            f"scores and labels do not fit together: need scores (n_tasks, n, n_way) and labels (n_tasks, n), "
            f"got {tuple(scores.shape)} and {tuple(y.shape)}"
        )


def _check_answers(scores: Tensor, highest: Tensor, y: Tensor) -> None:
    """An answer can be read off from each example's highest score, (n_tasks, n), and the labels could be one."""
    least, most = _range(y)
    if least < 0 or most >= scores.shape[2]:
        raise _out_of_range(scores, y)
    if not all(map(math.isfinite, _range(highest))):
        raise ValueError(
            f"no answer can be read off from scores that are nan, inf, or -inf for all classes: "
            f"got such for {(~highest.isfinite()).sum()} of {y.numel()} examples"
        )


def _out_of_range(scores: Tensor, y: Tensor) -> ValueError:
    n_way, (least, most) = scores.shape[2], _range(y)
    return ValueError(f"scores of {n_way} classes need labels from 0 to {n_way - 1}: got labels from {least} to {most}")


def _range(x: Tensor) -> tuple[float, float]:
    """The least and the greatest of all entries, both nan if one is."""
    least, greatest = x.aminmax()
    return least.item(), greatest.item()
