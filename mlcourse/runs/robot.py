"""Lesson 14: how well models of movement predict, how far robots get with them, and what happens when a motor breaks.

    python -m mlcourse robot

The networks of runs/movement.py are trained for two lengths of time from several seeds; the outer rate of each, and
MAML's inner rate, are chosen on another seed and other robots. Then robots are steered with each model: those that are
broken from the start, and whole ones whose shoulder begins to turn the wrong way on the ride. Beside them stand the
physics, and models of the riders that were trained on plenty of moments of their own.
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch

from ..evaluation import evaluate
from ..files import DATA
from ..methods import transfer
from ..tasks import Task
from ..training import meta_train
from ..weights import Theta, stack
from ..worlds import arm, moments, two_links
from . import kept, ledger, steering
from .movement import (
    ALPHAS,
    CONTESTANTS,
    N_QUERY,
    N_ROBOTS,
    N_TASKS,
    NET,
    STEPS,
    learn,
    measured,
    predict,
    train,
    watched,
)

STORED, COMMAND = DATA / "robot.json", "python -m mlcourse robot"
WEIGHTS = STORED.with_suffix(".npz")
SHORT, LONG = 12.0, 48.0  # seconds of processor time
SEEDS = {SHORT: (1, 2, 3), LONG: (1, 2)}  # to compare with
CHOOSING = 101  # the seed that chooses the outer rates, and MAML's inner rate
PLENTY, LENGTHS = (16, 64, 250, 1000), (30, 100, 300, 1000, 3000)  # moments of a robot's own; iterations to choose from
RIDERS, RIDE, BREAK, LATE = 40, 60, 35, 10  # robots, moments, when a motor breaks, and the last ones, which count
AT_ONCE = 100  # gradient steps, between two moments of a ride
ONCE, ALWAYS, BROKEN = dict(always=False, breaks=False), dict(always=True, breaks=False), dict(always=True, breaks=True)
MODES = {
    "pooled": (ONCE, ONCE | dict(breaks=True)),
    "fine-tuned": (ONCE, ALWAYS),
    "last layer": (ONCE, ALWAYS, BROKEN),
    "MAML": (ONCE, ALWAYS, BROKEN),
    "MAML, last layer": (ALWAYS,),
}


def riders(*, kinds=arm.KINDS) -> tuple:
    """Unseen robots, their goals, and a window in which they babbled: what `steering.steer` begins with."""
    rng = torch.Generator().manual_seed(1002)
    robots = arm.sample_robots(RIDERS, kinds=kinds, rng=rng)
    return robots, steering.sample_goals(RIDERS, rng=rng), *moments.watch(robots, moments.WINDOW, rng=rng)


def of_their_own(n_moments: int) -> Task:
    """So many moments of each of the riders, and then of as many other robots, as support sets.

    The query sets are the same for all n_moments, from another time.
    """
    rng = torch.Generator().manual_seed(1003)
    robots = two_links.Robots(*map(torch.cat, zip(riders()[0], arm.sample_robots(RIDERS, rng=rng), strict=True)))
    asked = moments.tasks(*moments.watch(robots, N_QUERY + 1, rng=rng), n_support=1)
    watched = moments.tasks(*moments.watch(robots, n_moments + 1, rng=rng), n_support=n_moments)
    return Task(*watched[:2], *asked[2:])


def own_models(theta: Theta, n_moments: int, *, seed: int = 0) -> tuple[dict, Theta]:
    """A model for each rider, trained from pooled weights on by Adam, on its own moments alone; and its weights.

    For how long is chosen on the other robots, which are trained beside them.
    """
    task, rng, errors, kept = of_their_own(n_moments), torch.Generator().manual_seed(seed), {}, {}

    def sample():
        some = torch.randint(n_moments, (32,), generator=rng)
        x, y = task.x_support[:, some], task.y_support[:, some]
        return Task(x[:, :16], y[:, :16], x[:, 16:], y[:, 16:])

    def watch(iteration, theta):
        if iteration in LENGTHS:
            kept[iteration] = {name: p.detach()[:RIDERS].clone() for name, p in theta.items()}
            errors[iteration] = evaluate(lambda x, y, query: NET(theta, query), task).per_task

    recipe, start = partial(transfer.pooled_gradient, NET), stack(theta, 2 * RIDERS)
    meta_train(recipe, start, sample, n_iterations=LENGTHS[-1] + 1, beta=0.002, watch=watch)
    best = min(LENGTHS, key=lambda length: errors[length][RIDERS:].mean())
    return dict(iterations=best, error=round(errors[best][:RIDERS].mean().item(), 5)), kept[best]


def ridden(learn, *, always: bool, breaks: bool) -> dict:
    """What comes of a ride: the hand's mean distance at the end for each robot; with a break, also moment by moment."""
    kinds = ("whole",) if breaks else arm.KINDS
    robots, goal, states, commands = riders(kinds=kinds)
    rng = torch.Generator().manual_seed(7)
    how = {}
    if breaks:
        later = steering.sample_goals(RIDERS, rng=rng)
        goal = torch.stack([goal, later], 1).repeat_interleave(RIDE // 2, 1)
        how = dict(broken=(BREAK, robots.with_gain(0, -1.0)))
    ride = steering.steer(robots, goal, states, commands, learn, n_moments=RIDE, always=always, rng=rng, **how)
    end = ride.distance[:, -LATE:].mean(1)
    found = dict(end=[round(d, 3) for d in end.tolist()])
    if breaks:
        found["surprise"] = [round(s, 3) for s in ride.surprise.mean(0).tolist()]
        found["distance"] = [round(d, 3) for d in ride.distance.mean(0).tolist()]
    return found


def record(path: Path = STORED) -> None:
    """Do all runs that the file does not hold yet; it is written anew after each, and the weights beside it."""
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float32)
    file = load(path) if path.is_file() else _new()

    def do(key: dict, run: Callable) -> dict:
        found = ledger.find(file, key)
        if found is None:
            began = time.process_time()
            found = key | run() | dict(seconds=round(time.process_time() - began, 1))
            ledger.add(path, file, found)
            print(found if "end" not in found else key, flush=True)
        return found

    def trained(learner, budget, beta, seed, alpha):
        n_iterations = round(1000 * budget / file["milliseconds"][learner])
        theta = train(learner, n_iterations=n_iterations, beta=beta, seed=seed, alpha=alpha)
        if budget == LONG and seed != CHOOSING:
            kept.keep(path.with_suffix(".npz"), f"{learner}/{seed}", theta)
        return dict(iterations=n_iterations, contestants=measured(learner, theta))

    def attempt(learner, alpha, beta):
        key = dict(learner=learner, budget=SHORT, beta=beta, seed=CHOOSING, alpha=alpha)
        do(key, partial(trained, **key))

    best = {}
    for learner, beta, middle, alphas in ("pooled", 0.005, None, ()), ("MAML", 0.003, 0.1, ALPHAS):
        choice = partial(chosen_beta, file, learner, middle)
        beta = ledger.widened(beta, partial(attempt, learner, middle), choice)
        for alpha in alphas:
            attempt(learner, alpha, beta)
        best[learner] = chosen(file, learner)
    for budget, seeds in SEEDS.items():
        for seed in seeds:
            for learner, setting in best.items():
                key = dict(learner=learner, budget=budget, seed=seed, **setting)
                do(key, partial(trained, **key))
    stored = weights(path.with_suffix(".npz"))
    ours = of_their_own(moments.WINDOW).select(slice(RIDERS))
    for seed in SEEDS[LONG]:
        for name in CONTESTANTS:
            answer = partial(predict, name, stored[seed], settings(file, name, seed, always=False))
            key = dict(learner="from sixteen", name=name, seed=seed)
            do(key, lambda answer=answer: dict(error=round(evaluate(answer, ours).mean, 5)))
    for n_moments in PLENTY:

        def own(n_moments=n_moments):
            found, theta = own_models(stored[1]["pooled"], n_moments)
            if n_moments == PLENTY[-1]:
                found |= ridden(lambda *window: partial(moments.step, NET, theta), **ONCE)
            return found

        do(dict(learner="own model", moments=n_moments), own)
    robots = riders()[0]
    do(dict(learner="physics"), lambda: ridden(lambda *w: partial(two_links.move, robots), always=False, breaks=False))
    for seed in SEEDS[LONG]:
        for name in CONTESTANTS:
            for mode in MODES[name]:
                model = partial(learn, name, stored[seed], settings(file, name, seed, always=mode["always"]))
                do(dict(learner="ride", name=name, seed=seed) | mode, partial(ridden, model, **mode))


def chosen_beta(file: dict, learner: str, alpha: float | None) -> tuple[float, list[float]]:
    """The outer rate with the lowest validation error at this inner rate, and all that were tried, in order."""
    tried = {run["beta"]: _score(run) for run in _choosing(file, learner) if run["alpha"] == alpha}
    return min(tried, key=tried.get), sorted(tried)


def chosen(file: dict, learner: str) -> dict:
    """The outer and the inner rate with the lowest validation error of all that were tried."""
    run = min(_choosing(file, learner), key=_score)
    return dict(beta=run["beta"], alpha=run["alpha"])


def settings(file: dict, name: str, seed: int, *, always: bool) -> dict:
    """With what a contestant adapts: chosen on validation robots after the long training with this seed.

    always: at every moment of a ride, when there is time for AT_ONCE gradient steps at most
    """
    if name == "pooled":
        return {}
    learner = "MAML" if name.startswith("MAML") else "pooled"
    how = ledger.find(file, dict(learner=learner, budget=LONG, seed=seed))["contestants"][name]["how"]
    return how | dict(steps=min(how["steps"], AT_ONCE)) if always and "steps" in how else how


def errors(file: dict, budget: float) -> dict[str, list[float]]:
    """The error of each contestant on unseen robots after so many seconds of training, for each of its SEEDS."""
    found = {name: [] for name in (*CONTESTANTS, "MAML, before")}
    for seed in SEEDS[budget]:
        for learner in ("pooled", "MAML"):
            of = ledger.find(file, dict(learner=learner, budget=budget, seed=seed))["contestants"]
            for name, measurement in of.items():
                found[name].append(measurement["error"])
    return found


def rides(file: dict, name: str, mode: dict) -> list[dict]:
    """What came of a contestant's rides of one kind, ONCE, ALWAYS or BROKEN, for each seed of the longer training."""
    return [ledger.find(file, dict(learner="ride", name=name, seed=seed) | mode) for seed in SEEDS[LONG]]


def _choosing(file: dict, learner: str) -> list[dict]:
    return [run for run in file["runs"] if (run["learner"], run.get("seed")) == (learner, CHOOSING)]


def _score(run: dict) -> float:
    """The validation error by which a training is chosen: that of adapting by gradient steps; pooled has its own."""
    found = run["contestants"]
    return found["MAML"]["validation"] if run["learner"] == "MAML" else found["fine-tuned"]["validation"]


def weights(path: Path = WEIGHTS) -> dict[int, dict[str, Theta]]:
    """The stored weights by seed and learner, see `kept.weights`."""
    names = [f"{learner}/{seed}" for seed in SEEDS[LONG] for learner in ("pooled", "MAML")]
    found = kept.weights(path, names, command=COMMAND)
    return {seed: {learner: found[f"{learner}/{seed}"] for learner in ("pooled", "MAML")} for seed in SEEDS[LONG]}


def _new() -> dict:
    short = {
        learner: partial(train, learner, n_iterations=5, beta=0.001, seed=0, alpha=alpha)
        for learner, alpha in (("pooled", None), ("MAML", 0.1))
    }
    watched()
    return ledger.new(
        "squared error of the predicted change of speeds on unseen robots; metres from the hand to its goal",
        command=COMMAND,
        settings=dict(
            n_robots=N_ROBOTS, n_tasks=N_TASKS, window=moments.WINDOW, n_query=N_QUERY, steps=STEPS, clipped=1.0
        ),
        milliseconds=ledger.milliseconds(short, 5),
    )


def load(path: Path = STORED) -> dict:
    """What is recorded, a dict for each run; raises as `ledger.load` does."""
    return ledger.load(path, command=COMMAND, fields={"learner", "seconds"})
