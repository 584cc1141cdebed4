"""The zoo: every learned method of the course, trained on the same characters for the same time, weights and curves.

    python -m mlcourse zoo                 trains all of them anew, for a minute of processor time each
    python -m mlcourse zoo MAML Reptile    trains these, and leaves the others as they are

They are trained on 30 of the invented alphabets. On 8 others each method gets three tries for its outer rate, in short
runs, and whoever takes gradient steps on a new task gets six for the rate and number of these. `load` reads the result,
`learners` makes it ready to be asked.
"""

import json
import statistics
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from .. import losses
from ..evaluation import Evaluation, evaluate
from ..files import DATA, replacing
from ..methods import nearest, transfer
from ..tasks import Task
from ..training import meta_train
from ..weights import Theta
from ..worlds import alphabets, omniglot
from ..worlds.characters import Characters
from ..worlds.episodes import sample_episodes, split_by_alphabet
from .contestants import ALONE, EMBEDDING, LEARNERS, NAMES, initial, methods, ready

STORED, OMNIGLOT = DATA / "zoo.npz", DATA / "zoo_omniglot.json"
SECONDS = 60.0  # of processor time, for each method's training
TRIES = (1 / 3, 1.0, 3.0)  # times a method's usual outer rate
MOMENTS = (0, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 3 / 4, 1)  # shares of the training after which we look


class Entry(NamedTuple):
    """A method after its training."""

    theta: Theta  # for "pooled" without the head, which knows only the training characters
    seconds: list[float]  # of processor time, when we looked
    accuracy: list[Evaluation]  # 5-way 1-shot on the validation alphabets, at these times; per_task is empty
    settings: dict  # what was tried and chosen, and how long it took


def split() -> list[Characters]:
    """The alphabets of meta-training, meta-validation and meta-test: 30, 8 and 12, as in lesson 05."""
    return split_by_alphabet(alphabets.load(), 30, 8, 12, rng=torch.Generator().manual_seed(0))


def validation_episodes(n_tasks: int = 200) -> Task:
    """The 5-way 1-shot tasks on which everything is chosen, the same for all methods."""
    rng = torch.Generator().manual_seed(1)
    return sample_episodes(split()[1], n_tasks, n_way=5, k_shot=1, n_query=5, rng=rng)


def learners(zoo: dict[str, Entry]) -> dict:
    """Every learner as a function from (x_support, y_support, x_query) to scores, for `evaluate`; pixels come first."""
    untrained = EMBEDDING.init(torch.Generator().manual_seed(0))
    found = {"pixels": nearest.predict, "random features": partial(transfer.class_mean, EMBEDDING, untrained, **ALONE)}
    for name, (method, _, _) in LEARNERS.items():
        if method in zoo:
            found[name] = ready(name, zoo[method].theta, **zoo[method].settings["adapt"].get(name, {}))
    return found


def iterations_in(seconds: float, name: str, characters: Characters) -> int:
    """How many iterations of a method this machine can do in so much processor time, from a short trial."""
    rng = torch.Generator().manual_seed(2)
    method = methods(characters, rng)[name]
    theta, times = method.net.init(rng), []
    for _ in range(9):
        start = time.process_time()
        method.gradient(theta, method.sample())
        times.append(time.process_time() - start)
    return max(1, round(seconds / statistics.median(times[2:])))


def train(name: str, characters: Characters, *, n_iterations: int, beta: float | None = None, look=None) -> Theta:
    """Train a method from scratch, with an outer rate that falls from beta to 0; the same numbers, the same weights.

    look: called as look(iteration, theta) at the MOMENTS, the last time with the weights that are returned
    """
    rng = torch.Generator().manual_seed(0)
    method = methods(characters, rng)[name]
    theta = initial(name, method.net, rng)
    moments = {round(share * n_iterations) for share in MOMENTS[:-1]} if look else set()
    trained = meta_train(
        method.gradient,
        theta,
        method.sample,
        n_iterations=n_iterations,
        beta=method.beta if beta is None else beta,
        decay=True,
        optimizer=method.optimizer,
        watch=lambda iteration, theta: look(iteration, rounded(theta)) if iteration in moments else None,
    )
    theta = rounded(trained.theta)
    if look:
        look(n_iterations, theta)
    return theta


def rounded(theta: Theta) -> Theta:
    """The weights as they will be stored, in 16 bits."""
    return {name: p.detach().half().float() for name, p in theta.items()}


def raise_one(name: str, *, seconds: float = SECONDS, episodes: Task | None = None) -> Entry:
    """Choose a method's outer rate, train it for `seconds` of processor time, and choose how it adapts."""
    characters, episodes = split()[0], episodes or validation_episodes()
    asked = next(learner for learner, (method, _, _) in LEARNERS.items() if method == name)

    def accuracy(learner, theta, **adapt):
        return evaluate(ready(learner, theta, **adapt), episodes, metric=losses.fair_accuracy)

    def usual(theta):
        choices = LEARNERS[asked][2]
        return accuracy(asked, theta, **(dict(alpha=choices[0][-1], steps=choices[1][1]) if choices else {}))

    few = iterations_in(seconds / 12, name, characters)
    tried, started, looking, times, results = {}, time.process_time(), 0.0, [], []
    for share in TRIES:
        beta = share * methods(characters, torch.Generator())[name].beta
        theta = train(name, characters, n_iterations=few, beta=beta)
        begin = time.process_time()
        tried[beta] = usual(theta).mean
        looking += time.process_time() - begin
    n_iterations = max(1, round(seconds * len(TRIES) * few / (time.process_time() - started - looking)))
    beta = max(tried, key=tried.get)
    started, looking = time.process_time(), 0.0
    started, looking, times, results = time.process_time(), 0.0, [], []

    def look(iteration, theta):
        nonlocal looking
        begin = time.process_time()
        times.append(begin - started - looking)
        results.append(usual(theta)._replace(per_task=torch.empty(0)))
        looking += time.process_time() - begin

    theta = train(name, characters, n_iterations=n_iterations, beta=beta, look=look)
    adapt = {}
    for learner, (method, _, choices) in LEARNERS.items():
        if method == name and choices:
            grid = [dict(alpha=alpha, steps=steps) for alpha in choices[0] for steps in choices[1]]
            adapt[learner] = max(grid, key=lambda how, learner=learner: accuracy(learner, theta, **how).mean)
    theta = {key: p for key, p in theta.items() if name != "pooled" or not key.startswith("head.")}
    settings = dict(
        n_iterations=n_iterations, beta=beta, tried=list(tried.items()), adapt=adapt, torch=str(torch.__version__)
    )
    return Entry(theta, times, results, settings)


def save(zoo: dict[str, Entry], path: Path = STORED) -> None:
    """Write a zoo as a .npz file, weights in 16 bits; nobody ever sees half of it."""
    arrays = {}
    for name, entry in zoo.items():
        arrays |= {f"{name}/theta/{key}": p.numpy().astype(np.float16) for key, p in entry.theta.items()}
        arrays[f"{name}/curve"] = np.array(
            [[s, a.mean, a.interval] for s, a in zip(entry.seconds, entry.accuracy, strict=True)]
        )
        arrays[f"{name}/settings"] = np.array(json.dumps(entry.settings))
    with replacing(path) as file:
        np.savez_compressed(file, **arrays)


def load(path: Path = STORED) -> dict[str, Entry]:
    """Read a zoo that `save` wrote: an Entry for each method, by name."""
    if not path.is_file():
        raise FileNotFoundError(f"There is no {path}: train it with `python -m mlcourse zoo`.")
    with np.load(path, allow_pickle=False) as stored:
        arrays = dict(stored)
    zoo = {}
    for name in (name for name in NAMES if f"{name}/curve" in arrays):
        start = f"{name}/theta/"
        weights = {key.removeprefix(start): array for key, array in arrays.items() if key.startswith(start)}
        theta = {key: torch.from_numpy(array.astype(np.float32)) for key, array in weights.items()}
        seconds, mean, interval = arrays[f"{name}/curve"].T.tolist()
        accuracy = [Evaluation(m, i, torch.empty(0)) for m, i in zip(mean, interval, strict=True)]
        zoo[name] = Entry(theta, seconds, accuracy, json.loads(str(arrays[f"{name}/settings"])))
    return zoo


def record_omniglot(zoo: dict[str, Entry], path: Path = OMNIGLOT, *, n_tasks: int = 400) -> None:
    """Measure all learners on 5-way 1-shot tasks of the real Omniglot, and write the results down."""
    rng = torch.Generator().manual_seed(3)
    episodes = sample_episodes(omniglot.load(), n_tasks, n_way=5, k_shot=1, n_query=5, rng=rng)
    results = {}
    for name, learner in learners(zoo).items():
        result = evaluate(learner, episodes, metric=losses.fair_accuracy)
        results[name] = dict(mean=round(result.mean, 5), interval=round(result.interval, 5))
    record = dict(
        what="5-way 1-shot accuracy on all 1,623 characters of Omniglot, trained on invented alphabets",
        command="python -m mlcourse zoo", episodes=n_tasks, queries=5, seed=3, batch_norm="support statistics",
        torch=str(torch.__version__), results=results,
    )  # fmt: skip
    with replacing(path) as file:
        file.write((json.dumps(record, indent=1) + "\n").encode())


def on_omniglot(path: Path = OMNIGLOT) -> dict[str, Evaluation]:
    """What `record_omniglot` has recorded, by learner; per_task is empty."""
    results = json.loads(path.read_text(encoding="utf-8"))["results"]
    return {name: Evaluation(**result, per_task=torch.empty(0)) for name, result in results.items()}


def raise_all(names: Sequence[str] = NAMES, *, seconds: float = SECONDS, path: Path = STORED) -> None:
    """Train some methods, one after the other, storing each as soon as it is ready; the others stay as they are."""
    torch.set_num_threads(1)
    for name in names:
        print(f"{name}: three short tries, then {seconds:g} seconds", flush=True)
        entry = raise_one(name, seconds=seconds)
        save((load(path) if path.is_file() else {}) | {name: entry}, path)
        print(f"{name}: {entry.accuracy[-1].percent()} on validation after {entry.seconds[-1]:.0f} s", flush=True)
    if omniglot.PATH.is_file() and path == STORED:
        record_omniglot(load())
