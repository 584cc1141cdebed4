"""Lesson 03: MAML's gradient of several inner steps, from FOMAML's, by walking back through the steps.

v = g;    for s = S-1, ..., 0:  v = v - alpha * H(phi_s) v
"""

from functools import partial

import torch

from ..inner_loop import adapt
from ..methods import maml
from ..tasks import Task
from ..weights import Theta
from .compare import compare
from .descents import slopes
from .exercise import NotYet, attempt, exercise
from .waves import NET, waves

ALPHA = 0.1
NEW_VECTOR = "make a new dict in each step, `{name: ... for name in g}`, and leave the one that you were given"


@exercise
def way_back(answer, seed, more) -> None:
    """answer(way, g, alpha, product): MAML's gradient, the mean over tasks, as a dict.

    way:     the stacked weights before each inner step    g: each task's gradient of its query loss after the last
    product: from (weights, v), both stacked, to H v, with the Hessian of each task's support loss at these weights
    """
    theta, task = waves(seed, n_tasks=3 + more, k_shot=5 + more, n_query=4 + more)
    alpha = ALPHA * (1 + more / 2)
    for steps in (2, 1, *range(3, 4 + more)):  # two first: with one, half of a list is the whole or nothing
        *way, phi = (adapt(NET, theta, task.x_support, task.y_support, alpha=alpha, steps=s) for s in range(steps + 1))
        g = slopes(NET, phi, task.x_query, task.y_query)
        lent = dict(way=[_copy(w) for w in way], g=_copy(g), alpha=alpha, product=partial(_checked_product, task))
        result = attempt(answer, lent, instead=NEW_VECTOR)
        expected = maml.meta_gradient(NET, theta, task, alpha=alpha, steps=steps)[1]
        mistakes = partial(_mistakes, way, phi, g, task, alpha, expected)
        compare(
            result, expected, mistakes, tried=f"{task.n_tasks} sine tasks, {steps} inner step(s), alpha = {alpha:g}"
        )


def product(task: Task, w: Theta, v: Theta, *, query: bool = False) -> Theta:
    """H v for each task, all stacked: the Hessian of its support loss, or query loss, at its own weights w."""
    w = {name: p.detach().requires_grad_() for name, p in w.items()}
    slope = slopes(NET, w, *(task[2:] if query else task[:2]), create_graph=True)
    along = sum((slope[name] * v[name].detach()).sum() for name in w)
    return dict(zip(w, torch.autograd.grad(along, list(w.values())), strict=True))


def _checked_product(task: Task, w, v) -> Theta:
    """The product that learners get: what they hand it must be stacked weights and a vector like them."""
    like = {name: (task.n_tasks, *p.shape) for name, p in NET.init(torch.Generator()).items()}
    for place, given in ("first, the weights,", w), ("second, the vector,", v):
        if not isinstance(given, dict):
            raise NotYet(f"product takes two dicts like g: the {place} was a {type(given).__name__}")
        if {name: tuple(getattr(p, "shape", ())) for name, p in given.items()} != like:
            raise NotYet(f"product takes two dicts like g, a row for each task: the {place} has other names or shapes")
    return product(task, w, v)


def _mistakes(way, phi, g, task, alpha, expected) -> dict:
    """What each known mistake would give for MAML's gradient."""
    times, steps, n_tasks = partial(product, task), len(way), task.n_tasks

    def back(places, *, v=g, sign=-1, rate=alpha, times=times):
        for w in places:
            v = _plus(v, sign * rate, times(w, v))
        return v

    walked = back(way[::-1])
    once = [times(w, g) for w in way]
    added = g
    for Hg in once:
        added = _plus(added, -alpha, Hg)
    only_products = g
    for w in way[::-1]:
        only_products = times(w, only_products)
    stacked = {
        "this is FOMAML's gradient: each step back takes alpha * product(...) away from it": g,
        "this is the term that FOMAML drops, alone: the I in I - alpha H keeps the vector, so subtract from it": [
            {name: sign * (p - g[name]) for name, p in walked.items()} for sign in (1, -1)
        ],
        "this is phi or theta, weights that were on the way: return the gradient at theta": [*way, phi],
        "the steps are walked forwards: the last step comes first on the way back, reversed(way)": back(way),
        "every product is taken at theta, the start: take each at the weights before its own step": (
            back(way[:1] * steps)
        ),
        "every product is taken at the last weights in way: take each at the weights before its own step": (
            back(way[-1:] * steps)
        ),
        "the weights are one step too late: the product of a step is taken at the weights *before* it": (
            back([phi, *way[:0:-1]])
        ),
        "every product is of g itself: each step back changes the vector, and the next takes the changed one": added,
        "only the last step's bracket is in it: walk back through all": back(way[-1:]),
        "only the first step's bracket is in it: walk back through all": back(way[:1]),
        "g is averaged before the walk: each task has brackets of its own, so the mean comes last": (
            back(way[::-1], v={name: p.mean(0).expand_as(p) for name, p in g.items()})
        ),
        "the sign is wrong: the bracket is I - alpha H": back(way[::-1], sign=+1),
        "alpha is missing: the bracket is I - alpha H": back(way[::-1], rate=1.0),
        "the I is missing: this multiplies by H, or by alpha H, where I - alpha H is due": [
            only_products,
            *({name: factor**steps * p for name, p in only_products.items()} for factor in (alpha, -alpha)),
        ],
        "these are Hessians of the query loss: the inner steps went down the support loss": (
            back(way[::-1], times=partial(product, task, query=True))
        ),
    }
    mistakes = {
        sentence: [reduce(v) for v in (wrong if isinstance(wrong, list) else [wrong]) for reduce in (_mean, dict)]
        for sentence, wrong in stacked.items()
    }
    right = _mean(walked)
    each = {"this is one gradient for each task: take the mean over the tasks": walked}
    return (
        each
        | mistakes
        | {
            "this is the sum over the tasks: take the mean": {name: n_tasks * p for name, p in right.items()},
            "only the last task is in it: average over all tasks": {name: p[-1] for name, p in walked.items()},
            "only the first task is in it: average over all tasks": {name: p[0] for name, p in walked.items()},
            "the sign is reversed: return the gradient itself, the optimizer does the descending": {
                name: -p for name, p in expected.items()
            },
            "this is alpha times the gradient: return the gradient itself, the optimizer has a rate of its own": {
                name: alpha * p for name, p in expected.items()
            },
        }
    )


def _plus(v: Theta, factor: float, other: Theta) -> Theta:
    return {name: p + factor * other[name] for name, p in v.items()}


def _mean(stacked: Theta) -> Theta:
    """The mean over the tasks."""
    return {name: p.mean(0) for name, p in stacked.items()}


def _copy(theta: Theta) -> Theta:
    return {name: p.detach().clone() for name, p in theta.items()}
