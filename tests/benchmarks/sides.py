"""Who is compared: the course and its peers, for each case, with the same weights and the same tasks."""

from functools import partial
from itertools import pairwise

import peers
import torch
from cases import Case, problem
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss

from mlcourse import losses
from mlcourse.methods import maml, prototypical, reptile
from mlcourse.networks import MLP


def sides(case: Case) -> dict:
    """By name, for the course and each of its peers, a function that computes the meta-gradient: a list of tensors."""
    net, theta, task = problem(case)
    module = as_module(net, theta)
    our_loss, their_loss = (losses.mse, mse_loss) if case.net == "sine" else (losses.cross_entropy, cross_entropy)
    if case.method == "prototypical":
        recipe, others = prototypical.meta_gradient, {"plain": peers.plain_prototypical(module, task)}
    elif case.method.startswith("Reptile"):
        adam = case.method == "Reptile with Adam"
        how = dict(alpha=0.001 if adam else 0.01, steps=case.steps)
        optimizer = partial(torch.optim.Adam, betas=(0.0, 0.999)) if adam else torch.optim.SGD
        recipe = partial(reptile.meta_gradient, adam=adam, loss=our_loss, **how)
        others = {"plain": peers.plain_reptile(module, task, optimizer=optimizer, loss=their_loss, **how)}
    else:
        first_order = case.method == "FOMAML"
        how = dict(alpha=0.01 if case.net == "sine" else 0.1, steps=case.steps)
        recipe = partial(maml.meta_gradient, first_order=first_order, loss=our_loss, **how)
        others = {}
        if not first_order:  # torchopt's differentiable optimizers always take second derivatives
            others["torchopt"] = peers.with_torchopt(module, task, loss=their_loss, **how)
        others["higher"] = peers.with_higher(module, task, first_order=first_order, loss=their_loss, **how)
    return {"mlcourse": lambda: list(recipe(net, theta, task)[1].values())} | others


def as_module(net, theta) -> nn.Module:
    """The same network, with the same weights, from torch's own layers."""
    layers = []
    if isinstance(net, MLP):
        for n_in, n_out in pairwise(net.sizes):
            layers += [nn.Linear(n_in, n_out), nn.ReLU()]
        layers.pop()
    else:
        for n_in in [net.channels] + [net.filters] * (net.blocks - 1):
            layers += [nn.Conv2d(n_in, net.filters, 3, stride=net.stride, padding=1, bias=False)]
            layers += [nn.BatchNorm2d(net.filters, track_running_stats=False), nn.ReLU()]
            layers += [nn.MaxPool2d(2)] if net.pool else []
        layers += [nn.Flatten()]
        layers += [nn.Linear(net.n_features, net.n_out)] if net.n_out else []
    module = nn.Sequential(*layers)
    with torch.no_grad():
        for p, ours in zip(module.parameters(), theta.values(), strict=True):
            p.copy_(transposed(ours))
    return module


def transposed(p: Tensor) -> Tensor:
    """Ours from torch's and torch's from ours: the weights of a linear layer are stored the other way round."""
    return p.mT if p.dim() == 2 else p
