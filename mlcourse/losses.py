"""Losses with one value a task: the mean runs over a task's examples and leaves the task axis alone."""

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
