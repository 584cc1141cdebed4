"""Lesson 06: Reptile's direction, theta minus the mean of where training on each task led."""

from functools import partial

from ..inner_loop import adapt
from ..methods.maml import meta_gradient as maml
from .compare import compare
from .descents import gone_wrong, tasks_mixed
from .exercise import attempt, exercise
from .waves import NET, waves

ALPHA = 0.05
HINTS = {
    "positional argument": "The network is called as net(phi, x)",
    "has no attribute": "A task has x_support and y_support, and theta is a dict of tensors",
}


@exercise
def reptile_direction(answer, seed, more) -> None:
    """answer(net, theta, task, alpha, k): theta minus the mean of phi over the tasks, shaped like theta."""
    theta, task = waves(seed, n_tasks=3 + more, k_shot=5 + more, n_query=5 + more)
    alpha = ALPHA * (1 + more / 2)
    for k in (1, 3 + more):
        lent = {name: p.clone() for name, p in theta.items()}
        result = attempt(answer, dict(net=NET, theta=lent, task=task, alpha=alpha, k=k), hints=HINTS)
        right = _from(theta, adapt(NET, theta, *task[:2], alpha=alpha, steps=k))
        tried = f"{task.n_tasks} tasks, k = {k} at alpha = {alpha:g}"
        compare(result, right, partial(_mistakes, theta, task, alpha, k), tried=tried)


def _mistakes(theta, task, alpha, k) -> dict:
    """What each known mistake would return."""
    how, support, query = dict(alpha=alpha, steps=k), task[:2], task[2:]
    phi = adapt(NET, theta, *support, **how)
    pulls = {name: p - phi[name] for name, p in theta.items()}
    right = _from(theta, phi)
    inner = tasks_mixed(NET, theta, task, **how) | gone_wrong(NET, theta, *support, **how)
    return {
        "the sign is wrong: theta minus the mean of phi, since the outer step goes against it": _times(right, -1),
        "this is the mean of phi, where an outer step with beta = 1 leads: return theta minus it": (
            {name: p.mean(0) for name, p in phi.items()}
        ),
        "this is the sum over the tasks: divide by their number": _times(right, task.n_tasks),
        "there is a direction for each task: take the mean over the tasks": [pulls, phi],
        "this is divided by alpha: Reptile steps by the displacement itself": _times(right, 1 / alpha),
        "this is divided by the number of steps: Reptile steps by the whole displacement": _times(right, 1 / k),
        "only the first task is in it: go through them all": {name: p[0] for name, p in pulls.items()},
        "only the last task is in it: add up what each gives": [
            {name: p[-1] / n for name, p in pulls.items()} for n in (1, task.n_tasks)
        ],
        "this is FOMAML's gradient, of the query set at phi: Reptile looks at the support set alone": (
            maml(NET, theta, task, first_order=True, **how)[1]
        ),
        "this trains on the query set: Reptile looks at the support set alone": (
            _from(theta, adapt(NET, theta, *query, **how))
        ),
    } | {
        sentence: [_from(theta, end) for end in (ends if isinstance(ends, list) else [ends])]
        for sentence, ends in inner.items()
    }


def _from(theta, phi) -> dict:
    """theta minus the mean of phi."""
    return {name: p - phi[name].mean(0) for name, p in theta.items()}


def _times(direction, factor) -> dict:
    return {name: factor * p for name, p in direction.items()}
