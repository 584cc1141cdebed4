"""The laws of a meta-gradient, which need no reference: call it twice, turn the tasks round, hand labels on.

Each law asks a function again, `call(theta, task)`, and holds the answers against each other: `same` says whether two
are equal up to rounding.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from .problem import Place, Problem, multiple


class Finding(NamedTuple):
    """One test of the battery: its name, whether it was passed, and what was seen."""

    test: str
    passed: bool
    seen: str


def arrives(gradient: Tensor) -> Finding:
    """Something reaches theta."""
    passed = bool(gradient.isfinite().all() and gradient.norm() > 0)
    nothing = "no gradient reaches theta: the graph was cut, a copy got it, or `zero_grad` came after `backward`"
    seen = "it is finite, and not zero" if passed else nothing
    return Finding("a gradient arrives", passed, seen if gradient.isfinite().all() else "the gradient is not finite")


def left_alone(mine: Place, given: Place) -> Finding:
    """Neither weights nor tasks are written to."""
    changed = []
    for what, now, before in (
        ("theta", mine.theta, given.theta),
        ("the task", mine.task._asdict(), given.task._asdict()),
    ):
        names = [name for name, p in before.items() if not torch.equal(now[name].detach(), p)]
        changed += [f"{what} has been changed in place ({', '.join(names)})"] if names else []
    seen = f"{' and '.join(changed)}; put back for the other tests" if changed else "its values are what they were"
    return Finding("theta is left alone", not changed, seen)


def repeats(
    problem: Problem, gradient: Tensor, again: Tensor, refilled: Tensor, fresh: Tensor, last: Tensor
) -> Finding:
    """The answer depends on the values that are given, and on nothing else.

    again: a second call with the same tensors    last: a call with equal ones, after all others
    refilled: with the same tensors, which hold other values now    fresh: with new tensors that hold these values
    """
    seen = "the second call gave the same"
    if not problem.same(gradient, again):
        seen = "a second call gives another: it keeps state, or draws"
    elif not problem.same(refilled, fresh):
        seen = "the same tensors with other values give another gradient than new ones: it keeps state, or a cache"
    elif not problem.same(gradient, last):
        seen = "the same call, later, gives another: it keeps state, or draws"
    else:
        return Finding("same call, same gradient", True, seen)
    return Finding("same call, same gradient", False, seen)


def order(problem: Problem, gradient: Tensor, call, same) -> Finding:
    """The sum over tasks does not ask who comes first."""
    theta, task = problem.places[0]
    passed = same(gradient, call(theta, task.select(list(range(task.n_tasks))[::-1])))
    seen = "turned round, they give the same"
    return Finding(
        "the order of tasks",
        passed,
        seen if passed else "their order matters: one leaks into the next, or weighs more",
    )


def every_task(problem: Problem, gradient: Tensor, call, same) -> Finding:
    """Each task's query labels change the gradient."""
    theta, task = problem.places[0]
    ignored = []
    for t in range(task.n_tasks):
        y = task.y_query.clone()
        y[t] = y[t].roll(1, 0)
        if same(gradient, call(theta, task._replace(y_query=y))):
            ignored.append(str(t))
    if len(ignored) == task.n_tasks:
        seen = "the query labels do not matter"
    elif ignored:
        seen = f"the query labels of task {', '.join(ignored)} do not matter"
    else:
        seen = "other query labels in any one task change the gradient"
    return Finding("every task counts", not ignored, seen)


def support_counts(problem: Problem, gradient: Tensor, call, same) -> Finding:
    """The support labels change the gradient."""
    theta, task = problem.places[0]
    passed = not same(gradient, call(theta, task._replace(y_support=task.y_support.roll(1, 1))))
    seen = "other support labels change it" if passed else "the support labels do not matter: nothing adapts to them"
    return Finding("the support set counts", passed, seen)


def queries_stay_out(problem: Problem, gradient: Tensor, call, same) -> Finding:
    """If phi does not depend on the queries, then the loss is a sum over queries, and so is its gradient.

    Batch norm over the queries lets them see each other, and no sum over two halves is due. Their labels still enter
    one by one: what comes of changing those of one half, and of the other, adds up. The reference says which law holds.
    """
    test, given = "queries stay out of phi", problem.places[0]
    halves = _halves(given)
    rights = [
        problem.known(("half", i), 0, lambda _, half=half: problem.gradient(half)) for i, half in enumerate(halves)
    ]
    if problem.same(2 * problem.right[0], sum(rights)):
        parts = [call(*half) for half in halves]
        if same(gradient, sum(parts)) or same(gradient, sum(parts) / 2):
            return Finding(test, True, "two halves add up to the whole")
        if all(multiple(part, right)[1] < problem.single for part, right in zip(parts, rights, strict=True)):
            return Finding(test, False, "two halves do not add up: each has the right direction, but not its length")
        seen = "two halves do not add up: phi has seen the queries, or they each other (batch norm)"
        return Finding(test, False, seen)
    one, two, both = _relabelled(given)
    if same(call(*one) + call(*two), gradient + call(*both)):
        return Finding(test, True, "the labels of two halves add up, as they should with batch norm over the queries")
    return Finding(test, False, "the labels of two halves do not add up: phi has seen them")


def _halves(place: Place) -> list[Place]:
    """The same tasks with the first half of their queries, and with the second."""
    x, y = (tensor.chunk(2, 1) for tensor in (place.task.x_query, place.task.y_query))
    return [place._replace(task=place.task._replace(x_query=x[i], y_query=y[i])) for i in range(2)]


def _relabelled(place: Place) -> list[Place]:
    """The same tasks with other labels for the first half of the queries, for the second, and for both."""
    (first, second), (one, two) = place.task.y_query.chunk(2, 1), place.task.y_query.roll(1, 1).chunk(2, 1)
    labels = (one, second), (first, two), (one, two)
    return [place._replace(task=place.task._replace(y_query=torch.cat(pair, 1))) for pair in labels]
