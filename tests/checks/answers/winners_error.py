"""Lesson 11: the mean test error of a random search's winner."""

from itertools import combinations, product
from math import comb, lgamma

import numpy as np
import torch


def shares(m, n):
    return torch.tensor([comb(m - 1 - rank, n - 1) / comb(m, n) for rank in range(m)], dtype=torch.float64)


def by_shares(validation, test, n, *, of=None):
    of = test if of is None else of
    return (shares(len(test), n) * of.double()[validation.argsort()]).sum()


def by_all_searches(validation, test, n):
    found = [min(tried, key=lambda i: validation[i].item()) for tried in combinations(range(len(test)), n)]
    return sum(test[i].item() for i in found) / len(found)


def by_differences(validation, test, n):
    """The chance that all n lie from rank r on, less that from r + 1 on."""
    m = len(test)
    later = torch.tensor([comb(m - rank, n) / comb(m, n) for rank in range(m + 1)], dtype=torch.float64)
    return torch.stack([(later[:-1] - later[1:]) @ test.double()[validation.argsort()]])


def by_numpy(validation, test, n):
    m, order = len(test), np.argsort(np.asarray(validation))
    log = [
        lgamma(m - r) - lgamma(m - r - n + 1) - lgamma(n) - lgamma(m + 1) + lgamma(n + 1) + lgamma(m - n + 1)
        for r in range(m - n + 1)
    ]
    return np.float64((np.exp(log) * np.asarray(test)[order][: m - n + 1]).sum())


def by_recursion(validation, test, n):
    """The best of all is tried with chance n / m; otherwise the search is one among the others."""
    order, total, left = validation.argsort().tolist(), 0.0, 1.0
    for rank, i in enumerate(order):
        tried = n / (len(order) - rank)
        total, left = total + left * min(tried, 1.0) * test[i].item(), left * max(0.0, 1 - tried)
    return total


def with_replacement(validation, test, n):
    m = len(test)
    rank = torch.arange(m, dtype=torch.float64)
    return ((((m - rank) / m) ** n - ((m - rank - 1) / m) ** n) * test[validation.argsort()]).sum()


def by_pairs(validation, test, n):
    found = [min(tried, key=lambda i: validation[i].item()) for tried in product(range(len(test)), repeat=n)]
    return sum(test[i].item() for i in found) / len(found)


def simulated(validation, test, n):
    rng = torch.Generator().manual_seed(0)
    found = []
    for _ in range(200):
        tried = torch.randperm(len(test), generator=rng)[:n]
        found.append(test[tried[validation[tried].argmin()]])
    return torch.stack(found).mean()


def in_place(validation, test, n):
    test.mul_(shares(len(test), n))
    return test.sum()


RIGHT = {
    "by shares": by_shares,
    "by all searches": by_all_searches,
    "by differences": by_differences,
    "by numpy, with logarithms": by_numpy,
    "by recursion": by_recursion,
}
WRONG = [
    ("not attempted", lambda validation, test, n: None),
    ("tried twice", with_replacement),
    ("tried twice", by_pairs),
    ("what the winner's validation promised", lambda validation, test, n: by_shares(validation, validation, n)),
    ("chosen by its test error", lambda validation, test, n: by_shares(test, test, n)),
    ("are swapped", lambda validation, test, n: by_shares(test, validation, n)),
    ("greatest error wins", lambda validation, test, n: by_shares(-validation, test, n)),
    ("not in the order", lambda validation, test, n: (shares(len(test), n) * test).sum()),
    ("mean of all settings", lambda validation, test, n: test.mean()),
    ("best of all settings", lambda validation, test, n: test[validation.argmin()]),
    ("best of all settings", lambda validation, test, n: test.min()),
    ("only the first n|best of all settings", lambda validation, test, n: test[validation[:n].argmin()]),
    ("flatters", lambda validation, test, n: by_shares(validation, test, n) - by_shares(validation, validation, n)),
    ("mean of the n best", lambda validation, test, n: test[validation.argsort()[:n]].mean()),
    ("divide by their number", lambda validation, test, n: comb(len(test), n) * by_shares(validation, test, n)),
    ("a search of 3 trials", lambda validation, test, n: by_shares(validation, test, min(n + 1, len(test)))),
    (
        "a search of 1 trials|mean of all settings",
        lambda validation, test, n: by_shares(validation, test, max(n - 1, 1)),
    ),
    ("your function gives", simulated),
    ("one number is expected", lambda validation, test, n: shares(len(test), n)),
    ("test has changed", in_place),
    ("stopped with", lambda validation, test, n: shares(len(test), n) @ test[:n]),
    ("a tensor is expected", lambda validation, test, n: "2.1"),
]
SIZED = [lambda validation, test, n: by_shares(validation, test, {1: 1, 2: 2, 6: 6, 4: 4}[n])]
