"""The curves of lesson 03: what MAML, FOMAML and ANIL make of the same time, from a second on to 16.

    python -m mlcourse curves

Each point is a training of its own, from new weights, whose outer rate falls to zero when its time is over: a curve of
one long run would show for each time a run that was not yet meant to end. For each method and each time the outer rate
is chosen on other seeds and other waves. Then every method trains with the same seeds. On a few waves in thousands the
steps explode; such a wave counts as CEILING, or it alone would decide a mean.
"""

import statistics
import time
from functools import partial
from pathlib import Path
from typing import NamedTuple

import torch

from ..evaluation import evaluate
from ..files import DATA
from ..methods import maml
from ..networks import MLP
from ..training import meta_train
from ..worlds import sinusoids
from . import ledger

STORED, COMMAND = DATA / "curves_first_order.json", "python -m mlcourse curves"
METHODS = {"MAML": {}, "FOMAML": dict(first_order=True), "ANIL": dict(head_only=True)}
BUDGETS = (1.0, 4.0, 16.0)  # seconds of processor time
SEEDS, CHOOSING = (1, 2, 3, 4, 5, 6, 7), (101, 102)  # to compare, and to choose the outer rate
N_WAVES, CEILING = 4000, 10.0  # to be tested on, and what a wave's error counts at most; predicting 0 gets 4 on average
STEPS, ALPHA, N_TASKS, K_SHOT = 3, 0.01, 25, 5
SETTINGS = dict(steps=STEPS, alpha=ALPHA, n_tasks=N_TASKS, k_shot=K_SHOT, net=[1, 40, 40, 1], decay=True)
SETTINGS |= dict(n_waves=N_WAVES, ceiling=CEILING)
NET = MLP(*SETTINGS["net"])
FIRST = 0.016  # the outer rate that is tried first, then half and twice the best, until both are worse


def sample(rng: torch.Generator):
    return sinusoids.sample_tasks(N_TASKS, k_shot=K_SHOT, n_query=K_SHOT, rng=rng)


def train(method: str, *, n_iterations: int, beta: float, seed: int) -> dict:
    """One training: its processor time, and its error on waves to choose by and on waves to compare by.

    Of the waves to compare by, also the median, and the share that was capped. All are None where training diverged.
    """
    rng = torch.Generator().manual_seed(seed)
    gradient = partial(maml.meta_gradient, NET, alpha=ALPHA, steps=STEPS, **METHODS[method])
    run = dict(method=method, iterations=n_iterations, beta=beta, seed=seed)
    start = time.process_time()
    try:
        theta = ledger.train(
            gradient, NET.init(rng), lambda: sample(rng), n_iterations=n_iterations, beta=beta, decay=True
        )
    except FloatingPointError:
        nothing = dict(validation=None, error=None, median=None, capped=None)
        return run | dict(seconds=round(time.process_time() - start, 3), **nothing)
    seconds = time.process_time() - start
    predict = partial(maml.predict, NET, theta, alpha=ALPHA, steps=STEPS, **METHODS[method])
    validation, test = (evaluate(predict, waves(s)).per_task for s in (1000, 1001))
    return run | dict(
        seconds=round(seconds, 3),
        validation=round(validation.clamp(max=CEILING).mean().item(), 4),
        error=round(test.clamp(max=CEILING).mean().item(), 4),
        median=round(test.median().item(), 4),
        capped=(test > CEILING).double().mean().item(),
    )


def waves(seed: int):
    return sinusoids.sample_tasks(N_WAVES, k_shot=K_SHOT, n_query=50, rng=torch.Generator().manual_seed(seed))


def milliseconds() -> dict[str, float]:
    """Processor time of one iteration of each method, see `ledger.milliseconds`."""

    def short(method):
        rng = torch.Generator().manual_seed(0)
        gradient = partial(maml.meta_gradient, NET, alpha=ALPHA, steps=STEPS, **METHODS[method])
        meta_train(gradient, NET.init(rng), lambda: sample(rng), n_iterations=10, decay=True)

    return ledger.milliseconds({method: partial(short, method) for method in METHODS}, 10, repeat=60)


def chosen(runs: list[dict], method: str, budget: float) -> tuple[float, list[float]]:
    """The outer rate with the lowest validation error, the mean over the choosing seeds, and all rates that were tried.

    A rate with which a training diverged counts as the worst.
    """
    errors = {}
    for run in runs:
        if (run["method"], run["budget"]) == (method, budget) and run["seed"] in CHOOSING:
            errors.setdefault(run["beta"], []).append(float("inf") if run["validation"] is None else run["validation"])
    return min(errors, key=lambda beta: statistics.mean(errors[beta])), sorted(errors)


def record(path: Path = STORED) -> None:
    """Do all runs that the file does not hold yet; it is written anew after each."""
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    file = load(path) if path.is_file() else _new()

    def do(method, budget, beta, seeds):
        for seed in seeds:
            key = dict(method=method, budget=budget, beta=beta, seed=seed)
            if ledger.find(file, key):
                continue
            n_iterations = round(1000 * budget / file["milliseconds"][method])
            run = key | train(method, n_iterations=n_iterations, beta=beta, seed=seed)
            ledger.add(path, file, run)
            print(f"{method}, {budget:g} s, outer rate {beta:g}, seed {seed}: {run['error']}", flush=True)

    best = dict.fromkeys(METHODS, FIRST)
    for budget in BUDGETS:
        for method in METHODS:
            tried = []
            while not tried or best[method] in (tried[0], tried[-1]):  # until the best has a worse one on either side
                for beta in (best[method] / 2, best[method], best[method] * 2):
                    do(method, budget, beta, CHOOSING)
                best[method], tried = chosen(file["runs"], method, budget)
            do(method, budget, best[method], SEEDS)


class Point(NamedTuple):
    """One budget of one method."""

    seconds: float  # at the speed that was measured beforehand, in processor time, while the methods took turns
    iterations: int
    beta: float  # the outer rate, the best of those tried
    errors: list[float]  # the mean over unseen waves, one for each of SEEDS
    medians: list[float]  # the median over the same waves


def compared(path: Path = STORED) -> dict[str, list[Point]]:
    """For each method its points, from the shortest training to the longest."""
    runs, curves = load(path)["runs"], {method: [] for method in METHODS}
    for method, points in curves.items():
        for budget in sorted({run["budget"] for run in runs}):
            same = [run for run in runs if (run["method"], run["budget"]) == (method, budget)]
            same = {run["seed"]: run for run in same if run["seed"] in SEEDS}
            if len(same) == len(SEEDS):
                one = same[SEEDS[0]]
                errors, medians = ([same[seed][which] for seed in SEEDS] for which in ("error", "median"))
                points.append(Point(budget, one["iterations"], one["beta"], errors, medians))
    return curves


def _new() -> dict:
    return ledger.new(
        f"error on {N_WAVES} unseen sine waves after so many seconds of training, the outer rate falling",
        command=COMMAND,
        settings=SETTINGS,
        milliseconds=milliseconds(),
    )


def load(path: Path = STORED) -> dict:
    """What is recorded, a dict for each run; raises as `ledger.load` does."""
    fields = {"method", "budget", "beta", "seed", "seconds", "error", "median"}
    return ledger.load(path, command=COMMAND, fields=fields)
