"""A policy: what to do in a state, as a normal distribution around what a network answers.

    pi_theta(a | s) = N(a; mean_theta(s), std^2),    log std is one of the weights, so that trying widely can be learned

Example
    import torch
    from mlcourse.networks import MLP
    from mlcourse.networks.policy import GaussianPolicy

    rng = torch.Generator().manual_seed(0)
    policy = GaussianPolicy(MLP(2, 16, 2))
    theta = policy.init(rng, std=0.5)
    state = torch.zeros(3, 5, 2)  # five states in each of three tasks
    action = policy.act(theta, state, rng=rng)
    policy.log_prob(theta, state, action).shape
"""

import math

import torch
from torch import Tensor

from ..weights import Theta
from .mlp import MLP


class GaussianPolicy:
    """Actions around the answers of an MLP, each of their numbers with a spread of its own, the same in all states."""

    def __init__(self, net: MLP):
        self.net = net

    def init(self, rng: torch.Generator, *, std: float) -> Theta:
        """The MLP's weights, the last layer's a tenth of the usual, so that all begins near 0; and log_std."""
        body, head = self.net.split(self.net.init(rng))
        log_std = torch.full(self.net.sizes[-1:], math.log(std), device=rng.device)
        return body | {name: p / 10 for name, p in head.items()} | {"log_std": log_std}

    def mean(self, theta: Theta, state: Tensor) -> Tensor:
        """The middle of the distribution, (n_tasks, n, d_action)."""
        return self.net({name: p for name, p in theta.items() if name != "log_std"}, state)

    def act(self, theta: Theta, state: Tensor, *, rng: torch.Generator) -> Tensor:
        """Draw an action for each state, (n_tasks, n, d_action)."""
        mean = self.mean(theta, state)
        return mean + _rows(theta["log_std"]).exp() * torch.randn(mean.shape, generator=rng, device=rng.device)

    def log_prob(self, theta: Theta, state: Tensor, action: Tensor) -> Tensor:
        """log pi(a | s), (n_tasks, n): the SUM over an action's numbers, since their densities multiply."""
        log_std = _rows(theta["log_std"])
        z = (action - self.mean(theta, state)) / log_std.exp()
        return -(z**2 / 2 + log_std + math.log(2 * math.pi) / 2).sum(-1)


def _rows(log_std: Tensor) -> Tensor:
    """With a place for the states: (d,) stays, one for each task becomes (n_tasks, 1, d)."""
    return log_std if log_std.dim() == 1 else log_std.unsqueeze(1)
