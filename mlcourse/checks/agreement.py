"""Lesson 06: do two halves of a support set pull in the same direction?"""

import torch
from torch import Tensor

from .. import losses
from ..networks import MLP
from ..weights import stack
from ..worlds import sinusoids
from .exercise import NotYet, attempt, compare, double, exercise


@exercise
def agreement(answer, seed, more) -> None:
    """answer(net, theta, task): the cosine of the two halves' loss gradients at theta, for each task: (n_tasks,)."""
    rng = torch.Generator().manual_seed(seed)
    net = MLP(1, 5, 1, activation=torch.tanh)
    theta = double(net.init(rng))
    n_tasks, half = 3 + more, 4 + more
    task = sinusoids.sample_tasks(n_tasks, k_shot=2 * half, n_query=2 * half, rng=rng)
    task = task._replace(**double(task._asdict()))
    halves = (slice(None, half), slice(half, None))
    g_1, g_2 = (_gradients(net, theta, task.x_support[:, part], task.y_support[:, part]) for part in halves)
    query = _gradients(net, theta, task.x_query, task.y_query)
    odd, even = (_gradients(net, theta, task.x_support[:, i::2], task.y_support[:, i::2]) for i in (0, 1))
    support = _gradients(net, theta, task.x_support, task.y_support)
    each = [_cosine(a, b) for a, b in zip(g_1.values(), g_2.values(), strict=True)]
    one, two, whole = (_flat(g) for g in (g_1, g_2, support))
    mistakes = {
        "this is the product of the two gradients: divide by both of their lengths": (one * two).sum(1),
        "only one of the two lengths is divided by": [(one * two).sum(1) / g.norm(dim=1) for g in (one, two)],
        "this is the product divided by the *squared* lengths": (one * two).sum(1)
        / (one.square().sum(1) * two.square().sum(1)),
        "the sign is wrong": -_cosine(one, two),
        "both gradients come from the same half": torch.ones(n_tasks).double(),
        "this compares support with query: take the two halves of the support set": [
            _cosine(whole, _flat(query)),
            _cosine(one, _flat(query)),
        ],
        "the halves are every other point: take the first half and the second half": _cosine(_flat(odd), _flat(even)),
        "this is the mean of one cosine for each of the weight tensors: put all of a task's weights in one vector": [
            torch.stack(each).mean(0)
        ],
        "this is one number for all tasks together: give one for each": [
            torch.cosine_similarity(one.flatten(), two.flatten(), dim=0),
            torch.cosine_similarity(one.mean(0), two.mean(0), dim=0),
            _cosine(one, two).mean(),
            torch.cosine_similarity(one.mean(0), two.mean(0), dim=0).expand(n_tasks),
        ],
        "this is 1 minus the cosine": 1 - _cosine(one, two),
        "this is the angle: give its cosine": _cosine(one, two).acos(),
    }
    result = attempt(answer, net, theta, task)
    if isinstance(result, Tensor) and result.shape == (2, n_tasks):
        raise NotYet("one number for each task is expected: the cosine between the two gradients, not both of them")
    result = result.detach() if isinstance(result, Tensor) else result
    compare(result, _cosine(one, two), mistakes, tried=f"{n_tasks} waves with {2 * half} support points each")


def _gradients(net, theta, x, y) -> dict:
    """Each task's own gradient, (n_tasks, ...)."""
    phi = {name: p.detach().clone().requires_grad_() for name, p in stack(theta, len(x)).items()}
    return dict(zip(phi, torch.autograd.grad(losses.mse(net(phi, x), y).sum(), list(phi.values())), strict=True))


def _flat(gradients: dict) -> Tensor:
    return torch.cat([g.flatten(1) for g in gradients.values()], 1)


def _cosine(a: Tensor, b: Tensor) -> Tensor:
    return torch.cosine_similarity(a.flatten(1), b.flatten(1), dim=1)
