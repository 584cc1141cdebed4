"""Lesson 09: the mean paired difference of two learners, with its interval."""

import statistics

import numpy as np
import torch

from mlcourse.evaluation import summarise


def difference(a, b, *, spread=torch.std, root=0.5, times=1.96):
    d = a - b
    return d.mean(), times * spread(d) / len(d) ** root


def with_mean(mean):
    """Another first number."""
    return lambda a, b: (mean(a, b), difference(a, b)[1])


def with_interval(interval):
    """Another second number."""
    return lambda a, b: ((a - b).mean(), interval(a, b))


def unpaired(a, b):
    return 1.96 * ((a.var() + b.var()) / len(a)) ** 0.5


def from_moments(a, b, *, times=2, correction=1):
    """The interval from the variances and the covariance, as in the lesson's equation."""
    covariance = torch.cov(torch.stack([a, b]), correction=correction)[0, 1]
    return (a - b).mean(), 1.96 * ((a.var() + b.var() - times * covariance) / len(a)) ** 0.5


def ends(a, b):
    mean, interval = difference(a, b)
    return mean - interval, mean + interval


def by_statistics(a, b):
    d = [p - q for p, q in zip(a.tolist(), b.tolist(), strict=True)]
    return sum(d) / len(d), 1.96 * statistics.stdev(d) / len(d) ** 0.5


def by_numpy(a, b):
    d = np.asarray(a) - np.asarray(b)
    return np.array([d.mean(), 1.96 * d.std(ddof=1) / np.sqrt(d.size)])


def in_place(a, b):
    a -= b
    return a.mean(), 1.96 * a.std() / len(a) ** 0.5


RIGHT = {
    "by the standard library": by_statistics,
    "by tensors": difference,
    "by the module": lambda a, b: summarise(a - b)[:2],
    "by the exact quantile": lambda a, b: difference(a, b, times=statistics.NormalDist().inv_cdf(0.975)),
    "by the covariance": from_moments,
    "in one tensor": lambda a, b: torch.stack(difference(a, b)),
    "in an array of numpy": by_numpy,
    "in scalars of numpy": lambda a, b: tuple(np.float32(part) for part in difference(a, b)),
    "in tensors with an axis": lambda a, b: [part.reshape(1) for part in difference(a, b)],
    "in a list of numbers": lambda a, b: [part.item() for part in difference(a, b)],
}
WRONG = [
    ("not attempted", lambda a, b: None),
    ("wrong sign", lambda a, b: difference(b, a)),
    ("absolute differences", with_mean(lambda a, b: (a - b).abs().mean())),
    ("squared differences", with_mean(lambda a, b: ((a - b) ** 2).mean())),
    ("sum of the differences", with_mean(lambda a, b: (a - b).sum())),
    ("median", with_mean(lambda a, b: (a - b).median())),
    ("relative to a learner", with_mean(lambda a, b: a.mean() / b.mean() - 1)),
    ("relative to a learner", with_mean(lambda a, b: ((a - b) / a).mean())),
    ("mean of one learner", with_mean(lambda a, b: a.mean())),
    ("mean of both learners", with_mean(lambda a, b: torch.cat([a, b]).mean())),
    ("in percent", with_mean(lambda a, b: 100 * (a - b).mean())),
    ("share of tasks that the first learner wins", with_mean(lambda a, b: (a > b).double().mean())),
    ("the interval comes first", lambda a, b: difference(a, b)[::-1]),
    ("measured on different tasks", with_interval(unpaired)),
    ("interval of one learner", with_interval(lambda a, b: 1.96 * a.std() / len(a) ** 0.5)),
    ("about single tasks", lambda a, b: difference(a, b, root=0)),
    ("not by the number", lambda a, b: difference(a, b, root=1)),
    ("one standard error", lambda a, b: difference(a, b, times=1)),
    ("90%", lambda a, b: difference(a, b, times=1.645)),
    ("divides by n - 1", lambda a, b: difference(a, b, spread=lambda d: d.std(correction=0))),
    ("divides by n - 1", with_interval(lambda a, b: 1.96 * np.std((a - b).numpy()) / len(a) ** 0.5)),
    ("n - 1 belongs into the standard deviation", with_interval(
        lambda a, b: 1.96 * (a - b).std() / (len(a) - 1) ** 0.5)),
    ("take its root", lambda a, b: difference(a, b, spread=torch.var)),
    ("standard deviation of absolute differences", lambda a, b: difference(a, b, spread=lambda d: d.abs().std())),
    ("whole width", lambda a, b: difference(a, b, times=2 * 1.96)),
    ("counted twice", lambda a, b: difference(a, b, times=1.96 / 2**0.5)),
    ("the covariance divides by n here", lambda a, b: from_moments(a, b, correction=0)),
    ("the covariance is subtracted only once", lambda a, b: from_moments(a, b, times=1)),
    ("the covariance is added", lambda a, b: from_moments(a, b, times=-2)),
    ("the interval is in percent", with_interval(lambda a, b: 100 * difference(a, b)[1])),
    ("ends of the interval", ends),
    ("these are the ends", with_interval(ends)),
    ("return the mean and half the width", with_interval(lambda a, b: ends(a, b)[1])),
    ("two numbers are expected", lambda a, b: (a - b).mean().item()),
    ("two numbers are expected, the mean and the interval", lambda a, b: (a - b).mean()),
    ("two numbers are expected", lambda a, b: summarise(a - b)),
    ("a tensor is expected, your function returns a dict", lambda a, b: {"mean": (a - b).mean()}),
    ("a tensor is expected, your function returns a str", lambda a, b: "{} ± {}".format(*difference(a, b))),
    ("a tensor is expected, your function returns a NoneType", lambda a, b: ((a - b).mean(), None)),
    ("one number each", lambda a, b: (a - b, difference(a, b)[1])),
    ("complex numbers", lambda a, b: tuple(part + 0j for part in difference(a, b))),
    ("a has changed: make a new tensor", in_place),
    ("stopped with", lambda a, b: (a - b[1:]).mean()),
    ("your function gives", lambda a, b: difference(a, b, times=1.5)),
    ("your function gives", lambda a, b: difference(a, b, times=2.447)),
    ("your function gives", lambda a, b: difference(a, b, times=2)),
    ("your function gives", lambda a, b: difference(a, b, times=-1.96)),
    ("your function gives", lambda a, b: difference(a, b.sort().values)),
    ("your function gives nan", lambda a, b: (torch.tensor(torch.nan), difference(a, b)[1])),
]  # fmt: skip
SIZED = [lambda a, b: [(a - b).mean().item(), 1.96 * (a - b).std().item() / 7**0.5]]
