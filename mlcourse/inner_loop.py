"""The inner loop: adapt weights to a task by a few steps of gradient descent.

    phi_0 = theta,    phi_{s+1} = phi_s - alpha * grad L_support(phi_s)

(Finn, Abbeel, Levine 2017, arXiv:1703.03400, equation 1.) All tasks take their steps together: no task's loss
depends on another's weights, so the gradient of the SUM of the task losses holds each task's own gradient.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from .losses import mse, of_each_task
from .tasks import check_examples
from .weights import Theta, stack


def adapt(net, theta: Theta, x: Tensor, y: Tensor, *, alpha, steps: int = 1, first_order=False, loss=mse) -> Theta:
    """Adapt theta to each of a batch of tasks by gradient descent on its support set.

    theta:       the weights to start from; they are not changed
    x, y:        support sets, (n_tasks, n_support, ...)
    alpha:       the inner rate: one for all weights, or a dict with one for each name in theta, or a sequence of
                 these, one for each step. A number must not be negative; a tensor may be, since it can be learned.
    steps:       how many gradient steps
    first_order: treat the gradients as constants, so that no second derivative is taken (FOMAML)
    loss:        from (predictions, y) to one value a task, (n_tasks,)
    returns:     phi, the adapted weights of every task, each (n_tasks, ...). If theta or alpha requires grad, phi is
                 a differentiable function of it.
    Raises ValueError for inputs that don't fit, for negative steps, for rates that are negative numbers, and for a loss
    that is not one value a task.
    """
    check_examples(x, y)
    rates = _rates(theta, alpha, steps)
    differentiable = any(isinstance(p, Tensor) and p.requires_grad for named in (theta, *rates) for p in named.values())
    with torch.enable_grad():
        phi = stack(theta, len(x))
        for p in phi.values():
            p.requires_grad_()
        for rate in rates:
            value = of_each_task(loss, net(phi, x), y).sum()
            grads = torch.autograd.grad(value, list(phi.values()), create_graph=differentiable and not first_order)
            phi = {name: p - rate[name] * g for (name, p), g in zip(phi.items(), grads, strict=True)}
            if not differentiable:  # nobody will go back through this step, so its graph can go
                phi = {name: p.detach().requires_grad_() for name, p in phi.items()}
    return phi if differentiable else {name: p.detach() for name, p in phi.items()}


def _rates(theta: Theta, alpha, steps: int) -> list[dict]:
    """For each step, one rate for each name in theta, checked."""
    if steps < 0:
        raise ValueError(f"the number of inner steps cannot be negative: got steps = {steps}")
    if not isinstance(alpha, Sequence):
        return [_rates_of_one_step(theta, alpha)] * steps
    if len(alpha) != steps:
        raise ValueError(f"alpha as a sequence needs one entry for each inner step: got {len(alpha)}, steps = {steps}")
    return [_rates_of_one_step(theta, of_step) for of_step in alpha]


def _rates_of_one_step(theta: Theta, alpha) -> dict:
    rates = alpha if isinstance(alpha, Mapping) else dict.fromkeys(theta, alpha)
    if rates.keys() != theta.keys():
        raise ValueError(f"alpha needs one rate for each of {list(theta)}: got rates for {list(rates)}")
    for name, rate in rates.items():
        if not isinstance(rate, Tensor) and rate < 0:
            raise ValueError(f"an inner rate cannot be negative, that would climb: got alpha = {rate} for {name}")
    return rates
