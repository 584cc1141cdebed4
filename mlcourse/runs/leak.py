"""What a leak is worth, for lesson 04: one network, trained on other characters than it is tested on, or on the same.

    split by character    it learns from as many characters of other alphabets
    split by drawing      it learns from other drawings of the tested characters
    no split              it learns from the very drawings that it is tested on

    python -m mlcourse leak

A plain classifier with an output for every character that it learns, so that it can know them by heart. New episodes
are asked by nearest neighbour: in its probabilities, in its logits, or in its hidden layer.
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from ..evaluation import Evaluation, evaluate, summarise
from ..files import DATA
from ..losses import accuracy, cross_entropy
from ..methods import nearest, transfer
from ..networks import MLP
from ..tasks import Task
from ..worlds import alphabets
from ..worlds.characters import Characters
from ..worlds.episodes import sample_episodes, split_by_alphabet
from . import ledger

STORED, COMMAND = DATA / "leak.json", "python -m mlcourse leak"
SOURCES = ("split by character", "split by drawing", "no split")
WAYS = ("answers", "logits", "hidden")
SPLITS = {1000: (0, 1, 2, 3, 4), 4000: (0, 1)}  # by iterations: the seeds of split, training and episodes
HALF, HIDDEN, BATCH, BETA = 10, 128, 64, 0.002
N_QUERY, N_TASKS = 5, 400


def sources(training: Characters, tested: Characters, rng: torch.Generator) -> dict[str, Characters]:
    """What a learner may learn from, by the name of the split: equally many characters, ten drawings of each."""
    others = training.select(torch.randperm(training.n_classes, generator=rng)[: tested.n_classes])
    first = (some._replace(images=some.images[:, :HALF]) for some in (others, tested))
    return dict(zip(SOURCES, [*first, to_ask(tested)], strict=True))


def to_ask(tested: Characters) -> Characters:
    """The drawings from which the test's episodes are drawn."""
    return tested._replace(images=tested.images[:, HALF:])


def train(characters: Characters, *, n_iterations: int, seed: int) -> dict[str, Callable]:
    """Train a classifier of these characters, on aligned drawings in float32; three embeddings for `nearest.predict`.

    answers: (n_tasks, n, n_classes), the square roots of its probabilities: the better the probabilities of two
             drawings overlap, the closer they lie
    logits:  (n_tasks, n, n_classes), of which its probabilities are the softmax
    hidden:  (n_tasks, n, HIDDEN), what its last layer sees
    """
    rng, n_classes = torch.Generator().manual_seed(seed), characters.n_classes
    net = MLP(nearest.aligned(characters.images[:1].float()).shape[2], HIDDEN, n_classes)
    x = nearest.aligned(characters.images.float())  # (n_classes, n_drawings, d)

    def batch() -> Task:
        y = torch.randint(n_classes, (2, 1, BATCH // 2), generator=rng)
        drawing = torch.randint(x.shape[1], y.shape, generator=rng)
        return Task(x[y[0], drawing[0]], y[0], x[y[1], drawing[1]], y[1])

    theta = {name: p.float() for name, p in net.init(rng).items()}
    gradient = partial(transfer.pooled_gradient, net, loss=cross_entropy)
    theta = ledger.train(gradient, theta, batch, n_iterations=n_iterations, beta=BETA, decay=True)
    return {
        "answers": lambda x: net(theta, nearest.aligned(x.float())).softmax(2).sqrt(),
        "logits": lambda x: net(theta, nearest.aligned(x.float())),
        "hidden": lambda x: net.features(theta, nearest.aligned(x.float())),
    }


def _ask(embed: Callable | None, tasks: Task) -> Tensor:
    """The share of right answers in each task, (n_tasks,), by nearest neighbour in an embedding."""
    return evaluate(partial(nearest.predict, embed=embed), tasks, metric=accuracy).per_task


def record(path: Path = STORED) -> None:
    """Do all runs that the file does not hold yet; it is written anew after each."""
    torch.set_num_threads(1)
    file = load(path) if path.is_file() else _new()
    for n_iterations, seeds in SPLITS.items():
        for seed in seeds:
            rng = torch.Generator().manual_seed(seed)
            training, _, tested = split_by_alphabet(alphabets.load(), 30, 8, 12, rng=rng)
            tasks = sample_episodes(to_ask(tested), N_TASKS, n_way=5, k_shot=1, n_query=N_QUERY, rng=rng)
            for name, characters in sources(training, tested, rng).items():
                key = dict(iterations=n_iterations, split=seed, source=name)
                if ledger.find(file, key):
                    continue
                start = time.process_time()
                embeddings = train(characters, n_iterations=n_iterations, seed=seed)
                run = key | dict(characters=tested.n_classes, seconds=round(time.process_time() - start, 1))
                for way, embed in (embeddings | dict(aligned=nearest.aligned)).items():
                    run[way] = ledger.digits(_ask(embed, tasks), N_QUERY)
                ledger.add(path, file, run)
                print(
                    *key.values(),
                    *(summarise(ledger.shares(run[way], N_QUERY)).percent() for way in embeddings),
                    flush=True,
                )


def found(file: dict, source: str, *, iterations: int, way: str, over: str | None = None) -> list[Evaluation]:
    """For each split the recorded accuracy of one way to ask; `over` another source, the paired difference to it."""
    runs = {(run["split"], run["source"]): run for run in file["runs"] if run["iterations"] == iterations}
    results = []
    for seed in SPLITS[iterations]:
        right = ledger.shares(runs[seed, source][way], N_QUERY)
        results.append(summarise(right - ledger.shares(runs[seed, over][way], N_QUERY) if over else right))
    return results


def _new() -> dict:
    return ledger.new(
        "right answers, of 5, in each 5-way 1-shot task of invented alphabets, by what the network learned from",
        command=COMMAND,
        settings=dict(hidden=HIDDEN, batch=BATCH, beta=BETA, drawings=HALF, tasks=N_TASKS),
    )


def load(path: Path = STORED) -> dict:
    """What is recorded, a dict for each run; raises as `ledger.load` does."""
    return ledger.load(path, command=COMMAND, fields={"iterations", "split", "source", *WAYS})
