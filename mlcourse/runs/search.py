"""Searches for good settings, replayed on a table of trained ones (`settings`): a trial is looked up, not trained.

A search is the order in which it tries the settings. `at_random` and `on_a_grid` know their order beforehand;
`by_expected_improvement` looks at the errors so far. It fits a Gaussian process to their logarithms, which has at every
setting a mean m and a standard deviation s, and tries next where it expects to fall farthest below the best mean f of
all settings tried (Jones, Schonlau, Welch 1998, "Efficient Global Optimization of Expensive Black-Box Functions"):

    EI = E[max(f - error, 0)] = (f - m) Phi(z) + s phi(z),    z = (f - m) / s

with the normal distribution Phi and its density phi. The table has no other settings than its own, so each search
chooses among them, and none is tried twice.
"""

import numpy as np
import torch
from scipy.stats import norm
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import Matern, WhiteKernel
from torch import Tensor

FIRST = 4  # trials at random, before there is something to fit
LENGTH, NOISE = 0.5, 0.1  # decades over which errors are alike; variance of the noise, where that of all errors is 1


def expected_improvement(mean, sd, best):
    """How far below `best` a normal value of this mean and standard deviation is expected to fall, 0 where it does not.

    mean, sd: arrays of one shape, sd above 0    best: a number    returns: an array of their shape
    """
    z = (best - mean) / sd
    return (best - mean) * norm.cdf(z) + sd * norm.pdf(z)


def surrogate(places, errors) -> GaussianProcessRegressor:
    """A Gaussian process of the logarithm of the error.

    places: (n, d), the trials so far, log10 of each knob    errors: (n,), above 0
    """
    kernel = Matern(LENGTH, nu=2.5) + WhiteKernel(NOISE)
    return GaussianProcessRegressor(kernel, normalize_y=True, optimizer=None).fit(np.asarray(places), np.log(errors))


def at_random(n_settings: int, n_trials: int, *, rng: torch.Generator) -> Tensor:
    """So many different settings, each as likely as another."""
    return torch.randperm(n_settings, generator=rng)[:n_trials]


def on_a_grid(side: int, every: int, *, rng: torch.Generator) -> Tensor:
    """Every so many-th row and column of a table with side x side settings, begun anywhere, in random order."""
    row, column = torch.randint(every, (2,), generator=rng).tolist()
    cells = torch.arange(side * side).view(side, side)[row::every, column::every].flatten()
    return cells[torch.randperm(len(cells), generator=rng)]


def by_expected_improvement(places, errors, n_trials: int, *, rng: torch.Generator) -> Tensor:
    """FIRST settings at random, then each time the one with the greatest expected improvement.

    places: (n_settings, d), log10 of each knob    errors: (n_settings,), of which only those tried are looked at
    """
    places, errors = np.asarray(places), np.asarray(errors)
    tried = at_random(len(errors), min(FIRST, n_trials), rng=rng).tolist()
    while len(tried) < n_trials:
        mean, sd = surrogate(places[tried], errors[tried]).predict(places, return_std=True)
        gain = expected_improvement(mean, sd, mean[tried].min())
        gain[tried] = -1
        tried.append(int(gain.argmax()))
    return torch.tensor(tried)


def winners(tried: Tensor, errors: Tensor) -> Tensor:
    """After each trial the one with the least error so far: (n_trials,), positions in the table."""
    best = errors[tried].cummin(0).indices
    return tried[best]


def pruned(tried: Tensor, watched: Tensor, *, keep: float = 0.5, first: int = 5) -> Tensor:
    """Which trials are stopped: those that are at a moment not among the best of the trials before, at that moment.

    watched: (n_settings, n_moments), errors on the way    first: so many trials run to their end
    keep:    how many of those before count as the best, a share; with a half this is the median rule
    returns: (n_trials,), the moment at which each is stopped, n_moments for those that go on to the end
    """
    seen, n_moments = watched[tried], watched.shape[1]
    stops = torch.full((len(tried),), n_moments)
    for i in range(first, len(tried)):
        for moment in range(n_moments):
            before = seen[:i, moment][stops[:i] >= moment]
            if seen[i, moment] > before.quantile(keep):
                stops[i] = moment
                break
    return stops
