"""Lesson 05: is a learner transductive?"""

import torch

from mlcourse.evaluation import dependence


def ask(predict, task, x):
    return predict(task.x_support, task.y_support, x)


def change(predict, task):
    """In company less alone, (n_tasks, n_query, n_way)."""
    alone = [ask(predict, task, x) for x in task.x_query.split(1, 1)]
    return ask(predict, task, task.x_query) - torch.cat(alone, 1)


def of_change(function):
    """A function of the change, as an answer."""
    return lambda predict, task: function(change(predict, task))


def of_scores(function, give=lambda d: d.abs().amax((1, 2))):
    """A function of the scores, applied before they are compared, as an answer."""

    def answer(predict, task):
        alone = torch.cat([ask(predict, task, x) for x in task.x_query.split(1, 1)], 1)
        return give(function(ask(predict, task, task.x_query)) - function(alone))

    return answer


def largest(d):
    return d.abs().amax((1, 2))


def by_loops(predict, task):
    """Task by task and query by query, in a list of numbers."""
    found = []
    for t in range(task.n_tasks):
        x_support, y_support, x_query = (part[t : t + 1] for part in task[:3])
        together, most = predict(x_support, y_support, x_query), 0.0
        for i in range(x_query.shape[1]):
            alone = predict(x_support, y_support, x_query[:, i : i + 1])
            most = max(most, (together[:, i] - alone[:, 0]).abs().max().item())
        found.append(most)
    return found


def by_running_maximum(predict, task):
    together, most = ask(predict, task, task.x_query), torch.zeros(task.n_tasks).double()
    for i in range(task.x_query.shape[1]):
        d = together[:, i] - ask(predict, task, task.x_query[:, i].unsqueeze(1)).squeeze(1)
        most = torch.maximum(most, d.abs().max(1).values)
    return most


def in_another_order(predict, task):
    order = torch.arange(task.x_query.shape[1]).flip(0)
    return largest(ask(predict, task, task.x_query)[:, order] - ask(predict, task, task.x_query[:, order]))


def without_one(predict, task):
    together, found = ask(predict, task, task.x_query), []
    for i in range(task.x_query.shape[1]):
        rest = [j for j in range(task.x_query.shape[1]) if j != i]
        found.append(largest(together[:, rest] - ask(predict, task, task.x_query[:, rest])))
    return torch.stack(found).amax(0)


def among_copies(predict, task):
    """Each query with copies of itself, as many as there are queries."""
    n_query = task.x_query.shape[1]
    alone = [ask(predict, task, x.expand(-1, n_query, -1))[:, :1] for x in task.x_query.split(1, 1)]
    return largest(ask(predict, task, task.x_query) - torch.cat(alone, 1))


def in_halves(predict, task):
    parts = [ask(predict, task, x) for x in task.x_query.chunk(2, 1)]
    return largest(ask(predict, task, task.x_query) - torch.cat(parts, 1))


def task_by_task(predict, task):
    alone = [predict(*(part[t : t + 1] for part in task[:3])) for t in range(task.n_tasks)]
    return largest(ask(predict, task, task.x_query) - torch.cat(alone))


def in_place(predict, task):
    task.x_query[:, 1:] = 0
    return largest(change(predict, task))


def accuracy_alone(predict, task):
    alone = torch.cat([ask(predict, task, x) for x in task.x_query.split(1, 1)], 1)
    together = ask(predict, task, task.x_query)
    return sum(sign * (s.argmax(2) == task.y_query).double().mean(1) for sign, s in ((1, together), (-1, alone)))


RIGHT = {
    "by split": of_change(largest),
    "by loops, in a list": by_loops,
    "by a running maximum": by_running_maximum,
    "by the course's own": dependence,
    "by the infinity norm": of_change(lambda d: torch.linalg.vector_norm(d, torch.inf, dim=(1, 2))),
    "by numpy": of_change(lambda d: abs(d.numpy()).max((1, 2))),
    "alone less in company": of_change(lambda d: torch.maximum(d.amax((1, 2)), (-d).amax((1, 2)))),
    "in a tuple": of_change(lambda d: tuple(part.abs().max() for part in d)),
}
WRONG = [
    ("not attempted", lambda predict, task: None),
    ("some changes are negative", of_change(lambda d: d.amax((1, 2)))),
    ("up or down", of_change(lambda d: d.amin((1, 2)))),
    ("up or down", of_change(lambda d: (-d).amax((1, 2)))),
    ("subtract first", of_scores(lambda s: s.abs())),
    ("the length of a change over the classes", of_change(lambda d: d.norm(dim=2).amax(1))),
    ("the length of a change over the classes", of_change(lambda d: d.flatten(1).norm(dim=1))),
    ("keeps half of the others", in_halves),
    ("the mean change", of_change(lambda d: d.abs().mean((1, 2)))),
    ("the sum of the changes", of_change(lambda d: d.abs().sum((1, 2)))),
    ("squared", of_change(lambda d: d.square().amax((1, 2)))),
    ("each one's largest change", of_change(lambda d: d.abs().amax(2).mean(1))),
    ("one number for all tasks", of_change(lambda d: d.abs().max())),
    ("one number for all tasks", of_change(lambda d: d.abs().max().expand(len(d)))),
    ("only the first query", of_change(lambda d: d[:, 0].abs().amax(1))),
    ("only the last query", of_change(lambda d: d[:, -1].abs().amax(1))),
    ("for each query:", of_change(lambda d: d.abs().amax(2))),
    ("each query and class", of_change(lambda d: d.abs())),
    ("for each class", of_change(lambda d: d.abs().amax(1))),
    ("labels or accuracies", of_scores(lambda s: s.argmax(2), give=lambda d: (d != 0).double().mean(1))),
    ("labels or accuracies|labels may stay", accuracy_alone),
    ("without a softmax", of_scores(lambda s: s.softmax(2))),
    ("without a softmax", of_scores(lambda s: s.log_softmax(2))),
    ("their order moves no mean", in_another_order),
    ("takes one query away", without_one),
    ("copies of the query are company", among_copies),
    ("one task at a time keeps them together", task_by_task),
    ("give its size", of_change(lambda d: (largest(d) > 1e-6).double())),
    ("give its size", of_change(lambda d: largest(d) > 0)),
    ("To take query i alone and keep its axis", lambda predict, task: largest(torch.stack(
        [ask(predict, task, task.x_query[:, i]) for i in range(task.x_query.shape[1])], 1))),
    ("called as predict", lambda predict, task: predict(task)),
    ("called as predict", lambda predict, task: predict(*task)),
    ("task has changed: make a new tensor", in_place),
    ("complex numbers", of_change(lambda d: largest(d) + 0j)),
    ("the result has the shape", of_change(lambda d: d.abs().amax((1, 2), keepdim=True))),
    ("your function gives", of_change(lambda d: largest(d) + 0.01)),
    ("your function gives", of_change(lambda d: largest(d[:, 1:-1]))),
]  # fmt: skip
SIZED = [lambda predict, task: largest(change(predict, task)[:, :4])]
