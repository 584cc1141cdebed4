"""The zoo trained again: from other seeds, for a quarter of the time and for four times as long, with the other start.

    python -m mlcourse zoo --again        trains what is missing in data/zoo_again.json, and adds it there

Each method keeps the variant, the outer rate and the steps on a new task that `train_zoo` chose for it; only the number
of iterations changes, over which the rate falls to zero. Nothing is chosen here, so all are measured on test alphabets.
Two methods start from small points (`scale` 0.2), set by hand. These and three others are trained with the other start,
too: 1 in place of 0.2, and 0.2 in place of 1; all rates stay those of the start in the zoo.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch

from .. import losses
from ..evaluation import Evaluation, evaluate
from ..tasks import Task
from ..worlds.episodes import sample_episodes
from . import ledger, provenance, train_zoo, zoo
from .registry import LEARNERS, METHODS, NAMES, SMALL

LATEST = 9  # the lesson that shows these trainings, and the methods up to it
# Shares of the zoo's time, and seeds; in this order.
PLAN = ((1.0, (0,)), (0.25, (0, 1, 2)), (1.0, (1, 2)), (4.0, (0,)))
# And with the other start: the share, the seeds, and for whom.
OTHER_START = (
    (0.25, (0, 1), ("prototypical", "pooled", "ANIL", "matching", "Siamese")),
    (1.0, (0, 1), ("prototypical", "pooled", "ANIL")),
)


def test_episodes(n_tasks: int = 100) -> Task:
    """The 5-way 1-shot tasks of the test alphabets on which all these trainings are measured."""
    rng = torch.Generator().manual_seed(4)
    return sample_episodes(zoo.split()[2], n_tasks, n_way=5, k_shot=1, n_query=5, rng=rng)


def other_start(name: str) -> float:
    """The `scale` of the last block's points that a method does not start from in the zoo: 0.2, or 1."""
    return 1.0 if zoo.contestant(name).scale == SMALL else SMALL


def repeat(
    names: Sequence[str] = (),
    *,
    stored: Path = zoo.STORED,
    path: Path = zoo.AGAIN,
    plan: Iterable = PLAN,
    other: Iterable = OTHER_START,
) -> None:
    """Train and measure what the file lacks, and write it after each training; the stored weights are not trained anew.

    names: the methods; without any, all up to lesson 09
    plan, other: shares and seeds with the zoo's start; shares, seeds and methods with the other one
    """
    torch.set_num_threads(1)
    entries, episodes, characters = zoo.load(stored), test_episodes(), zoo.split()[0]
    names = names or [name for name in NAMES if METHODS[name].lesson <= LATEST]
    record = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else _new(entries, episodes)
    done = {(run["method"], run["share"], run["seed"], run.get("scale")) for run in record["runs"]}
    wanted = [(name, share, seed, None) for share, seeds in plan for name in names for seed in seeds]
    for share, seeds, whom in other:
        wanted += [(name, share, seed, other_start(name)) for name in names if name in whom for seed in seeds]
    for name, share, seed, scale in wanted:
        if (name, share, seed, scale) not in done:
            ledger.add(path, record, _run(name, entries[name], characters, episodes, share, seed, scale))


def _run(name: str, entry: zoo.Entry, characters, episodes: Task, share: float, seed: int, scale: float | None) -> dict:
    """One training and what it reached; scale: of the start, None for the zoo's."""
    how, watch = entry.settings, train_zoo.Stopwatch()
    if (share, seed, scale) == (1.0, 0, None):
        theta, seconds = entry.theta, entry.seconds[-1]
    else:
        trained = zoo.contestant(name, how["variant"])
        trained = trained if scale is None else trained._replace(scale=scale)
        n = max(1, round(share * how["n_iterations"]))
        theta = zoo.train(name, characters, n_iterations=n, beta=how["beta"], variant=trained, seed=seed)
        seconds = watch.seconds()
    learners = [learner for learner, method in LEARNERS.items() if method == name]
    reached = {}
    for learner in learners:
        adapt = how["adapt"].get(learner, {})
        reached[learner] = _numbers(train_zoo.accuracy(learner, theta, episodes, how["variant"], **adapt))
    start = {} if scale is None else dict(scale=scale)
    asked = f"{name}, seed {seed}" + ("" if scale is None else f", scale {scale:g}")
    print(f"{asked}, {seconds:.0f} s: {reached[learners[0]]['mean']:.1%} on test", flush=True)
    return dict(method=name, share=share, seed=seed, seconds=round(seconds, 1), **start, accuracy=reached)


def _new(entries: dict[str, zoo.Entry], episodes: Task) -> dict:
    """A record without trainings: where it comes from, and what is reached without any."""
    untrained = {"pixels", "aligned pixels", "random features"}
    asked = {name: ask for name, ask in zoo.learners(entries).items() if name in untrained}
    return dict(
        what="5-way 1-shot accuracy on the test alphabets, after trainings of several lengths from several seeds",
        command="python -m mlcourse zoo --again", episodes=episodes.n_tasks, queries=5, episodes_seed=4,
        batch_norm="support statistics", commit=provenance.commit(), torch=str(torch.__version__),
        hardware=f"one thread of {provenance.processor('cpu')}",
        untrained={name: _numbers(evaluate(ask, episodes, metric=losses.fair_accuracy)) for name, ask in asked.items()},
        runs=[],
    )  # fmt: skip


def _numbers(result: Evaluation) -> dict:
    return dict(mean=round(result.mean, 5), interval=round(result.interval, 5))
