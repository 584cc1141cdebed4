"""Arms of two joints in MuJoCo, no two alike: load, friction and motors differ, and a motor may be broken.

MuJoCo (Todorov, Erez, Tassa 2012, "MuJoCo: A physics engine for model-based control") moves them, all robots and all
trajectories in one call, on the CPU and without a display. Every robot is built from the description below, so nothing
is left of the one before it.
"""

from math import pi

import mujoco
import numpy as np
import torch
from mujoco import rollout
from torch import Tensor

from .two_links import DT, HOLD, INERTIA, LINK, MASS, TORQUE, Robots, check_motion, check_robots

LOADS, FRICTIONS, WEAK = (0.1, 2.0), (0.5, 2.0), (0.2, 0.6)
KINDS = ("whole", "weak", "dead", "reversed")
FASTEST = 100.0  # radians a second; nothing that TORQUE can do comes near
XML = """
<mujoco>
  <option timestep="{dt}" gravity="0 0 0"><flag autoreset="disable"/></option>
  <worldbody>
    <body>
      <joint name="shoulder" type="hinge" axis="0 0 1" damping="{friction[0]}"/>
      <inertial pos="{middle} 0 0" mass="{mass}" diaginertia="{inertia} {inertia} {inertia}"/>
      <body pos="{link} 0 0">
        <joint name="elbow" type="hinge" axis="0 0 1" damping="{friction[1]}"/>
        <inertial pos="{middle} 0 0" mass="{mass}" diaginertia="{inertia} {inertia} {inertia}"/>
        <body pos="{link} 0 0">
          <inertial pos="0 0 0" mass="{load}" diaginertia="1e-14 1e-14 1e-14"/>
        </body>
      </body>
    </body>
  </worldbody>
  <actuator>
    <motor joint="shoulder" gear="{torque[0]}"/>
    <motor joint="elbow" gear="{torque[1]}"/>
  </actuator>
</mujoco>
"""


def sample_robots(n: int, *, kinds=KINDS, rng: torch.Generator) -> Robots:
    """Draw n robots: a load, two frictions, and one of the two motors of one of these kinds; the other is whole."""
    if n < 1 or not kinds or not set(kinds) <= set(KINDS):
        raise ValueError(f"need one robot or more, and kinds among {KINDS}: got n = {n}, kinds = {kinds}")
    gains = torch.stack([torch.ones(n), _uniform(WEAK, n, rng), torch.zeros(n), -torch.ones(n)])
    kind = torch.tensor([KINDS.index(kind) for kind in kinds])[torch.randint(len(kinds), (n,), generator=rng)]
    gain, robots = torch.ones(n, 2), torch.arange(n)
    gain[robots, torch.randint(2, (n,), generator=rng)] = gains[kind, robots]
    return Robots(_uniform(LOADS, n, rng), _uniform(FRICTIONS, (n, 2), rng), gain)


def sample_states(n: int, *, rng: torch.Generator) -> Tensor:
    """Draw states to start from, (n, 4): any angles, speeds up to 1 radian a second."""
    return torch.cat([_uniform((-pi, pi), (n, 2), rng), _uniform((-1, 1), (n, 2), rng)], 1)


def models(robots: Robots) -> list[mujoco.MjModel]:
    """A robot of MuJoCo for each of a batch. Raises ValueError for numbers that no robot has."""
    check_robots(robots)
    fixed = dict(dt=DT, link=LINK, middle=LINK / 2, mass=MASS, inertia=INERTIA)
    described = zip(robots.load.tolist(), robots.friction.tolist(), (TORQUE * robots.gain).tolist(), strict=True)
    return [
        mujoco.MjModel.from_xml_string(XML.format(load=max(load, 1e-9), friction=friction, torque=torque, **fixed))
        for load, friction, torque in described
    ]


def move(robots: Robots, state: Tensor, commands: Tensor) -> Tensor:
    """Let each robot obey a row of commands; the state after each of them, (n, n_moments, 4).

    state:    (n, 4), angles in radians and speeds in radians a second
    commands: (n, n_moments, 2), from -1 to 1
    Raises ValueError for bad input, and FloatingPointError where a simulation runs away.
    """
    check_motion(state, commands)
    if not (len(state) == len(commands) == len(robots.load)):
        got = f"{len(robots.load)}, {len(state)} and {len(commands)}"
        raise ValueError(f"each robot needs one state and one row of commands: got {got} of them")
    built = models(robots)
    start = np.concatenate([np.zeros((len(state), 1)), state.detach().double().numpy()], 1)  # the first number is time
    held = commands.detach().double().repeat_interleave(HOLD, 1).numpy()
    mujoco.set_mju_user_warning(lambda said: None)  # it would leave a file behind, and below stands an error
    try:
        states, _ = rollout.rollout(built, mujoco.MjData(built[0]), start, held)
    finally:
        mujoco.set_mju_user_warning(None)
    after = torch.from_numpy(states[:, HOLD - 1 :: HOLD, 1:]).to(state.dtype)
    if not (after[..., 2:].abs() < FASTEST).all():
        lost = (~(after[..., 2:].abs() < FASTEST)).flatten(1).any(1).nonzero()[0].item()
        raise FloatingPointError(
            f"the simulation of robot {lost} runs away, faster than {FASTEST:g} radians a second: "
            f"look at its gain, {robots.gain[lost].tolist()}, and at the speed that it started with"
        )
    return after


def _uniform(bounds, shape, rng):
    low, high = bounds
    return low + (high - low) * torch.rand(shape, generator=rng)
