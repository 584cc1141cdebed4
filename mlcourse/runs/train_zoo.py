"""How the zoo is trained: every method for the same time, with its settings chosen by the same rule.

    python -m mlcourse zoo                 trains all of them anew, for half a minute of processor time each
    python -m mlcourse zoo MAML Reptile    trains these, and leaves the others as they are

Everything is chosen on eight validation alphabets, in short runs: the outer rate, three times up or down from the
usual one until it has been tried on both sides of the best; at this rate, one of the method's variants in `registry`;
and once more the rate, for that variant. When all have chosen, their iterations are timed, in turns, so that a busy
moment of the machine slows none more than another; the training has as many as fit. Whoever takes gradient steps on a
new task then chooses how many, and at what rate, this too until it has been tried on both sides of the best.
"""

import contextlib
import json
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import torch

from .. import cost, losses
from ..evaluation import Evaluation, evaluate
from ..files import replacing
from ..tasks import Task
from ..training import meta_step
from ..weights import Theta
from ..worlds import omniglot
from ..worlds.characters import Characters
from ..worlds.episodes import sample_episodes
from . import zoo
from .registry import METHODS, NAMES
from .zoo import Entry

SECONDS = 30.0  # of processor time, for each method's training
TRY = 5  # a try for the settings takes this part of the time
FACTOR = 3.0  # from one outer rate to the next that is tried


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


def train_method(name: str, chosen: dict, n_iterations: int, characters: Characters, episodes: Task) -> Entry:
    """Train a method with the settings that `choose_training` chose, then choose how it adapts."""
    how = dict(variant=chosen["variant"], beta=chosen["beta"], n_iterations=n_iterations)
    theta, times, results = train_watched(name, characters, episodes, **how)
    adapt, tried_adapt = choose_adaptation(name, theta, episodes, chosen["variant"])
    theta = {key: p for key, p in theta.items() if name != "pooled" or not key.startswith("head.")}
    more = dict(n_iterations=n_iterations, adapt=adapt, tried_adapt=tried_adapt, torch=str(torch.__version__))
    return Entry(theta, times, results, chosen | more)


def climb(score: Callable[[int], float], start: int = 0) -> int:
    """The best of a row of whole numbers: go to the better neighbour, until both have been tried and none is better."""
    while (best := max((start, start - 1, start + 1), key=score)) != start:
        start = best
    return start


def choose_training(name: str, characters: Characters, episodes: Task, seconds: float) -> dict:
    """A method's variant and outer rate, and all tries, each a fifth of `seconds` long.

    First the outer rate of the usual variant, then the variant at this rate, then once more the rate, for that variant.
    """
    contestant, tried = METHODS[name].zoo, {}
    few = iterations_in(seconds / TRY, [(name, variant) for variant in contestant.variants], characters)

    def score(variant: str, k: int) -> float:
        if (variant, k) not in tried:
            beta = contestant.variant(variant).beta * FACTOR**k
            tried[variant, k] = 0.0  # for one that diverges
            with contextlib.suppress(FloatingPointError, ValueError):
                theta = zoo.train(name, characters, n_iterations=few[name, variant], beta=beta, variant=variant)
                tried[variant, k] = usual(name, theta, episodes, variant).mean
        return tried[variant, k]

    first = next(iter(contestant.variants))
    k = climb(lambda k: score(first, k))
    variant = max(contestant.variants, key=lambda variant: score(variant, k))
    k = climb(lambda k: score(variant, k), k)
    return dict(
        variant=variant,
        beta=contestant.variant(variant).beta * FACTOR**k,
        tried=[[v, contestant.variant(v).beta * FACTOR**j, accuracy] for (v, j), accuracy in tried.items()],
    )


def train_watched(name: str, characters: Characters, episodes: Task, **how) -> tuple[Theta, list, list]:
    """Train a method, and look on: its weights, the seconds at which we looked, and what we saw."""
    times, results, watch = [], [], Stopwatch()

    def look(iteration, theta):
        times.append(watch.seconds())
        with watch.paused():
            results.append(usual(name, theta, episodes, how["variant"])._replace(per_task=torch.empty(0)))

    return zoo.train(name, characters, look=look, **how), times, results


def choose_adaptation(name: str, theta: Theta, episodes: Task, variant: str | None = None) -> tuple[dict, dict]:
    """How each learner takes gradient steps, if it does, and all tries: first how many, then at what rate."""
    chosen, all_tried = {}, {}
    for learner, (_, alpha, counts) in METHODS[name].zoo.variant(variant).learners.items():
        if alpha is None:
            continue
        tried = {}

        def score(steps, k, learner=learner, alpha=alpha, tried=tried):
            if (steps, k) not in tried:
                how = dict(alpha=alpha * 2.0**k, steps=steps)
                tried[steps, k] = accuracy(learner, theta, episodes, variant, **how).mean
            return tried[steps, k]

        steps = max(counts, key=lambda steps, score=score: score(steps, 0))
        k = climb(partial(score, steps))
        chosen[learner] = dict(alpha=alpha * 2.0**k, steps=steps)
        all_tried[learner] = [[n, alpha * 2.0**j, mean] for (n, j), mean in tried.items()]
    return chosen, all_tried


def usual(name: str, theta: Theta, episodes: Task, variant: str | None = None) -> Evaluation:
    """How good a method is before its adaptation has been chosen: its first learner, with its usual steps."""
    learner, (_, alpha, steps) = next(iter(METHODS[name].zoo.variant(variant).learners.items()))
    return accuracy(learner, theta, episodes, variant, **({} if alpha is None else dict(alpha=alpha, steps=steps[1])))


def accuracy(learner: str, theta: Theta, episodes: Task, variant: str | None = None, **adapt) -> Evaluation:
    return evaluate(zoo.ready(learner, theta, variant=variant, **adapt), episodes, metric=losses.fair_accuracy)


def iterations_in(seconds: float, asked: Sequence[tuple[str, str]], characters: Characters) -> dict:
    """How many iterations fit in so much processor time, for each of some (method, variant): they take turns."""
    steps = []
    for name, variant in asked:
        rng, trained = torch.Generator().manual_seed(2), zoo.contestant(name, variant)
        net, gradient, sample = zoo.recipe(name, characters, rng, variant)
        theta = zoo.initial(name, net, rng, variant)
        outer = trained.optimizer(list(theta.values()), lr=trained.beta)
        steps.append(partial(_step, gradient, theta, sample, outer))
    paces = cost.seconds(*steps, repeat=9, processor=True)
    return {each: max(1, round(seconds / pace)) for each, pace in zip(asked, paces, strict=True)}


def _step(gradient: Callable, theta: Theta, sample: Callable, outer: torch.optim.Optimizer) -> None:
    meta_step(gradient, theta, sample(), outer, 0.0, [])  # at a rate of 0 the weights stay, and so does the time


def record_omniglot(entries: dict[str, Entry], path: Path = zoo.OMNIGLOT, *, n_tasks: int = 200) -> None:
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
    characters, episodes, chosen = zoo.split()[0], zoo.validation_episodes(), {}
    for name in names:
        print(f"{name}: short tries", flush=True)
        chosen[name] = choose_training(name, characters, episodes, seconds)
    n_iterations = iterations_in(seconds, [(name, chosen[name]["variant"]) for name in names], characters)
    for (name, variant), n in n_iterations.items():
        print(f"{name}, {variant}: {n} iterations, about {seconds:g} seconds", flush=True)
        entry = train_method(name, chosen[name], n, characters, episodes)
        zoo.save((zoo.load(path) if path.is_file() else {}) | {name: entry}, path)
        print(f"{name}: {entry.accuracy[-1].percent()} on validation after {entry.seconds[-1]:.3g} s", flush=True)
    if omniglot.PATH.is_file() and path == zoo.STORED:
        record_omniglot(zoo.load())
