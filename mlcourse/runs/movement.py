"""The models of lesson 14: what a robot will do, learned from 1,000 babbling robots and adapted to the moments of one.

Two networks are trained, one on all moments pooled, one by MAML, and from them come five contestants. What each of them
does with sixteen moments of a new robot (inner rate and steps, or how strongly the last layer is held) is chosen on
robots that it is not tested on.
"""

from collections.abc import Callable
from functools import cache, partial

import torch
from torch import Tensor

from ..evaluation import evaluate
from ..inner_loop import adapt
from ..methods import last_layer, maml, transfer
from ..networks import MLP
from ..tasks import Task
from ..training import clipped
from ..weights import Theta, stack
from ..worlds import arm, moments
from . import ledger

NET = MLP(6, 64, 64, 2, activation=torch.tanh)
N_ROBOTS, N_TASKS, N_QUERY, STEPS = 1000, 25, 32, 5
ALPHAS = (0.05, 0.1, 0.2)  # inner rates for MAML in training
RATES, MANY = (0.01, 0.03, 0.1, 0.2), (1, 3, 10, 30, 100, 300, 1000)  # among which a contestant chooses at test
STRENGTHS = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
CONTESTANTS = ("pooled", "fine-tuned", "last layer", "MAML", "MAML, last layer")


def gradient(learner: str, alpha: float | None) -> Callable:
    """A learner's recipe, from (theta, task) to (loss, gradient)."""
    if learner == "pooled":
        return clipped(partial(transfer.pooled_gradient, NET))
    return clipped(partial(maml.meta_gradient, NET, alpha=alpha, steps=STEPS))


@cache
def watched() -> tuple[Tensor, Tensor]:
    """What the robots of training did, a row of 112 moments each: (N_ROBOTS, 112, 6) and (N_ROBOTS, 112, 2)."""
    rng = torch.Generator().manual_seed(0)
    states, commands = moments.watch(arm.sample_robots(N_ROBOTS, rng=rng), 113, rng=rng)
    task = moments.tasks(states, commands, n_support=1)
    return task.x_query, task.y_query


def batch(rng: torch.Generator, n_tasks: int = N_TASKS) -> Task:
    """Tasks for training: rows of consecutive moments, cut from anywhere."""
    x, y = watched()
    k, length = moments.WINDOW, moments.WINDOW + N_QUERY
    some = torch.randint(len(x), (n_tasks,), generator=rng)
    first = int(torch.randint(x.shape[1] - length + 1, (), generator=rng))
    x, y = x[some, first : first + length], y[some, first : first + length]
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
    return moments.tasks(*moments.watch(arm.sample_robots(n_robots, rng=rng), moments.WINDOW + N_QUERY, rng=rng))


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
    """How strongly to hold the last layer, for the lowest error on these tasks, and that error."""
    errors = {s: evaluate(partial(last_layer.predict, NET, theta, strength=s), task).mean for s in STRENGTHS}
    best = min(errors, key=errors.get)
    return dict(strength=best), errors[best]


def fit(name: str, thetas: dict[str, Theta], how: dict, x: Tensor, y: Tensor) -> Theta:
    """The weights with which a contestant answers, after it has seen the support sets x, y.

    thetas: of "pooled" and of "MAML"    how: its settings, as `best_steps` or `best_strength` gives them; none: no step
    """
    theta = thetas["MAML" if name.startswith("MAML") else "pooled"]
    if not how:
        return stack(theta, len(x))
    return last_layer.adapt(NET, theta, x, y, **how) if "strength" in how else adapt(NET, theta, x, y, **how)


def predict(name: str, thetas: dict[str, Theta], how: dict, x_support, y_support, x_query) -> Tensor:
    """Adapt as `fit` does, and answer."""
    return NET(fit(name, thetas, how, x_support, y_support), x_query)


def learn(name: str, thetas: dict[str, Theta], how: dict, states: Tensor, commands: Tensor) -> Callable:
    """A contestant as `steering.steer` takes it: from a window of moments to a model."""
    x, y = moments.inputs(states[:, :-1], commands), moments.change(states[:, :-1], states[:, 1:])
    return partial(moments.step, NET, fit(name, thetas, how, x, y))
