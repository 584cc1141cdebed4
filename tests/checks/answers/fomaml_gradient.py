"""Lesson 03: the first-order meta-gradient."""

from functools import partial

import torch

from mlcourse.losses import mse
from mlcourse.methods import maml
from mlcourse.weights import stack


def fomaml(net, theta, task, alpha, **how):
    return maml.meta_gradient(net, theta, task, **(dict(alpha=alpha, first_order=True) | how))[1]


def by_a_loop(net, theta, task, alpha, *, leak=False, sign=-1, outer=torch.mean):
    total, phi = dict.fromkeys(theta, 0.0), theta
    for t in range(task.n_tasks):
        start = phi if leak else theta
        phi = {name: p.detach().clone().requires_grad_() for name, p in start.items()}
        inner = (net(phi, task.x_support[[t]]) - task.y_support[[t]]).square().mean()
        g = torch.autograd.grad(inner, list(phi.values()))
        phi = {
            name: (p + sign * alpha * s).detach().requires_grad_() for (name, p), s in zip(phi.items(), g, strict=True)
        }
        outer((net(phi, task.x_query[[t]]) - task.y_query[[t]]).square()).backward()
        total = {name: total[name] + phi[name].grad / task.n_tasks for name in phi}
    return total


def by_torch_func(net, theta, task, alpha):
    def one(x_s, y_s, x_q, y_q):
        def loss(w, x, y):
            return (net(w, x[None]) - y[None]).pow(2).mean()

        slope = torch.func.grad(loss)(theta, x_s, y_s)
        return torch.func.grad(loss)({n: theta[n] - alpha * slope[n] for n in theta}, x_q, y_q)

    return {name: g.mean(0) for name, g in torch.vmap(one)(*task).items()}


def through_a_step_without_a_graph(net, theta, task, alpha):
    """The inner gradient is a constant, so the gradient that comes back to theta is the one at phi."""
    theta = {name: p.clone().requires_grad_() for name, p in theta.items()}
    phi = stack(theta, task.n_tasks)
    g = torch.autograd.grad(mse(net(phi, task.x_support), task.y_support).sum(), list(phi.values()))
    phi = {name: p - alpha * s for (name, p), s in zip(phi.items(), g, strict=True)}
    back = torch.autograd.grad(mse(net(phi, task.x_query), task.y_query).mean(), list(theta.values()))
    return dict(zip(theta, back, strict=True))


def one_phi_for_all(net, theta, task, alpha, *, reduce=torch.sum, give=None):
    phi = {name: p.clone().requires_grad_() for name, p in theta.items()}
    g = torch.autograd.grad(reduce(mse(net(phi, task.x_support), task.y_support)), list(phi.values()))
    phi = {name: (p - alpha * s).detach().requires_grad_() for (name, p), s in zip(phi.items(), g, strict=True)}
    if give:
        return phi
    g = torch.autograd.grad(mse(net(phi, task.x_query), task.y_query).mean(), list(phi.values()))
    return dict(zip(phi, g, strict=True))


def stacked_phi(net, theta, task, alpha):
    phi = {name: p.clone().requires_grad_() for name, p in stack(theta, task.n_tasks).items()}
    g = torch.autograd.grad(mse(net(phi, task.x_support), task.y_support).sum(), list(phi.values()))
    return {name: p - alpha * s for (name, p), s in zip(phi.items(), g, strict=True)}


def of_each_task(net, theta, task, alpha):
    each = [fomaml(net, theta, task.select([t]), alpha) for t in range(task.n_tasks)]
    return {name: torch.stack([g[name] for g in each]) for name in theta}


def last_task(net, theta, task, alpha):
    return fomaml(net, theta, task.select([task.n_tasks - 1]), alpha)


def grads_that_nobody_filled(net, theta, task, alpha):
    phi = {name: p.clone().requires_grad_() for name, p in theta.items()}
    mse(net({name: p.detach() for name, p in phi.items()}, task.x_query), task.y_query)
    return {name: p.grad for name, p in phi.items()}


def on(*sets):
    """The gradient for a task with other support and query sets."""
    return lambda net, theta, task, alpha: fomaml(
        net, theta, task._replace(**dict(zip(task._fields, (getattr(task, name) for name in sets), strict=True))), alpha
    )


def each(function):
    """What a function of a gradient and its weight makes of the right answer."""
    return lambda net, theta, task, alpha: {
        name: function(g, theta[name]) for name, g in fomaml(net, theta, task, alpha).items()
    }


def moved(net, theta, task, alpha):
    g = fomaml(net, theta, task, alpha)
    for name in theta:
        theta[name].sub_(g[name])
    return g


RIGHT = {
    "by a loop": by_a_loop,
    "by the module": fomaml,
    "by torch.func": by_torch_func,
    "through a step without a graph": through_a_step_without_a_graph,
    "as arrays of numpy": each(lambda g, p: g.numpy()),
    "as lists": each(lambda g, p: g.tolist()),
    "by partial": partial(by_a_loop, sign=-1.0),
}
WRONG = [
    ("not attempted", lambda *given: None),
    ("this is MAML's gradient", partial(fomaml, first_order=False)),
    ("query gradient at theta", partial(fomaml, steps=0)),
    ("the support set's gradient at phi", on("x_support", "y_support", "x_support", "y_support")),
    ("the support set's gradient at theta", lambda net, theta, task, alpha: on(
        "x_support", "y_support", "x_support", "y_support")(net, theta, task, 0.0)),
    ("support and query are swapped", on("x_query", "y_query", "x_support", "y_support")),
    ("adapted on the query set", on("x_query", "y_query", "x_query", "y_query")),
    ("all tasks share one phi: give each its own copy of theta, by `stack`", one_phi_for_all),
    ("all tasks share one phi", partial(one_phi_for_all, reduce=torch.mean)),
    ("inner loss is averaged over the tasks", lambda net, theta, task, alpha: fomaml(
        net, theta, task, alpha / task.n_tasks)),
    ("tasks leak into each other", partial(by_a_loop, leak=True)),
    ("this is phi, the adapted weights", stacked_phi),
    ("this is phi, the adapted weights", lambda *given: {name: p.mean(0) for name, p in stacked_phi(*given).items()}),
    ("this is phi, the adapted weights", lambda *given: {name: p[-1] for name, p in stacked_phi(*given).items()}),
    ("this is phi, the adapted weights", partial(one_phi_for_all, give="phi")),
    ("the way from theta to phi", lambda net, theta, *rest: {
        name: theta[name] - p.mean(0) for name, p in stacked_phi(net, theta, *rest).items()
    }),
    ("this is theta:", lambda net, theta, task, alpha: theta),
    ("theta after a step", lambda net, theta, task, alpha: each(lambda g, p: p - alpha * g)(net, theta, task, alpha)),
    ("theta after a step", each(lambda g, p: p - g)),
    ("one gradient for each task", of_each_task),
    ("this climbs", partial(by_a_loop, sign=+1)),
    ("sign is reversed", each(lambda g, p: -g)),
    ("alpha times the gradient", lambda net, theta, task, alpha: each(lambda g, p: alpha * g)(net, theta, task, alpha)),
    ("sum over the tasks", lambda net, theta, task, alpha: each(lambda g, p: 3 * g)(net, theta, task, alpha)),
    ("mean over the tasks is taken twice", each(lambda g, p: g / 3)),
    ("only the last task", last_task),
    ("divided by the number of tasks", lambda *given: {name: g / 3 for name, g in last_task(*given).items()}),
    ("inner loss is summed over the points", lambda net, theta, task, alpha: fomaml(net, theta, task, 5 * alpha)),
    ("query loss is summed over the points", partial(by_a_loop, outer=torch.sum)),
    ("does not use alpha", lambda net, theta, task, alpha: fomaml(net, theta, task, 1.0)),
    ("one step too many", partial(fomaml, steps=2)),
    ("theta has changed", moved),
    ("a dict with the names", lambda *given: list(fomaml(*given).values())),
    (r"0\.weight has the shape \(4, 1\), expected \(1, 4\)", each(lambda g, p: g.t())),
    (r"0\.weight is None", grads_that_nobody_filled),
    ("complex numbers", each(lambda g, p: g + 0j)),
    ("Were the weights told to", lambda net, theta, task, alpha: torch.autograd.grad(
        mse(net(theta, task.x_support), task.y_support).sum(), list(theta.values()))),
    ("your function gives", each(lambda g, p: 1.01 * g)),
    ("your function gives", each(lambda g, p: g.abs())),
]  # fmt: skip
