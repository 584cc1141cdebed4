"""Lesson 10: the slope of a function of theta along a direction, by finite differences."""

import numpy as np
import torch
from torch import Tensor

from .exercise import NotYet, attempt, exercise


@exercise
def finite_difference(answer, seed, more) -> None:
    """answer(function, theta, direction): a number; theta and direction are dicts with the same names."""
    rng = torch.Generator().manual_seed(seed)
    shapes = {"weight": (2, 3 + more), "bias": (3 + more,)}
    theta = {name: torch.randn(shape, generator=rng).double() for name, shape in shapes.items()}
    direction = {name: torch.randn(shape, generator=rng).double() for name, shape in shapes.items()}
    length2 = sum(d.square().sum() for d in direction.values()).item()
    start = {name: p.clone() for name, p in theta.items()}  # theta itself may be moved, and put back
    distances = []

    def function(moved) -> Tensor:
        _check_names(moved, start)
        distance = sum(((moved[name] - p) * direction[name]).sum().item() for name, p in start.items()) / length2
        beside = max((moved[name] - p - distance * direction[name]).abs().max().item() for name, p in start.items())
        if beside > 1e-9:
            raise NotYet("the function was asked for weights that are not on the line theta + distance * direction")
        distances.append(distance)
        return (1 + sum(((p - 0.3) ** 3).sum() for p in moved.values())).sum()

    result = attempt(answer, function, theta, direction, instead="make a new dict for each side")
    if not isinstance(result, (float, np.ndarray, Tensor)) or torch.as_tensor(result).numel() != 1:
        raise NotYet("one number is expected, the slope along the direction")
    expected = sum((3 * (p - 0.3) ** 2 * direction[name]).sum().item() for name, p in theta.items())
    _check_distances(distances)
    _compare(torch.as_tensor(result).item(), expected, length2**0.5, max(distances))


def _check_names(moved, theta) -> None:
    if not isinstance(moved, dict) or moved.keys() != theta.keys():
        raise NotYet(f"the function takes a dict with the names {list(theta)}: hand it one")


def _check_distances(distances) -> None:
    """The points that the function was asked for: on both sides, as far on one as on the other, not too far."""
    if not distances:
        raise NotYet("the function was never called: the judge needs values of it, and nothing else")
    up, down = max(distances), min(distances)
    if up == down == 0:
        raise NotYet("the function was asked at theta only: move along the direction, to both sides")
    if up <= 0 or down >= 0:
        raise NotYet("this looks to one side only: move to both sides, the error is then much smaller")
    if abs(up + down) > 1e-3 * up:
        raise NotYet(f"the two sides differ: you went {up:.2g} up and {-down:.2g} down the direction")
    if up > 1e-2:
        raise NotYet(f"epsilon = {up:.2g} is too far: the function bends on the way; take about 1e-5")
    if up < 1e-8:
        raise NotYet(f"epsilon = {up:.2g} is too near: the last digits of the values decide; take about 1e-5")


def _compare(result: float, expected: float, length: float, epsilon: float) -> None:
    mistakes = {
        "this is twice the slope: the two points lie 2 * epsilon apart": 2 * expected,
        "this is the difference of the values: divide by the distance, 2 * epsilon": 2 * epsilon * expected,
        "this is the difference of the values, divided by 2: divide by epsilon too": epsilon * expected,
        "this multiplies by epsilon: write / (2 * epsilon), with the brackets": epsilon**2 * expected,
        "the sign is reversed: value ahead minus value behind": -expected,
        "this is the slope for a direction of length 1: leave the direction as long as it is": expected / length,
    }
    for sentence, wrong in mistakes.items():
        if abs(result - wrong) < 1e-4 * abs(wrong):
            raise NotYet(sentence)
    if not abs(result - expected) < 1e-4 * abs(expected):
        raise NotYet(f"the slope is {expected:.6f}, your function gives {result:.6f}")
