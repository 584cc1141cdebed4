"""Few-shot learners on photographs, for lesson 18: what size, colour, augmentation and training tasks are worth.

    python -m mlcourse photographs

Each seed takes photographs of a hundred things of its own: 64 to learn from, 12 to choose by, 24 to be tested on. All
are trained for one and a half to two and a half minutes of a processor, and asked along the way, so that each curve
holds all shorter budgets at a rate that does not fall. The outer rates are chosen on validation things of another seed,
after a quarter of the iterations.
"""

import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ..evaluation import evaluate
from ..files import DATA
from ..losses import accuracy, cross_entropy
from ..methods import maml, nearest, prototypical, transfer
from ..networks import ConvNet
from ..tasks import Task
from ..worlds import photographs
from ..worlds.photographs import Photographs, sample_photographs
from . import ledger
from .registry import SMALL

STORED, COMMAND = DATA / "photographs.json", "python -m mlcourse photographs"
SEEDS, CHOOSING = (1, 2, 3), 101
N_THINGS = dict(training=64, validation=12, test=24)
N_WAY, N_QUERY, N_TEST, AT_ONCE = 5, 3, 200, 10
PARTS = (16, 8, 4, 2, 1)  # of the training, after which a learner is asked
INNER = dict(alpha=0.1, steps=3, loss=cross_entropy)
FILTERS, SMALL_SIDE = 32, 28


class Way(NamedTuple):
    """How a kind of learner is trained and asked. sizes: of its training tasks; an int is a plain mini-batch."""

    n_out: int | None
    recipe: Callable
    ask: Callable
    sizes: dict | int


class Learner(NamedTuple):
    """A way to learn, for how many iterations, and what becomes of the photographs first."""

    n_iterations: int
    way: str = "prototypical"
    look: Callable = lambda photos: photos
    channels: int = 3
    size: int = photographs.SIDE
    augment: bool = False
    apart: bool = True


WAYS = {
    "prototypical": Way(None, prototypical.meta_gradient, prototypical.predict, dict(n_tasks=1, n_way=10, n_query=4)),
    "MAML": Way(
        N_WAY, partial(maml.meta_gradient, **INNER), partial(maml.predict, **INNER), dict(n_tasks=4, n_way=5, n_query=3)
    ),
    "classifier": Way(
        N_THINGS["training"], partial(transfer.pooled_gradient, loss=cross_entropy), transfer.class_mean, 50
    ),
}


def shrunk(photos: Photographs) -> Photographs:
    """The same at 28 x 28 pixels, each the mean of nine."""
    return photos._replace(images=F.interpolate(photos.images.float(), size=SMALL_SIDE, mode="area").round().byte())


def grey(photos: Photographs) -> Photographs:
    """The same without colour, one channel."""
    return photos._replace(images=photos.images.float().mean(1, keepdim=True).round().byte())


LEARNERS = {
    "84 pixels": Learner(2000),
    "84 pixels, augmented": Learner(1800, augment=True),
    "28 pixels": Learner(8000, look=shrunk, size=SMALL_SIDE),
    "grey": Learner(2000, look=grey, channels=1),
    "leaking tasks": Learner(2000, apart=False),
    "classifier": Learner(2200, way="classifier"),
    "MAML": Learner(330, way="MAML"),
    "28 pixels, augmented": Learner(7000, look=shrunk, size=SMALL_SIDE, augment=True),
    "classifier, augmented": Learner(2000, way="classifier", augment=True),
    "MAML, augmented": Learner(320, way="MAML", augment=True),
}
UNTRAINED = {"pixels": nearest.predict, "colours": partial(nearest.predict, embed=nearest.colours)}
RATE = 0.002  # the outer rate to try first


@cache
def split(seed: int) -> dict[str, Photographs]:
    """A seed's photographs, by what they are for; no thing is in two."""
    every, first, parts = photographs.load(sum(N_THINGS.values()), seed=seed), 0, {}
    for part, n in N_THINGS.items():
        parts[part] = every.select(range(first, first + n))
        first += n
    return parts


def tasks(source: Photographs, *, k_shot: int = 1, apart: bool = True, seed: int) -> list[Task]:
    """Tasks to choose or to test by, some at once."""
    rng = torch.Generator().manual_seed(20_000 + seed)
    how = dict(n_way=N_WAY, k_shot=k_shot, n_query=N_QUERY, apart=apart, rng=rng)
    return [sample_photographs(source, AT_ONCE, **how) for _ in range(N_TEST // AT_ONCE)]


def sample_plain(source: Photographs, n: int, *, rng: torch.Generator) -> Task:
    """An ordinary mini-batch of n pictures as one task, half of them in either set, labels counted from 0."""
    some = torch.randint(len(source.labels), (n,), generator=rng)
    x, y = source.images[some].to(torch.get_default_dtype()) / 255, source.labels[some] - source.labels.min()
    return Task(x[None, : n // 2], y[None, : n // 2], x[None, n // 2 :], y[None, n // 2 :])


def train(name: str, *, beta: float, seed: int, n_iterations: int, watch: Callable) -> None:
    """Train a learner; watch(iteration, ask) is called before each iteration, and at the end."""
    learner, own, drawn = LEARNERS[name], *(torch.Generator().manual_seed(seed + shift) for shift in (0, 10_000))
    way, source = WAYS[learner.way], learner.look(split(seed)["training"])
    net = ConvNet(way.n_out, filters=FILTERS, channels=learner.channels, size=learner.size)
    theta = net.init(own)
    if learner.way == "prototypical":
        theta["3.scale"] = SMALL * theta["3.scale"]

    def sample():
        if isinstance(way.sizes, int):
            task = sample_plain(source, way.sizes, rng=drawn)
        else:
            task = sample_photographs(source, k_shot=1, apart=learner.apart, rng=drawn, **way.sizes)
        return photographs.augmented(task, rng=drawn) if learner.augment else task

    def asked(iteration, theta):
        watch(iteration, partial(way.ask, net, theta, support_statistics=True))

    how = dict(n_iterations=n_iterations, beta=beta, watch=asked)
    asked(n_iterations, ledger.train(partial(way.recipe, net), theta, sample, **how))


def measured(ask: Callable, look: Callable, part: str, seed: int, **how) -> str:
    """How many queries were right in each test task, a digit a task."""
    found = evaluate(ask, tasks(look(split(seed)[part]), seed=seed, **how), metric=accuracy)
    return ledger.digits(found.per_task, N_WAY * N_QUERY)


def record(path: Path = STORED) -> None:
    """Do all runs that the file does not hold yet; it is written anew after each."""
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float32)
    file = load(path) if path.is_file() else _new()
    best = {}
    for name, learner in LEARNERS.items():
        attempt = partial(_choose, path, file, name, learner.n_iterations // 4)
        best[name] = ledger.widened(RATE, attempt, lambda name=name: chosen(file["runs"], name))
    for seed in SEEDS:
        for name in UNTRAINED:
            _finish(path, file, dict(name=name, seed=seed), UNTRAINED[name])
        for name in LEARNERS:
            _follow(path, file, name, best[name], seed)


def _choose(path: Path, file: dict, name: str, n_iterations: int, rate: float) -> None:
    """A shorter training, asked about validation things."""
    key = dict(name=name, seed=CHOOSING, rate=rate)
    if ledger.find(file, key):
        return

    def at_the_end(iteration, ask):
        if iteration == n_iterations:
            right = measured(ask, LEARNERS[name].look, "validation", CHOOSING)
            ledger.add(path, file, key | dict(validation=right))
            print(*key.values(), ledger.shares(right, N_WAY * N_QUERY).mean(), flush=True)

    train(name, beta=rate, seed=CHOOSING, n_iterations=n_iterations, watch=at_the_end)


def _follow(path: Path, file: dict, name: str, rate: float, seed: int) -> None:
    """A whole training, asked along the way; seconds: the processor's, without those for asking."""
    learner, key = LEARNERS[name], dict(name=name, seed=seed, rate=rate)
    if ledger.find(file, key):
        return
    n, curve, began = learner.n_iterations, {}, time.process_time()

    def along(iteration, ask):
        nonlocal began
        if iteration in [n // part for part in PARTS]:
            stopped = time.process_time()
            seconds = round(stopped - began, 1)
            curve[iteration] = [seconds, measured(ask, learner.look, "test", seed)]
            if iteration == n:
                _finish(path, file, key | dict(curve=curve), ask, learner.look)
            began += time.process_time() - stopped

    train(name, beta=rate, seed=seed, n_iterations=n, watch=along)


def _finish(path: Path, file: dict, run: dict, ask: Callable, look: Callable = lambda photos: photos) -> None:
    """Measure on test things: one shot, five, and one where support and query may be of one burst."""
    if ledger.find(file, run):
        return
    asked = dict(one={}, five=dict(k_shot=5), leaking=dict(apart=False))
    run |= {name: measured(ask, look, "test", run["seed"], **how) for name, how in asked.items()}
    ledger.add(path, file, run)
    print(run["name"], run["seed"], *(ledger.shares(run[name], N_WAY * N_QUERY).mean() for name in asked), flush=True)


def chosen(runs: list[dict], name: str) -> tuple[float, list[float]]:
    """The outer rate with which validation tasks go best, and all that were tried."""
    mine = [run for run in runs if run["name"] == name and "validation" in run]
    tried = {run["rate"]: ledger.shares(run["validation"], N_WAY * N_QUERY).mean() for run in mine}
    return max(tried, key=tried.get), sorted(tried)


def accuracies(file: dict, name: str, asked: str = "one") -> list[Tensor]:
    """What a learner got right of each test task, (n_tasks,), for each seed; asked: "one", "five" or "leaking"."""
    return [ledger.shares(run[asked], N_WAY * N_QUERY) for run in _runs(file, name)]


def curves(file: dict, name: str) -> list[tuple[list[float], list[float]]]:
    """Processor seconds of training and accuracies after them, for each seed."""
    points = [list(run["curve"].values()) for run in _runs(file, name)]
    return [([s for s, _ in p], [ledger.shares(d, N_WAY * N_QUERY).mean().item() for _, d in p]) for p in points]


def _runs(file: dict, name: str) -> list[dict]:
    return [ledger.find(file, dict(name=name, seed=seed)) for seed in SEEDS]


def _new() -> dict:
    return ledger.new(
        f"how many of {N_WAY * N_QUERY} queries are right in each of {N_TEST} {N_WAY}-way tasks of photographs of "
        "things that training has not seen, a digit a task: with one shot, five, and one whose burst may be a query's "
        "too; curve: one shot along the training, after processor seconds; validation: in choosing a rate",
        command=COMMAND,
        settings=dict(things=N_THINGS, filters=FILTERS, alpha=INNER["alpha"], steps=INNER["steps"]),
    )


def load(path: Path = STORED) -> dict:
    """What is recorded, a dict for each run; raises as `ledger.load` does."""
    return ledger.load(path, command=COMMAND, fields={"name", "seed"})
