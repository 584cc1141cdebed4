"""How the zoo is trained: every method for the same time, with as many tries.

    python -m mlcourse zoo                 trains all of them anew, for a minute of processor time each
    python -m mlcourse zoo MAML Reptile    trains these, and leaves the others as they are

On eight validation alphabets each method gets three tries for its outer rate, in short runs, and whoever takes gradient
steps on a new task gets six for the rate and number of these.
"""

import contextlib
import json
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import torch

from .. import losses
from ..evaluation import Evaluation, evaluate
from ..files import replacing
from ..tasks import Task
from ..weights import Theta
from ..worlds import omniglot
from ..worlds.characters import Characters
from ..worlds.episodes import sample_episodes
from . import zoo
from .registry import METHODS, NAMES
from .zoo import Entry

SECONDS = 60.0  # of processor time, for each method's training
TRIES = (1 / 3, 1.0, 3.0)  # times a method's usual outer rate


class Stopwatch:
    """Counts processor time, and stands still while we look: `with watch.paused(): ...`."""

    def __init__(self):
        self.started, self.away = time.process_time(), 0.0

    def seconds(self) -> float:
        return time.process_time() - self.started - self.away

    @contextlib.contextmanager
    def paused(self):
        begun = time.process_time()
        yield
        self.away += time.process_time() - begun


def train_method(name: str, *, seconds: float = SECONDS, episodes: Task | None = None) -> Entry:
    """Choose a method's outer rate, train it for `seconds` of processor time, and choose how it adapts."""
    characters, episodes = zoo.split()[0], episodes or zoo.validation_episodes()
    beta, tried, n_iterations = choose_rate(name, characters, episodes, seconds)
    theta, times, results = train_watched(name, characters, episodes, n_iterations=n_iterations, beta=beta)
    adapt = choose_adaptation(name, theta, episodes)
    theta = {key: p for key, p in theta.items() if name != "pooled" or not key.startswith("head.")}
    settings = dict(n_iterations=n_iterations, beta=beta, tried=tried, adapt=adapt, torch=str(torch.__version__))
    return Entry(theta, times, results, settings)


def choose_rate(name: str, characters: Characters, episodes: Task, seconds: float) -> tuple[float, list, int]:
    """The best of three outer rates in short runs, all that were tried, and how many iterations take `seconds`."""
    few = iterations_in(seconds / 12, name, characters)
    tried, watch = {}, Stopwatch()
    for share in TRIES:
        beta = share * METHODS[name].zoo.beta
        theta = zoo.train(name, characters, n_iterations=few, beta=beta)
        with watch.paused():
            tried[beta] = usual(name, theta, episodes).mean
    return max(tried, key=tried.get), list(tried.items()), max(1, round(seconds * len(TRIES) * few / watch.seconds()))


def train_watched(name: str, characters: Characters, episodes: Task, **how) -> tuple[Theta, list, list]:
    """Train a method, and look on: its weights, the seconds at which we looked, and what we saw."""
    times, results, watch = [], [], Stopwatch()

    def look(iteration, theta):
        times.append(watch.seconds())
        with watch.paused():
            results.append(usual(name, theta, episodes)._replace(per_task=torch.empty(0)))

    return zoo.train(name, characters, look=look, **how), times, results


def choose_adaptation(name: str, theta: Theta, episodes: Task) -> dict[str, dict]:
    """The best rate and number of steps for each learner that takes gradient steps, of those it may choose from."""
    chosen = {}
    for learner, (_, rates, steps) in METHODS[name].zoo.learners.items():
        if grid := [dict(alpha=alpha, steps=n) for alpha in rates for n in steps]:
            chosen[learner] = max(grid, key=lambda how, learner=learner: accuracy(learner, theta, episodes, **how).mean)
    return chosen


def usual(name: str, theta: Theta, episodes: Task) -> Evaluation:
    """How good a method is before its adaptation has been chosen: its first learner, at the rate of training."""
    learner, (_, rates, steps) = next(iter(METHODS[name].zoo.learners.items()))
    return accuracy(learner, theta, episodes, **(dict(alpha=rates[-1], steps=steps[1]) if rates else {}))


def accuracy(learner: str, theta: Theta, episodes: Task, **adapt) -> Evaluation:
    return evaluate(zoo.ready(learner, theta, **adapt), episodes, metric=losses.fair_accuracy)


def iterations_in(seconds: float, name: str, characters: Characters) -> int:
    """How many iterations of a method this machine can do in so much processor time, from a short trial."""
    rng = torch.Generator().manual_seed(2)
    net, gradient, sample = zoo.recipe(name, characters, rng)
    theta, times = zoo.initial(name, net, rng), []
    for _ in range(9):
        watch = Stopwatch()
        gradient(theta, sample())
        times.append(watch.seconds())
    return max(1, round(seconds / statistics.median(times[2:])))


def record_omniglot(entries: dict[str, Entry], path: Path = zoo.OMNIGLOT, *, n_tasks: int = 400) -> None:
    """Measure all learners on 5-way 1-shot tasks of the real Omniglot, and write the results down."""
    rng = torch.Generator().manual_seed(3)
    episodes = sample_episodes(omniglot.load(), n_tasks, n_way=5, k_shot=1, n_query=5, rng=rng)
    results = {}
    for name, learner in zoo.learners(entries).items():
        result = evaluate(learner, episodes, metric=losses.fair_accuracy)
        results[name] = dict(mean=round(result.mean, 5), interval=round(result.interval, 5))
    record = dict(
        what="5-way 1-shot accuracy on all 1,623 characters of Omniglot, trained on invented alphabets",
        command="python -m mlcourse zoo", episodes=n_tasks, queries=5, seed=3, batch_norm="support statistics",
        torch=str(torch.__version__), results=results,
    )  # fmt: skip
    with replacing(path) as file:
        file.write((json.dumps(record, indent=1) + "\n").encode())


def train_all(names: Sequence[str] = NAMES, *, seconds: float = SECONDS, path: Path = zoo.STORED) -> None:
    """Train some methods, one after the other, storing each as soon as it is ready; the others stay as they are."""
    torch.set_num_threads(1)
    if path.is_file():
        zoo.load(path)  # what cannot be kept should be known before the training
    for name in names:
        print(f"{name}: three short tries, then {seconds:g} seconds", flush=True)
        entry = train_method(name, seconds=seconds)
        zoo.save((zoo.load(path) if path.is_file() else {}) | {name: entry}, path)
        print(f"{name}: {entry.accuracy[-1].percent()} on validation after {entry.seconds[-1]:.3g} s", flush=True)
    if omniglot.PATH.is_file() and path == zoo.STORED:
        record_omniglot(zoo.load())
