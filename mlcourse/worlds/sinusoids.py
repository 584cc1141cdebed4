"""Sine waves as tasks: y = amplitude * sin(x - phase), a few points given, the rest of the wave asked for.

The regression problem of Finn et al. 2017 (arXiv:1703.03400, section 5.1): amplitude U[0.1, 5], phase U[0, pi],
x U[-5, 5], and no noise.
"""

from math import pi
from typing import NamedTuple

import torch
from torch import Tensor

from ..tasks import Task

X_RANGE, AMPLITUDES, PHASES = (-5.0, 5.0), (0.1, 5.0), (0.0, pi)


class Waves(NamedTuple):
    """A batch of waves, to be called with x (n_tasks, n, 1) for y (n_tasks, n, 1)."""

    amplitude: Tensor  # (n_tasks, 1, 1)
    phase: Tensor  # (n_tasks, 1, 1), in radians

    def __call__(self, x: Tensor) -> Tensor:
        return self.amplitude * torch.sin(x - self.phase)


def sample_waves(n_tasks: int, *, amplitude: tuple = AMPLITUDES, phase: tuple = PHASES, rng: torch.Generator) -> Waves:
    """Draw waves from the distribution of tasks, or from other ranges."""
    if n_tasks < 1:
        raise ValueError(f"need at least one task: got n_tasks = {n_tasks}")
    return Waves(_uniform(*amplitude, (n_tasks, 1, 1), rng), _uniform(*phase, (n_tasks, 1, 1), rng))


def grid(n: int) -> Waves:
    """n * n waves laid out evenly over all amplitudes and phases, each in the middle of its own share."""
    places = (torch.arange(n) + 0.5) / n
    amplitude, phase = ((low + (high - low) * places) for low, high in (AMPLITUDES, PHASES))
    return Waves(amplitude.repeat_interleave(n).view(-1, 1, 1), phase.repeat(n).view(-1, 1, 1))


def sample_points(waves: Waves, k_shot: int, n_query: int, *, x_range: tuple = X_RANGE, rng: torch.Generator) -> Task:
    """Draw k_shot support points and n_query others on each wave, all from the same distribution of x."""
    if k_shot < 0 or n_query < 1:
        raise ValueError(f"need a query point, and no negative number: got k_shot = {k_shot}, n_query = {n_query}")
    x = _uniform(*x_range, (len(waves.amplitude), k_shot + n_query, 1), rng)
    y = waves(x)
    return Task(x[:, :k_shot], y[:, :k_shot], x[:, k_shot:], y[:, k_shot:])


def sample_tasks(n_tasks: int, k_shot: int, n_query: int, *, rng: torch.Generator) -> Task:
    """Draw a batch of tasks: new waves, and points on each."""
    return sample_points(sample_waves(n_tasks, rng=rng), k_shot, n_query, rng=rng)


def sample_some(n_tasks: int, *, fewest: int = 0, most: int, n_query: int, rng: torch.Generator) -> Task:
    """Draw a batch of tasks whose number of support points is drawn first, from fewest to most."""
    k_shot = int(torch.randint(fewest, most + 1, (), generator=rng, device=rng.device))
    return sample_tasks(n_tasks, k_shot, n_query, rng=rng)


def mean_wave(x: Tensor) -> Tensor:
    """The mean of y at x over all waves, the best that one prediction for every task can be.

    E[A] E[sin(x - phase)] = 2.55 * (-2 / pi) cos(x), since the phase is uniform on [0, pi].
    """
    return -2.55 * 2 / pi * torch.cos(x)


def _uniform(low: float, high: float, shape: tuple, rng: torch.Generator) -> Tensor:
    return low + (high - low) * torch.rand(shape, generator=rng, device=rng.device)
