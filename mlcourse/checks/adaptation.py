"""Lesson 01: fine-tuning, a few steps of gradient descent on one task's support set."""

import torch

from ..inner_loop import adapt
from ..losses import mse
from ..networks import MLP
from ..sinusoids import sample_tasks
from .exercise import attempt, compare, double, exercise, vector

ALPHA = 0.05


@exercise
def fine_tune(answer) -> None:
    """answer(net, theta, x, y, alpha, steps): x and y (1, n, 1) of one task; returns phi, shaped like theta."""
    rng = torch.Generator().manual_seed(0)
    net = MLP(1, 4, 1, activation=torch.tanh)
    theta, (x, y, *_) = double(net.init(rng)), (t.double() for t in sample_tasks(1, 5, 1, rng=rng))

    def descend(start, alpha, steps, loss=mse):
        return {name: p[0] for name, p in adapt(net, start, x, y, alpha=alpha, steps=steps, loss=loss).items()}

    for steps in (1, 3):
        once = descend(theta, ALPHA, 1)
        mistakes = {
            "this is theta itself: no step was taken": theta,
            "this climbs: step against the gradient, phi - alpha * grad": _climb(descend, theta, steps),
            f"only one step was taken, where steps = {steps}": once,
            "each step uses the gradient at theta: take it at the phi of the step before": {
                name: p + steps * (once[name] - p) for name, p in theta.items()
            },
            "each step starts from theta again: start from the phi of the step before": _restart(descend, theta, steps),
            "gradients of earlier steps pile up in p.grad: clear it before each backward, or use torch.autograd.grad": (
                _pile_up(descend, theta, steps)
            ),
            "this is one step too many": descend(theta, ALPHA, steps + 1),
            "the loss is summed over the points: take the mean": descend(theta, len(x[0]) * ALPHA, steps),
            "the step does not use alpha": descend(theta, 1.0, steps),
        }
        result = attempt(answer, net, {name: p.clone() for name, p in theta.items()}, x, y, ALPHA, steps)
        compare(
            vector(result, theta).detach(),
            vector(descend(theta, ALPHA, steps), theta),
            {sentence: vector(wrong, theta) for sentence, wrong in mistakes.items()},
            tried=f"{steps} step(s) at alpha = {ALPHA}",
        )


def _restart(descend, theta, steps):
    """Each gradient is taken at the newest phi, and then subtracted from theta."""
    phi = theta
    for _ in range(steps):
        down = descend(phi, ALPHA, 1)
        phi = {name: theta[name] + (down[name] - p) for name, p in phi.items()}
    return phi


def _pile_up(descend, theta, steps):
    """Each step goes along the sum of all gradients so far."""
    phi, total = theta, dict.fromkeys(theta, 0.0)
    for _ in range(steps):
        down = descend(phi, ALPHA, 1)
        total = {name: total[name] + down[name] - p for name, p in phi.items()}
        phi = {name: p + total[name] for name, p in phi.items()}
    return phi


def _climb(descend, theta, steps):
    """Gradient ascent: a step down, mirrored."""
    for _ in range(steps):
        down = descend(theta, ALPHA, 1)
        theta = {name: 2 * p - down[name] for name, p in theta.items()}
    return theta
