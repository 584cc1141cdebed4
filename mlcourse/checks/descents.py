"""The inner loop gone wrong: where each mistake that learners make in it ends, for a batch of tasks at once.

    phi_0 = theta,    phi_{s+1} = phi_s - alpha * grad L_support(phi_s)

Which gradient, at which weights, from which weights on, how often, and whose: each can be taken wrongly.
"""

from functools import partial

import torch
from torch import Tensor

from ..inner_loop import adapt
from ..losses import mse
from ..tasks import Task
from ..weights import Theta, stack


def slopes(net, phi: Theta, x: Tensor, y: Tensor, *, create_graph: bool = False) -> Theta:
    """Each task's own gradient of its mean squared error at its own phi, stacked: each (n_tasks, ...)."""
    phi = {name: p if p.requires_grad else p.detach().requires_grad_() for name, p in phi.items()}
    value = mse(net(phi, x), y).sum()
    return dict(zip(phi, torch.autograd.grad(value, list(phi.values()), create_graph=create_graph), strict=True))


def gone_wrong(net, theta: Theta, x: Tensor, y: Tensor, *, alpha: float, steps: int) -> dict[str, Theta]:
    """From a sentence to the stacked phi at which this mistake ends.

    theta: weights that all tasks start from    x, y: support sets (n_tasks, n_support, ...)
    """
    descend, start = partial(adapt, net, theta, x, y), stack(theta, len(x))
    slope = partial(slopes, net, x=x, y=y)
    return {
        "this climbs: step against the gradient, phi - alpha * grad": _climb(slope, start, alpha, steps),
        "each step uses the gradient at theta: take it at the phi of the step before": (
            descend(alpha=steps * alpha, steps=1)
        ),
        "each gradient is taken with respect to theta, back through all steps: take it with respect to phi": (
            _through(net, start, x, y, alpha, steps)
        ),
        f"only one step was taken, where steps = {steps}: each starts from the phi of the last": (
            descend(alpha=alpha, steps=1)
        ),
        "each step starts from theta again: start from the phi of the step before": (
            _restart(slope, start, alpha, steps)
        ),
        "gradients of earlier steps pile up in p.grad: clear it before each backward, or use torch.autograd.grad": (
            _pile_up(slope, start, alpha, steps)
        ),
        f"this is one step too many: {steps + 1} inner steps were taken, not {steps}": (
            descend(alpha=alpha, steps=steps + 1)
        ),
        f"this is one step too few: {steps - 1} inner steps were taken, not {steps}": (
            descend(alpha=alpha, steps=steps - 1)
        ),
        "the inner loss is summed over the points: take the mean": descend(alpha=x.shape[1] * alpha, steps=steps),
        "the inner loss is half of the mean squared error: leave out the factor": descend(alpha=alpha / 2, steps=steps),
        "the step does not use alpha": descend(alpha=1.0, steps=steps),
    }


def tasks_mixed(net, theta: Theta, task: Task, *, alpha: float, steps: int) -> dict[str, list[Theta]]:
    """From a sentence to each stacked phi at which this mistake with several tasks ends."""
    pool = [tensor.flatten(0, 1)[None] for tensor in (task.x_support, task.y_support)]
    shared = [adapt(net, theta, *pool, alpha=rate, steps=steps) for rate in (alpha, alpha * task.n_tasks)]
    leaked, phi = [], theta
    for t in range(task.n_tasks):
        adapted = adapt(net, phi, task.x_support[[t]], task.y_support[[t]], alpha=alpha, steps=steps)
        phi = {name: p[0] for name, p in adapted.items()}
        leaked.append(phi)
    return {
        "all tasks share one phi: give each its own copy of theta, by `stack` or by a loop": [
            {name: p.expand(task.n_tasks, *p.shape[1:]) for name, p in phi.items()} for phi in shared
        ],
        "the inner loss is averaged over the tasks, which divides every step by their number: sum the tasks' losses": [
            adapt(net, theta, task.x_support, task.y_support, alpha=alpha / task.n_tasks, steps=steps)
        ],
        "the tasks leak into each other: each must start from theta, not from the phi of the task before": [
            {name: torch.stack([phi[name] for phi in leaked]) for name in theta}
        ],
    }


def _climb(slope, phi, alpha, steps):
    """Gradient ascent."""
    for _ in range(steps):
        g = slope(phi)
        phi = {name: p + alpha * g[name] for name, p in phi.items()}
    return phi


def _restart(slope, theta, alpha, steps):
    """Each gradient is taken at the newest phi, and then subtracted from theta."""
    phi = theta
    for _ in range(steps):
        g = slope(phi)
        phi = {name: p - alpha * g[name] for name, p in theta.items()}
    return phi


def _pile_up(slope, phi, alpha, steps):
    """Each step goes along the sum of all gradients so far."""
    total = dict.fromkeys(phi, 0.0)
    for _ in range(steps):
        g = slope(phi)
        total = {name: total[name] + g[name] for name in phi}
        phi = {name: p - alpha * total[name] for name, p in phi.items()}
    return phi


def _through(net, theta, x, y, alpha, steps):
    """Each gradient is that of the loss at phi, with respect to the weights that phi once started from."""
    theta = {name: p.detach().requires_grad_() for name, p in theta.items()}
    phi = theta
    for _ in range(steps):
        g = torch.autograd.grad(mse(net(phi, x), y).sum(), list(theta.values()), create_graph=True)
        phi = {name: p - alpha * slope for (name, p), slope in zip(phi.items(), g, strict=True)}
    return {name: p.detach() for name, p in phi.items()}
