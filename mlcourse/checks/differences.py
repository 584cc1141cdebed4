"""Lesson 10: the slope of a function of theta along a direction, by finite differences."""

import torch
from torch import Tensor

from .compare import numbers
from .exercise import NotYet, attempt, exercise


@exercise
def finite_difference(answer, seed, more) -> None:
    """answer(function, theta, direction): a number; theta and direction are dicts with the same names."""
    rng = torch.Generator().manual_seed(seed)
    shapes = {"weight": (2, 3 + more), "bias": (3 + more,)}
    theta, direction = (
        {name: torch.randn(shape, generator=rng).double() for name, shape in shapes.items()} for _ in range(2)
    )
    values = {}  # by the distance along the direction at which the learner's function looks
    start = {name: p.clone() for name, p in theta.items()}  # theta itself may be moved, and put back

    def function(moved) -> Tensor:
        distance = _distance(moved, start, direction)
        value = 1 + sum(((p.detach() - 0.3) ** 3).sum() for p in moved.values())
        values[distance] = value.item()
        return value

    given = dict(function=function, theta=theta, direction=direction)
    result = numbers(attempt(answer, given, instead="make a new dict for each side"))
    if result.numel() != 1:
        raise NotYet(f"one number is expected, the slope along the direction: got {result.numel()} of them")
    _check_distances(values)
    slope = sum((3 * (p - 0.3) ** 2 * direction[name]).sum().item() for name, p in theta.items())
    bend = sum(d.abs().pow(3).sum().item() for d in direction.values())  # what a step costs the slope, by its square
    _compare(result.item(), slope, bend, _length(direction), values)


def _distance(moved, theta, direction) -> float:
    """How far along the direction these weights lie from theta; raise NotYet if they do not."""
    if not isinstance(moved, dict) or moved.keys() != theta.keys():
        raise NotYet(f"the function takes a dict with the names {list(theta)}: hand it one")
    for name, p in theta.items():
        if not isinstance(moved[name], Tensor) or moved[name].shape != p.shape:
            raise NotYet(f"the function was given a {name} of another kind or shape: it is a tensor {tuple(p.shape)}")
    way = {name: moved[name].detach() - p for name, p in theta.items()}
    distance = sum((way[name] * d).sum().item() for name, d in direction.items()) / _length(direction) ** 2
    if not all(torch.allclose(way[name], distance * d, rtol=0, atol=1e-9) for name, d in direction.items()):
        raise NotYet("the function was asked for weights that are not on the line theta + distance * direction")
    return distance


def _length(direction) -> float:
    return sum(d.square().sum().item() for d in direction.values()) ** 0.5


def _check_distances(distances: dict) -> None:
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


def _compare(result: float, slope: float, bend: float, length: float, values: dict) -> None:
    """The slope itself, or the likeliest ways to take the two values together."""
    epsilon = max(values)
    ahead, behind = values[epsilon], values[min(values)]
    if abs(result - slope) < 1e-6 * abs(slope) + bend * epsilon**2 + 1e-13 / epsilon:
        return
    mistakes = {
        "this is twice the slope: the two points lie 2 * epsilon apart": 2 * slope,
        "this is half of the slope: the two points lie 2 * epsilon apart": slope / 2,
        "this is the difference of the values: divide by the distance, 2 * epsilon": 2 * epsilon * slope,
        "this is the difference of the values, divided by 2: divide by epsilon too": epsilon * slope,
        "this multiplies by epsilon: write / (2 * epsilon), with the brackets": epsilon**2 * slope,
        "this divides by epsilon twice: divide by 2 * epsilon": [slope / epsilon, 2 * slope / epsilon],
        "only the second value is divided: put brackets around the difference": [
            ahead - behind / (2 * epsilon),
            ahead - behind / 2 * epsilon,
        ],
        "the two values are added: subtract the one behind from the one ahead": [
            (ahead + behind) / (2 * epsilon),
            (ahead + behind) / 2,
        ],
        "the sign is reversed: value ahead minus value behind": -slope,
        "the sign is reversed, and this is twice the slope: (ahead - behind) / (2 * epsilon)": -2 * slope,
        "this is the size of the slope: keep its sign": abs(slope),
        "this is the slope for a direction of length 1: leave the direction as long as it is": slope / length,
        "this is divided by the length of the direction twice: leave it as long as it is": slope / length**2,
    }
    for sentence, wrong in mistakes.items():
        for number in wrong if isinstance(wrong, list) else [wrong]:
            if abs(result - number) < 1e-5 * abs(number) and abs(number - slope) > 1e-3 * abs(slope):
                raise NotYet(sentence)
    raise NotYet(f"the slope is {slope:.6f}, your function gives {result:.6f}")
