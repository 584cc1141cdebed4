"""How good is a learner? Its mean error over many unseen tasks, and how far that number can be trusted."""

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from .losses import mse, of_each_task
from .tasks import Task, check_examples

AT_ONCE = 2**19  # numbers: some 650 drawings, for which a wide network needs half a gigabyte


class Evaluation(NamedTuple):
    """A mean over tasks with its 95% confidence interval, mean - interval to mean + interval."""

    mean: float
    interval: float
    per_task: Tensor  # (n_tasks,)

    def __str__(self) -> str:
        return f"{self.mean:.2f} ± {self.interval:.2f}"

    def percent(self) -> str:
        """The same for a share, such as an accuracy: "41.3% ± 0.9"."""
        return f"{100 * self.mean:.1f}% ± {100 * self.interval:.1f}"


def evaluate(predict, tasks: Task | Iterable[Task], *, metric=mse, transductive: bool = True) -> Evaluation:
    """Let a learner adapt to each support set and measure it on the query set.

    predict: from (x_support, y_support, x_query) to predictions (n_tasks, n_query, ...); the query labels cannot
             leak into it, because it is never given them
    tasks:   a batch, or batches one after the other, of which only one at a time needs memory
    metric:  from (predictions, y_query) to one value a task, (n_tasks,)
    transductive: hand over a task's query examples together, so that a learner may let them help each other (batch norm
             does); if False, one at a time
    The interval is 1.96 standard errors of the mean over tasks, see `summarise`. The learner gets so many tasks at a
    time that they hold AT_ONCE numbers, or one.
    Raises ValueError where a prediction is nan, which is no answer. An infinite one goes to the metric: the squared
    error of a learner that diverges is infinite indeed, while the accuracies refuse such scores.
    """
    per_task = []
    with torch.no_grad():
        for task in _few_at_a_time([tasks] if isinstance(tasks, Task) else tasks):
            queries = [task.x_query] if transductive else task.x_query.split(1, dim=1)
            predictions = [predict(task.x_support, task.y_support, some) for some in queries]
            per_task.append(of_each_task(metric, _checked(torch.cat(predictions, 1)), task.y_query))
    return summarise(torch.cat(per_task))


def dependence(predict, task: Task) -> Tensor:
    """How far a query's scores depend on the other queries: the largest change of any score when it comes alone.

    predict: as for `evaluate`
    returns: (n_tasks,), in units of the scores; 0 up to rounding for a learner that is not transductive
    """
    with torch.no_grad():
        together = predict(task.x_support, task.y_support, task.x_query)
        alone = [predict(task.x_support, task.y_support, one) for one in task.x_query.split(1, dim=1)]
    return (together - torch.cat(alone, 1)).abs().flatten(1).amax(1)


def _few_at_a_time(tasks: Iterable[Task]) -> Iterator[Task]:
    for batch in tasks:
        check_examples(batch.x_support, batch.y_support)
        check_examples(batch.x_query, batch.y_query)
        n = max(1, AT_ONCE * batch.n_tasks // (batch.x_support.numel() + batch.x_query.numel()))
        yield from (batch.select(slice(start, start + n)) for start in range(0, batch.n_tasks, n))


def _checked(predictions: Tensor) -> Tensor:
    if (lost := predictions.isnan()).any():
        raise ValueError(
            f"the learner answered with nan in {lost.flatten(1).any(1).sum()} of {len(lost)} tasks: "
            "it has diverged, or what it was given holds nan"
        )
    return predictions


def summarise(per_task: Tensor, *, quantile: float = 1.96) -> Evaluation:
    """The mean of one value a task, (n_tasks,), with its interval: infinite for one task, and where the mean is.

    quantile: how many standard errors the interval reaches to each side: the normal distribution's, or for few tasks,
              where the spread itself is uncertain, the larger one of Student's t
    Raises ValueError for other shapes, since queries of one task do not vary as tasks do, and where there is no mean:
    for nan, for no tasks at all.
    """
    mean = per_task.mean().item()
    if per_task.dim() != 1 or math.isnan(mean):
        raise ValueError(
            f"need one value for each task, (n_tasks,), with a mean: got shape {tuple(per_task.shape)}, "
            f"{(~per_task.isfinite()).sum()} values of which are nan or infinite"
        )
    n_tasks = len(per_task)
    known = n_tasks > 1 and math.isfinite(mean)
    interval = quantile * per_task.std().item() / n_tasks**0.5 if known else math.inf
    return Evaluation(mean, interval, per_task)
