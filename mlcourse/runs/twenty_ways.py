"""Inner rates, set or learned, on 20-way 1-shot characters for the same time, for lesson 11.

    python -m mlcourse rates

By hand: one rate for all weights with five inner steps, as in MAML's paper, with two and with one; or two rates, for
the head and for the body. Learned: a rate for each weight (Meta-SGD), or for each tensor and step. All have the body of
the zoo of lesson 09 and its invented alphabets, the same outer rate, which falls to zero, and as many iterations as fit
into the time. Of each kind there are a few, of which validation chooses one; that is trained from another seed and for
four times as long, too.
"""

import time
from collections.abc import Callable
from functools import partial
from itertools import product
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
BETA, SHORT, LONG, SEEDS, N_TASKS, N_TEST = 0.004, 20, 80, (1, 2), 2, 300
FINEST = "a rate a tensor, 2 steps"


class Rival(NamedTuple):
    """How the rates come about."""

    method: object  # maml or rates
    how: dict  # goes to its gradient and to its predict
    start: Callable = dict  # from theta to the weights to train


def _one(steps: int, *alphas: float) -> dict[str, Rival]:
    return {f"{alpha:g}": Rival(maml, dict(alpha=alpha, steps=steps)) for alpha in alphas}


def _two(steps: int, heads: tuple, bodies: tuple) -> dict[str, Rival]:
    names, found = NET.init(torch.Generator()), {}
    for head, body in product(heads, bodies):
        alpha = {name: head if name.startswith("head") else body for name in names}
        found[f"{head:g} and {body:g}"] = Rival(maml, dict(alpha=alpha, steps=steps))
    return found


def _learned(**how) -> dict[str, Rival]:
    return {f"from {alpha:g}": Rival(rates, {}, partial(rates.init, alpha=alpha, **how)) for alpha in (0.1, 1.0)}


RIVALS = {
    "one rate, 5 steps": _one(5, 0.1, 0.3, 1.0),
    "one rate, 2 steps": _one(2, 0.1, 0.3, 1.0, 3.0),
    "one rate, 1 step": _one(1, 0.3, 1.0, 3.0),
    "head and body, 1 step": _two(1, (1.0, 3.0, 10.0), (0.03, 0.1, 0.3)),
    "head and body, 2 steps": _two(2, (0.3, 1.0, 3.0, 10.0), (0.003, 0.01, 0.03, 0.1, 0.3)),
    "Meta-SGD": _learned(),
    "a rate a tensor, 1 step": _learned(each="tensor", logarithm=True),
    FINEST: _learned(each="tensor", logarithm=True, steps=2),
}


def draw(characters, n_tasks: int, rng: torch.Generator):
    return halved(sample_episodes(characters, n_tasks, n_way=20, k_shot=1, n_query=1, rng=rng))


def train(rival: Rival, *, n_iterations: int, seed: int):
    """The weights, and rates, of one training. Raises KeyboardInterrupt where it was stopped."""
    rng, characters = torch.Generator().manual_seed(seed), zoo.split()[0]
    return ledger.train(
        partial(rival.method.meta_gradient, NET, loss=cross_entropy, **rival.how),
        rival.start(NET.init(rng)),
        lambda: draw(characters, N_TASKS, rng),
        n_iterations=n_iterations,
        beta=BETA,
        decay=True,
    )


def ask(rival: Rival, theta, characters, seed: int):
    """Its accuracy on 20-way tasks, no query's scores depending on the others."""
    tasks = draw(characters, N_TEST, torch.Generator().manual_seed(seed))
    learner = partial(rival.method.predict, NET, theta, loss=cross_entropy, support_statistics=True, **rival.how)
    return evaluate(learner, tasks, metric=accuracy)


def record(path: Path = STORED) -> None:
    """Do all trainings that the file does not hold yet; it is written anew after each."""
    torch.set_num_threads(1)
    file = load(path) if path.is_file() else _new()
    _, validation, test = zoo.split()
    for key in _plan(file):
        if ledger.find(file, key):
            continue
        kind, rival = key["kind"], RIVALS[key["kind"]][key["setting"]]
        n_iterations = round(1000 * key["budget"] / file["milliseconds"][kind])
        diverged, theta, start = False, None, time.process_time()
        try:
            theta = train(rival, n_iterations=n_iterations, seed=key["seed"])
        except FloatingPointError:
            diverged = True
        seconds = round(time.process_time() - start, 1)
        run = key | dict(iterations=n_iterations, seconds=seconds, diverged=diverged)
        for which, characters, at in (("validation", validation, 11), ("test", test, 12)):
            result = None if diverged else ask(rival, theta, characters, at)
            run |= {which: round(result.mean, 4) if result else 1 / 20}
        found = rates.split(theta)[1] if kind.startswith("a rate a tensor") and theta else []
        run["rates"] = [{of: round(rate.item(), 4) for of, rate in step.items()} for step in found]
        ledger.add(path, file, run)
        print(f"{run['test']:.1%} after {n_iterations} iterations: {key}", flush=True)


def _plan(file: dict):
    """What tells each training from the others; those of the chosen settings can be told when the rest is done."""
    first, *others = SEEDS
    for kind, settings in RIVALS.items():
        yield from (dict(kind=kind, setting=setting, seed=first, budget=SHORT) for setting in settings)
    for kind in RIVALS:
        best = dict(kind=kind, setting=chosen(file, kind)[0]["setting"])
        yield from (best | dict(seed=seed, budget=SHORT) for seed in others)
        yield best | dict(seed=first, budget=LONG)


def _new() -> dict:
    short = {kind: partial(train, next(iter(some.values())), n_iterations=4, seed=0) for kind, some in RIVALS.items()}
    return ledger.new(
        "accuracy on 20-way 1-shot tasks of invented alphabets, by how the inner rates were found",
        command=COMMAND,
        settings=dict(filters=32, beta=BETA, n_tasks=N_TASKS, tested=N_TEST),
        milliseconds=ledger.milliseconds(short, 4, repeat=3),
    )


def load(path: Path = STORED) -> dict:
    """What is recorded, a dict for each training; raises as `ledger.load` does."""
    return ledger.load(
        path, command=COMMAND, fields={"kind", "setting", "seed", "budget", "validation", "test", "rates"}
    )


def chosen(file: dict, kind: str) -> list[dict]:
    """Of a kind, the setting with the highest accuracy on validation: all of its trainings, as they were recorded.

    Settings are compared at one seed and budget, those that all have.
    """
    key = dict(kind=kind, seed=SEEDS[0], budget=SHORT)
    best = max((run for run in file["runs"] if key.items() <= run.items()), key=lambda run: run["validation"])
    return [run for run in file["runs"] if (run["kind"], run["setting"]) == (kind, best["setting"])]
