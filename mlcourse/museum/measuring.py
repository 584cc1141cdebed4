"""Bugs that no meta-gradient shows: reversed labels, and a ruler that flatters.

No loss knows whether y = 1 was meant for "same", as in siamese.py, or for "different", as in the paper of Hadsell,
Chopra and LeCun (2006). And `argmax` breaks ties towards place 0.
"""

import torch
from torch import Tensor

from ..methods import siamese
from ..networks import MLP
from ..tasks import Task
from ..training import Trained, meta_train
from ..weights import Theta
from ..worlds.characters import Characters
from ..worlds.pairs import sample_pairs

PLAIN = MLP(784, 32, 16)


def embed(theta: Theta, drawings: Tensor) -> Tensor:
    """Drawings (n_tasks, n, 1, 28, 28) to points (n_tasks, n, 16)."""
    return PLAIN(theta, drawings.flatten(2))


def train_siamese(
    theta: Theta, known: Characters, *, same: int, rng: torch.Generator, n_iterations: int = 300
) -> Trained:
    """Train the embedding by the contrastive loss on pairs that are labelled `same`, 1 or 0, if of one class."""

    def sample():
        pairs = sample_pairs(known, 64, rng=rng)
        return pairs if same == 1 else pairs._replace(y=1 - pairs.y)

    def gradient(theta, pairs):
        return siamese.meta_gradient(embed, theta, pairs)

    return meta_train(gradient, theta, sample, n_iterations=n_iterations, beta=0.003)


def no_idea(x_support: Tensor, y_support: Tensor, x_query: Tensor) -> Tensor:
    """A learner whose scores are all zero, (n_tasks, n_query, n_way)."""
    return torch.zeros(*x_query.shape[:2], int(y_support.max()) + 1)


def right_answer_first(task: Task) -> Task:
    """One query a task, that of class 0, as in scripts that put the right answer first."""
    rows, first = torch.arange(task.n_tasks), (task.y_query == 0).int().argmax(1)
    return task._replace(x_query=task.x_query[rows, first].unsqueeze(1), y_query=task.y_query[rows, first].unsqueeze(1))
