"""Lesson 02: the meta-loss of several inner steps, and the meta-gradient that comes with it."""

from functools import partial

import torch

from ..inner_loop import adapt
from ..losses import mse
from ..methods import maml
from ..weights import stack, value_and_gradient
from .compare import compare, compare_gradients
from .descents import gone_wrong, slopes, tasks_mixed
from .exercise import attempt, exercise
from .waves import NET, waves

ALPHA = 0.1
AFTER_A_STEP = {
    "does not require grad": (
        "One step went well, but the *new* dict requires no gradient: keep the graph, without no_grad and detach"
    ),
}


@exercise
def meta_loss(answer, seed, more) -> None:
    """answer(net, theta, task, alpha, steps): the scalar meta-loss, differentiable in theta to second order."""
    theta, task = waves(seed, n_tasks=3 + more, k_shot=5 + more, n_query=4 + more)
    alpha = ALPHA * (1 + more / 2)
    for steps in range(1, 4 + more):
        how = dict(alpha=alpha, steps=steps)
        tried = f"{task.n_tasks} sine tasks, {steps} inner step(s) at alpha = {alpha:g}"
        lent = {name: p.clone().requires_grad_() for name, p in theta.items()}
        hints = AFTER_A_STEP if steps > 1 else {}
        result = attempt(answer, dict(net=NET, theta=lent, task=task, **how), hints=hints)
        expected = maml.meta_loss(NET, lent, task, **how)
        compare(result, expected.detach(), partial(_wrong_values, theta, task, how), tried=tried)
        cut = partial(_wrong_gradients, theta, task, how)
        compare_gradients(result, expected, lent, of="theta", tried=tried, mistakes=cut)


def _wrong_values(theta, task, how) -> dict:
    """What each known mistake would give for the meta-loss."""
    support, query = task[:2], task[2:]

    def after(phi, examples=query):
        return mse(NET(phi, examples[0]), examples[1])

    phi, on_query = (adapt(NET, theta, *examples, **how) for examples in (support, query))
    everything = (torch.cat(parts, dim=1) for parts in zip(support, query, strict=True))
    values = {
        "this is the loss of theta itself: predict the query set with phi, the adapted weights": (
            after(stack(theta, task.n_tasks)).mean()
        ),
        "this is the loss on the support set: measure phi on the query set": after(phi, support).mean(),
        "phi was adapted on the query set: adapt on the support set, or it is tested on what it has seen": (
            after(on_query).mean()
        ),
        "support and query are swapped: adapt on the support set, judge on the query set": (
            after(on_query, support).mean()
        ),
        "phi was adapted on support and query together: leave the query set for the test": (
            after(adapt(NET, theta, *everything, **how)).mean()
        ),
        "this is the sum over the tasks: take the mean": after(phi).sum(),
        "this is one loss for each task: take the mean over the tasks": after(phi),
        "only the last task is in it: average over all tasks": after(phi)[-1],
        "the last task's loss alone is in it, divided by the number of tasks: add the tasks up": (
            after(phi)[-1] / task.n_tasks
        ),
    }
    values |= {
        sentence: [after(end).mean() for end in ends] for sentence, ends in tasks_mixed(NET, theta, task, **how).items()
    }
    return values | {sentence: after(end).mean() for sentence, end in gone_wrong(NET, theta, *support, **how).items()}


def _wrong_gradients(theta, task, how) -> dict:
    """The gradients of a meta-loss that is right in value, where some of the inner gradients have lost their graph."""
    steps = range(how["steps"])

    def gradient(with_graph):
        def loss(theta):
            phi = stack(theta, task.n_tasks)
            for step in steps:
                g = slopes(NET, phi, task.x_support, task.y_support, create_graph=step in with_graph)
                phi = {name: p - how["alpha"] * g[name] for name, p in phi.items()}
            return mse(NET(phi, task.x_query), task.y_query).mean()

        return value_and_gradient(loss, theta)[1]

    needed = "the inner gradients need create_graph=True"
    return {
        f"the value is right but its gradient is the first-order one: {needed}": gradient([]),
        f"the value is right but part of its gradient is first-order: {needed} in every step": [
            gradient(steps[:1]),
            gradient(steps[-1:]),
        ],
    }
