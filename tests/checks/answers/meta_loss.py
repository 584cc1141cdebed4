"""Lesson 02: the meta-loss of several steps."""

from functools import partial

import torch
from torch.func import functional_call

from mlcourse.losses import mse
from mlcourse.methods import maml
from mlcourse.weights import stack


def meta_loss(
    net, theta, task, alpha, steps, *, graph_in=lambda step, steps: True, adapt_on="support", judge_on="query",
    reduce=torch.mean, sign=-1, inner=torch.sum,
):  # fmt: skip
    sets = {"support": (task.x_support, task.y_support), "query": (task.x_query, task.y_query)}
    sets["both"] = tuple(torch.cat(parts, 1) for parts in zip(*sets.values(), strict=True))
    phi = stack(theta, task.n_tasks)
    for step in range(steps):
        x, y = sets[adapt_on]
        loss = inner(mse(net(phi, x), y))
        grads = torch.autograd.grad(loss, list(phi.values()), create_graph=graph_in(step, steps))
        phi = {name: p + sign * alpha * g for (name, p), g in zip(phi.items(), grads, strict=True)}
    x, y = sets[judge_on]
    return reduce(mse(net(phi, x), y))


def by_a_loop(net, theta, task, alpha, steps, *, of="phi", restart=False, leak=False, wrap=lambda phi: phi):
    """One task after the other, with switches for the ways to get it wrong."""
    losses, phi = [], theta
    for x_s, y_s, x_q, y_q in zip(*task, strict=True):
        phi = phi if leak else theta
        first = None
        for _ in range(steps):
            inner = (net(phi, x_s[None]) - y_s[None]).square().mean()
            weights = theta if of == "theta" else phi
            grads = torch.autograd.grad(inner, list(weights.values()), create_graph=True)
            first = first or grads
            grads = first if of == "theta, always" else grads
            start = theta if restart else phi
            phi = wrap({name: p - alpha * g for (name, p), g in zip(start.items(), grads, strict=True)})
        losses.append((net(phi, x_q[None]) - y_q[None]).square().mean())
    return sum(losses) / len(losses)


def by_torch_func(net, theta, task, alpha, steps):
    def one(x_s, y_s, x_q, y_q):
        phi = theta
        for _ in range(steps):
            g = torch.func.grad(lambda w: (net(w, x_s[None]) - y_s[None]).pow(2).mean())(phi)
            phi = {name: phi[name] - alpha * g[name] for name in phi}
        return (net(phi, x_q[None]) - y_q[None]).pow(2).mean()

    return torch.vmap(one)(*task).mean()


def by_functional_call(net, theta, task, alpha, steps):
    """Another network altogether: a module, whose weights lie the other way round."""
    module = torch.nn.Sequential(torch.nn.Linear(1, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1)).double()

    def theirs(weights, x):
        keys = {"0.weight": "0.weight", "0.bias": "0.bias", "2.weight": "1.weight", "2.bias": "1.bias"}
        return functional_call(module, {key: weights[ours].mT if weights[ours].dim() > 1 else weights[ours]
                                        for key, ours in keys.items()}, (x,))  # fmt: skip

    return by_a_loop(theirs, theta, task, alpha, steps)


def by_recursion(net, theta, task, alpha, steps):
    def down(phi, left):
        if not left:
            return phi
        loss = mse(net(phi, task.x_support), task.y_support).sum()
        g = torch.autograd.grad(loss, [*phi.values()], create_graph=True)
        return down({n: phi[n] - alpha * g[i] for i, n in enumerate(phi)}, left - 1)

    errors = net(down(stack(theta, task.n_tasks), steps), task.x_query) - task.y_query
    return torch.einsum("tnd,tnd->", errors, errors) / errors.numel()


def one_phi_for_all(net, theta, task, alpha, steps, reduce=torch.mean):
    phi = theta
    for _ in range(steps):
        inner = reduce(mse(net(phi, task.x_support), task.y_support))
        grads = torch.autograd.grad(inner, list(phi.values()), create_graph=True)
        phi = {name: p - alpha * g for (name, p), g in zip(phi.items(), grads, strict=True)}
    return mse(net(phi, task.x_query), task.y_query).mean()


def stacked_but_differentiated_at_theta(net, theta, task, alpha, steps):
    phi = stack(theta, task.n_tasks)
    for _ in range(steps):
        inner = mse(net(phi, task.x_support), task.y_support).sum()
        grads = torch.autograd.grad(inner, list(theta.values()), create_graph=True)
        phi = {name: p - alpha * g for (name, p), g in zip(phi.items(), grads, strict=True)}
    return mse(net(phi, task.x_query), task.y_query).mean()


def in_place_on_leaves(net, theta, task, alpha, steps):
    for _ in range(steps):
        grads = torch.autograd.grad(mse(net(theta, task.x_support), task.y_support).sum(), list(theta.values()))
        for p, g in zip(theta.values(), grads, strict=True):
            p -= alpha * g


def under_no_grad(net, theta, task, alpha, steps):
    phi = stack(theta, task.n_tasks)
    for _ in range(steps):
        loss = mse(net(phi, task.x_support), task.y_support).sum()
        grads = torch.autograd.grad(loss, list(phi.values()), create_graph=True)
        with torch.no_grad():
            phi = {name: p - alpha * g for (name, p), g in zip(phi.items(), grads, strict=True)}
    return mse(net(phi, task.x_query), task.y_query).mean() + 0 * sum(p.sum() for p in theta.values())


def backward_inside(*given):
    loss = meta_loss(*given)
    loss.backward()
    return loss


def with_a_hook(*given):
    loss = meta_loss(*given)
    loss.register_hook(lambda g: 2 * g)
    return loss


def of_all_tasks_but_one(net, theta, task, alpha, steps):
    first, *others = (meta_loss(net, theta, task.select([t]), alpha, steps) for t in range(task.n_tasks))
    return (first.detach() + sum(others)) / task.n_tasks


def times(factor):
    """The right value, and so many times its gradient."""
    return lambda *given: (lambda loss: loss.detach() + factor * (loss - loss.detach()))(meta_loss(*given))


def detached(phi):
    return {name: p.detach().requires_grad_() for name, p in phi.items()}


RIGHT = {
    "stacked": meta_loss,
    "by a loop": by_a_loop,
    "by torch.func": by_torch_func,
    "by functional_call": by_functional_call,
    "by recursion and einsum": by_recursion,
    "by the module": lambda net, theta, task, alpha, steps: maml.meta_loss(net, theta, task, alpha=alpha, steps=steps),
    "in float32": lambda net, theta, task, *rest: meta_loss(
        net, {n: p.float() for n, p in theta.items()}, type(task)(*(part.float() for part in task)), *rest
    ),
    "by partial": partial(meta_loss, sign=-1.0),
}
WRONG = [
    ("not attempted", lambda *given: ...),
    ("the first-order one", lambda *given: meta_loss(*given, graph_in=lambda step, steps: False)),
    ("part of its gradient is first-order", lambda *given: meta_loss(*given, graph_in=lambda step, steps: step == 0)),
    ("in every step", lambda *given: meta_loss(*given, graph_in=lambda step, steps: step == steps - 1)),
    ("loss of theta itself", lambda net, theta, task, alpha, steps: meta_loss(net, theta, task, alpha, 0)),
    ("this is the loss on the support set", lambda *given: meta_loss(*given, judge_on="support")),
    ("adapted on the query set", lambda *given: meta_loss(*given, adapt_on="query")),
    ("support and query are swapped", lambda *given: meta_loss(*given, adapt_on="query", judge_on="support")),
    ("on support and query together", lambda *given: meta_loss(*given, adapt_on="both")),
    ("sum over the tasks", lambda *given: meta_loss(*given, reduce=torch.sum)),
    ("one loss for each task", lambda *given: meta_loss(*given, reduce=lambda each: each)),
    ("only the last task", lambda *given: meta_loss(*given, reduce=lambda each: each[-1])),
    ("add the tasks up", lambda *given: meta_loss(*given, reduce=lambda each: each[-1] / len(each))),
    ("only one inner step|only one step", lambda *given: meta_loss(*given[:-1], 1)),
    ("2 inner steps were taken, not 1", lambda *given: meta_loss(*given[:-1], given[-1] + 1)),
    ("too few", lambda *given: meta_loss(*given[:-1], min(given[-1], 2))),
    ("this climbs", lambda *given: meta_loss(*given, sign=+1)),
    ("summed over the points", lambda net, theta, task, alpha, steps: meta_loss(net, theta, task, 5 * alpha, steps)),
    ("half of the mean squared error", lambda *given: meta_loss(*given, inner=lambda each: each.sum() / 2)),
    ("does not use alpha", lambda net, theta, task, alpha, steps: meta_loss(net, theta, task, 1.0, steps)),
    ("tasks leak into each other", partial(by_a_loop, leak=True)),
    ("all tasks share one phi", one_phi_for_all),
    ("all tasks share one phi: give", partial(one_phi_for_all, reduce=torch.sum)),
    ("all tasks share one phi", stacked_but_differentiated_at_theta),
    ("inner loss is averaged over the tasks", partial(meta_loss, inner=torch.mean)),
    ("uses the gradient at theta", partial(by_a_loop, of="theta, always")),
    ("with respect to theta, back through all steps", partial(by_a_loop, of="theta")),
    ("starts from theta again", partial(by_a_loop, restart=True)),
    ("no gradient reaches theta", lambda *given: meta_loss(*given).detach()),
    ("no gradient reaches theta", lambda *given: meta_loss(*given).item()),
    ("no gradient reaches theta", partial(by_a_loop, wrap=detached)),
    ("no gradient reaches theta", lambda net, theta, *rest: (
        meta_loss(net, theta, *rest).detach() + 0 * sum(p.sum() for p in theta.values())
    )),
    (r"does not require grad.*the \*new\* dict requires no gradient: keep the graph|no gradient", under_no_grad),
    ("changes a weight in place", in_place_on_leaves),
    ("its gradient cannot be taken", backward_inside),
    ("its gradient is 2 times", times(2)),
    ("its gradient is 0.5 times", times(0.5)),
    ("its gradient is -1 times", times(-1)),
    ("its gradient is 2 times", with_a_hook),
    ("off by", of_all_tasks_but_one),
    ("off by", lambda net, theta, *rest: (
        meta_loss(net, theta, *rest) + (theta["1.bias"] - theta["1.bias"].detach()).sum()
    )),
    (r"no gradient reaches 0\.bias", lambda net, theta, *rest: meta_loss(
        net, theta | {"0.bias": theta["0.bias"].detach().requires_grad_()}, *rest
    )),
    ("complex numbers", lambda *given: meta_loss(*given) + 0j),
    ("the result has the shape", lambda *given: [meta_loss(*given)]),
    ("a tensor is expected", lambda *given: str(meta_loss(*given))),
    ("stopped with RuntimeError", lambda net, theta, task, alpha, steps: net(theta, task.x_support).backward()),
]  # fmt: skip
SIZED = [lambda net, theta, task, alpha, n: meta_loss(net, theta, task, 0.1, n)]
