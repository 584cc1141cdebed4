"""Lesson 01: fine-tuning, a few steps of gradient descent on one task's support set."""

import torch

from ..inner_loop import adapt
from ..losses import mse
from ..networks import MLP
from ..worlds.sinusoids import sample_tasks
from .exercise import attempt, compare, double, exercise, vector

ALPHA = 0.05


@exercise
def fine_tune(answer, seed, more) -> None:
    """answer(net, theta, x, y, alpha, steps): x and y (1, n, 1) of one task; returns phi, shaped like theta."""
    rng, alpha = torch.Generator().manual_seed(seed), ALPHA * (1 + more / 2)
    net = MLP(1, 4, 1, activation=torch.tanh)
    theta, (x, y, *_) = double(net.init(rng)), (t.double() for t in sample_tasks(1, 5 + more, 1, rng=rng))

    def descend(start, alpha, steps, loss=mse):
        return {name: p[0] for name, p in adapt(net, start, x, y, alpha=alpha, steps=steps, loss=loss).items()}

    for steps in (1, 3 + more):
        once = descend(theta, alpha, 1)
        mistakes = {
            "this is theta itself: no step was taken": theta,
            "this climbs: step against the gradient, phi - alpha * grad": _climb(descend, theta, alpha, steps),
            f"only one step was taken, where steps = {steps}": once,
            "each step uses the gradient at theta: take it at the phi of the step before": {
                name: p + steps * (once[name] - p) for name, p in theta.items()
            },
            "each step starts from theta again: start from the phi of the step before": _restart(
                descend, theta, alpha, steps
            ),
            "gradients of earlier steps pile up in p.grad: clear it before each backward, or use torch.autograd.grad": (
                _pile_up(descend, theta, alpha, steps)
            ),
            "this is one step too many": descend(theta, alpha, steps + 1),
            "the loss is summed over the points: take the mean": descend(theta, len(x[0]) * alpha, steps),
            "the step does not use alpha": descend(theta, 1.0, steps),
        }
        result = attempt(answer, net, {name: p.clone() for name, p in theta.items()}, x, y, alpha, steps)
        compare(
            vector(result, theta).detach(),
            vector(descend(theta, alpha, steps), theta),
            {sentence: vector(wrong, theta) for sentence, wrong in mistakes.items()},
            tried=f"{steps} step(s) at alpha = {alpha:g}",
        )


def _restart(descend, theta, alpha, steps):
    """Each gradient is taken at the newest phi, and then subtracted from theta."""
    phi = theta
    for _ in range(steps):
        down = descend(phi, alpha, 1)
        phi = {name: theta[name] + (down[name] - p) for name, p in phi.items()}
    return phi


def _pile_up(descend, theta, alpha, steps):
    """Each step goes along the sum of all gradients so far."""
    phi, total = theta, dict.fromkeys(theta, 0.0)
    for _ in range(steps):
        down = descend(phi, alpha, 1)
        total = {name: total[name] + down[name] - p for name, p in phi.items()}
        phi = {name: p + total[name] for name, p in phi.items()}
    return phi


def _climb(descend, theta, alpha, steps):
    """Gradient ascent: a step down, mirrored."""
    for _ in range(steps):
        down = descend(theta, alpha, 1)
        theta = {name: 2 * p - down[name] for name, p in theta.items()}
    return theta
