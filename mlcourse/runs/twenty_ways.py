"""Inner rates, set or learned, on 20-way 1-shot characters for the same time, for lesson 11.

    python -m mlcourse rates

MAML with five inner steps, as in its paper; with two, at rates from a tenth to three; and with two steps at a learned
rate for each tensor and step. All have the body of the zoo of lesson 09 and its invented alphabets, the same outer
rate, which falls to zero, and as many iterations as fit into the time. What a rival searches by hand is in the table.
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import torch

from ..evaluation import evaluate
from ..files import DATA
from ..losses import accuracy, cross_entropy
from ..methods import maml, rates
from ..networks import ConvNet
from ..worlds.distortions import halved
from ..worlds.episodes import sample_episodes
from . import ledger, zoo

STORED, COMMAND = DATA / "rates.json", "python -m mlcourse rates"
NET = ConvNet(20, filters=32, size=14, blocks=3)  # for drawings of half the size
BETA, SECONDS, SEEDS, N_TASKS, N_TEST = 0.004, 30.0, (1, 2), 2, 300
LEARNED = "learned, 2 steps"


class Rival(NamedTuple):
    """How the rates come about."""

    method: object  # maml or rates
    how: dict  # goes to its gradient and to its predict
    start: Callable = dict  # from theta to the weights to train


RIVALS = {
    "0.1, 5 steps": Rival(maml, dict(alpha=0.1, steps=5)),
    **{f"{alpha:g}, 2 steps": Rival(maml, dict(alpha=alpha, steps=2)) for alpha in (0.1, 0.3, 1.0, 3.0)},
    LEARNED: Rival(rates, {}, partial(rates.init, alpha=0.1, each="tensor", steps=2, logarithm=True)),
}


def draw(characters, n_tasks: int, rng: torch.Generator):
    return halved(sample_episodes(characters, n_tasks, n_way=20, k_shot=1, n_query=1, rng=rng))


def train(name: str, *, n_iterations: int, seed: int):
    """The weights, and rates, of one training. Raises KeyboardInterrupt where it was stopped."""
    rival, rng, characters = RIVALS[name], torch.Generator().manual_seed(seed), zoo.split()[0]
    return ledger.train(
        partial(rival.method.meta_gradient, NET, loss=cross_entropy, **rival.how),
        rival.start(NET.init(rng)),
        lambda: draw(characters, N_TASKS, rng),
        n_iterations=n_iterations,
        beta=BETA,
        decay=True,
    )


def ask(name: str, theta, characters, seed: int):
    """Its accuracy on 20-way tasks, no query's scores depending on the others."""
    rival, tasks = RIVALS[name], draw(characters, N_TEST, torch.Generator().manual_seed(seed))
    learner = partial(rival.method.predict, NET, theta, loss=cross_entropy, support_statistics=True, **rival.how)
    return evaluate(learner, tasks, metric=accuracy)


def record(path: Path = STORED) -> None:
    """Do all trainings that the file does not hold yet; it is written anew after each."""
    torch.set_num_threads(1)
    file = load(path) if path.is_file() else _new()
    _, validation, test = zoo.split()
    for seed in SEEDS:
        for name in RIVALS:
            if ledger.find(file, dict(name=name, seed=seed)):
                continue
            n_iterations, start = round(1000 * SECONDS / file["milliseconds"][name]), time.process_time()
            diverged, theta = False, None
            try:
                theta = train(name, n_iterations=n_iterations, seed=seed)
            except FloatingPointError:
                diverged = True
            seconds = time.process_time() - start
            run = dict(name=name, seed=seed, iterations=n_iterations, seconds=round(seconds, 1), diverged=diverged)
            for which, characters, at in (("validation", validation, 11), ("test", test, 12)):
                result = None if diverged else ask(name, theta, characters, at)
                run |= {which: round(result.mean, 4) if result else 1 / 20}
            found = rates.split(theta)[1] if name == LEARNED and theta else []
            run["rates"] = [{of: round(rate.item(), 4) for of, rate in step.items()} for step in found]
            ledger.add(path, file, run)
            print(f"{name}, seed {seed}: {run['test']:.1%} after {n_iterations} iterations", flush=True)


def _new() -> dict:
    short = {name: partial(train, name, n_iterations=4, seed=0) for name in RIVALS}
    return ledger.new(
        "accuracy on 20-way 1-shot tasks of invented alphabets, by how the inner rates were found",
        command=COMMAND,
        settings=dict(filters=32, beta=BETA, seconds=SECONDS, n_tasks=N_TASKS, tested=N_TEST),
        milliseconds=ledger.milliseconds(short, 4, repeat=3),
    )


def load(path: Path = STORED) -> dict:
    """What is recorded, a dict for each training; raises as `ledger.load` does."""
    return ledger.load(path, command=COMMAND, fields={"name", "seed", "validation", "test", "rates"})
