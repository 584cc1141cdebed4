"""The arm in MuJoCo against the manipulator equation in closed form, and against a plain loop over robots."""

import os
import subprocess
import sys

import mujoco
import numpy as np
import pytest
import torch

from mlcourse.files import ROOT
from mlcourse.worlds import arm, two_links
from mlcourse.worlds.two_links import HOLD, TORQUE


@pytest.fixture
def robots(rng):
    return arm.sample_robots(30, rng=rng)


def commands(n, n_moments, rng):
    return 2 * torch.rand(n, n_moments, 2, generator=rng) - 1


def test_mujoco_solves_the_manipulator_equation(robots, rng):
    """M(q) dv/dt + c(q, v) + friction v = torque, each part of it by hand."""
    states, u = arm.sample_states(30, rng=rng), commands(30, 1, rng)[:, 0]
    for i, model in enumerate(arm.models(robots)):
        data = mujoco.MjData(model)
        data.qpos[:], data.qvel[:], data.ctrl[:] = states[i, :2], states[i, 2:], u[i]
        mujoco.mj_forward(model, data)
        (m11, m12, m22), (v1, v2) = two_links.inertia(robots.load[i], states[i, 1]), states[i, 2:]
        swing = (1.0 / 2 + robots.load[i]) * 0.25 * states[i, 1].sin()
        bent = torch.stack([-swing * v2 * (2 * v1 + v2), swing * v1**2])
        torque = TORQUE * robots.gain[i] * u[i] - robots.friction[i] * states[i, 2:]
        M, acceleration = torch.stack([m11, m12, m12, m22]).view(2, 2), torch.from_numpy(data.qacc.copy())
        torch.testing.assert_close(M @ acceleration + bent, torque, rtol=1e-9, atol=1e-9)
        full = np.zeros((2, 2))
        mujoco.mj_fullM(model, data, full)
        torch.testing.assert_close(torch.from_numpy(full), M, rtol=1e-9, atol=1e-9)
        torch.testing.assert_close(torch.from_numpy(data.qfrc_bias.copy()), bent, rtol=1e-9, atol=1e-9)


def test_a_moment_in_mujoco_is_a_moment_of_the_formulas(robots, rng):
    state, u = arm.sample_states(30, rng=rng), commands(30, 40, rng)
    moved = arm.move(robots, state, u)
    before = torch.cat([state[:, None], moved[:, :-1]], 1)
    torch.testing.assert_close(two_links.move(robots, before, u), moved, rtol=0, atol=1e-9)


def test_all_robots_at_once_are_the_same_as_one_after_the_other(robots, rng):
    few, u = robots.select(slice(4)), commands(4, 6, rng)
    state = arm.sample_states(4, rng=rng)
    moved = arm.move(few, state, u)
    for i, model in enumerate(arm.models(few)):
        data = mujoco.MjData(model)
        data.qpos[:], data.qvel[:] = state[i, :2], state[i, 2:]
        for t in range(6):
            data.ctrl[:] = u[i, t]
            for _ in range(HOLD):
                mujoco.mj_step(model, data)
            assert np.array_equal(np.concatenate([data.qpos, data.qvel]), moved[i, t].numpy())


def test_nothing_is_left_of_the_robots_before(robots, rng):
    """Loads do not add up from one use to the next, and a row of moments may be cut in two."""
    state, u = arm.sample_states(30, rng=rng), commands(30, 10, rng)
    whole = arm.move(robots, state, u)
    first = arm.move(robots, state, u[:, :4])
    torch.testing.assert_close(torch.cat([first, arm.move(robots, first[:, -1], u[:, 4:])], 1), whole)
    assert torch.equal(arm.move(robots, state, u), whole)
    assert [model.body_mass[-1] for model in arm.models(robots)] == pytest.approx(robots.load.tolist())


def test_robots_are_as_described_and_belong_to_their_seed():
    drawn, again, other = (arm.sample_robots(4000, rng=torch.Generator().manual_seed(seed)) for seed in (0, 0, 1))
    assert all(map(torch.equal, drawn, again)) and not torch.equal(drawn.load, other.load)
    for part, (low, high) in (drawn.load, arm.LOADS), (drawn.friction, arm.FRICTIONS):
        assert low <= part.min() < low + 0.01 * high < 0.99 * high < part.max() <= high
    broken = drawn.gain != 1
    assert broken.sum(1).max() == 1  # one motor at most
    assert broken.any(1).double().mean().item() == pytest.approx(3 / 4, abs=0.03)
    assert broken[:, 0].double().mean().item() == pytest.approx(3 / 8, abs=0.03)
    for kind, gains in ("dead", {0.0}), ("reversed", {-1.0, 1.0}), ("whole", {1.0}):
        assert set(
            arm.sample_robots(50, kinds=(kind,), rng=torch.Generator().manual_seed(2)).gain.unique().tolist()
        ) in (
            gains,
            gains | {1.0},
        )
    weak = arm.sample_robots(500, kinds=("weak",), rng=torch.Generator().manual_seed(2)).gain.amin(1)
    assert arm.WEAK[0] <= weak.min() and weak.max() <= arm.WEAK[1]


def test_bad_input_is_refused_with_a_sentence(robots, rng):
    state, u = arm.sample_states(30, rng=rng), commands(30, 3, rng)
    nan = torch.full_like(state, float("nan"))
    for call, words in (
        (lambda: arm.move(robots, state, 1.5 * torch.ones(30, 3, 2)), "between -1 and 1: got 1.5; clamp"),
        (lambda: arm.move(robots, state, u.fill_(float("nan"))), "between -1 and 1: got nan"),
        (lambda: arm.move(robots, nan, torch.zeros(30, 3, 2)), "a state needs finite numbers: got nan"),
        (lambda: arm.move(robots, state[:4], torch.zeros(30, 3, 2)), "one row of commands: got 30, 4 and 30"),
        (lambda: arm.move(robots, state[:, :2], torch.zeros(30, 3, 2)), r"\(..., 4\), a command two numbers"),
        (lambda: arm.move(robots._replace(load=nan[:, 0]), state, torch.zeros(30, 3, 2)), "got load = nan"),
        (lambda: arm.sample_robots(0, rng=rng), "one robot or more"),
        (lambda: arm.sample_robots(3, kinds=("lame",), rng=rng), "kinds among"),
    ):
        with pytest.raises(ValueError, match=words):
            call()


def test_a_simulation_that_runs_away_is_not_hidden(robots, tmp_path, monkeypatch):
    """MuJoCo would put such a robot back to its start, and write a file where one happens to be."""
    monkeypatch.chdir(tmp_path)
    mad = robots.select([0]).with_gain(0, 1e9)
    with pytest.raises(FloatingPointError, match="robot 0 runs away"):
        arm.move(mad, torch.zeros(1, 4), torch.ones(1, 20, 2))
    assert not list(tmp_path.iterdir())


def test_only_this_world_needs_mujoco_and_it_needs_no_display():
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "MUJOCO_GL")}
    code = (
        "import sys, mlcourse.__main__, mlcourse.plots, mlcourse.checks, mlcourse.museum.libraries;"
        "assert 'mujoco' not in sys.modules;"
        "import torch; from mlcourse.worlds import arm; rng = torch.Generator();"
        "print(arm.move(arm.sample_robots(2, rng=rng), torch.zeros(2, 4), torch.ones(2, 3, 2)).isfinite().all())"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "tensor(True)", done.stderr
