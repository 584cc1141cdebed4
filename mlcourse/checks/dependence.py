"""Lesson 05: is a learner transductive?"""

from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from ..evaluation import dependence as of_learner
from ..tasks import Task
from .compare import compare
from .exercise import attempt, exercise

HINTS = {
    "a learner needs queries": "To take query i alone and keep its axis, slice: x_query[:, i : i + 1]",
    "required positional argument": "A learner is called as predict(x_support, y_support, x_query)",
    "positional arguments but": "A learner is called as predict(x_support, y_support, x_query)",
}


@exercise
def dependence(answer, seed, more) -> None:
    """answer(predict, task): the largest change of any score when a query comes alone, for each task: (n_tasks,)."""
    task = _problem(seed, more)
    for predict, kind in (
        (_company, "a learner whose scores depend on all queries"),
        (_crowd, "a learner whose scores depend on how many queries come"),
        (_order, "a learner whose scores depend on the queries before"),
        (_sign, "a learner whose scores change their sign in company"),
        (_alone, "a learner that looks at each query by itself"),
    ):
        result = attempt(answer, dict(predict=predict, task=task), hints=HINTS)
        tried = f"{kind}, on {task.n_tasks} tasks with {task.x_query.shape[1]} queries each"
        compare(result, of_learner(predict, task), partial(_mistakes, predict, task), tried=tried)


def _problem(seed, more) -> Task:
    """Tasks of points in the plane, with one support point a class, in order."""
    rng, n_tasks, n_way, n_query = torch.Generator().manual_seed(seed), 3 + more, 3 + more, 4 + more
    x = torch.randn(n_tasks, n_way + n_query, 2, generator=rng).double()
    y = torch.cat([torch.arange(n_way), torch.randint(n_way, (n_query,), generator=rng)]).expand(n_tasks, -1)
    return Task(x[:, :n_way], y[:, :n_way].clone(), x[:, n_way:], y[:, n_way:].clone())


def _alone(x_support, y_support, x_query) -> Tensor:
    """Minus the squared distances to the support points: one a class, in order."""
    if x_query.dim() != 3 or len(x_query) != len(x_support) or x_query.shape[1] == 0:
        raise ValueError(
            f"a learner needs queries (n_tasks, n, 2) of {len(x_support)} tasks: you handed over {tuple(x_query.shape)}"
        )
    return -(x_query.unsqueeze(2) - x_support.unsqueeze(1)).square().sum(3)


def _company(x_support, y_support, x_query) -> Tensor:
    """As `_alone`, after the queries have moved halfway to their mean."""
    return _alone(x_support, y_support, (x_query + x_query.mean(1, keepdim=True)) / 2)


def _crowd(x_support, y_support, x_query) -> Tensor:
    """As `_alone`, with a tenth of the sum of all queries added to each."""
    return _alone(x_support, y_support, x_query + x_query.sum(1, keepdim=True) / 10)


def _order(x_support, y_support, x_query) -> Tensor:
    """As `_alone`, with half of the query before added to each but the first."""
    return _alone(x_support, y_support, x_query + F.pad(x_query, (0, 0, 1, 0))[:, :-1] / 2)


def _sign(x_support, y_support, x_query) -> Tensor:
    """As `_alone`; in company twice as large, and above zero."""
    return _alone(x_support, y_support, x_query) * (1 if x_query.shape[1] == 1 else -2)


def _mistakes(predict, task) -> dict:
    """What each known mistake would give."""
    n_query = task.x_query.shape[1]
    ask = partial(predict, task.x_support, task.y_support)
    together = ask(task.x_query)
    alone = torch.cat([ask(x) for x in task.x_query.split(1, 1)], 1)
    change, right = together - alone, (together - alone).abs().amax((1, 2))
    copies = torch.cat([ask(x.expand(-1, n_query, -1))[:, :1] for x in task.x_query.split(1, 1)], 1)
    halves = torch.cat([ask(x) for x in task.x_query.split(-(-n_query // 2), 1)], 1)
    left_out = []
    for i in range(n_query):
        others = [j for j in range(n_query) if j != i]
        left_out.append((ask(task.x_query[:, others]) - together[:, others]).abs().amax((1, 2)))
    return {
        "this finds no change where there is one: hand over each query without the others of its task (their order "
        "moves no mean, one task at a time keeps them together, and labels may stay)": 0 * right,
        "some changes are negative: take their size before the largest of them": change.amax((1, 2)),
        "this is the largest fall only, or minus it: a change counts up or down": [
            (-change).amax((1, 2)),
            change.amin((1, 2)),
        ],
        "the sizes of the scores are compared: subtract first, then take the size of what is left": (
            (together.abs() - alone.abs()).abs().amax((1, 2))
        ),
        "this is the length of a change over the classes: take the largest change of any one score": [
            change.norm(dim=2).amax(1),
            change.flatten(1).norm(dim=1),
        ],
        "each query keeps half of the others: hand it over without any": (together - halves).abs().amax((1, 2)),
        "this is the mean change: take the largest": [change.abs().mean((1, 2)), change.mean((1, 2))],
        "this is the sum of the changes: take the largest": [change.abs().sum((1, 2)), change.sum((1, 2))],
        "this is the largest squared change: take the largest change": change.square().amax((1, 2)),
        "this is the mean over the queries of each one's largest change: take the largest of all": (
            change.abs().amax(2).mean(1)
        ),
        "this is one number for all tasks together: give one for each": [
            change.abs().max(),
            change.abs().mean(),
            right.mean(),
            right.max().expand(task.n_tasks),
        ],
        "only the first query is asked alone: any query may depend on the others": change[:, 0].abs().amax(1),
        "only the last query is asked alone: any query may depend on the others": change[:, -1].abs().amax(1),
        "this is one number for each query: take the largest of a task": change.abs().amax(2),
        "this is one number for each query and class: take the largest of a task": [change.abs(), change],
        "this is one number for each class: take the largest of a task": change.abs().amax(1),
        "these are labels or accuracies: a score can move without another class coming first": [
            (together.argmax(2) != alone.argmax(2)).double().mean(1),
            (together.argmax(2) != alone.argmax(2)).double().amax(1),
            (together.argmax(2) != alone.argmax(2)).any(1).double(),
            (_right(together, task) - _right(alone, task)).abs(),
            _right(together, task) - _right(alone, task),
        ],
        "these are probabilities: leave the scores as they are, without a softmax": [
            (together.softmax(2) - alone.softmax(2)).abs().amax((1, 2)),
            (together.log_softmax(2) - alone.log_softmax(2)).abs().amax((1, 2)),
        ],
        "this takes one query away and looks at the others: look at the one, handed over without them": (
            torch.stack(left_out).amax(0)
        ),
        "copies of the query are company, too: hand it over once": (together - copies).abs().amax((1, 2)),
        "this says whether there is a change: give its size": [
            (right > 0).double(),
            (right > 1e-6).double(),
        ],
    }


def _right(scores, task) -> Tensor:
    return (scores.argmax(2) == task.y_query).double().mean(1)
