"""Lesson 09: the mean paired difference of two learners, with its interval."""

import torch
from torch import Tensor

from .exercise import NotYet, attempt, compare, exercise

ENDS = "these are the ends of the interval: return the mean and half the width"


@exercise
def paired_difference(answer, seed, more) -> None:
    """answer(a, b): accuracies (n_tasks,) of two learners on the same tasks; returns (mean, interval)."""
    a = torch.tensor([0.92, 0.80, 1.00, 0.64, 0.88, 0.76, 0.96]).double()
    b = torch.tensor([0.84, 0.68, 0.96, 0.60, 0.68, 0.80, 0.92]).double()
    if seed:
        a, b = torch.rand(2, 7 + more, generator=torch.Generator().manual_seed(seed)).double()
    n, d = len(a), a - b
    result = attempt(answer, a.clone(), b.clone())
    parts = result.tolist() if isinstance(result, Tensor) else result
    if not isinstance(parts, (tuple, list)) or len(parts) != 2:
        raise NotYet("two numbers are expected, the mean and the interval: `return mean, interval`")
    mean, interval = (_number(part) for part in parts)
    s = d.std()
    right = 1.96 * s / n**0.5
    tried = f"the accuracies of two learners on the same {n} tasks"
    means = {
        "the mean has the wrong sign: it is positive where the first learner is better": -d.mean(),
        "the mean is one of absolute differences: keep the signs, or no two learners can ever be equal": d.abs().mean(),
        "the first number is the sum of the differences: take their mean": d.sum(),
        "the first number is the mean of one learner: subtract task by task": [a.mean(), b.mean()],
        "the first number is the median of the differences: take their mean": d.median(),
        "the mean is relative to the second learner: take the plain difference": [
            d.mean() / b.mean(),
            (d / b).mean(),
            a.mean() / b.mean(),
        ],
        ENDS: [d.mean() - right, d.mean() + right],
    }
    compare(mean, d.mean(), means, tried=f"{tried}, the mean")
    both = (a.var() + b.var()).sqrt()
    covariance = torch.cov(torch.stack([a, b]))[0, 1]
    intervals = {
        "this takes the two learners as measured on different tasks: take the standard deviation of the differences": [
            1.96 * both / n**0.5,
            both / n**0.5,
            1.96 * (a.std() + b.std()) / n**0.5,
            1.96 * (a.std() - b.std()).abs() / n**0.5,
        ],
        "this is about single tasks: divide by the square root of their number": [s, 1.96 * s],
        "divide by the square root of the number of tasks, not by the number": [s / n, 1.96 * s / n],
        "this is one standard error, which covers the truth in two of three cases: 1.96 of them make 95%": s / n**0.5,
        "the standard deviation divides by n - 1 here, as `tensor.std()` does by itself, not by n": [
            1.96 * d.std(correction=0) / n**0.5,
        ],
        "this is built from the variance: take its root, the standard deviation": [
            1.96 * s**2 / n**0.5,
            1.96 * s**2 / n,
        ],
        "this is the whole width of the interval: give half of it, what stands behind ±": 2 * 1.96 * s / n**0.5,
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
        ENDS: [d.mean() - right, d.mean() + right],
    }
    # 1.96 is rounded: whoever takes 1.959964 is right, too.
    compare(interval, right, intervals, tried=f"{tried}, the interval", rtol=1e-4)


def _number(part) -> Tensor:
    """A number or a tensor of one element as a tensor without axes."""
    if isinstance(part, (tuple, list)) and len(part) == 2:
        raise NotYet(ENDS)
    number = part.detach().double() if isinstance(part, Tensor) else torch.tensor(float(part), dtype=torch.float64)
    if number.numel() != 1:
        raise NotYet(f"the mean and the interval are one number each, got a tensor of shape {tuple(number.shape)}")
    return number.reshape(())
