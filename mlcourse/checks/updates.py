"""Lesson 17: a belief about somebody's taste, after one more rating."""

from functools import partial

import torch
from torch import Tensor

from .compare import compare, numbers
from .exercise import NotYet, attempt, exercise

HINTS = {
    "inconsistent tensor size": "f and mean are vectors (d,), covariance is (d, d), y and noise are numbers",
    "must match the size": "f and mean are vectors (d,), covariance is (d, d), y and noise are numbers",
    "shapes cannot be multiplied": "`covariance @ f` is a vector, `f @ covariance @ f` a number",
    "singular": "nothing has to be inverted here: `f @ covariance @ f` is one number, and is divided by",
    "1D tensors expected": "`torch.outer` takes two vectors, (d,) each",
}


@exercise
def one_more_rating(answer, seed, more) -> None:
    """answer(mean, covariance, f, y, noise) returns mean (d,) and covariance (d, d)."""
    rng = torch.Generator().manual_seed(seed)
    d = 3 + more
    root = torch.randn(d, d, generator=rng)
    given = dict(
        mean=torch.randn(d, generator=rng) + 0.3,
        covariance=root @ root.T / d + 0.2 * torch.eye(d),
        f=torch.randn(d, generator=rng) + 0.4,
        y=torch.randn((), generator=rng) + 1,
        noise=0.6 + 0.01 * more,
    )
    known = given | dict(covariance=torch.diag(torch.ones(d) * 0.5).index_fill(0, torch.tensor([1]), 0.0))
    for case, tried in ((given, f"a belief about {d} weights"), (known, "a belief that is certain of one weight")):
        copy = {name: value.clone() if isinstance(value, Tensor) else value for name, value in case.items()}
        result = _joined(attempt(answer, copy, hints=HINTS, instead="make a new tensor"), d, tried)
        compare(result, torch.cat(_right(**case)).view(-1), partial(_mistakes, **case), tried=tried)


def _joined(result, d: int, tried: str) -> Tensor:
    """Mean and covariance in one vector, their shapes checked."""
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        kind = f"{len(result)} things" if isinstance(result, (tuple, list)) else f"a {type(result).__name__}"
        raise NotYet(f"two things are expected, mean and covariance: your function returns {kind}")
    if any(part is None for part in result):
        raise NotYet("one of the two is None: mean and covariance are expected")
    mean, covariance = (numbers(part) for part in result)
    if (mean.shape, covariance.shape) == ((d, d), (d,)):
        raise NotYet("mean and covariance have changed places: the mean comes first")
    if covariance.shape == (d,):
        raise NotYet("that is one variance for each weight: the covariance is (d, d), as `torch.outer` makes it")
    if mean.shape == (d, d):
        raise NotYet("the mean came out as (d, d): `y - f @ mean` is one number, times a vector (d,)")
    if (mean.shape, covariance.shape) != ((d,), (d, d)):
        shapes = f"{tuple(mean.shape)} and {tuple(covariance.shape)}"
        raise NotYet(f"tried {tried}: mean ({d},) and covariance ({d}, {d}) are expected, got {shapes}")
    return torch.cat([mean, covariance.flatten()])


def _right(mean, covariance, f, y, noise) -> list[Tensor]:
    column = covariance @ f
    variance = f @ column + noise**2
    return _pair(mean + column * (y - f @ mean) / variance, covariance - torch.outer(column, column) / variance)


def _pair(mean: Tensor, covariance: Tensor) -> list[Tensor]:
    return [mean.double(), covariance.double().flatten()]


def _mistakes(mean, covariance, f, y, noise) -> dict:
    """What each known mistake would give."""
    column, off, outer = covariance @ f, y - f @ mean, torch.outer
    variance = f @ column + noise**2
    new_mean, new = mean + column * off / variance, covariance - outer(column, column) / variance
    gain = column / variance

    def as_if(variance):
        return mean + column * off / variance, covariance - outer(column, column) / variance

    regular = torch.linalg.matrix_rank(covariance) == len(mean)
    wrong = {
        "the noise enters by its square: `noise**2`": [as_if(f @ column + noise)],
        "the noise is missing: divide by `f @ covariance @ f + noise**2`": [as_if(f @ column)],
        "the noise alone stands below: the belief about this film is uncertain, too": [as_if(noise**2), as_if(noise)],
        "how uncertain the stars of this film are is `f @ covariance @ f`, and not `f @ f`": [as_if(f @ f + noise**2)],
        "a standard deviation stands below: divide by the variance, without a root": [as_if(variance.sqrt())],
        "nothing stands below: divide by `f @ covariance @ f + noise**2`": [as_if(1)],
        "the mean moves by what is new in y: `y - f @ mean`": [
            (mean + gain * y, new),
            (gain * y, new),
        ],
        "the mean moves the wrong way: towards y, so by plus": [(mean - gain * off, new)],
        "the mean has not moved": [(mean, new)],
        "only the mean has moved: after an answer one is surer, too": [(new_mean, covariance)],
        "the covariance has grown: an answer takes away, so minus": [
            (new_mean, covariance + outer(column, column) / variance)
        ],
        "a step along f is not enough: what is said of one weight tells of others, so go along `covariance @ f`": [
            (mean + f * off / variance, new),
            (mean + f * off / (f @ f + noise**2), new),
            (mean + f * off / variance, covariance - outer(f, f) / variance),
        ],
        "the covariance loses `outer(c, c)` with c = covariance @ f, not with f": [
            (new_mean, covariance - outer(f, f) / variance)
        ],
        "the covariance loses the outer product: with `column * column` the same row is taken from all": [
            (new_mean, covariance - column * column / variance),
            (new_mean, covariance - (column * column).unsqueeze(1) / variance),
        ],
        "weights that belong together are forgotten: keep what stands off the diagonal": [
            (new_mean, new.diag().diag()),
            (new_mean, covariance - (column * column / variance).diag()),
        ],
        "divide the outer product by the variance once, not twice": [(new_mean, covariance - outer(gain, gain))],
        "divide what the covariance loses by the variance, too": [(new_mean, covariance - outer(column, column))],
    }
    if regular:
        precision = torch.linalg.inv(covariance) + outer(f, f) / noise**2
        linear = torch.linalg.inv(torch.linalg.inv(covariance) + outer(f, f) / noise)
        wrong["that is the inverse: invert it again for the covariance"] = [(new_mean, precision)]
        wrong["the noise enters by its square: `noise**2`"].append((mean + linear @ f * off / noise, linear))
    return {sentence: [torch.cat(_pair(*pair)) for pair in pairs] for sentence, pairs in wrong.items()}
