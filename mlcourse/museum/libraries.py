"""A library's own bug: MAML's meta-loss with batch norm, by a loop and by torch.func, for networks of one task.

In torch 2.13 the gradient of what `torch.func.grad` gives inside `vmap` is silently wrong through `F.batch_norm`; the
value is right. The course's networks stack their tasks without vmap (networks.py), and so are not touched.
"""

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.func import grad, vmap

from ..losses import mse
from ..tasks import Task


def normed_net(theta, x):
    """A layer, batch norm, a layer, on x (n, d_in) of one task, with weights {"in", "scale", "shift", "out"}."""
    return torch.tanh(F.batch_norm(x @ theta["in"], None, None, theta["scale"], theta["shift"], True)) @ theta["out"]


def _inner(theta, x, y):
    return mse(normed_net(theta, x)[None], y[None]).sum()


def meta_loss_by_loop(theta, task: Task, *, alpha) -> Tensor:
    """MAML's meta-loss with batch norm, one task after the other."""
    losses = []
    for x_support, y_support, x_query, y_query in zip(*task, strict=True):
        weights = list(theta.values())
        grads = torch.autograd.grad(_inner(theta, x_support, y_support), weights, create_graph=True)
        phi = {name: p - alpha * g for (name, p), g in zip(theta.items(), grads, strict=True)}
        losses.append(_inner(phi, x_query, y_query))
    return torch.stack(losses).mean()


def meta_loss_by_vmap(theta, task: Task, *, alpha) -> Tensor:
    """The same with `torch.func`: grad for the inner step, vmap over the tasks."""

    def one(x_support, y_support, x_query, y_query):
        grads = grad(_inner)(theta, x_support, y_support)
        return _inner({name: p - alpha * grads[name] for name, p in theta.items()}, x_query, y_query)

    return vmap(one)(*task).mean()
