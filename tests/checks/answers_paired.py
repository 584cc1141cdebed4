"""Right answers to lesson 09's exercise, and plausible wrong ones by what the check must say of them."""

import statistics

import torch

from mlcourse.evaluation import summarise


def difference(a, b, *, spread=torch.std, root=0.5, times=1.96):
    d = a - b
    return d.mean(), times * spread(d) / len(d) ** root


def unpaired(a, b):
    return (a - b).mean(), 1.96 * ((a.var() + b.var()) / len(a)) ** 0.5


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


RIGHT = {
    "by tensors": difference,
    "by the module": lambda a, b: summarise(a - b)[:2],
    "by the standard library": by_statistics,
    "in a list": lambda a, b: [(a - b).mean().item(), 1.96 * (a - b).std().item() / 7**0.5],
    "by the exact quantile": lambda a, b: difference(a, b, times=statistics.NormalDist().inv_cdf(0.975)),
    "by the covariance": from_moments,
    "in one tensor": lambda a, b: torch.stack(difference(a, b)),
}

WRONG = {
    "not attempted": lambda a, b: None,
    "wrong sign": lambda a, b: difference(b, a),
    "absolute differences": lambda a, b: ((a - b).abs().mean(), difference(a, b)[1]),
    "sum of the differences": lambda a, b: ((a - b).sum(), difference(a, b)[1]),
    "median": lambda a, b: ((a - b).median(), difference(a, b)[1]),
    "relative to the second": lambda a, b: (a.mean() / b.mean() - 1, difference(a, b)[1]),
    "mean of one learner": lambda a, b: (a.mean(), difference(a, b)[1]),
    "measured on different tasks": unpaired,
    "about single tasks": lambda a, b: difference(a, b, root=0),
    "not by the number": lambda a, b: difference(a, b, root=1),
    "one standard error": lambda a, b: difference(a, b, times=1),
    "divides by n - 1": lambda a, b: difference(a, b, spread=lambda d: d.std(correction=0)),
    "take its root": lambda a, b: difference(a, b, spread=torch.var),
    "whole width": lambda a, b: difference(a, b, times=2 * 1.96),
    "counted twice": lambda a, b: difference(a, b, times=1.96 / 2**0.5),
    "the covariance divides by n here": lambda a, b: from_moments(a, b, correction=0),
    "the covariance is subtracted only once": lambda a, b: from_moments(a, b, times=1),
    "ends of the interval": ends,
    "these are the ends": lambda a, b: ((a - b).mean(), ends(a, b)),
    "return the mean and half the width": lambda a, b: ((a - b).mean(), ends(a, b)[1]),
    "two numbers are expected": lambda a, b: (a - b).mean().item(),
    "two numbers are expected, the mean and the interval": lambda a, b: (a - b).mean(),
    "one number each": lambda a, b: (a - b, difference(a, b)[1]),
    "stopped with": lambda a, b: (a - b[1:]).mean(),
    "your function gives": lambda a, b: difference(a, b, times=1.5),
}
