"""Lesson 09: the mean paired difference of two learners, with its interval."""

from functools import partial

import torch

from .compare import compare, numbers
from .exercise import NotYet, attempt, exercise

ENDS = "these are the ends of the interval: return the mean and half the width"


@exercise
def paired_difference(answer, seed, more) -> None:
    """answer(a, b): accuracies (n_tasks,) of two learners on the same tasks; returns (mean, interval)."""
    a, b = _problem(seed, more)
    mean, interval = _two_numbers(attempt(answer, dict(a=a.clone(), b=b.clone())))
    tried = f"the accuracies of two learners on the same {len(a)} tasks"
    compare(mean, (a - b).mean(), partial(_wrong_means, a, b), tried=f"{tried}, the mean")
    # 1.96 is rounded: whoever takes 1.959964 is right, too.
    compare(interval, _half_width(a, b), partial(_wrong_intervals, a, b), tried=f"{tried}, the interval", rtol=1e-4)


def _problem(seed, more):
    """Accuracies of two learners that differ, on the same tasks."""
    if seed:
        return torch.rand(2, 7 + more, generator=torch.Generator().manual_seed(seed)).double()
    a = torch.tensor([0.92, 0.80, 1.00, 0.64, 0.88, 0.76, 0.96])
    b = torch.tensor([0.84, 0.68, 0.96, 0.60, 0.68, 0.80, 0.92])
    return a.double(), b.double()


def _two_numbers(result):
    """The mean and the interval, each a tensor without axes."""
    parts = list(result) if isinstance(result, (tuple, list)) else numbers(result).tolist()
    if not isinstance(parts, list) or len(parts) != 2:
        raise NotYet("two numbers are expected, the mean and the interval: `return mean, interval`")
    mean, interval = map(numbers, parts)
    if interval.numel() == 2:
        raise NotYet(ENDS)
    for part in mean, interval:
        if part.numel() != 1:
            raise NotYet(f"the mean and the interval are one number each, got a tensor of shape {tuple(part.shape)}")
    return mean.reshape(()), interval.reshape(())


def _half_width(a, b):
    """What stands behind the ±."""
    return 1.96 * (a - b).std() / len(a) ** 0.5


def _wrong_means(a, b) -> dict:
    """What each known mistake would give for the mean."""
    d = a - b
    return {
        "the mean has the wrong sign: it is positive where the first learner is better": -d.mean(),
        "the mean is one of absolute differences: keep the signs, or no two learners can ever be equal": d.abs().mean(),
        "the mean is one of squared differences: keep them as they are, with their signs": d.square().mean(),
        "the first number is the sum of the differences: take their mean": d.sum(),
        "the first number is the mean of one learner: subtract task by task": [a.mean(), b.mean()],
        "the first number is the mean of both learners: subtract task by task": (a.mean() + b.mean()) / 2,
        "the first number is the median of the differences: take their mean": d.median(),
        "the mean is relative to a learner: take the plain difference": [
            d.mean() / b.mean(),
            (d / b).mean(),
            a.mean() / b.mean(),
            d.mean() / a.mean(),
            (d / a).mean(),
        ],
        "the mean is in percent, the accuracies are shares: leave out the factor": 100 * d.mean(),
        "the first number is the share of tasks that the first learner wins: take the mean difference": (
            (d > 0).double().mean()
        ),
        "the interval comes first: `return mean, interval`": _half_width(a, b),
        ENDS: [d.mean() - _half_width(a, b), d.mean() + _half_width(a, b)],
    }


def _wrong_intervals(a, b) -> dict:
    """What each known mistake would give for the interval."""
    n, d, right = len(a), a - b, _half_width(a, b)
    s = d.std()
    both = (a.var() + b.var()).sqrt()
    covariance = torch.cov(torch.stack([a, b]))[0, 1]
    return {
        "this takes the two learners as measured on different tasks: take the standard deviation of the differences": [
            1.96 * both / n**0.5,
            both / n**0.5,
            1.96 * (a.std() + b.std()) / n**0.5,
            1.96 * (a.std() - b.std()).abs() / n**0.5,
        ],
        "this is the interval of one learner alone: take the standard deviation of the differences": [
            1.96 * a.std() / n**0.5,
            1.96 * b.std() / n**0.5,
        ],
        "this is about single tasks: divide by the square root of their number": [s, 1.96 * s],
        "divide by the square root of the number of tasks, not by the number": [s / n, 1.96 * s / n],
        "this is one standard error, which covers the truth in two of three cases: 1.96 of them make 95%": s / n**0.5,
        "the standard deviation divides by n - 1 here, as `tensor.std()` does by itself, not by n": [
            1.96 * d.std(correction=0) / n**0.5,
        ],
        "n - 1 belongs into the standard deviation, which has it: divide by the root of n": [
            1.96 * s / (n - 1) ** 0.5,
        ],
        "this is built from the variance: take its root, the standard deviation": [
            1.96 * s**2 / n**0.5,
            1.96 * s**2 / n,
        ],
        "this is the standard deviation of absolute differences: keep the signs": 1.96 * d.abs().std() / n**0.5,
        "this is a quantile for 90%, not for 95%: 1.96 standard errors": 1.645 * s / n**0.5,
        "this is the whole width of the interval: give half of it, what stands behind ±": 2 * right,
        "the tasks have been counted twice: there is one difference for each task": [
            1.96 * s / (2 * n) ** 0.5,
            1.96 * both / (2 * n) ** 0.5,
        ],
        "the covariance divides by n here, the variances by n - 1: let both divide by n - 1": [
            1.96 * ((both**2 - 2 * covariance * (n - 1) / n) / n) ** 0.5,
        ],
        "the covariance is subtracted only once: the equation has 2 cov(a, b)": [
            1.96 * ((both**2 - covariance) / n) ** 0.5,
        ],
        "the covariance is added: what the learners share is subtracted": 1.96
        * ((both**2 + 2 * covariance) / n) ** 0.5,
        "the interval is in percent, the accuracies are shares: leave out the factor": 100 * right,
        ENDS: [d.mean() - right, d.mean() + right],
    }
