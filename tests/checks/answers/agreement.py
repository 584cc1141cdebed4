"""Lesson 06: do two halves of a support set agree?"""

import numpy as np
import torch
import torch.nn.functional as F

from mlcourse.losses import mse
from mlcourse.weights import stack, value_and_gradient


def halves_agree(net, theta, task, *, parts=None, of="support", step=0.0, reduce=torch.mean):
    """The two gradients of every task, (2, n_tasks, n_weights)."""
    x, y = (getattr(task, f"{letter}_{of}") for letter in "xy")
    half = x.shape[1] // 2
    rows, phi = [], stack(theta, task.n_tasks)
    for part in parts or (slice(half), slice(half, None)):
        phi = {name: p.detach().clone().requires_grad_() for name, p in phi.items()}
        loss = reduce((net(phi, x[:, part]) - y[:, part]).square(), (1, 2)).sum()
        g = torch.autograd.grad(loss, list(phi.values()))
        phi = {name: p - step * s for (name, p), s in zip(phi.items(), g, strict=True)}
        rows.append(torch.cat([s.flatten(1) for s in g], 1))
    return torch.stack(rows)


def cosine(a, b, dim=-1):
    return torch.cosine_similarity(a, b, dim=dim)


def product(a, b):
    return (a * b).sum(1)


def of_two(function, **how):
    """A function of the two gradients, as an answer."""
    return lambda *given: function(*halves_agree(*given, **how))


def by_a_loop(net, theta, task):
    half, cosines = task.x_support.shape[1] // 2, []
    for x, y in zip(task.x_support, task.y_support, strict=True):
        one, two = (
            torch.cat([g.flatten() for g in value_and_gradient(
                lambda w, x=x[part], y=y[part]: mse(net(w, x[None]), y[None]).sum(), theta)[1].values()])
            for part in (slice(half), slice(half, None))
        )  # fmt: skip
        cosines.append((one @ two / (one.norm() * two.norm())).item())
    return cosines


def by_torch_func(net, theta, task):
    def gradient(x, y):
        g = torch.func.grad(lambda w: ((net(w, x[None]) - y[None]) ** 2).mean())(theta)
        return torch.cat([part.flatten() for part in g.values()])

    parts = zip(task.x_support.chunk(2, 1), task.y_support.chunk(2, 1), strict=True)
    return F.cosine_similarity(*(torch.vmap(gradient)(x, y) for x, y in parts))


def by_numpy(*given):
    a, b = halves_agree(*given).numpy()
    return (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def of_each_weight(net, theta, task, give=lambda each: each.mean(0)):
    one, two = halves_agree(net, theta, task)
    sizes = [p.numel() for p in theta.values()]
    parts = zip(one.split(sizes, 1), two.split(sizes, 1), strict=True)
    return give(torch.stack([cosine(a, b) for a, b in parts]))


def in_place(net, theta, task):
    task.x_support[:] = task.x_support.flip(1)
    return cosine(*halves_agree(net, theta, task))


def after_a_step(net, theta, task):
    result = cosine(*halves_agree(net, theta, task))
    for p in theta.values():
        p.mul_(0.9)
    return result


RIGHT = {
    "stacked": of_two(cosine),
    "by a loop, in a list of numbers": by_a_loop,
    "by torch.func": by_torch_func,
    "by numpy": by_numpy,
    "in a tuple of numpy scalars": lambda *given: tuple(by_numpy(*given)),
    "in a list of tensors": lambda *given: list(cosine(*halves_agree(*given))),
    "by einsum, of normalised gradients": lambda *given: torch.einsum(
        "tw,tw->t", *F.normalize(halves_agree(*given), dim=2)
    ),
    "of summed errors, whose gradients point the same way": of_two(cosine, reduce=torch.sum),
    "halves exchanged": lambda *given: cosine(*halves_agree(*given).flip(0)),
}
WRONG = [
    ("not attempted", lambda net, theta, task: None),
    ("divide by both of their lengths", of_two(product)),
    ("only one of the two lengths", of_two(lambda a, b: product(a, b) / a.norm(dim=1))),
    ("squared", of_two(lambda a, b: product(a, b) / (product(a, a) * product(b, b)))),
    ("the sign is wrong", of_two(lambda a, b: -cosine(a, b))),
    ("come from the same examples", of_two(cosine, parts=[slice(None, 4)] * 2)),
    ("compares support with query", lambda *given: cosine(
        halves_agree(*given, parts=[slice(None)])[0], halves_agree(*given, parts=[slice(None)], of="query")[0])),
    ("compares support with query", lambda *given: cosine(
        halves_agree(*given)[0], halves_agree(*given, of="query")[1])),
    ("halves of the query set", of_two(cosine, of="query")),
    ("every other point", of_two(cosine, parts=[slice(None, None, 2), slice(1, None, 2)])),
    ("a half with the whole support set", of_two(cosine, parts=[slice(4), slice(None)])),
    ("the first point with the second", of_two(cosine, parts=[slice(0, 1), slice(1, 2)])),
    ("after a step along the first", of_two(cosine, step=0.05)),
    ("one number for all tasks", lambda *given: cosine(*halves_agree(*given).flatten(1))),
    ("one number for all tasks", lambda *given: cosine(*halves_agree(*given)).mean()),
    ("one number for all tasks.*give one for each", lambda *given: cosine(*halves_agree(*given).mean(1)).expand(3)),
    ("not their lengths", lambda *given: halves_agree(*given).norm(dim=2)),
    ("not both of them", halves_agree),
    ("one cosine for each of the weight tensors", of_each_weight),
    ("one cosine for each of the weight tensors", lambda *given: of_each_weight(*given, give=lambda each: each.T)),
    ("only one of the weight tensors", lambda *given: of_each_weight(*given, give=lambda each: each[-2])),
    ("1 minus the cosine", of_two(lambda a, b: 1 - cosine(a, b))),
    ("this is the angle", of_two(lambda a, b: cosine(a, b).acos())),
    ("this is the angle", of_two(lambda a, b: cosine(a, b).acos().rad2deg())),
    ("keep its sign", of_two(lambda a, b: cosine(a, b).abs())),
    ("square of the cosine", of_two(lambda a, b: cosine(a, b) ** 2)),
    ("task has changed: make a new tensor", in_place),
    ("theta has changed", after_a_step),
    ("complex numbers", of_two(lambda a, b: cosine(a, b) + 0j)),
    ("the result has the shape", of_two(lambda a, b: cosine(a, b)[:, None])),
    ("the result has the shape", of_two(lambda a, b: cosine(a, b)[:2])),
    ("a tensor is expected, your function returns a dict", of_two(lambda a, b: dict(enumerate(cosine(a, b))))),
    ("Were the weights told to", lambda net, theta, task: torch.autograd.grad(
        mse(net(theta, task.x_support), task.y_support).sum(), list(theta.values()))),
    ("your function gives", of_two(cosine, parts=[slice(3), slice(3, None)])),
    ("your function gives", of_two(lambda a, b: cosine(a.sign(), b.sign()))),
    ("your function gives nan", of_two(lambda a, b: cosine(a, b) * torch.nan)),
]  # fmt: skip
SIZED = [of_two(cosine, parts=[slice(None, 4), slice(4, None)])]
