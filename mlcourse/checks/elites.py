"""Lesson 14: the elites of the cross-entropy method, from which the next candidates are drawn."""

from functools import partial

import torch
from torch import Tensor

from .compare import compare, numbers
from .exercise import NotYet, attempt, exercise

HINTS = {
    "must match the size": "costs[n, i] belongs to the whole row of commands commands[n, i]: index with both",
    "out of bounds": "topk and argsort look along the last axis unless told: candidates lie on axis 1 of both",
    "Index tensor must have the same number of dimensions": (
        "torch.gather needs an index with as many axes as what it gathers from: expand it"
    ),
}


@exercise
def elites(answer, seed, more) -> None:
    """answer(commands, costs, n_elites) returns mean and spread, each (n_tasks, horizon, 2)."""
    rng = torch.Generator().manual_seed(seed)
    n_tasks, n_candidates, horizon, n_elites = 3, 9 + more, 5 + more, 4 + more
    drawn = torch.randn(n_tasks, n_candidates, horizon, 2, generator=rng).double()
    costs = torch.rand(n_tasks, n_candidates, generator=rng).double()
    # First within the limits, so that a mistake in the choice is named first.
    for commands, n, tried in (
        (drawn.clamp(-3, 3) / 4, n_elites, "commands within -1 to 1"),
        (1.5 * drawn, n_elites, "commands of which some lie beyond -1 to 1"),
        (drawn.clamp(-3, 3) / 4, 1, "a single elite"),
    ):
        given = dict(commands=commands.clone(), costs=costs.clone(), n_elites=n)
        result = attempt(answer, given, hints=HINTS)
        if isinstance(result, (tuple, list)) and len(result) != 2:
            raise NotYet(f"two things are expected, mean and spread: got {len(result)}")
        result, expected = numbers(result), torch.stack(refitted(commands, costs, n))
        compare(result, expected, partial(_mistakes, commands, costs, n), tried=tried)


def refitted(commands: Tensor, costs: Tensor, n_elites: int) -> tuple[Tensor, Tensor]:
    """What is asked for."""
    return _of(_rows(commands.clamp(-1, 1), costs.argsort(1)[:, :n_elites]))


def _rows(commands: Tensor, which: Tensor) -> Tensor:
    return commands[torch.arange(len(commands)).unsqueeze(1), which]


def _of(rows: Tensor, correction: int = 0) -> tuple[Tensor, Tensor]:
    return rows.mean(1), rows.std(1, correction=correction)


def _mistakes(commands, costs, n_elites) -> dict:
    """What each known mistake would give."""
    clipped, best = commands.clamp(-1, 1), costs.argsort(1)[:, :n_elites]
    rows, order = _rows(clipped, best), costs.argsort(1)
    mean, spread = _of(rows)
    ranked = order < n_elites  # which is a rank's candidate, not a candidate's rank
    of_ranked = torch.stack([row[mask] for row, mask in zip(clipped, ranked, strict=True)])
    unclipped, late = _rows(commands, best), tuple(part.clamp(-1, 1) for part in _of(_rows(commands, best)))
    everything = _of(clipped)
    weights = torch.softmax(-costs, 1)[..., None, None]
    weighed = (weights * clipped).sum(1)
    pairs = {
        "these are the worst: the best have the lowest cost": _of(_rows(clipped, order[:, -n_elites:])),
        "argsort gives the candidate at each rank, not the rank of each candidate: take its first n_elites entries": (
            _of(of_ranked)
        ),
        "the elites of the first task are taken for all: each has its own costs": _of(
            _rows(clipped, best[:1].expand(len(best), -1))
        ),
        "the costs of all tasks were added up: each task has its own elites": _of(
            clipped[:, costs.sum(0).argsort()[:n_elites]]
        ),
        "clip the commands before mean and spread: what was scored is what was clipped": [_of(unclipped), late],
        "that is the single best: take the mean of the n_elites best": (
            rows[:, 0],
            torch.zeros_like(spread),
        ),
        "all candidates are in the mean: take the elites alone": everything,
        "the first n_elites are taken, whatever they cost": _of(clipped[:, :n_elites]),
        "all candidates are weighed here: take the n_elites best, each as much": (
            weighed,
            (weights * (clipped - weighed.unsqueeze(1)).square()).sum(1).sqrt(),
        ),
        "the spread is that of all candidates: take the elites'": (mean, everything[1]),
        "that is the variance: take its square root": (mean, spread.square()),
        "spread and mean have changed places: the mean comes first": (spread, mean),
        "the spread runs over the moments, too: each moment and motor has its own": (
            mean,
            rows.flatten(1).std(1, correction=0)[:, None, None].expand_as(spread),
        ),
        "one spread for both motors: each moment and motor has its own": (
            mean,
            rows.std((1, 3), correction=0, keepdim=True)[:, 0].expand_as(spread),
        ),
    }
    if n_elites > 1:
        pairs["divide by n_elites in the spread, not by one less: `std` needs correction=0"] = _of(rows, 1)
        pairs["the best is left out: take n_elites from the very best on"] = _of(
            _rows(clipped, order[:, 1 : n_elites + 1])
        )
        pairs["there is one elite too few"] = _of(rows[:, :-1])
    else:
        pairs["a single elite has the spread 0, and not nan: `std` needs correction=0"] = (mean, spread * torch.nan)
    return {
        sentence: [torch.stack(pair) for pair in (wrong if isinstance(wrong, list) else [wrong])]
        for sentence, wrong in pairs.items()
    }
