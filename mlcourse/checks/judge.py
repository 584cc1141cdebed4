"""The judge of the battery: finite differences of the meta-loss.

    slope along d  =  (M(theta + epsilon d) - M(theta - epsilon d)) / (2 epsilon),   M the meta-loss

Values only, so that nothing that can go wrong with derivatives can go wrong with it. Where a ReLU switches between the
two sides, M jumps (its inner gradient does) and that slope means nothing: three epsilons are tried.
"""

import torch
from torch import Tensor

from ..weights import Theta

DIRECTIONS, EPSILONS = 6, (1e-6, 1e-5, 1e-7)
AGREE = 1e-4  # relative: what finite differences can tell


def directions(n_weights: int, device) -> Tensor:
    """Six random directions of about unit length, (6, n_weights), always the same."""
    rng = torch.Generator(device=device).manual_seed(0)
    drawn = torch.randn(DIRECTIONS, n_weights, generator=rng, device=device, dtype=torch.get_default_dtype())
    return drawn.double() / n_weights**0.5


def agrees(meta_loss, theta: Theta, gradient: Tensor) -> bool:
    """Whether the meta-loss has the slopes that its gradient says, in more than half of the directions.

    meta_loss: from a dict with theta's names to a number    gradient: (n_weights,), in the order of theta
    """
    along = directions(len(gradient), gradient.device)
    slopes = along @ gradient
    allowed = AGREE * slopes.square().mean().sqrt()
    right = [
        any((_slope(meta_loss, theta, d, epsilon) - slope).abs() <= allowed for epsilon in EPSILONS)
        for d, slope in zip(along, slopes, strict=True)
    ]
    return sum(right) > DIRECTIONS / 2


def off(gradient: Tensor, right: Tensor) -> float:
    """How far the slopes of a gradient are from the right ones, relative to these."""
    along = directions(len(right), right.device)
    return ((along @ (gradient - right)).norm() / (along @ right).norm()).item()


def _slope(meta_loss, theta: Theta, direction: Tensor, epsilon: float) -> Tensor:
    """The slope of the meta-loss along a direction, by values alone."""

    def at(distance):
        parts = direction.split([p.numel() for p in theta.values()])
        moved = {name: p.detach() + distance * d.view_as(p) for (name, p), d in zip(theta.items(), parts, strict=True)}
        return meta_loss(moved).detach()

    return (at(epsilon) - at(-epsilon)) / (2 * epsilon)
