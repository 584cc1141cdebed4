"""Robots that plan and move: the window that is learned from, what it knows when, and that candidates are shared."""

from functools import partial

import pytest
import torch

from mlcourse.runs import steering
from mlcourse.worlds import arm, moments, two_links
from mlcourse.worlds.moments import WINDOW


@pytest.fixture
def start(rng):
    robots = arm.sample_robots(4, kinds=("whole",), rng=rng)
    return robots, steering.sample_goals(4, rng=rng), *moments.watch(robots, WINDOW, rng=rng)


def physics(robots):
    return lambda states, commands: partial(two_links.move, robots)


def steer(start, learn, **how):
    how = dict(n_moments=5) | how
    return steering.steer(*start, learn, rng=torch.Generator().manual_seed(3), **how)


def test_the_window_holds_the_last_moments_and_nothing_of_the_future(start):
    seen = []

    def learn(states, commands):
        seen.append((states, commands))
        return physics(start[0])(states, commands)

    ride = steer(start, learn)
    all_states, all_commands = torch.cat([start[2], ride.states[:, 1:]], 1), torch.cat([start[3], ride.commands], 1)
    assert len(seen) == 5
    for t, (states, commands) in enumerate(seen):
        assert torch.equal(states, all_states[:, t : t + WINDOW + 1])
        assert torch.equal(commands, all_commands[:, t : t + WINDOW])


def test_once_means_once(start):
    calls = []
    steer(start, lambda *window: calls.append(1) or physics(start[0])(*window), always=False)
    assert len(calls) == 1


def test_the_true_physics_is_never_surprised_until_a_motor_breaks(start):
    broken = start[0].with_gain(0, -1.0)
    ride = steer(start, physics(start[0]), n_moments=8, broken=(5, broken))
    assert ride.surprise[:, :5].max() < 1e-9
    assert ride.surprise[:, 5].max() > 0.01


def test_what_is_reported_is_what_mujoco_did(start):
    robots, goal, *_ = start
    ride = steer(start, physics(robots))
    torch.testing.assert_close(arm.move(robots, ride.states[:, 0], ride.commands), ride.states[:, 1:])
    expected = (two_links.hand(ride.states[:, 1:]) - goal[:, None]).norm(dim=-1)
    torch.testing.assert_close(ride.distance, expected)
    assert torch.equal(ride.states[:, 0], start[2][:, -1])


def test_a_ride_belongs_to_its_seed_and_robots_do_not_see_each_other_s_goals(start):
    ride, again = steer(start, physics(start[0])), steer(start, physics(start[0]))
    assert all(map(torch.equal, ride, again))
    robots, goal, *watched = start
    elsewhere = torch.cat([goal[:1], -goal[1:]])
    other = steer((robots, elsewhere, *watched), physics(robots))
    assert torch.equal(other.commands[0], ride.commands[0]) and not torch.equal(other.commands[1], ride.commands[1])


def test_a_goal_may_change_on_the_way(start):
    robots, goal, *watched = start
    moving = torch.stack([goal, -goal], 1).repeat_interleave(3, 1)
    ride, still = steer((robots, moving, *watched), physics(robots), n_moments=6), steer(start, physics(robots))
    assert torch.equal(ride.commands[:, :3], still.commands[:, :3])
    assert not torch.equal(ride.commands[:, 3:5], still.commands[:, 3:5])


def test_knowing_the_physics_the_hand_arrives(start):
    assert (steer(start, physics(start[0]), n_moments=60).distance[:, -5:] < 0.1).double().mean() > 0.7


def test_goals_are_on_the_table_in_all_directions(rng):
    goals = steering.sample_goals(2000, rng=rng)
    far = goals.norm(dim=1)
    assert far.min() >= 0.3 and far.max() <= 0.9
    assert goals.mean(0).abs().max() < 0.05
