"""How far an inner step reaches: alpha times the largest curvature of a task's support loss, for all weights.

In a parabola of curvature lambda a step leaves 1 - alpha * lambda of the distance to the bottom: at 1 it lands, beyond
2 it ends farther away (lesson 03). A network's loss has a curvature in every direction, the eigenvalues of its
Hessian H. The largest is found without H: a random vector is multiplied by H again and again (power iteration), each
time by a Hessian-vector product, d/dw (grad L . v) = H v (Pearlmutter 1994).
"""

import torch
from torch import Tensor

from ..losses import mse
from ..tasks import Task
from ..weights import Theta, stack


def sharpness(net, theta: Theta, task: Task, *, alpha: float, rng: torch.Generator, n_times: int = 20) -> Tensor:
    """alpha * |lambda| for each task, lambda the eigenvalue of its support loss at theta that is largest in size.

    rng:     draws the vectors to begin with
    n_times: how often they are multiplied; the value grows towards the true one
    returns: (n_tasks,)
    """
    weights = {name: p.detach().requires_grad_() for name, p in stack(theta, task.n_tasks).items()}
    support_loss = mse(net(weights, task.x_support), task.y_support).sum()
    slopes = torch.autograd.grad(support_loss, list(weights.values()), create_graph=True)
    Hv = {name: torch.randn(p.shape, generator=rng, dtype=p.dtype, device=p.device) for name, p in weights.items()}
    for _ in range(n_times):
        size = _length(Hv)
        v = {name: p / size.view(-1, *[1] * (p.dim() - 1)) for name, p in Hv.items()}
        along = sum((slope * v[name]).sum() for name, slope in zip(weights, slopes, strict=True))
        products = torch.autograd.grad(along, list(weights.values()), retain_graph=True)
        Hv = dict(zip(weights, products, strict=True))
    return alpha * _length(Hv)


def _length(v: Theta) -> Tensor:
    """Of each task's vector, all tensors together, (n_tasks,)."""
    return sum(p.flatten(1).square().sum(1) for p in v.values()).sqrt()
