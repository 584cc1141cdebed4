"""Lesson 06: Reptile's direction."""

import torch

from mlcourse.inner_loop import adapt
from mlcourse.losses import mse
from mlcourse.methods import maml, reptile
from mlcourse.weights import value_and_gradient


def train(net, theta, x, y, alpha, k, *, reduce=torch.mean, sign=-1):
    """k steps on one task's points, x and y (n, 1)."""
    phi = {name: p.clone().requires_grad_() for name, p in theta.items()}
    for _ in range(k):
        g = torch.autograd.grad(reduce((net(phi, x[None]) - y[None]).square()), list(phi.values()))
        phi = {name: p + sign * alpha * s for (name, p), s in zip(phi.items(), g, strict=True)}
    return {name: p.detach() for name, p in phi.items()}


def ends(net, theta, task, alpha, k, *, of="support", **how):
    x, y = (getattr(task, f"{letter}_{of}") for letter in "xy")
    return [train(net, theta, x[t], y[t], alpha, k, **how) for t in range(task.n_tasks)]


def by_a_loop(net, theta, task, alpha, k, **how):
    direction = {name: torch.zeros_like(p) for name, p in theta.items()}
    for phi in ends(net, theta, task, alpha, k, **how):
        direction = {name: d + (theta[name] - phi[name]) / task.n_tasks for name, d in direction.items()}
    return direction


def by_adapt(net, theta, task, alpha, k):
    phi = adapt(net, theta, task.x_support, task.y_support, alpha=alpha, steps=k)
    return {name: theta[name] - p.mean(0) for name, p in phi.items()}


def by_sums_of_gradients(net, theta, task, alpha, k):
    """theta - phi is alpha times all the gradients along the way."""
    total = {name: torch.zeros_like(p) for name, p in theta.items()}
    for x, y in zip(task.x_support, task.y_support, strict=True):
        phi = theta
        for _ in range(k):
            _, g = value_and_gradient(lambda phi, x=x, y=y: mse(net(phi, x[None]), y[None]).sum(), phi)
            total = {name: total[name] + alpha * g[name] / task.n_tasks for name in theta}
            phi = {name: p - alpha * g[name] for name, p in phi.items()}
    return total


def by_an_optimizer(net, theta, task, alpha, k):
    found = []
    for x, y in zip(task.x_support, task.y_support, strict=True):
        phi = {name: torch.nn.Parameter(p.clone()) for name, p in theta.items()}
        optimizer = torch.optim.SGD(phi.values(), lr=alpha)
        for _ in range(k):
            optimizer.zero_grad()
            torch.nn.functional.mse_loss(net(phi, x[None]), y[None]).backward()
            optimizer.step()
        found.append(phi)
    return {name: theta[name] - torch.stack([phi[name] for phi in found]).mean(0) for name in theta}


def by_the_module(net, theta, task, alpha, k):
    return reptile.meta_gradient(net, theta, task, alpha=alpha, steps=k)[1]


def each(function):
    """What a function of each weight makes of the right answer."""
    return lambda *given: {name: function(p) for name, p in by_a_loop(*given).items()}


def of_ends(function):
    """A function of theta and all phi, weight by weight, as an answer."""

    def answer(net, theta, task, alpha, k):
        phi = ends(net, theta, task, alpha, k)
        return {name: function(p, torch.stack([each[name] for each in phi])) for name, p in theta.items()}

    return answer


def leaking(net, theta, task, alpha, k):
    phi, found = theta, []
    for x, y in zip(task.x_support, task.y_support, strict=True):
        phi = train(net, phi, x, y, alpha, k)
        found.append(phi)
    return {name: p - torch.stack([each[name] for each in found]).mean(0) for name, p in theta.items()}


def together(net, theta, task, alpha, k):
    """One phi for all tasks."""
    phi = train(net, theta, task.x_support.flatten(0, 1), task.y_support.flatten(0, 1), alpha, k)
    return {name: theta[name] - p for name, p in phi.items()}


def at_theta(net, theta, task, alpha, k):
    return {name: k * d for name, d in by_a_loop(net, theta, task, alpha, 1).items()}


def from_theta_each_time(net, theta, task, alpha, k):
    found = []
    for x, y in zip(task.x_support, task.y_support, strict=True):
        phi = theta
        for _ in range(k):
            _, g = value_and_gradient(lambda phi, x=x, y=y: (net(phi, x[None]) - y).square().mean(), phi)
            phi = {name: p - alpha * g[name] for name, p in theta.items()}
        found.append(phi)
    return {name: p - torch.stack([each[name] for each in found]).mean(0) for name, p in theta.items()}


def in_place(net, theta, task, alpha, k):
    phi = ends(net, theta, task, alpha, k)
    for name, p in theta.items():
        p.copy_(torch.stack([each[name] for each in phi]).mean(0))
    return theta


def phi_is_theta(net, theta, task, alpha, k):
    for x, y in zip(task.x_support, task.y_support, strict=True):
        phi = theta
        for _ in range(k):
            _, g = value_and_gradient(lambda phi, x=x, y=y: (net(phi, x[None]) - y).square().mean(), phi)
            for name in phi:
                phi[name] -= alpha * g[name]
    return {name: p - phi[name] for name, p in theta.items()}


RIGHT = {
    "by a loop": by_a_loop,
    "by adapt, all tasks at once": by_adapt,
    "by sums of gradients": by_sums_of_gradients,
    "by torch.optim": by_an_optimizer,
    "by the module": by_the_module,
    "as arrays of numpy": each(lambda p: p.numpy()),
    "in another order": lambda *given: dict(reversed(by_a_loop(*given).items())),
}
WRONG = [
    ("not attempted", lambda *given: None),
    ("the sign is wrong", of_ends(lambda p, phi: phi.mean(0) - p)),
    ("the mean of phi", of_ends(lambda p, phi: phi.mean(0))),
    ("where an outer step with beta = 1 leads", lambda net, theta, *rest: {
        name: theta[name] - d for name, d in by_a_loop(net, theta, *rest).items()}),
    ("the sum over the tasks", of_ends(lambda p, phi: (p - phi).sum(0))),
    ("a direction for each task", of_ends(lambda p, phi: p - phi)),
    ("divided by alpha", lambda net, theta, task, alpha, k: {
        name: d / alpha for name, d in by_a_loop(net, theta, task, alpha, k).items()}),
    ("divided by the number of steps", lambda net, theta, task, alpha, k: {
        name: d / k for name, d in by_a_loop(net, theta, task, alpha, k).items()}),
    ("only the first task", of_ends(lambda p, phi: p - phi[0])),
    ("only the last task", of_ends(lambda p, phi: p - phi[-1])),
    ("only the last task", of_ends(lambda p, phi: (p - phi[-1]) / len(phi))),
    ("this is FOMAML's gradient", lambda net, theta, task, alpha, k: maml.meta_gradient(
        net, theta, task, alpha=alpha, steps=k, first_order=True)[1]),
    ("trains on the query set", lambda *given: by_a_loop(*given, of="query")),
    ("tasks leak into each other", leaking),
    ("all tasks share one phi", together),
    ("uses the gradient at theta", at_theta),
    ("starts from theta again", from_theta_each_time),
    ("this climbs|sign is wrong", lambda *given: by_a_loop(*given, sign=+1)),
    ("summed over the points", lambda *given: by_a_loop(*given, reduce=torch.sum)),
    ("only one step was taken", lambda *given: by_a_loop(*given[:-1], 1)),
    ("one step too many", lambda *given: by_a_loop(*given[:-1], given[-1] + 1)),
    ("theta has changed: make a new dict, phi", in_place),
    ("theta has changed: make a new dict, phi", phi_is_theta),
    ("called as net", lambda net, theta, task, alpha, k: net(task.x_support)),
    ("x_support and y_support", lambda net, theta, task, alpha, k: net(theta, task.x)),
    ("a dict with the names", lambda *given: list(by_a_loop(*given).values())),
    ("complex numbers", each(lambda p: p + 0j)),
    (r"0\.weight has the shape", each(lambda p: p[None, None])),
    ("your function gives", each(lambda p: 1.01 * p)),
]  # fmt: skip
