"""The arm as formulas: its energy, its mass matrix from points, and the angle that a table does not care about."""

import pytest
import torch

from mlcourse.worlds import arm, two_links
from mlcourse.worlds.two_links import LINK, MASS, Robots


def test_the_inertia_is_that_of_many_small_masses(rng):
    """v' M v / 2 is the kinetic energy, and that of two rods cut into points needs no formula."""
    q, v = torch.randn(2, 5, 2, generator=rng)
    load, n = torch.rand(5, generator=rng), 2000
    along = (torch.arange(n) + 0.5) / n * LINK

    def speeds_of(inner, outer):  # of a point `inner` along the first link, then `outer` along the second
        first, both = v[:, :1], v.sum(1, keepdim=True)
        x = -inner * first * q[:, :1].sin() - outer * both * q.sum(1, keepdim=True).sin()
        y = inner * first * q[:, :1].cos() + outer * both * q.sum(1, keepdim=True).cos()
        return x.square() + y.square()

    energy = MASS / 2 * (speeds_of(along, 0.0).mean(1) + speeds_of(LINK, along).mean(1))
    energy += load / 2 * speeds_of(LINK, LINK).squeeze(1)
    m11, m12, m22 = two_links.inertia(load, q[:, 1])
    formula = (m11 * v[:, 0] ** 2 + 2 * m12 * v[:, 0] * v[:, 1] + m22 * v[:, 1] ** 2) / 2
    torch.testing.assert_close(formula, energy, rtol=1e-6, atol=0)


def test_friction_alone_takes_energy_away_and_without_it_all_stays(rng):
    robots, state = arm.sample_robots(20, rng=rng), arm.sample_states(20, rng=rng)
    rest = torch.zeros(20, 1, 2)

    def energy(state):
        m11, m12, m22 = two_links.inertia(robots.load[:, None], state[..., 1])
        v1, v2 = state[..., 2:].unbind(-1)
        return (m11 * v1**2 + 2 * m12 * v1 * v2 + m22 * v2**2) / 2

    before = energy(state[:, None])
    assert (energy(two_links.move(robots, state[:, None], rest)) < before).all()
    free = two_links.move(robots._replace(friction=torch.zeros(20, 2)), state[:, None], rest)
    torch.testing.assert_close(energy(free), before, rtol=0.05, atol=1e-3)  # steps of 0.01 s are not exact


def test_on_a_table_the_shoulder_s_angle_changes_nothing(rng):
    robots, state = arm.sample_robots(5, rng=rng), arm.sample_states(5, rng=rng)[:, None]
    command, turn = 2 * torch.rand(5, 1, 2, generator=rng) - 1, torch.tensor([1.3, 0, 0, 0])
    torch.testing.assert_close(
        two_links.move(robots, state + turn, command), two_links.move(robots, state, command) + turn
    )


def test_a_reversed_motor_with_the_opposite_command_is_a_whole_one(rng):
    whole, state = arm.sample_robots(5, kinds=("whole",), rng=rng), arm.sample_states(5, rng=rng)[:, None]
    command = 2 * torch.rand(5, 1, 2, generator=rng) - 1
    reversed_, opposite = whole.with_gain(0, -1.0), command * torch.tensor([-1.0, 1.0])
    assert torch.equal(two_links.move(reversed_, state, opposite), two_links.move(whole, state, command))
    assert (whole.gain == 1).all()  # and the robots that were given are as they were


def test_the_hand_is_where_the_links_end():
    state = torch.tensor([[0.0, 0.0, 9.0, 9.0], [torch.pi / 2, 0.0, 0.0, 0.0], [0.0, torch.pi / 2, 0.0, 0.0]])
    expected = torch.tensor([[2 * LINK, 0.0], [0.0, 2 * LINK], [LINK, LINK]])
    torch.testing.assert_close(two_links.hand(state), expected, rtol=0, atol=1e-12)
    torch.testing.assert_close(two_links.points(state)[2, 1], torch.tensor([LINK, 0.0]))


def test_what_is_no_robot_is_refused(rng):
    good = arm.sample_robots(2, rng=rng)
    for bad, words in (
        (good._replace(load=torch.tensor([1.0, float("nan")])), "finite numbers: got load = nan"),
        (good._replace(load=torch.tensor([1.0, -0.5])), "no negative load: got -0.5"),
        (good._replace(friction=-good.friction), "no negative friction"),
        (Robots(good.load, good.friction[0], good.gain), r"load \(n,\), friction \(n, 2\)"),
        (Robots(*(part[:0] for part in good)), "n of at least 1"),
    ):
        with pytest.raises(ValueError, match=words):
            two_links.check_robots(bad)
