"""Bugs that no meta-gradient shows: reversed labels, and a ruler that flatters.

With y = 1 for "same", the contrastive loss y d^2 + (1 - y) max(0, 1 - d)^2 pulls equals together; in the paper y = 1
means "different" (Hadsell, Chopra, LeCun 2006). And `argmax` breaks ties towards place 0.
"""

import torch
from torch import Tensor

from ..networks import value_and_gradient
from ..tasks import Task
from ..training import meta_train


def no_idea(x_support: Tensor, y_support: Tensor, x_query: Tensor) -> Tensor:
    """A learner whose scores are all zero, (n_tasks, n_query, n_way)."""
    return torch.zeros(*x_query.shape[:2], int(y_support.max()) + 1)


def one_question(task: Task, *, rng: torch.Generator | None = None) -> Task:
    """One query a task: that of class 0, as in scripts that put the right answer first; with rng, of a random class."""
    n_tasks, n_way = task.n_tasks, int(task.y_support.max()) + 1
    classes = (
        torch.zeros(n_tasks, dtype=torch.int64) if rng is None else torch.randint(n_way, (n_tasks,), generator=rng)
    )
    first = (task.y_query == classes.unsqueeze(1)).int().argmax(1)
    rows = torch.arange(n_tasks)
    return task._replace(x_query=task.x_query[rows, first].unsqueeze(1), y_query=task.y_query[rows, first].unsqueeze(1))


def siamese(net, theta, sample, *, same: int = 1, n_iterations: int = 300):
    """Train an embedding by the contrastive loss on pairs that are labelled `same` if equal: predict, losses.

    predict: from (x_support, y_support, x_query) to minus the squared distances, for one shot and sorted classes
    """

    def distances(theta, x_support, x_query):
        a, b = net(theta, x_query.flatten(2)), net(theta, x_support.flatten(2))
        return (a.unsqueeze(2) - b.unsqueeze(1)).square().sum(3)

    def loss(theta, task):
        d2 = distances(theta, task.x_support, task.x_query).clamp(min=1e-9)
        equal = (task.y_query.unsqueeze(2) == task.y_support.unsqueeze(1)).to(d2)
        y = equal if same == 1 else 1 - equal
        return (y * d2 + (1 - y) * torch.relu(1 - d2.sqrt()).square()).mean()

    def gradient(theta, task):
        return value_and_gradient(lambda theta: loss(theta, task), theta)

    trained = meta_train(gradient, theta, sample, n_iterations=n_iterations, beta=0.003)
    return lambda x_support, y_support, x_query: -distances(trained.theta, x_support, x_query), trained.losses
