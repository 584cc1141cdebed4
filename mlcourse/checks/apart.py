"""Lesson 10: a law as a test, which must pass the meta-gradients that keep it and convict those that break it.

The law: no task knows of another. The meta-gradient of a batch is the mean of those of its tasks, each asked alone (or
their sum, where a library adds the tasks up). Many a wrong meta-gradient keeps it, and must not be convicted.
"""

import numpy as np
import torch
from torch import Tensor

from ..museum.exhibits import EXHIBITS, Exhibit, meta_gradient
from ..tasks import Task
from .exercise import NotYet, attempt, exercise
from .waves import NET, waves

ALPHA = 0.1
SUMMED = "MAML, its tasks added up"
DIVIDED = "each step divided by the number of tasks"
LAST_NAME = "the last of the weights from the last task alone"
LONGER = "half as long again for a batch as for its tasks"
NEARLY = "0.2% longer for a batch than for its tasks"
TWO = "all but the first two tasks left out"
MIXED = "one weight added up over the tasks, the others averaged"


def _last_name_by_last_task(net, theta, task, *, alpha):
    loss, gradient = meta_gradient(net, theta, task, alpha=alpha)
    _, last = meta_gradient(net, theta, task.select([-1]), alpha=alpha)
    name = list(theta)[-1]
    return loss, gradient | {name: last[name]}


def _longer(factor):
    """MAML's direction for a batch, but not its length."""

    def meta_gradient_of_a_batch(net, theta, task, *, alpha):
        loss, gradient = meta_gradient(net, theta, task, alpha=alpha)
        return loss, {name: (factor if task.n_tasks > 1 else 1) * g for name, g in gradient.items()}

    return meta_gradient_of_a_batch


def _first_two(net, theta, task, *, alpha):
    return meta_gradient(net, theta, task.select(slice(2)), alpha=alpha)


def _mixed(net, theta, task, *, alpha):
    loss, gradient = meta_gradient(net, theta, task, alpha=alpha)
    name = list(theta)[-1]
    return loss, gradient | {name: task.n_tasks * gradient[name]}


def _in_whole_numbers(net, theta, task, *, alpha):
    """No meta-gradient at all, but it keeps the law without any rounding."""
    whole = (1000 * task.y_query).round().sum() * 840 / task.n_tasks  # 840 can be divided by 1 to 8
    return whole, {name: whole.expand(p.shape) for name, p in theta.items()}


INNOCENT = {
    "MAML": meta_gradient,
    SUMMED: Exhibit(((" / task.n_tasks).backward()", ").backward()"),), "").build(),
} | {
    name: EXHIBITS[name].build()
    for name in (
        "first order by accident", "adapted weights unused", "judged on the support set", "adapted on the queries"
    )
}  # fmt: skip
GUILTY = {
    name: EXHIBITS[name].build()
    for name in (
        "only the last task", "phi carried to the next task", "momentum carried over", "theta updated in place"
    )
} | {
    DIVIDED: Exhibit((("p - alpha * g", "p - alpha / task.n_tasks * g"),), "").build(),
    LAST_NAME: _last_name_by_last_task,
    LONGER: _longer(1.5),
    NEARLY: _longer(1.002),
    TWO: _first_two,
    MIXED: _mixed,
}  # fmt: skip
WHY_NOT = {  # the first that was let off is named
    DIVIDED: "in the other order its tasks give the same, so ask for each task alone",
    LONGER: "the direction is right and the length is not, so compare the numbers, too",
    LAST_NAME: "compare all the weights, name by name",
    TWO: "it is right for a batch of two, so ask for the whole batch and for each of its tasks",
    MIXED: "a mean or a sum, but the same for all the weights",
    NEARLY: "two that are the same differ in the last digits only, so compare more closely",
}


@exercise
def law_of_tasks(answer, seed, more) -> None:
    """answer(meta_gradient, theta, task): True if no task knows of another, else False.

    The meta_gradient that it is handed goes from (theta, task) to a dict with theta's names.
    """
    theta, task = waves(seed, n_tasks=3 + more, k_shot=5 + more, n_query=4)
    said = {name: _verdict(answer, function, theta, task) for name, function in (INNOCENT | GUILTY).items()}
    convicted, freed = [n for n in INNOCENT if not said[n]], [n for n in GUILTY if said[n]]
    if not convicted and not freed:
        return
    if len(convicted) == len(INNOCENT) and len(freed) == len(GUILTY):
        raise NotYet("it is the other way round: True is for those who keep the law")
    if "MAML" in convicted:
        raise NotYet(_why_maml(said, answer, theta, task))
    if len(freed) == len(GUILTY):
        raise NotYet(f"your law convicts nobody, not even {freed[0]!r}: what does it compare with the whole batch?")
    if convicted == [SUMMED]:
        raise NotYet("it convicts MAML where its tasks are added up: let a sum pass as well as a mean")
    if convicted:
        raise NotYet(
            f"it convicts {convicted[0]!r}, which is wrong in another way: its tasks know nothing of each other"
        )
    named = next((name for name in WHY_NOT if name in freed), freed[0])
    raise NotYet(f"it lets {named!r} off: {WHY_NOT.get(named, 'are all tasks compared, and closely enough?')}")


def _why_maml(said: dict, answer, theta, task) -> str:
    """Why a law may convict MAML itself."""
    if said[SUMMED]:
        return "this is the law of a sum, and it convicts MAML, which takes the mean over the tasks: let both pass"
    if _verdict(answer, _in_whole_numbers, theta, task):
        return "it convicts MAML for its rounding: two sums differ in the last digit, so compare by torch.allclose"
    everybody = ", as it does everybody" if not any(said.values()) else ""
    return (
        f"it convicts MAML{everybody}: there the gradient of {task.n_tasks} tasks is the mean of {task.n_tasks} "
        "gradients, each of a batch of one task"
    )


def _verdict(answer, function, theta, task) -> bool:
    """What the learner's law says of a function, which gets copies of whatever it is asked about."""

    def ask(theta, task) -> dict[str, Tensor]:
        if not isinstance(task, Task) or task.x_support.dim() != 3 or task.n_tasks == 0:
            raise NotYet("meta_gradient is asked for a batch of tasks: `task.select([t])` is one, with its task axis")
        copy = {name: p.clone() for name, p in theta.items()}
        _, gradient = function(NET, copy, task.map(torch.clone), alpha=ALPHA)
        return {name: g.detach().clone() for name, g in gradient.items()}

    def asserting(*given):
        try:
            return answer(*given)
        except AssertionError:
            raise NotYet("your law stopped at an `assert`: return False in its place, and True at the end") from None

    lent = {name: p.clone() for name, p in theta.items()}
    given = dict(meta_gradient=ask, theta=lent, task=task.map(torch.clone))
    result = attempt(asserting, given, instead="hand the function a copy")
    if isinstance(result, Tensor) and result.numel() == 1:
        result = result.item()
    if isinstance(result, (bool, np.bool_)):
        return bool(result)
    if isinstance(result, Tensor) and result.dtype == torch.bool:
        raise NotYet("one True or False is expected, your function returns several: take `.all()`")
    raise NotYet(f"True or False is expected, your function returns a {type(result).__name__}")
