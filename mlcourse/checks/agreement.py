"""Lesson 06: do two halves of a support set pull in the same direction?"""

from functools import partial
from itertools import count

import torch
from torch import Tensor

from ..weights import stack
from .compare import compare
from .descents import slopes
from .exercise import attempt, exercise
from .waves import NET, waves


@exercise
def agreement(answer, seed, more) -> None:
    """answer(net, theta, task): the cosine of the two halves' loss gradients at theta, for each task: (n_tasks,)."""
    theta, task, half = _problem(seed, n_tasks=3 + more, half=4 + more)
    lent = {name: p.clone() for name, p in theta.items()}
    result = attempt(answer, dict(net=NET, theta=lent, task=task))
    tried = f"{task.n_tasks} waves with {2 * half} support points each"
    compare(result, _agreement(theta, task, half), partial(_mistakes, theta, task, half), tried=tried)


def _problem(seed, n_tasks, half):
    """Weights and waves such that the halves of one agree, and those of another do not."""
    for more in count():
        theta, task = waves(seed + 1_000_000 * more, n_tasks=n_tasks, k_shot=2 * half, n_query=2 * half)
        cosines = _agreement(theta, task, half)
        if cosines.min() < -0.1 and cosines.max() > 0.1:
            return theta, task, half


def _agreement(theta, task, half) -> Tensor:
    return _cosine(*(_gradient(theta, *task[:2], part) for part in (slice(half), slice(half, None))))


def _mistakes(theta, task, half) -> dict:
    """What each known mistake would give."""
    first, second, everything = slice(half), slice(half, None), slice(None)
    support, query = task[:2], task[2:]
    one, two, whole = (_gradient(theta, *support, part) for part in (first, second, everything))
    product, cosine, n_tasks = (one * two).sum(1), _cosine(one, two), task.n_tasks
    each = [
        torch.cosine_similarity(a.flatten(1), b.flatten(1), dim=1)
        for a, b in zip(*(_slopes(theta, *support, part).values() for part in (first, second)), strict=True)
    ]
    return {
        "this is the product of the two gradients: divide by both of their lengths": product,
        "only one of the two lengths is divided by": [product / g.norm(dim=1) for g in (one, two)],
        "this is the product divided by the *squared* lengths": product / (one.square().sum(1) * two.square().sum(1)),
        "the sign is wrong": -cosine,
        "both gradients come from the same examples": torch.ones(n_tasks).double(),
        "this compares support with query: take the two halves of the support set": [
            _cosine(a, _gradient(theta, *query, part))
            for a in (one, two, whole)
            for part in (first, second, everything)
        ],
        "these are the halves of the query set: take those of the support set": (
            _cosine(*(_gradient(theta, *query, part) for part in (first, second)))
        ),
        "the halves are every other point: take the first half and the second half": (
            _cosine(*(_gradient(theta, *support, slice(start, None, 2)) for start in (0, 1)))
        ),
        "this compares a half with the whole support set, of which it is a part: take the two halves": [
            _cosine(g, whole) for g in (one, two)
        ],
        "this compares the first point with the second: take the first half of the points and the second half": (
            _cosine(*(_gradient(theta, *support, slice(i, i + 1)) for i in (0, 1)))
        ),
        "the second gradient is taken after a step along the first: take both at theta": [
            _cosine(one, _gradient(theta, *support, second, step=(first, alpha))) for alpha in (0.01, 0.05, 0.1, 1.0)
        ],
        "this is the mean of one cosine for each of the weight tensors: put all of a task's weights in one vector": (
            torch.stack(each).mean(0)
        ),
        "there is one cosine for each of the weight tensors: put all of a task's weights in one vector": [
            torch.stack(each),
            torch.stack(each).T,
        ],
        "only one of the weight tensors is in it: put all of a task's weights in one vector": each[
            :-1
        ],  # the last is one number, whose cosine is its sign
        "this is one number for all tasks together: give one for each": [
            torch.cosine_similarity(one.flatten(), two.flatten(), dim=0),
            torch.cosine_similarity(one.mean(0), two.mean(0), dim=0),
            cosine.mean(),
            torch.cosine_similarity(one.mean(0), two.mean(0), dim=0).expand(n_tasks),
            cosine.mean().expand(n_tasks),
        ],
        "one number for each task is expected: the cosine between the two gradients, not their lengths": (
            torch.stack([one.norm(dim=1), two.norm(dim=1)])
        ),
        "one number for each task is expected: the cosine between the two gradients, not both of them": [
            torch.stack([one, two]),
            torch.stack([one, two], 1),
        ],
        "this is 1 minus the cosine": 1 - cosine,
        "this is the angle: give its cosine": [cosine.acos(), cosine.acos().rad2deg()],
        "this is the size of the cosine: keep its sign": cosine.abs(),
        "this is the square of the cosine": cosine.square(),
    }


def _slopes(theta, x, y, part, step=None) -> dict:
    """Each task's gradient on a part of its examples, by name; `step` goes along that of another part first."""
    phi = stack(theta, len(x))
    if step:
        other, alpha = step
        phi = {name: phi[name] - alpha * g for name, g in _slopes(theta, x, y, other).items()}
    return slopes(NET, phi, x[:, part], y[:, part])


def _gradient(theta, x, y, part, step=None) -> Tensor:
    """The same, all weights in one vector: (n_tasks, n_weights)."""
    return torch.cat([g.flatten(1) for g in _slopes(theta, x, y, part, step).values()], 1)


def _cosine(a: Tensor, b: Tensor) -> Tensor:
    return torch.cosine_similarity(a, b, dim=1)
