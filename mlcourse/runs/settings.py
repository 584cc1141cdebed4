"""The table of lesson 11: MAML on sine waves, trained with many settings of its knobs.

    python -m mlcourse tuning

random    the inner rate alpha and the outer rate beta drawn log-uniformly from LEAST to MOST
grid      the same square cut into SIDE x SIDE cells, each with the rates of its middle, from two seeds
one       one knob moved at a time away from BASE, five seeds each
longer    alpha moved so with four times as many iterations, two seeds each

With such a table a search need not train: it looks its trials up (`search`). For that each training keeps its error
on BLOCKS separate blocks of waves. Some of them can play the validation tasks of a search, others the test tasks, and
another search takes other blocks.
"""

import time
from functools import partial
from math import log
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from ..files import DATA
from ..methods import maml
from ..networks import MLP
from ..tasks import Task
from ..worlds import sinusoids
from . import ledger
from .sharpness import sharpness

STORED, COMMAND = DATA / "tuning.json", "python -m mlcourse tuning"
LEAST, MOST, SIDE, N_RANDOM = 1e-3, 1.0, 12, 160
BASE = dict(alpha=0.01, beta=0.03, steps=1, n_tasks=25, k_shot=5, iterations=300)
KNOBS = dict(
    alpha=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3),
    beta=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3),
    steps=(1, 2, 3, 5, 10),
    n_tasks=(1, 5, 25, 100),
    k_shot=(2, 5, 10, 20),
)
SEEDS, GRID_SEEDS, LONGER_SEEDS, LONGER = (1, 2, 3, 4, 5), (1, 2), (1, 2), 4
N_BLOCKS, N_WAVES, N_QUERY, CEILING = 20, 50, 25, 10.0  # a wave counts at most CEILING; predicting 0 gets 4 on average
WATCHED = (50, 100, 200)  # iterations at which a training is asked, on waves of its own
NET = MLP(1, 40, 40, 1)
FIELDS = {"part", "seed", *BASE, "seconds", "diverged", "sharpness", "watched", "blocks"}


def waves(n_tasks: int, k_shot: int, seed: int) -> Task:
    return sinusoids.sample_tasks(n_tasks, k_shot=k_shot, n_query=N_QUERY, rng=torch.Generator().manual_seed(seed))


def capped(predict, task: Task) -> Tensor:
    """Each wave's squared error, CEILING at most, (n_tasks,); predict: from support and x_query, as for `evaluate`."""
    with torch.no_grad():
        error = (predict(*task[:3]) - task.y_query).square().flatten(1).mean(1)
    return error.nan_to_num(CEILING).clamp(max=CEILING)


def errors(theta, task: Task, *, alpha, steps: int) -> Tensor:
    """The same for MAML's weights theta."""
    return capped(partial(maml.predict, NET, theta, alpha=alpha, steps=steps), task)


def train(*, alpha: float, beta: float, steps: int, n_tasks: int, k_shot: int, iterations: int, seed: int) -> dict:
    """One training, its outer rate falling to zero, and what it came to.

    seconds:   of processor time, for the training alone
    diverged:  whether it stopped at an error that is not finite; then all else counts CEILING
    sharpness: of the median wave, before the training and after it
    watched:   the mean error on 200 waves at each of WATCHED
    blocks:    the mean error on each block of waves
    """
    rng = torch.Generator().manual_seed(seed)
    start, theta, watched, spent = time.process_time(), NET.init(rng), [], 0.0
    some, steep = waves(200, k_shot, 500), waves(50, k_shot, 501)

    def sharp(theta) -> float:
        reach = sharpness(NET, theta, steep, alpha=alpha, rng=torch.Generator().manual_seed(502))
        return round(reach.median().item(), 3)

    def watch(iteration, theta):
        nonlocal spent
        if iteration in WATCHED:
            since = time.process_time()
            watched.append(round(errors(theta, some, alpha=alpha, steps=steps).mean().item(), 4))
            spent += time.process_time() - since

    try:
        trained = ledger.train(
            partial(maml.meta_gradient, NET, alpha=alpha, steps=steps),
            theta,
            lambda: sinusoids.sample_tasks(n_tasks, k_shot=k_shot, n_query=BASE["k_shot"], rng=rng),
            n_iterations=iterations,
            beta=beta,
            decay=True,
            watch=watch,
        )
    except FloatingPointError:
        watched += [CEILING] * (len(WATCHED) - len(watched))
        seconds, blocks = time.process_time() - start - spent, [CEILING] * N_BLOCKS
        nothing = dict(diverged=True, sharpness=[sharp(theta), None], watched=watched, blocks=blocks)
        return dict(seconds=round(seconds, 2)) | nothing
    seconds = time.process_time() - start - spent
    blocks = errors(trained, waves(N_BLOCKS * N_WAVES, k_shot, 503), alpha=alpha, steps=steps)
    return dict(
        seconds=round(seconds, 2),
        diverged=False,
        sharpness=[sharp(theta), sharp(trained)],
        watched=watched,
        blocks=[round(block, 4) for block in blocks.view(N_BLOCKS, N_WAVES).mean(1).tolist()],
    )


def planned() -> list[dict]:
    """All trainings of the table, each with its part, settings and seed. In random and grid each has its own seed."""
    draws = LEAST * (MOST / LEAST) ** torch.rand(
        N_RANDOM, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64
    )
    middles = [float(f"{LEAST * (MOST / LEAST) ** ((i + 0.5) / SIDE):.6g}") for i in range(SIDE)]
    cells = [(alpha, beta) for alpha in middles for beta in middles]
    drawn = [
        dict(part="random", seed=10_000 + i) | BASE | dict(alpha=float(f"{alpha:.6g}"), beta=float(f"{beta:.6g}"))
        for i, (alpha, beta) in enumerate(draws.tolist())
    ]
    first, again = (
        [
            dict(part="grid", seed=1000 * seed + i) | BASE | dict(alpha=alpha, beta=beta)
            for i, (alpha, beta) in enumerate(cells)
        ]
        for seed in GRID_SEEDS
    )
    moved = [(knob, value) for knob, values in KNOBS.items() for value in values if value != BASE[knob]]
    one = [
        dict(part="one", seed=seed) | BASE | {knob: value}
        for seed in SEEDS
        for knob, value in [("alpha", BASE["alpha"]), *moved]
    ]
    longer = [
        dict(part="longer", seed=seed) | BASE | dict(alpha=alpha, iterations=LONGER * BASE["iterations"])
        for seed in LONGER_SEEDS
        for alpha in KNOBS["alpha"]
    ]
    return drawn + first + one + again + longer


def record(path: Path = STORED) -> None:
    """Do all trainings that the file does not hold yet; it is written anew after each."""
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    file = load(path) if path.is_file() else _new()
    listed = planned()
    for i, key in enumerate(listed):
        if ledger.find(file, key):
            continue
        run = key | train(**{name: value for name, value in key.items() if name != "part"})
        ledger.add(path, file, run)
        error = sum(run["blocks"]) / N_BLOCKS
        print(f"{i + 1} of {len(listed)}, {run['part']}: alpha {run['alpha']:g}, beta {run['beta']:g}: {error:.2f}")


class Trials(NamedTuple):
    """Trained settings of one part of the table, to be looked up instead of trained."""

    settings: list[dict]  # what each was trained with
    blocks: Tensor  # (n_settings, N_BLOCKS), the error on each block of waves
    watched: Tensor  # (n_settings, len(WATCHED)), the error on the way
    seconds: Tensor  # (n_settings,), of processor time
    sharpness: Tensor  # (n_settings, 2), of the median wave, before and after; nan after one that diverged

    @property
    def places(self) -> Tensor:
        """Where each stands in the square of rates: (n_settings, 2), log10 of alpha and of beta."""
        rates = [[each["alpha"], each["beta"]] for each in self.settings]
        return torch.tensor(rates, dtype=torch.float64).log() / log(10)


def trials(part: str, path: Path = STORED) -> Trials:
    """What is stored of a part, in the order of `planned`."""
    runs = [run for run in load(path)["runs"] if run["part"] == part]
    named = [{name: run[name] for name in ("seed", *BASE)} for run in runs]
    double = partial(torch.tensor, dtype=torch.float64)
    ends = [[float("nan") if value is None else value for value in run["sharpness"]] for run in runs]
    columns = (double([run[name] for run in runs]) for name in ("blocks", "watched", "seconds"))
    return Trials(named, *columns, double(ends))


def moved(knob: str, path: Path = STORED, *, part: str = "one") -> dict[float, list[float]]:
    """For each value of one knob, the others as in BASE, the mean error on all waves, one for each seed."""
    runs = [run for run in load(path)["runs"] if run["part"] == part]
    others = {name: value for name, value in BASE.items() if name not in (knob, "iterations")}
    return {
        value: [sum(run["blocks"]) / N_BLOCKS for run in runs if (others | {knob: value}).items() <= run.items()]
        for value in KNOBS[knob]
    }


def _new() -> dict:
    return ledger.new(
        f"error of MAML on {N_BLOCKS} blocks of {N_WAVES} unseen sine waves, by its settings",
        command=COMMAND,
        base=BASE,
        net=[1, 40, 40, 1],
        decay=True,
        ceiling=CEILING,
    )


def load(path: Path = STORED) -> dict:
    """What is recorded, a dict for each training; raises as `ledger.load` does."""
    return ledger.load(path, command=COMMAND, fields=FIELDS)
