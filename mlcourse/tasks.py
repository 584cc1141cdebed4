"""A task is a small learning problem: a few labelled examples to learn from, and others to be tested on.

A few-shot learner reads the support set and is then asked about the query set. Tasks come in batches: every
tensor has a leading task axis, also when there is only one task.
"""

from typing import NamedTuple

from torch import Tensor


class Task(NamedTuple):
    """A batch of tasks.

    x_support: (n_tasks, n_support, ...)   what the learner may look at
    y_support: (n_tasks, n_support, ...)   with its labels
    x_query:   (n_tasks, n_query, ...)     what it is asked about afterwards
    y_query:   (n_tasks, n_query, ...)     and the answers, which it never sees
    """

    x_support: Tensor
    y_support: Tensor
    x_query: Tensor
    y_query: Tensor

    @property
    def n_tasks(self) -> int:
        """How many tasks the batch holds."""
        return len(self.x_support)

    def select(self, tasks) -> "Task":
        """The tasks with these positions: a slice or a list (one number would drop the task axis)."""
        return self.map(lambda tensor: tensor[tasks])

    def map(self, function) -> "Task":
        """The batch with `function` applied to each of its four tensors."""
        return Task(*(function(tensor) for tensor in self))


class Pairs(NamedTuple):
    """A batch of pairs; they belong to no task, and have no task axis.

    a, b: (n_pairs, 1, h, w), the drawings
    y:    (n_pairs,), 1 where both are of the same class, 0 where they are not
    """

    a: Tensor
    b: Tensor
    y: Tensor

    def map(self, function) -> "Pairs":
        """The batch with `function` applied to each of its three tensors."""
        return Pairs(*(function(tensor) for tensor in self))


def check_examples(x: Tensor, y: Tensor | None) -> None:
    """Raise ValueError unless x and y, both (n_tasks, n, ...), are labelled examples of at least one task."""
    if y is None:
        raise ValueError("the support set has no labels: got y = None, need one label for each of its examples")
    if x.dim() < 2 or y.dim() < 2:
        raise ValueError(
            f"examples need a leading task axis, as in (n_tasks, n_examples, ...): "
            f"got x of shape {tuple(x.shape)} and y of shape {tuple(y.shape)}"
        )
    if x.shape[0] == 0 or y.shape[0] == 0:
        raise ValueError(f"got no tasks: x has shape {tuple(x.shape)}, need n_tasks of at least 1")
    if x.shape[:2] != y.shape[:2]:
        raise ValueError(
            f"x and y do not fit together: x has {x.shape[0]} tasks of {x.shape[1]} examples, "
            f"y has labels for {y.shape[0]} tasks of {y.shape[1]} examples"
        )


def check_labels(x: Tensor, y: Tensor | None) -> None:
    """Raise ValueError unless x (n_tasks, n, ...) are examples of classes: y (n_tasks, n), whole numbers from 0 on."""
    check_examples(x, y)
    if y.dim() != 2 or y.dtype.is_floating_point or y.min().item() < 0:
        raise ValueError(
            f"labels are whole numbers from 0 on, one for each example: "
            f"got y of shape {tuple(y.shape)}, {y.dtype}, smallest value {y.min().item()}"
        )
