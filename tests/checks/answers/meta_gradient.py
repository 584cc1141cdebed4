"""Lesson 02: the meta-gradient of several steps in a world of one weight."""

import math
from functools import partial, reduce

import numpy as np
import torch


def meta_gradient(
    theta, support, query, alpha, steps, *, down="support", judge="query", bent="support", sign=-1, in_factor=-1,
    rate=None, look="before", mean=torch.mean, chain=lambda factor, c: factor * c, verdict=None,
):  # fmt: skip
    """The chain rule, with switches for the ways to get it wrong."""
    valleys = dict(support=support, query=query)
    phi, factor = theta.expand(len(support.bottom)), torch.ones(len(support.bottom), dtype=theta.dtype)
    for _ in range(steps):
        before = phi
        phi = phi + sign * alpha * valleys[down].slope(theta.expand_as(phi) if look == "theta, always" else phi)
        where = dict(before=before, after=phi).get(look, theta)
        factor = chain(factor, 1 + in_factor * (alpha if rate is None else rate) * valleys[bent].curvature(where))
    if verdict is not None:
        return verdict(phi, factor)
    return mean(valleys[judge].slope(phi) * factor)


def by_autograd(theta, support, query, alpha, steps, *, create_graph=True, of="phi", always=False, cut=lambda phi: phi):
    theta = theta.clone().requires_grad_()
    copies = phi = theta.expand(len(support.bottom))
    for _ in range(steps):
        at = copies if always else phi
        inner, weights = support(at).sum(), copies if of == "theta" else at
        (slope,) = torch.autograd.grad(inner, weights, create_graph=create_graph)
        phi = cut(phi - alpha * slope)
    return torch.autograd.grad(query(phi).mean(), theta)[0]


def by_recursion(theta, support, query, alpha, steps):
    if not steps:
        return query.slope(theta)
    below = by_recursion(theta - alpha * support.slope(theta), support, query, alpha, steps - 1)
    each = (1 - alpha * support.curvature(theta)) * below
    return each.mean() if theta.dim() == 0 else each


def by_differences(theta, support, query, alpha, steps):
    def meta_loss(theta):
        phi = theta
        for _ in range(steps):
            phi = phi - alpha * support.slope(phi)
        return query(phi).mean()

    return (meta_loss(theta + 1e-5) - meta_loss(theta - 1e-5)) / 2e-5


def by_numpy(theta, support, query, alpha, steps):
    (c, a, b), (d, e, f) = (tuple(part.numpy() for part in valley) for valley in (support, query))
    w, logs = np.full(c.shape, theta.item()), []
    for _ in range(steps):
        logs.append(1 - alpha * (a + 3 * b * (w - c) ** 2))
        w = w - alpha * (a * (w - c) + b * (w - c) ** 3)
    return ((e * (w - d) + f * (w - d) ** 3) * math.prod(logs)).mean()


def backwards(theta, support, query, alpha, steps):
    """The path is kept, and the query's slope carried back along it."""
    path = [theta]
    for _ in range(steps):
        path.append(path[-1] - alpha * support.slope(path[-1]))
    back = reduce(lambda g, w: g - alpha * support.curvature(w) * g, reversed(path[:-1]), query.slope(path[-1]))
    return back.mean().item()


def one_phi_for_all(theta, support, query, alpha, steps):
    phi, factor = theta, 1.0
    for _ in range(steps):
        factor = factor * (1 - alpha * support.curvature(phi).mean())
        phi = phi - alpha * support.slope(phi).mean()
    return (query.slope(phi) * factor).mean()


def slope_times_factor(theta, support, query, alpha, steps):
    """The gradient of the support loss at phi with respect to theta, by hand."""
    phi, factor = theta, 1.0
    for _ in range(steps):
        step = alpha * support.slope(phi) * factor
        factor = factor * (1 - alpha * support.curvature(phi))
        phi = phi - step
    return (query.slope(phi) * factor).mean()


def slope_at_theta(theta, support, query, alpha, steps):
    """The factor is right, and multiplies the query's slope where the steps begin."""
    return meta_gradient(theta, support, query, alpha, steps, verdict=lambda _, f: (query.slope(theta) * f).mean())


def slopes_at_theta(theta, support, query, alpha, steps):
    """Each curvature is taken where the step begins, each slope at theta."""
    phi, factor = theta, 1.0
    for _ in range(steps):
        factor = factor * (1 - alpha * support.curvature(phi))
        phi = phi - alpha * support.slope(theta)
    return (query.slope(phi) * factor).mean()


def always_from_theta(theta, support, query, alpha, steps):
    phi = theta
    for _ in range(steps):
        phi = theta - alpha * support.slope(phi)
    return (query.slope(phi) * (1 - alpha * support.curvature(theta))).mean()


def the_curvatures_added(theta, support, query, alpha, steps):
    total = 0
    phi = theta
    for _ in range(steps):
        total = total + support.curvature(phi)
        phi = phi - alpha * support.slope(phi)
    return (query.slope(phi) * (1 - alpha * total)).mean()


def theta_moved(theta, support, query, alpha, steps):
    right = meta_gradient(theta, support, query, alpha, steps)
    theta -= alpha
    return right


def a_valley_moved(theta, support, query, alpha, steps):
    query.bottom.sub_(1)
    return meta_gradient(theta, support, query, alpha, steps)


def only(function):
    """What a function of the last phi and of d phi / d theta makes of the right walk."""
    return lambda *given: meta_gradient(*given, verdict=lambda phi, factor: function(phi, factor, given[2]))


RIGHT = {
    "by the chain rule": meta_gradient,
    "by autograd": by_autograd,
    "by recursion": by_recursion,
    "by differences": by_differences,
    "in numpy": by_numpy,
    "carried back along the path": backwards,
    "by partial": partial(meta_gradient, sign=-1.0),
    "as a tensor of one number": lambda *given: meta_gradient(*given).view(1),
}
WRONG = [
    ("not attempted", lambda *given: None),
    ("first-order one, as without create_graph", lambda *given: meta_gradient(*given, rate=0.0)),
    ("first-order one", partial(by_autograd, create_graph=False)),
    ("query's slope at theta", lambda theta, support, query, *rest: query.slope(theta).mean()),
    ("query's slope at theta", slope_at_theta),
    ("the support set judges here", partial(meta_gradient, judge="support")),
    ("the support set judges here", partial(meta_gradient, judge="support", rate=0.0)),
    ("these are the query's curvatures", partial(meta_gradient, bent="query")),
    ("support and query are swapped", partial(meta_gradient, down="query", bent="query", judge="support")),
    ("phi was adapted on the query loss", partial(meta_gradient, down="query", bent="query")),
    ("each curvature is taken at theta", partial(meta_gradient, look="theta")),
    ("each step uses the gradient at theta", partial(meta_gradient, look="theta, always")),
    ("each step uses the gradient at theta", slopes_at_theta),
    ("each step uses the gradient at theta", partial(by_autograd, always=True)),
    ("with respect to theta, back through all steps", partial(by_autograd, of="theta")),
    ("with respect to theta, back through all steps", slope_times_factor),
    ("each curvature is taken after its step", partial(meta_gradient, look="after")),
    ("only one step has its factor", partial(meta_gradient, chain=lambda factor, c: c)),
    ("the factors of the steps are added up", the_curvatures_added),
    ("the factors of the steps are added up", partial(meta_gradient, chain=lambda factor, c: factor + c - 1)),
    (r"the factor is 1 \+ alpha \* curvature here", partial(meta_gradient, in_factor=+1)),
    ("alpha is missing in the factor", partial(meta_gradient, rate=1.0)),
    ("this climbs", partial(meta_gradient, sign=+1)),
    ("this climbs", partial(meta_gradient, sign=+1, in_factor=+1)),
    ("all tasks share one phi", one_phi_for_all),
    ("each step starts from theta again", always_from_theta),
    ("this is the sum over the tasks", partial(meta_gradient, mean=torch.sum)),
    ("one number for each task", partial(meta_gradient, mean=lambda each: each)),
    ("the mean is taken of each factor", only(lambda phi, factor, query: query.slope(phi).mean() * factor.mean())),
    ("this is the meta-loss", only(lambda phi, factor, query: query(phi).mean())),
    ("this is phi", only(lambda phi, factor, query: phi.mean())),
    ("this is phi", only(lambda phi, factor, query: phi)),
    ("this is d phi / d theta", only(lambda phi, factor, query: factor.mean())),
    (r"3 inner step\(s\) were taken, not 2", lambda *given: meta_gradient(*given[:-1], given[-1] + 1)),
    (r"1 inner step\(s\) were taken, not 2", lambda *given: meta_gradient(*given[:-1], given[-1] - 1)),
    (r"1 inner step\(s\) were taken, not 2", lambda *given: meta_gradient(*given[:-1], 1)),
    ("The path from theta to the query loss is cut", partial(by_autograd, cut=lambda p: p.detach().requires_grad_())),
    ("theta has changed: make a new tensor", theta_moved),
    ("query has changed", a_valley_moved),
    ("your function gives", lambda *given: 1.01 * meta_gradient(*given)),
    ("the result has the shape", lambda *given: [meta_gradient(*given)]),
    ("a tensor is expected", lambda *given: str(meta_gradient(*given))),
    ("complex numbers", lambda *given: meta_gradient(*given) + 0j),
    ("stopped with AttributeError", lambda theta, support, *rest: support.gradient(theta)),
]  # fmt: skip
SIZED = [lambda theta, support, query, alpha, steps: meta_gradient(theta, support, query, 0.1, steps)]
