"""The small problem that the checks of the inner loop share: a few waves, and a network that is quick to differentiate.

In float64, whatever the learner's default, so that a right answer is right to the last digits.
"""

import torch

from ..networks import MLP
from ..tasks import Task
from ..weights import Theta
from ..worlds.sinusoids import sample_tasks

NET = MLP(1, 4, 1, activation=torch.tanh)


def waves(seed: int, n_tasks: int, k_shot: int, n_query: int) -> tuple[Theta, Task]:
    """Weights of NET that are drawn at random, and a batch of tasks."""
    rng = torch.Generator().manual_seed(seed)
    theta = {name: p.double() for name, p in NET.init(rng).items()}
    return theta, Task(*(tensor.double() for tensor in sample_tasks(n_tasks, k_shot, n_query, rng=rng)))
