"""Lesson 11: what the winner of a random search is worth on new tasks, the mean over all searches, exactly.

Of m settings n different ones are tried. The setting that is r-th best of all by validation, counted from 0, wins where
it is tried and the other n - 1 trials lie among the m - 1 - r worse ones: C(m - 1 - r, n - 1) of the C(m, n) searches.
"""

from functools import partial
from math import comb

import torch

from .compare import compare, numbers
from .exercise import NotYet, attempt, exercise

CASES = ((6, 2), (6, 1), (6, 6), (9, 4))  # settings, and trials


@exercise
def winners_error(answer, seed, more) -> None:
    """answer(validation, test, n): errors (m,) of m settings, and the trials of a search; returns one number."""
    rng = torch.Generator().manual_seed(seed)
    for m, n in CASES:
        m, n = m + more, n + more * (n > 1)
        test = 1 + 3 * torch.rand(m, generator=rng, dtype=torch.float64)
        validation = test + torch.randn(m, generator=rng, dtype=torch.float64) / 2
        result = numbers(attempt(answer, dict(validation=validation.clone(), test=test.clone(), n=n)))
        if result.numel() != 1:
            raise NotYet(f"one number is expected, the mean over all searches: got the shape {tuple(result.shape)}")
        compare(
            result.reshape(()),
            _mean(_shares(m, n), validation, test),
            partial(_mistakes, validation, test, n),
            tried=f"{m} settings, {n} of them tried",
        )


def _shares(m: int, n: int) -> torch.Tensor:
    """In which share of all searches each setting wins, the best of all first."""
    return torch.tensor([comb(m - 1 - rank, n - 1) / comb(m, n) for rank in range(m)], dtype=torch.float64)


def _mean(shares, by, of) -> torch.Tensor:
    """The mean of `of` where the least of `by` wins."""
    return (shares * of[by.argsort()]).sum()


def _mistakes(validation, test, n) -> dict:
    """What each known mistake would give."""
    m = len(test)
    shares, rank = _shares(m, n), torch.arange(m, dtype=torch.float64)
    again = ((m - rank) / m) ** n - ((m - rank - 1) / m) ** n
    right = _mean(shares, validation, test)
    return {
        "here a setting may be tried twice: the n trials are different": _mean(again, validation, test),
        "this is what the winner's validation promised: return its test error": [
            _mean(shares, validation, validation),
            _mean(again, validation, validation),
        ],
        "the winner is chosen by its test error here: choose by validation, and report test": [
            _mean(shares, test, test),
            _mean(again, test, test),
        ],
        "validation and test are swapped: choose by validation, report test": _mean(shares, test, validation),
        "the setting with the greatest error wins here: errors are to be small": _mean(shares, -validation, test),
        "the test errors are not in the order of validation: sort both by validation": (shares * test).sum(),
        "this is the mean of all settings, whatever wins: weight each by how often it wins": [
            test.mean(),
            validation.mean(),
        ],
        "this is the best of all settings: of n trials it need not be one": [test[validation.argmin()], test.min()],
        "only the first n settings are searched: take the mean over all searches of n": [
            test[validation[:n].argmin()],
            test[:n].min(),
        ],
        "this is how much the winner's validation flatters it: return its test error": [
            right - _mean(shares, validation, validation),
            _mean(shares, validation, validation) - right,
        ],
        "this is the mean of the n best: each search has a single winner": test[validation.argsort()[:n]].mean(),
        "these are the searches in which a setting is tried, not those that it wins": [
            _mean(torch.full_like(rank, n / m), validation, test),
            _mean((1 - rank / m) ** n, validation, test),
        ],
        "this is the sum over all searches: divide by their number, C(m, n)": right * comb(m, n),
    } | {
        f"this is a search of {wrong} trials, where n = {n}: the winner is one of n, and n - 1 others are worse": [
            _mean(_shares(m, wrong), validation, test)
        ]
        for wrong in (n - 1, n + 1)
        if 1 <= wrong <= m
    }
