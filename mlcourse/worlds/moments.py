"""Moments of a robot as a learning problem: state and command in, change of the speeds out.

A moment is what happens while one command is held. A task is a row of consecutive moments of one robot: the first ones
are the support set, those that follow the query set. Data and predictions share one scale, which stands here. A table
has no direction, so the angle of the shoulder changes nothing and is left out.
"""

import torch
from torch import Tensor

from ..tasks import Task
from . import arm
from .two_links import MOMENT, Robots

FAST, JOLT = 5.0, 1.0  # radians a second: the scale of speeds, and of their change in one moment
WINDOW = 16  # moments that a learner sees, 0.8 seconds
LONGEST = 12  # moments that a babbling robot holds a command, at most


def inputs(state: Tensor, command: Tensor) -> Tensor:
    """What a network is given, (..., 6): cos and sin of the elbow, two speeds, two commands."""
    elbow, speeds = state[..., 1:2], state[..., 2:] / FAST
    return torch.cat([elbow.cos(), elbow.sin(), speeds, command], -1)


def products(x: Tensor) -> Tensor:
    """Features without a network, (..., 28): the inputs (..., 6) and a one, and all products of two of them."""
    with_one = torch.cat([x, torch.ones_like(x[..., :1])], -1)
    first, second = torch.triu_indices(7, 7)
    return with_one[..., first] * with_one[..., second]


def change(before: Tensor, after: Tensor) -> Tensor:
    """What a network is to answer, (..., 2): by how much the speeds have changed."""
    return (after - before)[..., 2:] / JOLT


def step(net, phi, state: Tensor, command: Tensor) -> Tensor:
    """The state one moment later as the network sees it, (n, m, 4): `two_links.move` for whoever has learned.

    The angles follow from the speeds, whose mean over the moment is taken halfway.
    """
    speeds = state[..., 2:] + JOLT * net(phi, inputs(state, command))
    return torch.cat([state[..., :2] + MOMENT * (state[..., 2:] + speeds) / 2, speeds], -1)


def babble(n: int, n_moments: int, *, rng: torch.Generator) -> Tensor:
    """Random commands, (n, n_moments, 2): each robot has its own strength, and holds each for 1 to 12 moments."""
    strength = 1.5 * torch.rand(n, 1, 1, generator=rng)
    hold = torch.randint(1, LONGEST + 1, (n, 1), generator=rng)
    begun = torch.randint(LONGEST, (n, 1), generator=rng)
    drawn = strength * (2 * torch.rand(n, n_moments + LONGEST, 2, generator=rng) - 1)
    which = (torch.arange(n_moments) + begun) // hold
    return drawn.gather(1, which.unsqueeze(-1).expand(-1, -1, 2)).clamp(-1, 1)


def watch(robots: Robots, n_moments: int, *, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Let the robots babble: states (n, n_moments + 1, 4), the first before any command, and commands."""
    start, commands = arm.sample_states(len(robots.load), rng=rng), babble(len(robots.load), n_moments, rng=rng)
    return torch.cat([start[:, None], arm.move(robots, start, commands)], 1), commands


def tasks(states: Tensor, commands: Tensor, *, n_support: int = WINDOW) -> Task:
    """Rows of moments as tasks: the first n_support are the support set, all that follow the query set."""
    if not 0 < n_support < commands.shape[1] or states.shape[1] != commands.shape[1] + 1:
        raise ValueError(
            f"need moments for the support set and after it, and one state more than commands: "
            f"got n_support = {n_support}, {states.shape[1]} states, {commands.shape[1]} commands"
        )
    x, y = inputs(states[:, :-1], commands), change(states[:, :-1], states[:, 1:])
    return Task(x[:, :n_support], y[:, :n_support], x[:, n_support:], y[:, n_support:])
