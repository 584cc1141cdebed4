"""Meta-training: draw tasks, take their meta-gradient, hand it to an ordinary optimizer, repeat."""

import os
from typing import NamedTuple

import torch
from tqdm.auto import tqdm

from .weights import Theta


class Trained(NamedTuple):
    """What meta-training leaves behind."""

    theta: Theta  # the meta-learned weights
    losses: list[float]  # the meta-loss of each iteration, before its step


def meta_train(
    meta_gradient,
    theta: Theta,
    sample,
    *,
    n_iterations: int,
    beta: float = 1e-3,
    decay: bool = False,
    optimizer=torch.optim.Adam,
    watch=None,
) -> Trained:
    """Improve theta by n_iterations steps along the meta-gradient.

    meta_gradient: from (theta, task) to (loss, gradient), a method's own recipe
    theta:         the weights to start from; they are not changed
    sample:        makes a new batch of tasks, called without arguments
    beta, decay:   the outer rate, and whether it falls to zero in a straight line
    optimizer:     makes a torch optimizer from a list of parameters and `lr`
    watch:         called as watch(iteration, theta) before each step, to look on
    An interrupt (the notebook's stop button) ends training early and returns what has been learned so far.
    Raises FloatingPointError when the loss or the meta-gradient is no longer finite, naming the likely cause.
    """
    if n_iterations < 0 or beta < 0:
        raise ValueError(f"iterations and rates cannot be negative: got n_iterations = {n_iterations}, beta = {beta}")
    theta = {name: p.detach().clone() for name, p in theta.items()}
    outer = optimizer(list(theta.values()), lr=beta)
    losses = []
    silent = "TQDM_DISABLE" in os.environ  # tqdm's bar for notebooks overlooks its own switch
    with tqdm(total=n_iterations, desc="meta-training", disable=silent) as bar:
        try:
            for iteration in range(n_iterations):
                if watch is not None:
                    watch(iteration, theta)
                rate = falling(beta, iteration, n_iterations) if decay else beta
                meta_step(meta_gradient, theta, sample(), outer, rate, losses)
                bar.set_postfix(loss=f"{losses[-1]:.3f}", refresh=False)
                bar.update()
        except KeyboardInterrupt:
            print(f"Stopped after {len(losses)} of {n_iterations} iterations, keeping what has been learned so far.")
    return Trained(theta, losses)


def clipped(meta_gradient, most: float = 1.0):
    """The same recipe, its gradient cut to a length of at most `most` over all weights together; the direction stays.

    So one batch of strange tasks cannot throw theta far away (Pascanu, Mikolov, Bengio 2013, arXiv:1211.5063).
    """

    def recipe(theta: Theta, task):
        loss, gradient = meta_gradient(theta, task)
        length = torch.stack([g.norm() for g in gradient.values()]).norm()
        return loss, {name: g * (most / length.clamp(min=most)) for name, g in gradient.items()}

    return recipe


def falling(beta: float, iteration: int, n_iterations: int) -> float:
    """The rate of an iteration, on a straight line from beta at iteration 0 to zero at n_iterations."""
    return beta * (1 - iteration / n_iterations)


def meta_step(
    meta_gradient, theta: Theta, task, outer: torch.optim.Optimizer, beta: float, losses: list[float]
) -> None:
    """One step of the optimizer `outer`, at rate beta, along the meta-gradient.

    It moves theta, and the loss is appended to losses. Raises FloatingPointError, as `meta_train` does.
    """
    loss, gradient = meta_gradient(theta, task)
    if not _finite(loss, *gradient.values()):
        raise FloatingPointError(_why_not_finite(theta, task, losses))
    for name, p in theta.items():
        p.grad = gradient[name]
    for group in outer.param_groups:
        group["lr"] = beta
    outer.step()
    losses.append(loss.item())


def _finite(*tensors) -> bool:
    return all(torch.isfinite(tensor).all() for tensor in tensors)


def _why_not_finite(theta, task, losses) -> str:
    """One sentence: what stopped the training, and its most likely cause."""
    # A recipe does not say whether it has an inner loop, so the sentence serves both kinds.
    inside = "in its inner loop, if any (lower the inner rate alpha or take fewer inner steps), else in its scores"
    if not _finite(*task):
        cause = "the tasks themselves hold values that are not finite"
    elif not losses and not _finite(*theta.values()):
        cause = "the weights to start from are not finite themselves"
    elif not losses:
        cause = f"the method diverges from the start, {inside} (start from smaller weights)"
    elif losses[-1] > 10 * losses[0] or not _finite(*theta.values()):
        cause = "the outer steps are too large, the loss was growing before; lower the outer rate beta"
    else:
        cause = f"the method diverged on one of these tasks, {inside} (lower the outer rate beta)"
    return f"The loss or its gradient is no longer finite at iteration {len(losses)}: {cause}."
