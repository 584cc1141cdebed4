"""The worlds of the recorded runs: where a run's tasks come from, how its results are measured, and where they stand.

To add one, write a function as those below and its entry in WORLDS.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import torch

from .. import losses
from ..evaluation import Evaluation, evaluate, summarise
from ..tasks import Task
from ..worlds import omniglot, sinusoids
from ..worlds.characters import Characters
from ..worlds.distortions import distorted
from ..worlds.episodes import sample_episodes, split_by_class
from ..worlds.pairs import sample_pairs
from .plan import SIZES, SUPPORT, TRANSDUCTIVE, Experiment, Test, shape

STUDENT = 2.262  # Student's t with 9 degrees of freedom leaves 2.5% above it: for the mean of 10 alphabets
TEST_SEED = 1_000_000  # added to the seed: the same test tasks for every method, and others than in training


class World(NamedTuple):
    """A run's tasks, and the unit of its results."""

    train: Callable  # from nothing to the tasks, or pairs, of one iteration
    test: Callable  # from (test, seed) to its tasks, a few at a time
    measure: Callable  # from (predict, task) to one value a task, (n_tasks,)
    unit: str
    summarise: Callable = summarise  # from these values, (n_tasks,), to an Evaluation


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
    return _by_class(experiment, omniglot.load(), rng)


def characters_held_back(experiment: Experiment, rng: torch.Generator) -> World:
    """Those that `unseen_characters` trains on, split once more: for choices, see `choices`, and no run's own world."""
    train_on, _ = split_by_class(omniglot.load(), *Experiment._field_defaults["split"], rng=rng)
    return _by_class(experiment, train_on, rng)


def last_characters(experiment: Experiment, rng: torch.Generator) -> World:
    """Omniglot's first 1,200 characters to train on and its last 423 to be tested on: the list of Vinyals et al. 2016.

    In the set's own order, alphabet by alphabet, so that the two sides share one alphabet only, Gurmukhi, where a
    random split shares all. Their list is published with the code of prototypical networks (Snell et al. 2017).
    """
    everything, (n_train, n_test) = omniglot.load(), experiment.split
    train_on, test_on = everything.select(slice(n_train)), everything.select(slice(n_train, n_train + n_test))
    test = partial(_few_at_a_time, partial(sample_episodes, test_on))
    return World(_drawings(experiment, train_on, rng), test, _percent, "accuracy in %")


def official_runs(experiment: Experiment, rng: torch.Generator) -> World:
    """Omniglot's background set to train on, the official 20 runs to be tested on."""
    train = _drawings(experiment, omniglot.load("background"), rng)
    return World(train, _runs, _percent, "accuracy in %", over_alphabets)


def over_alphabets(per_run: torch.Tensor) -> Evaluation:
    """The mean of the 20 runs, with its interval over their 10 alphabets: run 2i and 2i + 1 are of one alphabet.

    Runs of one alphabet are easy or hard together, so 20 of them are not 20 independent values.
    """
    return summarise(per_run.unflatten(0, (-1, 2)).mean(1), quantile=STUDENT)


class Table(NamedTuple):
    """The table in which a world's results stand."""

    title: str
    settings: tuple[str, ...]  # its rows, method by method: what a test's setting begins with
    columns: dict[str, str]  # from a heading to what stands below: how statistics are taken, or how a setting ends


CHARACTERS = Table(
    "on characters",
    (*(shape(*size) for size in SIZES), "20 runs"),
    {TRANSDUCTIVE: TRANSDUCTIVE, "support statistics": SUPPORT},
)
LAST_CHARACTERS = CHARACTERS._replace(title="on the list of Vinyals et al.", settings=CHARACTERS.settings[:4])
WAVES = Table("on sine waves", ("5-shot", "10-shot"), {steps: steps for steps in ("1 step", "5 steps", "10 steps")})
WORLDS = {  # by the name that a plan gives: how it is opened, and its table
    "omniglot": (unseen_characters, CHARACTERS),
    "omniglot in order": (last_characters, LAST_CHARACTERS),
    "background": (official_runs, CHARACTERS),
    "waves": (waves, WAVES),
}
TABLES = {table.title: table for _, table in WORLDS.values()}


def _by_class(experiment: Experiment, characters: Characters, rng: torch.Generator) -> World:
    train_on, test_on = split_by_class(characters, *experiment.split, rng=rng)
    test = partial(_few_at_a_time, partial(sample_episodes, test_on))
    return World(_drawings(experiment, train_on, rng), test, _percent, "accuracy in %")


def _drawings(experiment: Experiment, characters: Characters, rng: torch.Generator) -> Callable:
    how = dict(experiment.draw)
    affine = how.pop("distorted", False)
    sample = partial(sample_pairs if "n_pairs" in how else sample_episodes, characters, rng=rng, **how)
    return (lambda: distorted(sample(), rng=rng)) if affine else sample


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
