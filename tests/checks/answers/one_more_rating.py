"""Answers to the exercise of lesson 17: a belief after one more rating."""

import numpy as np
import torch

from mlcourse.methods import learned_prior


def plainest(mean, covariance, f, y, noise):
    column = covariance @ f
    variance = f @ column + noise**2
    return mean + column * (y - f @ mean) / variance, covariance - torch.outer(column, column) / variance


def as_the_page_does(mean, covariance, f, y, noise):
    prior = learned_prior.Prior(mean, covariance)
    belief = learned_prior.believe(prior, f.view(1, 1, -1), torch.as_tensor(y).to(f).view(1, 1, 1), noise=noise)
    return belief.mean[0], belief.covariance[0]


def by_numpy(mean, covariance, f, y, noise):
    mean, covariance, f, y = (np.asarray(part, dtype=float) for part in (mean, covariance, f, y))
    gain = covariance @ f / (f @ covariance @ f + noise**2)
    return mean + gain * (y - f @ mean), (np.eye(len(f)) - np.outer(gain, f)) @ covariance


def by_joseph(mean, covariance, f, y, noise):
    column = (covariance * f).sum(1, keepdim=True)
    gain = column / ((f * column.T).sum() + noise**2)
    left = torch.eye(len(f)).to(f) - gain * f
    return [mean + gain.squeeze(1) * (y - (f * mean).sum()), left @ covariance @ left.T + noise**2 * gain @ gain.T]


def number_by_number(mean, covariance, f, y, noise):
    d = range(len(f))
    column = [sum(covariance[i, j] * f[j] for j in d) for i in d]
    variance = sum(f[i] * column[i] for i in d) + noise * noise
    off = y - sum(f[i] * mean[i] for i in d)
    new = [[covariance[i, j] - column[i] * column[j] / variance for j in d] for i in d]
    return [mean[i] + column[i] * off / variance for i in d], new


def of_all_that_is_jointly_normal(mean, covariance, f, y, noise):
    d = len(f)
    both = torch.zeros(d + 1, d + 1).to(covariance)
    both[:d, :d], both[:d, d], both[d, :d] = covariance, covariance @ f, covariance @ f
    both[d, d] = f @ covariance @ f + noise**2
    share = both[:d, d:] / both[d, d]
    return mean + (share * (y - mean @ f)).squeeze(1), both[:d, :d] - share @ both[d:, :d]


def with_variance(of, gain_mean=lambda c, f: c):
    def answer(mean, covariance, f, y, noise):
        column = covariance @ f
        below = of(f, covariance, noise)
        return mean + gain_mean(column, f) * (y - f @ mean) / below, covariance - torch.outer(column, column) / below

    return answer


def mean_of(change):
    """The right covariance, and a wrong mean: change(mean, gain, f, y)."""

    def answer(mean, covariance, f, y, noise):
        _, right = plainest(mean, covariance, f, y, noise)
        gain = covariance @ f / (f @ covariance @ f + noise**2)
        return change(mean, gain, f, y), right

    return answer


def covariance_of(change):
    """The right mean, and a wrong covariance: change(covariance, column, variance, f)."""

    def answer(mean, covariance, f, y, noise):
        right, _ = plainest(mean, covariance, f, y, noise)
        column = covariance @ f
        return right, change(covariance, column, f @ column + noise**2, f)

    return answer


def in_place(mean, covariance, f, y, noise):
    new, right = plainest(mean, covariance, f, y, noise)
    mean += new - mean
    return mean, right


def precision(mean, covariance, f, y, noise):
    inverse = torch.linalg.inv(covariance) + torch.outer(f, f) / noise**2
    return mean + torch.linalg.solve(inverse, f) * (y - f @ mean) / noise**2, inverse


def swapped(*given):
    return plainest(*given)[::-1]


RIGHT = {
    "the plainest": plainest,
    "as the page does it": as_the_page_does,
    "numpy, with the gain": by_numpy,
    "Joseph's form": by_joseph,
    "number by number": number_by_number,
    "conditioning a joint normal distribution": of_all_that_is_jointly_normal,
}
WRONG = [
    ("not attempted", lambda *given: None),
    ("enters by its square", with_variance(lambda f, c, noise: f @ c @ f + noise)),
    ("noise is missing", with_variance(lambda f, c, noise: f @ c @ f)),
    ("noise alone", with_variance(lambda f, c, noise: noise**2)),
    ("and not `f @ f`", with_variance(lambda f, c, noise: f @ f + noise**2)),
    ("without a root", with_variance(lambda f, c, noise: (f @ c @ f + noise**2).sqrt())),
    ("nothing stands below", with_variance(lambda f, c, noise: 1.0)),
    ("what is new in y", mean_of(lambda mean, gain, f, y: mean + gain * y)),
    ("what is new in y", mean_of(lambda mean, gain, f, y: gain * y)),
    ("wrong way", mean_of(lambda mean, gain, f, y: mean - gain * (y - f @ mean))),
    ("has not moved", mean_of(lambda mean, gain, f, y: mean.clone())),
    ("surer, too", covariance_of(lambda covariance, column, variance, f: covariance.clone())),
    ("has grown", covariance_of(lambda c, column, variance, f: c + torch.outer(column, column) / variance)),
    ("not with f", covariance_of(lambda c, column, variance, f: c - torch.outer(f, f) / variance)),
    ("outer product", covariance_of(lambda c, column, variance, f: c - column * column / variance)),
    ("off the diagonal", covariance_of(lambda c, column, variance, f: c - (column**2 / variance).diag())),
    ("not twice", covariance_of(lambda c, column, variance, f: c - torch.outer(column, column) / variance**2)),
    ("loses by the variance", covariance_of(lambda c, column, variance, f: c - torch.outer(column, column))),
    ("one variance for each", covariance_of(lambda c, column, variance, f: c.diag() - column**2 / variance)),
    ("along `covariance @ f`", with_variance(lambda f, c, noise: f @ c @ f + noise**2, lambda c, f: f)),
    ("changed places", swapped),
    ("two things are expected", lambda mean, covariance, f, y, noise: mean),
    ("mean has changed", in_place),
    ("invert it again|LinAlgError", precision),
    ("is a vector", lambda mean, covariance, f, y, noise: (covariance @ f.unsqueeze(0), covariance)),
]
