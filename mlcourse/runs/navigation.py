"""The contestants of lesson 13: MAML with each surrogate, and what it is held against, on the plane of goals.

    python -m mlcourse navigation

All are trained on equally many trajectories. The outer rate of each is chosen on another seed and other goals. At test
each adapts with the inner rates, and those that never learned how widely to try also with the spread, that are best on
validation goals: once for what is earned after one, two and three updates, once for how many it takes to arrive.
"""

import itertools
import math
import time
from functools import partial
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from ..files import DATA
from ..methods import policy_gradient
from ..networks import MLP
from ..networks.policy import GaussianPolicy
from ..weights import Theta
from ..worlds import navigation
from . import ledger

STORED, COMMAND = DATA / "navigation.json", "python -m mlcourse navigation"
ALPHA = 0.005
N_TASKS, N, HORIZON, DISCOUNT, WIDTH, STD = 20, 20, 50, 0.9, 32, 0.3
HOW = dict(n=N, horizon=HORIZON, discount=DISCOUNT)
BATCHES = 400  # of N trajectories in each of N_TASKS tasks, for every contestant's training
SEEDS, CHOOSING = (1, 2, 3), 101  # to compare, and to choose the outer rate
UPDATES = 12
FALLS = (1.0, 0.5, 0.25)  # rates alpha, fall alpha, fall^2 alpha from then on


class Learner(NamedTuple):
    """One contestant: the rates of its inner steps in training, how these are written, and what it is given."""

    alpha: tuple = ()
    surrogate: object = policy_gradient.ratio
    told: bool = False  # the goal
    trained: bool = True
    stds: tuple = (None,)  # spreads to choose from at test; None keeps its own
    times: float = 1.0  # of ALPHA, the first inner rate to try at test


HALVED = (ALPHA, ALPHA / 2, ALPHA / 4)
LEARNERS = {
    "MAML": Learner(HALVED),
    "MAML, plain": Learner(HALVED, policy_gradient.plain),
    "MAML, dice": Learner(HALVED, policy_gradient.dice),
    "MAML, one step": Learner(HALVED[:1]),
    "pretrained": Learner(stds=(None, 0.1, 0.3, 1.0), times=16.0),
    "random start": Learner(stds=(0.01, 0.03, 0.1, 0.3), trained=False, times=4.0),
    "oracle": Learner(told=True),
}


def policy(told: bool = False) -> GaussianPolicy:
    """The policy of all contestants; an oracle's has two more inputs."""
    return GaussianPolicy(MLP(4 if told else 2, WIDTH, WIDTH, 2, activation=torch.tanh))


def train(name: str, *, beta: float, seed: int) -> Theta:
    """Train a contestant on BATCHES batches: each inner step takes one, and so does the outer step."""
    learner, rng = LEARNERS[name], torch.Generator().manual_seed(seed)
    theta = policy(learner.told).init(rng, std=STD)
    if not learner.trained:
        return theta
    recipe = partial(policy_gradient.meta_gradient, policy(learner.told), rng=rng, **HOW)
    recipe = partial(recipe, alpha=learner.alpha, surrogate=learner.surrogate)
    goals = partial(navigation.sample_goals, N_TASKS, told=learner.told, rng=rng)
    n_iterations = BATCHES // (len(learner.alpha) + 1)
    return ledger.train(recipe, theta, goals, n_iterations=n_iterations, beta=beta, decay=True)


def goals(seed: int, n_tasks: int, *, told: bool = False) -> navigation.Plane:
    """Unseen goals, to choose by (seed 1000) or to compare by (1001)."""
    return navigation.sample_goals(n_tasks, told=told, rng=torch.Generator().manual_seed(seed))


def rates(alpha: float, fall: float, updates: int) -> list[float]:
    """A rate for each update: alpha, then fall times as much, then fall^2 times as much from there on."""
    return [alpha * fall ** min(update, 2) for update in range(updates)]


def follow(theta: Theta, world, *, alpha: float, fall: float, std=None, updates: int) -> tuple:
    """What a contestant earns, and how far from the goal it ends on average, before and after each update.

    returns: two tensors (updates + 1, n_tasks)
    """
    if std is not None:
        theta = theta | {"log_std": torch.full_like(theta["log_std"], math.log(std))}
    rng = torch.Generator().manual_seed(1002)
    alphas = rates(alpha, fall, updates)
    _, drawn = policy_gradient.adapt(policy(world.told), theta, world, alpha=alphas, rng=rng, **HOW)
    rewards = torch.stack([d.rewards.mean(1) for d in drawn])  # (updates + 1, n_tasks, horizon)
    return rewards.sum(-1), -rewards[..., -1]


def needed(distances: Tensor) -> Tensor:
    """How many updates until the trajectories of a task end near its goal on average, (n_tasks,); inf if they do not.

    distances: (updates + 1, n_tasks)
    """
    near = distances < navigation.NEAR
    return torch.where(near.any(0), near.int().argmax(0), math.inf)


def choices(name: str, theta: Theta) -> dict:
    """The rates and the spread with the best returns after 1 to 3 updates, and those with the fewest updates needed."""
    world, tried = goals(1000, 50), {}

    def ask(times, fall, std):
        how = dict(alpha=times * ALPHA * ((std or STD) / STD) ** 2, fall=fall, std=std)  # scores grow as 1 / std^2
        try:
            returns, distances = follow(theta, world, **how, updates=UPDATES)
        except ValueError:  # no finite number any more: far too high a rate
            return -math.inf, -math.inf, how
        return returns[1:4].mean().item(), -needed(distances).clamp(max=UPDATES + 1).mean().item(), how

    grid, falls, wider = [LEARNERS[name].times * by for by in (0.5, 1, 2)], list(FALLS), True
    while wider:  # until the best lie inside; a rate that does not fall is the end of its row
        for key in itertools.product(grid, falls, LEARNERS[name].stds):
            tried[key] = tried.get(key) or ask(*key)
        quick, sparing = (max(tried, key=lambda key, by=by: tried[key][by]) for by in (0, 1))
        low, high = (end in (quick[0], sparing[0]) for end in (grid[0], grid[-1]))
        grid = [grid[0] / 2] * low + grid + [grid[-1] * 2] * high
        steep = falls[-1] in (quick[1], sparing[1])
        falls += [falls[-1] / 2] * steep
        wider = low or high or steep
    chosen = dict(quick=tried[quick][2], sparing=tried[sparing][2])
    return chosen | dict(times=[quick[0], sparing[0]], grid=grid, falls=falls)


def measured(name: str, theta: Theta) -> dict:
    """On 200 unseen goals: returns after 0 to 3 updates, and how many goals are reached after so many updates."""
    if name == "oracle":
        returns, distances = follow(theta, goals(1001, 200, told=True), alpha=0.0, fall=1.0, updates=0)
        return dict(returns=_rounded(returns.mean(1)), reached=[(distances < navigation.NEAR).float().mean().item()])
    chosen, world = choices(name, theta), goals(1001, 200)
    returns, _ = follow(theta, world, **chosen["quick"], updates=3)
    _, distances = follow(theta, world, **chosen["sparing"], updates=UPDATES)
    took = needed(distances)
    reached = torch.stack([(took <= updates).float().mean() for updates in range(UPDATES + 1)])
    return chosen | dict(returns=_rounded(returns.mean(1)), reached=_rounded(reached))


def _rounded(values: Tensor) -> list[float]:
    return [round(value, 4) for value in values.tolist()]


def validation(name: str, theta: Theta) -> float:
    """What a contestant earns after the steps that it was trained for, to choose its outer rate by."""
    learner, rng = LEARNERS[name], torch.Generator().manual_seed(1002)
    world = goals(1000, 100, told=learner.told)
    _, drawn = policy_gradient.adapt(policy(learner.told), theta, world, alpha=learner.alpha, rng=rng, **HOW)
    return round(drawn[-1].rewards.sum(-1).mean().item(), 4)


def chosen(runs: list[dict], name: str) -> tuple[float, list[float]]:
    """The outer rate with the best validation return, and all that were tried."""
    tried = {run["beta"]: run["validation"] for run in runs if (run["learner"], run["seed"]) == (name, CHOOSING)}
    return max(tried, key=tried.get), sorted(tried)


def record(path: Path = STORED) -> None:
    """Do all runs that the file does not hold yet; it is written anew after each."""
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float32)
    file = load(path) if path.is_file() else _new()

    def do(name, beta, seed):
        key = dict(learner=name, beta=beta, seed=seed)
        if ledger.find(file, key):
            return
        start = time.process_time()
        theta = train(name, beta=beta, seed=seed)
        run = key | dict(seconds=round(time.process_time() - start, 1), validation=validation(name, theta))
        ledger.add(path, file, run | (measured(name, theta) if seed in SEEDS else {}))
        print(f"{name}, outer rate {beta:g}, seed {seed}: {file['runs'][-1]}", flush=True)

    for name, learner in LEARNERS.items():
        beta = 0.01
        if learner.trained:
            beta = ledger.widened(beta, partial(do, name, seed=CHOOSING), lambda name=name: chosen(file["runs"], name))
        for seed in SEEDS:
            do(name, beta, seed)


def of(file: dict, name: str, field: str) -> Tensor:
    """What the seeds of a contestant came to, a row for each."""
    return torch.tensor([run[field] for run in file["runs"] if run["learner"] == name and run["seed"] in SEEDS])


def _new() -> dict:
    settings = dict(n_tasks=N_TASKS, batches=BATCHES, width=WIDTH, std=STD, updates=UPDATES, **HOW)
    return ledger.new("what is earned after updates on 200 unseen goals", command=COMMAND, settings=settings)


def load(path: Path = STORED) -> dict:
    """What is recorded, a dict for each run; raises as `ledger.load` does."""
    return ledger.load(path, command=COMMAND, fields={"learner", "beta", "seed", "validation"})
