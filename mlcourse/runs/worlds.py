"""The worlds of the recorded runs: where a run's tasks come from, and how its results are measured.

To add one, write a function as those below and its entry in WORLDS.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import torch

from .. import losses
from ..evaluation import evaluate
from ..tasks import Task
from ..worlds import omniglot, sinusoids
from ..worlds.characters import Characters
from ..worlds.episodes import sample_episodes, split_by_class
from ..worlds.pairs import sample_pairs
from .protocols import Experiment, Test

TEST_SEED = 1_000_000  # added to the seed: the same test tasks for every method, and others than in training


class World(NamedTuple):
    """A run's tasks, and the unit of its results."""

    train: Callable  # from nothing to the tasks, or pairs, of one iteration
    test: Callable  # from (test, seed) to its tasks, a few at a time
    measure: Callable  # from (predict, task) to one value a task, (n_tasks,)
    unit: str


def waves(experiment: Experiment, rng: torch.Generator) -> World:
    """Sine waves."""
    draw = sinusoids.sample_tasks
    return World(
        partial(draw, rng=rng, **experiment.draw),
        partial(_few_at_a_time, draw),
        lambda predict, task: evaluate(predict, task).per_task,
        "mean squared error",
    )


def unseen_characters(experiment: Experiment, rng: torch.Generator) -> World:
    """Omniglot, its characters split at random, whatever their alphabets."""
    train_on, test_on = split_by_class(omniglot.load(), *experiment.split, rng=rng)
    test = partial(_few_at_a_time, partial(sample_episodes, test_on))
    return World(_drawings(experiment, train_on, rng), test, _percent, "accuracy in %")


def official_runs(experiment: Experiment, rng: torch.Generator) -> World:
    """Omniglot's background set to train on, the official 20 runs to be tested on."""
    return World(_drawings(experiment, omniglot.load("background"), rng), _runs, _percent, "accuracy in %")


WORLDS = {"waves": waves, "omniglot": unseen_characters, "background": official_runs}


def _drawings(experiment: Experiment, characters: Characters, rng: torch.Generator) -> Callable:
    draw = sample_pairs if "n_pairs" in experiment.draw else sample_episodes
    return partial(draw, characters, rng=rng, **experiment.draw)


def _percent(predict, task: Task) -> torch.Tensor:
    return 100 * evaluate(predict, task, metric=losses.fair_accuracy).per_task


def _few_at_a_time(draw, test: Test, seed: int) -> Iterator[Task]:
    rng = torch.Generator().manual_seed(TEST_SEED + seed)
    for start in range(0, test.episodes, test.at_once):
        yield draw(n_tasks=min(test.at_once, test.episodes - start), rng=rng, **test.draw)


def _runs(test: Test, seed: int) -> Iterator[Task]:
    runs = omniglot.load_runs()
    for start in range(0, test.episodes, test.at_once):
        yield runs.select(slice(start, min(start + test.at_once, test.episodes)))
