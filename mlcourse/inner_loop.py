"""The inner loop: adapt weights to a task by a few steps of gradient descent.

    phi_0 = theta,    phi_{s+1} = phi_s - alpha * grad L_support(phi_s)

(Finn, Abbeel, Levine 2017, arXiv:1703.03400, equation 1.) All tasks take their steps together: no task's loss
depends on another's weights, so the gradient of the SUM of the task losses holds each task's own gradient.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from .losses import mse
from .tasks import check_examples
from .weights import Theta, stack


def adapt(net, theta: Theta, x: Tensor, y: Tensor, *, alpha, steps: int = 1, first_order=False, loss=mse) -> Theta:
    """Adapt theta to each of a batch of tasks by gradient descent on its support set.

    theta:       the weights to start from; they are not changed
    x, y:        support sets, (n_tasks, n_support, ...)
    alpha:       the inner rate, one for all weights or a dict with one (a number or a tensor) for each name in theta
    steps:       how many gradient steps
    first_order: treat the gradients as constants, so that no second derivative is taken (FOMAML)
    loss:        from (predictions, y) to one value a task
    returns:     phi, the adapted weights of every task, each (n_tasks, ...). If theta requires grad, phi is a
                 differentiable function of it.
    Raises ValueError for inputs that don't fit, and for negative steps or rates.
    """
    check_examples(x, y)
    rates = _rates(theta, alpha, steps)
    differentiable = any(isinstance(p, Tensor) and p.requires_grad for p in (*theta.values(), *rates.values()))
    with torch.enable_grad():
        phi = stack(theta, len(x))
        for p in phi.values():
            p.requires_grad_()
        for _ in range(steps):
            value = loss(net(phi, x), y).sum()
            grads = torch.autograd.grad(value, list(phi.values()), create_graph=differentiable and not first_order)
            phi = {name: p - rates[name] * g for (name, p), g in zip(phi.items(), grads, strict=True)}
    return phi if differentiable else {name: p.detach() for name, p in phi.items()}


def _rates(theta: Theta, alpha, steps: int) -> dict:
    """One rate for each name in theta, checked."""
    if steps < 0:
        raise ValueError(f"the number of inner steps cannot be negative: got steps = {steps}")
    rates = alpha if isinstance(alpha, Mapping) else dict.fromkeys(theta, alpha)
    if rates.keys() != theta.keys():
        raise ValueError(f"alpha needs one rate for each of {list(theta)}: got rates for {list(rates)}")
    for name, rate in rates.items():
        if (rate.min() if isinstance(rate, Tensor) else rate) < 0:
            raise ValueError(f"an inner rate cannot be negative, that would climb: got alpha = {rate} for {name}")
    return rates
