"""The plane moves points by at most a tenth, pays minus the distance, and its two yardsticks are what walks earn."""

import math

import pytest
import torch

from mlcourse.worlds import navigation


def walk(world, n, horizon, choose):
    state, total = world.reset(n), 0
    for _ in range(horizon):
        state, reward = world.step(state, choose(state))
        total = total + reward
    return state, total


def test_a_walk_by_hand():
    world = navigation.Plane(torch.tensor([[0.3, 0.4], [0.0, -0.1]]))
    state, reward = world.step(world.reset(1), torch.tensor([[[5.0, 1.0]], [[0.0, -1.0]]]))
    assert torch.allclose(state, torch.tensor([[[0.1, 0.1]], [[0.0, -0.1]]]))
    assert torch.allclose(reward, torch.tensor([[-(0.13**0.5)], [0.0]]))


def test_tasks_and_points_do_not_see_each_other(rng):
    world = navigation.sample_goals(3, rng=rng)
    state, action = torch.randn(3, 4, 2, generator=rng), torch.randn(3, 4, 2, generator=rng)
    moved, rewards = world.step(state, action)
    for t in range(3):
        for i in range(4):
            alone = navigation.Plane(world.goals[t : t + 1])
            one, reward = alone.step(state[t : t + 1, i : i + 1], action[t : t + 1, i : i + 1])
            assert torch.equal(one[0, 0], moved[t, i]) and torch.equal(reward[0, 0], rewards[t, i])


def test_what_standing_still_earns(rng):
    world = navigation.sample_goals(20_000, rng=rng)
    _, total = walk(world, 1, 10, torch.zeros_like)
    assert torch.allclose(total.squeeze(1), navigation.stand_still(world, 10))
    assert total.mean().item() == pytest.approx(-10 * (math.sqrt(2) + math.asinh(1)) / 6, abs=0.03)


def test_what_a_perfect_walk_earns(rng):
    world = navigation.sample_goals(2000, told=True, rng=rng)
    _, total = walk(world, 1, 20, lambda state: (state[..., 2:] - state[..., :2]) / navigation.LONGEST)
    assert torch.allclose(total.squeeze(1), navigation.walk_straight(world, 20))
    assert (navigation.walk_straight(world, 20) > navigation.stand_still(world, 20)).all()


def test_goals_fill_the_square_and_a_seed_gives_the_same_ones():
    first, again, other = (navigation.sample_goals(500, rng=torch.Generator().manual_seed(s)).goals for s in (1, 1, 2))
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert first.min() < -0.49 and 0.49 < first.max() <= 0.5


def test_only_an_oracle_is_told_the_goal(rng):
    world = navigation.sample_goals(2, rng=rng)
    assert world.reset(3).shape == (2, 3, 2)
    assert torch.equal(world._replace(told=True).reset(3)[..., 2:], world.goals.unsqueeze(1).expand(2, 3, 2))


def test_what_is_no_action_is_refused():
    world = navigation.Plane(torch.zeros(1, 2))
    with pytest.raises(ValueError, match="1 of these are not"):
        world.step(world.reset(1), torch.tensor([[[0.0, math.nan]]]))
    with pytest.raises(ValueError, match="at least one task"):
        navigation.sample_goals(0, rng=torch.Generator())
