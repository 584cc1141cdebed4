"""Weights are a dict of named tensors, and a network is a function of them: `net(theta, x)`.

With the weights outside the network, adapting them is plain arithmetic on a dict, and nothing has to be patched or
copied behind the reader's back.

Every `x` has a leading task axis. The weights may be shared by all tasks, or stacked: `stack(theta, n_tasks)` gives
each task a copy of its own, and the network then works on all tasks at once.
"""

import torch
from torch import Tensor

Theta = dict[str, Tensor]


def stack(theta: Theta, n_tasks: int) -> Theta:
    """Give every task its own copy of the weights: each tensor (...) becomes (n_tasks, ...).

    The copies stay connected to theta: the gradient that reaches theta is the sum over its copies.
    """
    return {name: p.expand(n_tasks, *p.shape) for name, p in theta.items()}


def part(theta: Theta, prefix: str) -> Theta:
    """The weights whose names begin so, by what follows."""
    return {name.removeprefix(prefix): p for name, p in theta.items() if name.startswith(prefix)}


def value_and_gradient(function, theta: Theta) -> tuple[Tensor, Theta]:
    """Value of a scalar function of theta, and its gradient under the same names. theta is not changed."""
    theta = {name: p.detach().requires_grad_() for name, p in theta.items()}
    value = function(theta)
    return value.detach(), dict(zip(theta, torch.autograd.grad(value, list(theta.values())), strict=True))


def mean_and_gradient(function, net, theta: Theta, task) -> tuple[Tensor, Theta]:
    """The mean over tasks of a function of theta and a batch of tasks, and its gradient, as `value_and_gradient`.

    Tasks are taken all at once, or so many at a time as the network says: the same result in less memory.
    function: from (theta, task) to its mean over that batch, a scalar
    """

    def of(task):
        return value_and_gradient(lambda theta: function(theta, task), theta)

    at_once = getattr(net, "tasks_at_once", None) or task.n_tasks
    if task.n_tasks <= at_once:
        return of(task)
    parts = [task.select(slice(start, start + at_once)) for start in range(0, task.n_tasks, at_once)]
    shares = [part.n_tasks / task.n_tasks for part in parts]
    values, gradients = zip(*map(of, parts), strict=True)
    mean = {name: sum(w * gradient[name] for w, gradient in zip(shares, gradients, strict=True)) for name in theta}
    return sum(w * value for w, value in zip(shares, values, strict=True)), mean
