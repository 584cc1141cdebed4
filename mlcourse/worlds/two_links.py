"""An arm of two links on a table, as formulas: where its joints are, and how it moves.

The angles q = (shoulder, elbow), their speeds v, and commands u in -1 to 1 obey the manipulator equation

    M(q) dv/dt + c(q, v) + friction * v = gain * TORQUE * u

with the inertia M and the forces c of a body that turns (see any textbook of robotics). It is solved as MuJoCo does,
in steps of DT with the friction taken at the end of the step (semi-implicit Euler), so that `move` here and `move` in
worlds/arm.py differ by rounding only: one knows the physics, the other finds out.
"""

from math import isfinite
from typing import NamedTuple

import torch
from torch import Tensor

LINK, MASS = 0.5, 1.0  # of each link: metres, kilograms
INERTIA = MASS * LINK**2 / 12  # of a thin rod about its middle
TORQUE = 4.0  # newton metres, of a whole motor at full command
DT, HOLD = 0.01, 5  # seconds of a step; steps that a command is held, which make one moment
MOMENT = DT * HOLD  # seconds


class Robots(NamedTuple):
    """A batch of arms, and what differs between them.

    load:     (n,) kilograms in the hand
    friction: (n, 2) of shoulder and elbow, in newton metres for one radian a second
    gain:     (n, 2) how a motor obeys: 1 whole, 0.3 weak, 0 dead, -1 reversed
    """

    load: Tensor
    friction: Tensor
    gain: Tensor

    def select(self, robots) -> "Robots":
        """The robots with these positions: a slice, or a list."""
        return Robots(*(part[robots] for part in self))

    def with_gain(self, joint: int, gain: float) -> "Robots":
        """The same robots, but that the motor of this joint, 0 or 1, obeys so."""
        new = self.gain.clone()
        new[:, joint] = gain
        return self._replace(gain=new)


def check_robots(robots: Robots) -> None:
    """Raise ValueError unless these are arms that can be built."""
    n = len(robots.load)
    shapes = [tuple(part.shape) for part in robots]
    if shapes != [(n,), (n, 2), (n, 2)] or n == 0:
        raise ValueError(f"robots need load (n,), friction (n, 2) and gain (n, 2), n of at least 1: got {shapes}")
    for name, part in robots._asdict().items():
        if not part.isfinite().all():
            raise ValueError(f"a robot needs finite numbers: got {name} = {_first(part, ~part.isfinite())}")
    for name, part in ("load", robots.load), ("friction", robots.friction):
        if (part < 0).any():
            raise ValueError(f"a robot has no negative {name}: got {_first(part, part < 0)}")


def check_motion(state: Tensor, command: Tensor) -> None:
    """Raise ValueError for states (..., 4) that are not finite, and commands (..., 2) outside of -1 to 1."""
    if state.shape[-1] != 4 or command.shape[-1] != 2:
        got = f"got {tuple(state.shape)} and {tuple(command.shape)}"
        raise ValueError(f"a state is two angles and two speeds, (..., 4), a command two numbers, (..., 2): {got}")
    if not state.isfinite().all():
        raise ValueError(f"a state needs finite numbers: got {_first(state, ~state.isfinite())}")
    if not (command.abs() <= 1).all():  # nan too
        wrong = _first(command, ~(command.abs() <= 1))
        raise ValueError(f"a command lies between -1 and 1: got {wrong}; clamp it before it is scored and executed")


def _first(values: Tensor, which: Tensor) -> float:
    value = values[which][0].item()
    return round(value, 4) if isfinite(value) else value


def points(state: Tensor) -> Tensor:
    """Where shoulder, elbow and hand are, (..., 3, 2) in metres, for states (..., 4)."""
    first, second = state[..., 0], state[..., 0] + state[..., 1]
    elbow = LINK * torch.stack([first.cos(), first.sin()], -1)
    return torch.stack(
        [torch.zeros_like(elbow), elbow, elbow + LINK * torch.stack([second.cos(), second.sin()], -1)], -2
    )


def hand(state: Tensor) -> Tensor:
    """Where the hand is, (..., 2) in metres."""
    return points(state)[..., 2, :]


def inertia(load: Tensor, elbow: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """M(q): its entries (shoulder, shoulder), (shoulder, elbow) and (elbow, elbow), for an angle of the elbow."""
    second = INERTIA + (MASS / 4 + load) * LINK**2  # of the second link and the load, about the elbow
    carried = INERTIA + (MASS / 4 + MASS + load) * LINK**2  # what the shoulder turns besides: link, elbow's burden
    turned = (MASS / 2 + load) * LINK**2 * elbow.cos()
    return carried + second + 2 * turned, second + turned, second


def move(robots: Robots, state: Tensor, command: Tensor) -> Tensor:
    """The state one moment later, (n, m, 4), if each of n robots is given m commands in m states: the true physics.

    state: (n, m, 4) angles in radians, speeds in radians a second    command: (n, m, 2), held for the moment
    """
    load = robots.load[:, None]
    rub = [DT * robots.friction[:, None, j] for j in range(2)]
    push = [TORQUE * robots.gain[:, None, j] * command[..., j] for j in range(2)]
    q1, q2, v1, v2 = state.unbind(-1)
    for _ in range(HOLD):
        swing = (MASS / 2 + load) * LINK**2 * q2.sin()
        m11, m12, m22 = inertia(load, q2)
        b1 = push[0] + swing * v2 * (2 * v1 + v2) - robots.friction[:, None, 0] * v1
        b2 = push[1] - swing * v1.square() - robots.friction[:, None, 1] * v2
        m11, m22 = m11 + rub[0], m22 + rub[1]
        size = m11 * m22 - m12.square()
        v1, v2 = v1 + DT * (m22 * b1 - m12 * b2) / size, v2 + DT * (m11 * b2 - m12 * b1) / size
        q1, q2 = q1 + DT * v1, q2 + DT * v2
    return torch.stack([q1, q2, v1, v2], -1)
