"""Lesson 01: fine-tuning."""

from collections import OrderedDict
from functools import partial

import torch
from torch import nn
from torch.func import functional_call

from mlcourse.inner_loop import adapt


def descend(net, theta, x, y, alpha, steps, *, reduce=torch.mean, sign=-1):
    phi = {name: p.clone().requires_grad_() for name, p in theta.items()}
    for _ in range(steps):
        grads = torch.autograd.grad(reduce((net(phi, x) - y).square()), list(phi.values()))
        phi = {name: p + sign * alpha * g for (name, p), g in zip(phi.items(), grads, strict=True)}
    return phi


def by_backward(net, theta, x, y, alpha, steps):
    phi = {name: p.detach().clone() for name, p in theta.items()}
    for _ in range(steps):
        for p in phi.values():
            p.requires_grad_(True)
            p.grad = None
        (net(phi, x) - y).pow(2).mean().backward()
        with torch.no_grad():
            for name in phi:
                phi[name] -= alpha * phi[name].grad
    return phi


def by_an_optimizer(net, theta, x, y, alpha, steps):
    phi = {name: nn.Parameter(p.clone()) for name, p in theta.items()}
    optimizer = torch.optim.SGD(phi.values(), lr=alpha)
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.mse_loss(net(phi, x), y).backward()
        optimizer.step()
    return phi


def by_torch_func(net, theta, x, y, alpha, steps):
    if steps == 0:
        return theta
    g = torch.func.grad(lambda w: ((net(w, x) - y) ** 2).mean())(theta)
    return by_torch_func(net, {n: theta[n] - alpha * g[n] for n in theta}, x, y, alpha, steps - 1)


def by_functional_call(net, theta, x, y, alpha, steps):
    """Another network altogether: a module, whose weights lie the other way round."""
    module = nn.Sequential(nn.Linear(1, 4), nn.Tanh(), nn.Linear(4, 1)).double()
    theirs = {"0.weight": "0.weight", "0.bias": "0.bias", "2.weight": "1.weight", "2.bias": "1.bias"}
    weights = {name: theta[ours].t().clone() for name, ours in theirs.items()}
    for _ in range(steps):
        g = torch.func.grad(lambda w: nn.functional.mse_loss(functional_call(module, w, (x,)), y))(weights)
        weights = {name: w - alpha * g[name] for name, w in weights.items()}
    return {ours: weights[name].t() for name, ours in theirs.items()}


def by_adapt(net, theta, x, y, alpha, steps):
    return {name: p[0] for name, p in adapt(net, theta, x, y, alpha=alpha, steps=steps).items()}


def on_leaves(net, theta, x, y, alpha, steps):
    phi = {name: p.clone().requires_grad_() for name, p in theta.items()}
    for _ in range(steps):
        grads = torch.autograd.grad((net(phi, x) - y).square().mean(), list(phi.values()))
        for p, g in zip(phi.values(), grads, strict=True):
            p -= alpha * g
    return phi


def a_new_dict_without_a_gradient(net, theta, x, y, alpha, steps):
    phi = {name: p.clone().requires_grad_() for name, p in theta.items()}
    for _ in range(steps):
        grads = torch.autograd.grad((net(phi, x) - y).square().mean(), list(phi.values()))
        phi = {name: (p - alpha * g).detach() for (name, p), g in zip(phi.items(), grads, strict=True)}
    return phi


def without_a_gradient_from_the_start(net, theta, x, y, alpha, steps):
    grads = torch.autograd.grad((net(theta, x) - y).square().mean(), list(theta.values()))
    return {name: p - alpha * g for (name, p), g in zip(theta.items(), grads, strict=True)}


def by_grad_of_no_leaf(net, theta, x, y, alpha, steps):
    phi = {name: p.clone().requires_grad_() for name, p in theta.items()}
    for _ in range(steps):
        (net(phi, x) - y).square().mean().backward()
        phi = {name: p - alpha * p.grad for name, p in phi.items()}
    return phi


def theta_returned(net, theta, x, y, alpha, steps):
    descend(net, theta, x, y, alpha, steps)
    return theta


def a_name_in_a_loop(net, theta, x, y, alpha, steps):
    phi = {name: p.clone().requires_grad_() for name, p in theta.items()}
    for _ in range(steps):
        grads = torch.autograd.grad((net(phi, x) - y).square().mean(), list(phi.values()))
        for p, g in zip(phi.values(), grads, strict=True):
            p = p - alpha * g
    return phi


def with_respect_to_theta(net, theta, x, y, alpha, steps):
    theta = {name: p.clone().requires_grad_() for name, p in theta.items()}
    phi = theta
    for _ in range(steps):
        inner = (net(phi, x) - y).square().mean()
        grads = torch.autograd.grad(inner, list(theta.values()), create_graph=True)
        phi = {name: p - alpha * g for (name, p), g in zip(phi.items(), grads, strict=True)}
    return phi


def with_respect_to_a_copy(net, theta, x, y, alpha, steps):
    phi = {name: p.clone().requires_grad_() for name, p in theta.items()}
    other = {name: p.clone().requires_grad_() for name, p in theta.items()}
    torch.autograd.grad((net(phi, x) - y).square().mean(), list(other.values()))


def the_gradient(net, theta, x, y, alpha, steps):
    phi = {name: p.clone().requires_grad_() for name, p in theta.items()}
    grads = torch.autograd.grad((net(phi, x) - y).square().mean(), list(phi.values()))
    return dict(zip(phi, grads, strict=True))


def always_the_first_loss(net, theta, x, y, alpha, steps):
    phi = {name: p.clone().requires_grad_() for name, p in theta.items()}
    loss = (net(phi, x) - y).square().mean()
    for _ in range(steps):
        loss.backward()
        with torch.no_grad():
            for p in phi.values():
                p -= alpha * p.grad
    return phi


def descend_in_place(net, theta, x, y, alpha, steps):
    for p in theta.values():
        p.requires_grad_()
    for _ in range(steps):
        grads = torch.autograd.grad((net(theta, x) - y).square().mean(), list(theta.values()))
        for p, g in zip(theta.values(), grads, strict=True):
            p.data -= alpha * g
    return theta


def in_the_dict_of_theta(net, theta, x, y, alpha, steps):
    for name, p in descend(net, theta, x, y, alpha, steps).items():
        theta[name] = p.detach()
    return theta


def always_the_gradient_at_theta(net, theta, x, y, alpha, steps):
    first = descend(net, theta, x, y, alpha, 1)
    return {name: p + steps * (first[name] - p) for name, p in theta.items()}


def always_from_theta(net, theta, x, y, alpha, steps):
    phi = {name: p.clone().requires_grad_() for name, p in theta.items()}
    for _ in range(steps):
        grads = torch.autograd.grad((net(phi, x) - y).square().mean(), list(phi.values()))
        phi = {name: (p - alpha * g).requires_grad_() for (name, p), g in zip(theta.items(), grads, strict=True)}
    return phi


def without_clearing_gradients(net, theta, x, y, alpha, steps):
    phi = {name: p.clone().requires_grad_() for name, p in theta.items()}
    for _ in range(steps):
        (net(phi, x) - y).square().mean().backward()
        for p in phi.values():
            p.data -= alpha * p.grad
    return phi


def in_theta_s_own_tensors(net, theta, x, y, alpha, steps):
    phi = {name: p.requires_grad_() for name, p in theta.items()}
    return descend(net, phi, x, y, alpha, steps)


def centred_in_place(net, theta, x, y, alpha, steps):
    phi = descend(net, theta, x, y, alpha, steps)
    y -= y.mean()
    return phi


def each(function):
    """What a function of each weight makes of the right answer."""
    return lambda *given: {name: function(p) for name, p in descend(*given).items()}


RIGHT = {
    "by autograd.grad": descend,
    "by backward, in place on copies": by_backward,
    "by torch.optim": by_an_optimizer,
    "by torch.func, calling itself": by_torch_func,
    "by functional_call": by_functional_call,
    "by the module": by_adapt,
    "as arrays of numpy": each(lambda p: p.detach().numpy()),
    "as lists": each(lambda p: p.tolist()),
    "in an OrderedDict, the other way round": lambda *given: OrderedDict(reversed(descend(*given).items())),
    "by partial": partial(descend, sign=-1.0),
}
WRONG = [
    ("not attempted", lambda *given: None),
    ("no step was taken", lambda net, theta, *rest: theta),
    ("no step was taken.*or theta is returned where it should be phi", theta_returned),
    ("in a loop changes no dict", a_name_in_a_loop),
    ("`p -= alpha \\* g` changes a weight in place: make a new dict", on_leaves),
    (r"does not require grad.*the \*new\* dict requires no gradient", a_new_dict_without_a_gradient),
    ("does not require grad.*Were the weights told to", without_a_gradient_from_the_start),
    ("does not require grad.*Were the weights told to", lambda net, theta, x, *rest: net(theta, x).sum().backward()),
    (r"NoneType.*Is it a `\.grad`\? Only leaves have one", by_grad_of_no_leaf),
    ("Differentiate with respect to the very tensors", with_respect_to_a_copy),
    ("with respect to theta, back through all steps", with_respect_to_theta),
    ("this climbs", lambda *given: descend(*given, sign=+1)),
    ("only one step was taken", lambda *given: descend(*given[:-1], 1)),
    ("uses the gradient at theta", always_the_gradient_at_theta),
    ("summed over the points", lambda *given: descend(*given, reduce=torch.sum)),
    ("half of the mean squared error", lambda *given: descend(*given, reduce=lambda e: e.mean() / 2)),
    ("does not use alpha", lambda net, theta, x, y, alpha, steps: descend(net, theta, x, y, 1.0, steps)),
    ("one step too many", lambda net, theta, x, y, alpha, steps: descend(net, theta, x, y, alpha, steps + 1)),
    ("one step too few", lambda net, theta, x, y, alpha, steps: descend(net, theta, x, y, alpha, max(steps - 1, 1))),
    ("starts from theta again", always_from_theta),
    (r"pile up in p\.grad", without_clearing_gradients),
    ("theta has changed: make a new dict, phi", descend_in_place),
    ("theta has changed", in_the_dict_of_theta),
    ("theta itself was told to require a gradient", in_theta_s_own_tensors),
    ("y has changed: make a new tensor", centred_in_place),
    ("a dict with the names", lambda *given: list(descend(*given).values())),
    ("a dict with the names", lambda *given: descend(*given).items()),
    ("a dict with the names", lambda *given: {f"phi.{name}": p for name, p in descend(*given).items()}),
    (r"0\.weight has the shape \(4, 1\), expected \(1, 4\)", each(lambda p: p.t())),
    ("the task axis is still there", each(lambda p: p[None])),
    ("this is the way from theta to phi", lambda net, theta, *rest: {
        name: p - theta[name] for name, p in descend(net, theta, *rest).items()
    }),
    ("this is a gradient", the_gradient),
    ("Compute the loss anew in each step", always_the_first_loss),
    ("outside of no_grad", lambda *given: torch.no_grad()(descend)(*given)),
    ("complex numbers", each(lambda p: p + 0j)),
    (r"0\.weight is None", lambda net, theta, *rest: dict.fromkeys(theta)),
    ("a tensor is expected", lambda net, theta, *rest: dict.fromkeys(theta, "phi")),
    ("your function gives", lambda net, theta, x, y, alpha, steps: descend(net, theta, x, y, alpha / 3, steps)),
    ("your function gives", each(lambda p: p + 1e-4)),
]  # fmt: skip
