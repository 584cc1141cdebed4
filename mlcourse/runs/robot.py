"""The models of lesson 14: what a robot will do, learned from many robots and adapted to one, and rides with them.

    python -m mlcourse robot

Two networks are trained on the moments of 1,000 babbling robots: one on all of them pooled, one by MAML. Then each
contestant adapts to sixteen moments of an unseen robot; with what settings is chosen on other robots. At last robots
are steered with each model: those that are broken from the start, and whole ones that break on the way.
"""

import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import numpy as np
import torch

from ..evaluation import evaluate
from ..files import DATA, reading, replacing
from ..inner_loop import adapt
from ..methods import last_layer, maml, transfer
from ..networks import MLP
from ..tasks import Task
from ..training import clipped, meta_train
from ..weights import Theta, stack
from ..worlds import arm, moments, two_links
from . import ledger, steering

STORED, COMMAND = DATA / "robot.json", "python -m mlcourse robot"
WEIGHTS = STORED.with_suffix(".npz")
SHORT, LONG = 12.0, 48.0  # seconds of processor time
SEEDS, CHOOSING = (1, 2, 3), 101  # to compare with, and the one that chooses outer rates and MAML's inner rate
NET = MLP(6, 64, 64, 2, activation=torch.tanh)
N_ROBOTS, N_TASKS, N_QUERY, STEPS = 1000, 25, 32, 5
ALPHAS = (0.05, 0.1, 0.2)  # of MAML in training
RATES, MANY = (0.01, 0.03, 0.1, 0.2), (1, 3, 10, 30, 100, 300, 1000)  # among which a contestant chooses at test
STRENGTHS = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
PLENTY, LENGTHS = (16, 64, 250, 1000), (30, 100, 300, 1000, 3000)  # moments of a robot's own; iterations to choose from
RIDERS, RIDE, BREAK, LATE = 60, 60, 35, 10  # robots, moments, when a motor breaks, and the last ones, which count
CONTESTANTS = ("pooled", "fine-tuned", "last layer", "MAML", "MAML, last layer")
ONCE, ALWAYS, BROKEN = dict(always=False, breaks=False), dict(always=True, breaks=False), dict(always=True, breaks=True)


def gradient(learner: str, alpha: float | None) -> Callable:
    """A learner's recipe, from (theta, task) to (loss, gradient)."""
    how = (
        partial(maml.meta_gradient, NET, alpha=alpha, steps=STEPS) if alpha else partial(transfer.pooled_gradient, NET)
    )
    return clipped(how)


@cache
def watched(n: int = N_ROBOTS, n_moments: int = 112, seed: int = 0) -> Task:
    """What babbling robots did, as one long row of moments each: all of it is in the query set."""
    rng = torch.Generator().manual_seed(seed)
    states, commands = moments.watch(arm.sample_robots(n, rng=rng), n_moments + 1, rng=rng)
    return moments.tasks(states, commands, n_support=1)


def batch(rng: torch.Generator, n_tasks: int = N_TASKS) -> Task:
    """Tasks for training: rows of consecutive moments, cut from anywhere."""
    x, y = watched()[2:]
    length = moments.WINDOW + N_QUERY
    some = torch.randint(len(x), (n_tasks,), generator=rng)
    first = int(torch.randint(x.shape[1] - length + 1, (), generator=rng))
    x, y = x[some, first : first + length], y[some, first : first + length]
    k = moments.WINDOW
    return Task(x[:, :k], y[:, :k], x[:, k:], y[:, k:])


def train(learner: str, *, n_iterations: int, beta: float, seed: int, alpha: float | None = None) -> Theta:
    """Train a network; its weights as they will be stored, in 16 bits."""
    rng = torch.Generator().manual_seed(seed)
    recipe, start = gradient(learner, alpha), NET.init(rng)
    theta = ledger.train(recipe, start, partial(batch, rng), n_iterations=n_iterations, beta=beta, decay=True)
    return {name: p.detach().half().float() for name, p in theta.items()}


@cache
def unseen(seed: int, n_robots: int) -> Task:
    """Tasks of unseen robots, to choose by (seed 1000) or to compare by (1001)."""
    rng = torch.Generator().manual_seed(seed)
    states, commands = moments.watch(arm.sample_robots(n_robots, rng=rng), moments.WINDOW + N_QUERY, rng=rng)
    return moments.tasks(states, commands)


def measured(learner: str, theta: Theta) -> dict:
    """For each contestant that starts from these weights: its settings, their error where chosen, and its error."""
    validation, test = unseen(1000, 100), unseen(1001, 200)
    found = {}
    names = ("MAML", "MAML, last layer") if learner == "MAML" else ("fine-tuned", "last layer")
    steps, strength = best_steps(theta, validation), best_strength(theta, validation)
    for name, (how, error) in zip(names, (steps, strength), strict=True):
        of = evaluate(partial(predict, name, {learner: theta}, how), test)
        found[name] = dict(how=how, validation=round(error, 5), error=round(of.mean, 5), interval=round(of.interval, 5))
    of = evaluate(lambda x, y, query: NET(theta, query), test)
    before = {"MAML": "MAML, before"}.get(learner, learner)
    return found | {before: dict(how={}, error=round(of.mean, 5), interval=round(of.interval, 5))}


def best_steps(theta: Theta, task: Task) -> tuple[dict, float]:
    """The inner rate and number of steps with the lowest error on these tasks, and that error."""
    errors = {}
    for alpha in RATES:
        on_the_way = transfer.errors_on_the_way(NET, theta, task, alpha=alpha, steps=MANY)
        errors |= {(alpha, steps): error.mean for steps, error in zip(MANY, on_the_way, strict=True)}
    alpha, steps = min(errors, key=errors.get)
    return dict(alpha=alpha, steps=steps), errors[alpha, steps]


def best_strength(theta: Theta, task: Task) -> tuple[dict, float]:
    """The strength that holds the last layer with the lowest error on these tasks, and that error."""
    errors = {s: evaluate(partial(last_layer.predict, NET, theta, strength=s), task).mean for s in STRENGTHS}
    best = min(errors, key=errors.get)
    return dict(strength=best), errors[best]


def fit(name: str, thetas: dict[str, Theta], how: dict, x, y) -> Theta:
    """The weights with which a contestant answers, after it has seen the support sets x, y."""
    theta = thetas["MAML" if name.startswith("MAML") else "pooled"]
    if not how:
        return stack(theta, len(x))
    return last_layer.adapt(NET, theta, x, y, **how) if "strength" in how else adapt(NET, theta, x, y, **how)


def predict(name: str, thetas: dict[str, Theta], how: dict, x_support, y_support, x_query):
    """Adapt as `fit` does, and answer."""
    return NET(fit(name, thetas, how, x_support, y_support), x_query)


def learn(name: str, thetas: dict[str, Theta], how: dict, states, commands) -> Callable:
    """A contestant as `steering.steer` takes it: from a window of moments to a model."""
    x, y = moments.inputs(states[:, :-1], commands), moments.change(states[:, :-1], states[:, 1:])
    return partial(moments.step, NET, fit(name, thetas, how, x, y))


def riders(*, kinds=arm.KINDS) -> tuple:
    """Unseen robots, their goals, and a window in which they babbled: what `steering.steer` begins with."""
    rng = torch.Generator().manual_seed(1002)
    robots = arm.sample_robots(RIDERS, kinds=kinds, rng=rng)
    return robots, steering.sample_goals(RIDERS, rng=rng), *moments.watch(robots, moments.WINDOW, rng=rng)


def own_models(theta: Theta, n_moments: int) -> dict:
    """Models of the riders, each trained on plenty of its own moments from pooled weights on, by Adam.

    How long is chosen on as many other robots, which are trained beside them. returns also the riders' weights
    """
    rng = torch.Generator().manual_seed(1003)
    those, others = riders()[0], arm.sample_robots(RIDERS, rng=rng)
    robots = two_links.Robots(*(torch.cat(both) for both in zip(those, others, strict=True)))
    support = moments.tasks(*moments.watch(robots, n_moments + 1, rng=rng), n_support=n_moments)
    asked = moments.tasks(*moments.watch(robots, N_QUERY + 1, rng=rng), n_support=1)
    errors, kept = {}, {}

    def sample():
        some = torch.randint(n_moments, (32,), generator=rng)
        x, y = support.x_support[:, some], support.y_support[:, some]
        return Task(x[:, :16], y[:, :16], x[:, 16:], y[:, 16:])

    def watch(iteration, theta):
        if iteration in LENGTHS:
            kept[iteration] = {name: p.detach()[:RIDERS].clone() for name, p in theta.items()}
            errors[iteration] = evaluate(lambda x, y, query: NET(theta, query), asked).per_task

    meta_train(
        partial(transfer.pooled_gradient, NET), {name: p.clone() for name, p in stack(theta, 2 * RIDERS).items()},
        sample, n_iterations=LENGTHS[-1] + 1, beta=0.002, watch=watch,
    )  # fmt: skip
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
    kept = path.with_suffix(".npz")

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
            _keep(kept, f"{learner}/{seed}", theta)
        return dict(iterations=n_iterations, contestants=measured(learner, theta))

    best = {}
    for learner, beta in ("pooled", 0.005), ("MAML", 0.003):
        alphas = (0.1, *ALPHAS) if learner == "MAML" else (None,)  # the rate in the middle first, for all outer rates
        for alpha in dict.fromkeys(alphas):
            tried = []
            while not tried or (alpha in (None, 0.1) and beta in (tried[0], tried[-1])):
                for b in (beta / 2, beta, beta * 2) if alpha in (None, 0.1) else (beta,):
                    key = dict(learner=learner, budget=SHORT, beta=b, seed=CHOOSING, alpha=alpha)
                    do(key, partial(trained, **key))
                beta, tried = chosen_beta(file, learner, alpha)
        best[learner] = chosen(file, learner)
    for budget in (SHORT, LONG):
        for seed in SEEDS:
            for learner, setting in best.items():
                key = dict(learner=learner, budget=budget, seed=seed, **setting)
                do(key, partial(trained, **key))
    stored = weights(kept)
    for n_moments in PLENTY:

        def own(n_moments=n_moments):
            found, theta = own_models(stored[1]["pooled"], n_moments)
            if n_moments == PLENTY[-1]:
                found |= ridden(lambda *window: partial(moments.step, NET, theta), always=False, breaks=False)
            return found

        do(dict(learner="own model", moments=n_moments), own)
    robots = riders()[0]
    do(dict(learner="physics"), lambda: ridden(lambda *w: partial(two_links.move, robots), always=False, breaks=False))
    for seed in SEEDS:
        for name in CONTESTANTS:
            model = partial(learn, name, stored[seed], settings(file, name, seed))
            for mode in (ONCE, ONCE | dict(breaks=True)) if name == "pooled" else (ONCE, ALWAYS, BROKEN):
                do(dict(learner="ride", name=name, seed=seed) | mode, partial(ridden, model, **mode))


def chosen_beta(file: dict, learner: str, alpha: float | None) -> tuple[float, list[float]]:
    """The outer rate with the lowest validation error at this inner rate, and all that were tried, in order."""
    tried = {run["beta"]: _score(run) for run in _choosing(file, learner) if run["alpha"] == alpha}
    return min(tried, key=tried.get), sorted(tried)


def chosen(file: dict, learner: str) -> dict:
    """The outer and the inner rate with the lowest validation error of all that were tried."""
    run = min(_choosing(file, learner), key=_score)
    return dict(beta=run["beta"], alpha=run["alpha"])


def settings(file: dict, name: str, seed: int) -> dict:
    """With what a contestant adapts: chosen on validation robots after the long training with this seed."""
    if name == "pooled":
        return {}
    learner = "MAML" if name.startswith("MAML") else "pooled"
    return ledger.find(file, dict(learner=learner, budget=LONG, seed=seed))["contestants"][name]["how"]


def _choosing(file: dict, learner: str) -> list[dict]:
    return [run for run in file["runs"] if (run["learner"], run.get("seed")) == (learner, CHOOSING)]


def _score(run: dict) -> float:
    """The validation error by which a training is chosen: that of adapting by gradient steps; pooled has its own."""
    found = run["contestants"]
    return found["MAML"]["validation"] if run["learner"] == "MAML" else found["fine-tuned"]["validation"]


def _keep(path: Path, prefix: str, theta: Theta) -> None:
    arrays = {}
    if path.is_file():
        with reading(path, f"record it anew with `{COMMAND}`") as file, np.load(file) as stored:
            arrays = {key: array for key, array in stored.items() if not key.startswith(f"{prefix}/")}
    arrays |= {f"{prefix}/{name}": p.numpy().astype(np.float16) for name, p in theta.items()}
    with replacing(path) as file:
        np.savez_compressed(file, **arrays)


def weights(path: Path = WEIGHTS) -> dict[int, dict[str, Theta]]:
    """The stored weights by seed and learner, in torch's default type; raises as `ledger.load` does."""
    with reading(path, f"record it anew with `{COMMAND}`") as file, np.load(file) as stored:
        found = {seed: {"pooled": {}, "MAML": {}} for seed in SEEDS}
        for key, array in stored.items():
            learner, seed, name = key.split("/")
            found[int(seed)][learner][name] = torch.from_numpy(array).to(torch.get_default_dtype())
        assert all(theta for thetas in found.values() for theta in thetas.values())
    return found


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
