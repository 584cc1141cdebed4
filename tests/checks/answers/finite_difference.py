"""Lesson 10: the slope of a function of theta along a direction, by finite differences."""

import numpy as np
import torch


def difference(function, theta, direction, *, ahead=1e-5, behind=-1e-5, divide_by=2e-5, towards=None):
    def value(distance):
        moved = {name: p + distance * (towards or direction)[name] for name, p in theta.items()}
        return function(moved).item()

    return (value(ahead) - value(behind)) / divide_by


def changed(**how):
    return lambda *given: difference(*given, **how)


def in_place(function, theta, direction):
    for name, p in theta.items():
        p += 1e-5 * direction[name]
    ahead = function(theta)
    for name, p in theta.items():
        p -= 2e-5 * direction[name]
    return (ahead - function(theta)) / 2e-5


def moved_and_put_back(function, theta, direction):
    """Right, if not pretty: theta is moved in place, and has its values again in the end."""
    start, values = {name: p.clone() for name, p in theta.items()}, []
    for side in (1, -1):
        for name, p in theta.items():
            p.copy_(start[name] + side * 1e-5 * direction[name])
        values.append(function(theta).item())
    for name, p in theta.items():
        p.copy_(start[name])
    return (values[0] - values[1]) / 2e-5


def of_fourth_order(function, theta, direction, h=1e-4):
    """Four points, whose error is smaller still."""
    value = {k: function({n: theta[n] + k * h * direction[n] for n in theta}) for k in (-2, -1, 1, 2)}
    return (8 * (value[1] - value[-1]) - (value[2] - value[-2])) / (12 * h)


def by_values(function, theta, direction, combine):
    up, down = (function({n: theta[n] + side * direction[n] for n in theta}) for side in (1e-5, -1e-5))
    return combine(up, down)


def looking_behind_in_vain(function, theta, direction):
    difference(function, theta, direction)
    return difference(function, theta, direction, behind=0.0, divide_by=1e-5)


def along(scale):
    """Along a direction that is scaled by a function of it; the slope is left as it comes out."""

    def answer(function, theta, direction):
        factor = scale(sum(d.square().sum() for d in direction.values()).sqrt())
        return difference(function, theta, direction, towards={name: factor * d for name, d in direction.items()})

    return answer


def by_autograd(function, theta, direction):
    start = {name: p.clone().requires_grad_() for name, p in theta.items()}
    grads = torch.autograd.grad(function(start), list(start.values()), allow_unused=True)
    return sum((g * d).sum() for g, d in zip(grads, direction.values(), strict=True))


def normalised_in_place(function, theta, direction):
    for d in direction.values():
        d /= d.norm()
    return difference(function, theta, direction)


RIGHT = {
    "by a nested function": difference,
    "moved and put back": moved_and_put_back,
    "in an array of numpy": lambda *given: np.array(difference(*given)),
    "in a float64 of numpy": lambda *given: np.float64(difference(*given)),
    "in a float32 of numpy": lambda *given: np.float32(difference(*given)),
    "in a tensor": lambda *given: torch.tensor(difference(*given), dtype=torch.float64),
    "in a list": lambda *given: [difference(*given)],
    "of fourth order": of_fourth_order,
    "at another epsilon": changed(ahead=1e-4, behind=-1e-4, divide_by=2e-4),
    "behind first": lambda *given: -difference(*given, ahead=-1e-5, behind=1e-5),
}
WRONG = [
    ("not attempted", lambda *given: None),
    ("theta has changed: make a new dict for each side", in_place),
    ("direction has changed|not on the line", normalised_in_place),
    ("multiplies by epsilon", changed(divide_by=2 / 1e-5)),
    ("to one side only", changed(behind=0.0, divide_by=1e-5)),
    ("to one side only", changed(ahead=0.0, divide_by=1e-5)),
    ("the two sides differ", changed(behind=-2e-5, divide_by=3e-5)),
    ("is too far", changed(ahead=0.1, behind=-0.1, divide_by=0.2)),
    ("is too near", changed(ahead=1e-14, behind=-1e-14, divide_by=2e-14)),
    ("twice the slope", changed(divide_by=1e-5)),
    ("half of the slope", changed(divide_by=4e-5)),
    ("divide by the distance", changed(divide_by=1.0)),
    ("divide by epsilon too", changed(divide_by=2.0)),
    ("sign is reversed", changed(divide_by=-2e-5)),
    ("divides by epsilon twice", changed(divide_by=1e-10)),
    ("put brackets around the difference", lambda *given: by_values(*given, lambda up, down: up - down / 2e-5)),
    ("the two values are added", lambda *given: by_values(*given, lambda up, down: (up + down) / 2e-5)),
    (r"the slope is (.*), your function gives (?!\1)", looking_behind_in_vain),
    ("sign is reversed, and this is twice", changed(divide_by=-1e-5)),
    ("a direction of length 1", along(lambda length: 1 / length)),
    ("length of the direction twice", along(lambda length: 1 / length**2)),
    ("your function gives", along(lambda length: 1.5)),
    ("not on the line", lambda function, theta, direction: difference(
        function, theta, direction, towards={name: torch.ones_like(d) for name, d in direction.items()})),
    ("not on the line", lambda function, theta, direction: difference(
        function, theta, direction, towards={name: d * torch.nan for name, d in direction.items()})),
    ("of another kind or shape", lambda function, theta, direction: function(
        {name: p.flatten() for name, p in theta.items()})),
    ("of another kind or shape", lambda function, theta, direction: function(
        {name: p.numpy() for name, p in theta.items()})),
    ("asked at theta only", changed(ahead=0.0, behind=0.0, divide_by=1.0)),
    ("asked at theta only|stopped with", by_autograd),
    ("never called", lambda *given: 1.0),
    ("a tensor is expected, your function returns a dict", lambda function, theta, direction: theta),
    ("one number is expected", lambda function, theta, direction: [difference(function, theta, direction)] * 2),
    ("hand it one", lambda function, theta, direction: function(list(theta.values()))),
    ("hand it one", lambda function, theta, direction: function({"bias": theta["bias"]})),
    ("complex numbers", lambda *given: complex(difference(*given))),
    ("the slope is", lambda *given: difference(*given) + 1),
    ("the slope is .* your function gives nan", lambda *given: difference(*given) * float("nan")),
    ("stopped with TypeError", lambda function, theta: 0.0),
]  # fmt: skip
