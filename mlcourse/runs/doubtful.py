"""What wrong labels and noisy pictures do to learners of characters, and what helps: for lesson 11.

    python -m mlcourse noise

MAML, ANIL and prototypical networks are trained on 5-way 5-shot tasks of invented alphabets, for the same time: once
with true support sets, once with support labels of which the share WRONG is wrong. All are asked about tasks of the
test alphabets whose support sets are spoiled in one way at a time, the same for all. Aligned pixels learn nothing.
"""

import time
from functools import partial
from pathlib import Path

import torch

from ..evaluation import Evaluation, evaluate, summarise
from ..files import DATA
from ..losses import accuracy, cross_entropy
from ..methods import maml, nearest, prototypical
from ..networks import ConvNet
from ..tasks import Task
from ..worlds.distortions import halved
from ..worlds.episodes import sample_episodes
from ..worlds.noise import noisy_pictures, wrong_labels
from . import ledger, zoo
from .registry import SMALL

STORED, COMMAND = DATA / "noise.json", "python -m mlcourse noise"
CLASSIFIER, EMBEDDING = (ConvNet(n_out, filters=32, size=14, blocks=3) for n_out in (5, None))  # drawings halved
STEP = dict(alpha=0.4, steps=1, loss=cross_entropy)
METHODS = {  # the module, the network, what goes to gradient and predict, the outer rate, the first size of the points
    "prototypical": (prototypical, EMBEDDING, {}, 0.005, SMALL),
    "MAML": (maml, CLASSIFIER, STEP, 0.004, 1.0),
    "ANIL": (maml, CLASSIFIER, STEP | dict(head_only=True), 0.004, 1.0),
}
BASELINE = "aligned pixels"
WRONG, SEEDS, SECONDS, BATCH = 0.3, (1, 2), 12.0, 4
N_TASKS, N_QUERY = 150, 2  # queries of each class
SHARES, SIGMAS = (0.0, 0.1, 0.2, 0.3, 0.4), (0.25, 0.5, 1.0)
# What is asked: from a name to what spoils the support set, the shots, and by what alpha is multiplied.
ASKED = (
    {f"wrong {share:g}": dict(share=share) for share in SHARES}
    | {f"pictures {sigma:g}": dict(sigma=sigma) for sigma in SIGMAS}
    | {f"wrong {share:g}, 15 shots": dict(share=share, k_shot=15) for share in (0.0, WRONG)}
    | {f"wrong {share:g}, alpha / 4": dict(share=share, slower=0.25) for share in (0.0, WRONG)}
)


def train(name: str, *, share: float, n_iterations: int, seed: int):
    """The weights of one training, whose support labels were wrong with probability `share`."""
    method, net, how, beta, scale = METHODS[name]
    rng, characters = torch.Generator().manual_seed(seed), zoo.split()[0]
    theta = net.init(rng)

    def sample() -> Task:
        tasks = sample_episodes(characters, BATCH, n_way=5, k_shot=5, n_query=N_QUERY, rng=rng)
        return wrong_labels(halved(tasks), share, rng=rng)

    return ledger.train(
        partial(method.meta_gradient, net, **how),
        theta | {"2.scale": scale * theta["2.scale"]},
        sample,
        n_iterations=n_iterations,
        beta=beta,
        decay=True,
    )


def episodes(*, share: float = 0.0, sigma: float = 0.0, k_shot: int = 5, whole: bool = False) -> Task:
    """The tasks to be asked about; characters and drawings do not depend on how they are spoiled.

    whole: drawings of 28 x 28 pixels
    """
    rng, spoil = (torch.Generator().manual_seed(seed) for seed in (7, 8))
    tasks = sample_episodes(zoo.split()[2], N_TASKS, n_way=5, k_shot=k_shot, n_query=N_QUERY, rng=rng)
    tasks = noisy_pictures(wrong_labels(tasks, share, rng=spoil), sigma, rng=spoil)
    return tasks if whole else halved(tasks)


def ask(name: str, theta=None) -> dict[str, str]:
    """For each of ASKED, how many queries of each task are right, as `ledger.digits`."""
    right = {}
    for what, spoiled in ASKED.items():
        spoiled = dict(spoiled)
        slower = spoiled.pop("slower", 1.0)
        if name == BASELINE:
            predict = partial(nearest.predict, embed=lambda x: nearest.aligned(x.clamp(min=0)))  # no negative ink
        else:
            method, net, how, *_ = METHODS[name]
            predict = partial(method.predict, net, theta, support_statistics=True, **_slowed(how, slower))
        per_task = evaluate(predict, episodes(**spoiled, whole=name == BASELINE), metric=accuracy).per_task
        right[what] = ledger.digits(per_task, 5 * N_QUERY)
    return right


def _slowed(how: dict, factor: float) -> dict:
    return how | dict(alpha=factor * how["alpha"]) if "alpha" in how else how


def record(path: Path = STORED) -> None:
    """Do all trainings that the file does not hold yet; it is written anew after each."""
    torch.set_num_threads(1)
    file = load(path) if path.is_file() else _new()
    if ledger.find(file, dict(name=BASELINE)) is None:
        ledger.add(path, file, dict(name=BASELINE, trained=None, seed=None, right=ask(BASELINE)))
    for seed in SEEDS:
        for name in METHODS:
            for share in (0.0, WRONG):
                key = dict(name=name, trained=share, seed=seed)
                if ledger.find(file, key):
                    continue
                n_iterations, start = round(1000 * SECONDS / file["milliseconds"][name]), time.process_time()
                theta = train(name, share=share, n_iterations=n_iterations, seed=seed)
                spent = dict(iterations=n_iterations, seconds=round(time.process_time() - start, 1))
                ledger.add(path, file, key | spent | dict(right=ask(name, theta)))
                asked = [found(file, name, what, trained=share).percent() for what in ("wrong 0", f"wrong {WRONG:g}")]
                print(name, share, seed, *asked, flush=True)


def found(file: dict, name: str, what: str, *, trained: float | None = 0.0) -> Evaluation:
    """The accuracy on one of ASKED, each task's mean over the seeds; trained: the share of wrong labels in training."""
    trained = None if name == BASELINE else trained
    runs = [run["right"][what] for run in file["runs"] if (run["name"], run["trained"]) == (name, trained)]
    return summarise(torch.stack([ledger.shares(run, 5 * N_QUERY) for run in runs]).mean(0))


def panels(file: dict) -> dict:
    """What is recorded, for `plots.doubt`: over the share of wrong labels, and over the noise on pictures."""
    labels, pictures = {}, {}
    for name in (*METHODS, BASELINE):
        labels[name] = {share: found(file, name, f"wrong {share:g}") for share in SHARES}
        pictures[name] = {0: labels[name][0.0]} | {sigma: found(file, name, f"pictures {sigma:g}") for sigma in SIGMAS}
        if name != BASELINE:
            spoiled = {share: found(file, name, f"wrong {share:g}", trained=WRONG) for share in SHARES}
            labels[f"{name}, trained so"] = spoiled
    return {
        "characters, labels": ("share of wrong support labels", "accuracy", labels),
        "characters, pictures": ("noise on support pictures", "accuracy", pictures),
    }


def _new() -> dict:
    short = {name: partial(train, name, share=WRONG, n_iterations=5, seed=0) for name in METHODS}
    return ledger.new(
        f"right answers, of {5 * N_QUERY}, in each 5-way task of invented alphabets, a digit a task; a is ten",
        command=COMMAND,
        settings=dict(wrong=WRONG, seconds=SECONDS, batch=BATCH, tasks=N_TASKS, filters=32, size=14),
        milliseconds=ledger.milliseconds(short, 5, repeat=3),
    )


def load(path: Path = STORED) -> dict:
    """What is recorded, a dict for each training; raises as `ledger.load` does."""
    return ledger.load(path, command=COMMAND, fields={"name", "trained", "seed", "right"})
