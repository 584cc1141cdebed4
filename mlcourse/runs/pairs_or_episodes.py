"""Pairs or episodes, for lessons 07 and 08: a network, trained in several ways on as many pictures.

    pairs                  60 pairs, "same or different?"; the contrastive loss
    pairs of an episode    the same loss, on all 100 x 20 pairs of a query and a support drawing of one 20-way episode
    episodes               "which of these 20?"; prototypical networks
    ...                    and their relatives: fewer ways, points that do not start small, or do, matching networks
    episodes, pooling      the same with a network that halves by pooling and not by stride

    python -m mlcourse pairs

Each draws 120 pictures an iteration. Each number of iterations is a training of its own, from new weights, whose outer
rate falls to zero at its end. The outer rate, and the margin where there is one, are chosen by the accuracy on
validation alphabets after 160 iterations, with a seed that is not compared. All are asked in the same way, by the
nearest class mean, and with five shots in their own, too.
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import torch

from .. import losses
from ..embedding import embed
from ..evaluation import Evaluation, evaluate, summarise
from ..files import DATA
from ..methods import matching, prototypical, siamese
from ..networks import ConvNet
from ..weights import value_and_gradient
from ..worlds.episodes import sample_episodes
from ..worlds.pairs import sample_pairs
from . import ledger, zoo

STORED, COMMAND = DATA / "pairs_or_episodes.json", "python -m mlcourse pairs"
ITERATIONS = (40, 160, 640)
SEEDS, CHOOSING = (1, 2, 3), 101  # to compare, and to choose after the second number of iterations
STEP = dict(beta=3.0, margin=2.0)  # the factors by which the search changes what may be chosen


def pairs_of_an_episode(net, theta, task, *, margin: float):
    """The contrastive loss of all pairs of a query and a support drawing, half the weight on either kind."""

    def loss(theta):
        z_support, z_query = embed(net, theta, task.x_support, task.x_query)
        d = torch.linalg.vector_norm(z_query.unsqueeze(2) - z_support.unsqueeze(1), dim=3)
        same = task.y_query.unsqueeze(2) == task.y_support.unsqueeze(1)  # (n_tasks, n_query, n_support)
        return (d[same].square().mean() + torch.relu(margin - d[~same]).square().mean()) / 4

    return value_and_gradient(loss, theta)


def episodes(n_way: int, n_tasks: int):
    return partial(sample_episodes, n_tasks=n_tasks, n_way=n_way, k_shot=1, n_query=5)


class Way(NamedTuple):
    gradient: Callable
    draw: Callable  # from characters to a batch
    predict: Callable  # its own rule
    small: float  # what the points are multiplied by at the start
    first: dict  # what is tried first, beside an outer rate of 0.01
    net: ConvNet = ConvNet(None, filters=16)


TEN = dict(scale=10.0)
PAIRS = Way(siamese.meta_gradient, partial(sample_pairs, n_pairs=60), siamese.predict, 1.0, dict(margin=5.0))
EPISODES = Way(prototypical.meta_gradient, episodes(20, 1), prototypical.predict, 0.2, {})
POOLING = ConvNet(None, filters=16, pool=True)
WAYS = {
    "pairs": PAIRS,
    "pairs of an episode": PAIRS._replace(gradient=pairs_of_an_episode, draw=episodes(20, 1)),
    "episodes": EPISODES,
    "episodes, 5-way": EPISODES._replace(draw=episodes(5, 4)),
    "episodes, not shrunk": EPISODES._replace(small=1.0),
    "matching": EPISODES._replace(gradient=matching.meta_gradient, predict=matching.predict),
    "matching, times ten": EPISODES._replace(
        gradient=partial(matching.meta_gradient, **TEN), predict=partial(matching.predict, **TEN)
    ),
    "episodes, pooling": EPISODES._replace(net=POOLING),
    "pairs, starting small": PAIRS._replace(small=0.2, first=dict(margin=2.0)),
}
FIRST_THREE = list(WAYS)[:3]
LONG = [*FIRST_THREE, "episodes, not shrunk", "episodes, pooling"]  # the others do without 640
ASKED = {"1 shot": 1, "5 shots": 5, "5 shots, own way": 5}


def train(way: str, characters, *, iterations: int, seed: int, **chosen) -> tuple:
    """A training from scratch: its weights, and its seconds of processor time."""
    rng, start = torch.Generator().manual_seed(seed), time.process_time()
    gradient, draw, _, small, _, net = WAYS[way]
    theta = net.init(rng)
    theta["3.scale"] = small * theta["3.scale"]
    beta, how = chosen["beta"], {name: value for name, value in chosen.items() if name != "beta"}
    sample = partial(draw, characters, rng=rng)
    gradient = partial(gradient, net, **how)
    theta = ledger.train(gradient, theta, sample, n_iterations=iterations, beta=beta, decay=True)
    return theta, time.process_time() - start


def right(way: str, theta, characters, asked: str, *, n_tasks: int, seed: int) -> str:
    """How many of the five queries of each 5-way task are right, a digit a task."""
    rng = torch.Generator().manual_seed(seed)
    tasks = sample_episodes(characters, n_tasks, n_way=5, k_shot=ASKED[asked], n_query=1, rng=rng)
    predict = WAYS[way].predict if "own" in asked else prototypical.predict
    learner = partial(predict, WAYS[way].net, theta, support_statistics=True)
    shares = evaluate(learner, tasks, metric=losses.accuracy).per_task
    return ledger.digits(shares, 5)


def accuracy(digits: str) -> Evaluation:
    """What `right` has written, as an accuracy; the tasks are the same ones for all trainings."""
    return summarise(ledger.shares(digits, 5))


def record(path: Path = STORED) -> None:
    """Do all trainings that the file does not hold yet; it is written anew after each."""
    torch.set_num_threads(1)
    file = load(path) if path.is_file() else _new()
    training, validation, test = zoo.split()

    def tried(way, iterations, chosen, seed):
        run = dict(way=way, iterations=iterations, seed=seed, **chosen)
        done = ledger.find(file, run)
        if done is None:
            theta, seconds = train(characters=training, **run)
            done = run | dict(seconds=round(seconds, 2))
            done["validation"] = right(way, theta, validation, "1 shot", n_tasks=400, seed=1000)
            if seed != CHOOSING:
                done |= {asked: right(way, theta, test, asked, n_tasks=400, seed=1001) for asked in ASKED}
            ledger.add(path, file, done)
            print(*run.values(), f"{seconds:.1f} s", accuracy(done["validation"]).percent(), flush=True)
        return accuracy(done["validation"]).mean

    for way in WAYS:
        best, before = dict(beta=0.01) | WAYS[way].first, None
        while best != before:  # until there is a worse choice on either side
            before = best
            for name in best:
                near = [best | {name: round(best[name] * STEP[name] ** step, 6)} for step in (0, -1, 1)]
                best = max(near, key=lambda chosen: tried(way, ITERATIONS[1], chosen, CHOOSING))
        for iterations in ITERATIONS if way in LONG else ITERATIONS[:-1]:
            for seed in SEEDS:
                tried(way, iterations, best, seed)


def _new() -> dict:
    return ledger.new(
        "right answers, of 5, in each 5-way task of unseen invented alphabets, after so many iterations",
        command=COMMAND,
        pictures=120,
        batch_norm="support statistics",
    )


def load(path: Path = STORED) -> dict:
    """What is recorded, a dict for each training; raises as `ledger.load` does."""
    return ledger.load(path, command=COMMAND, fields={"way", "iterations", "seed", "validation"})
