"""Moments as tasks: what belongs to which set, one scale for data and predictions, and rows that are consecutive."""

import pytest
import torch

from mlcourse.networks import MLP
from mlcourse.worlds import arm, moments


def test_support_and_query_follow_each_other_and_never_overlap():
    """Commands that count the moments tell which moment went where."""
    commands = (torch.arange(24.0) / 24).view(1, 24, 1).expand(3, 24, 2)
    states = torch.zeros(3, 25, 4)
    task = moments.tasks(states, commands, n_support=16)
    counted = [(24 * x[0, :, -1]).round().int().tolist() for x in (task.x_support, task.x_query)]
    assert counted == [list(range(16)), list(range(16, 24))]


def test_a_label_is_what_the_command_beside_it_did(rng):
    robots = arm.sample_robots(4, rng=rng)
    states, commands = moments.watch(robots, 20, rng=rng)
    x, y, *_ = moments.tasks(states, commands)
    t = 7
    after = arm.move(robots, states[:, t], commands[:, t : t + 1])[:, 0]
    torch.testing.assert_close(y[:, t] * moments.JOLT, (after - states[:, t])[:, 2:])
    torch.testing.assert_close(x[:, t, 2:4] * moments.FAST, states[:, t, 2:])
    torch.testing.assert_close(x[:, t, 0], states[:, t, 1].cos())
    assert torch.equal(x[:, t, 4:], commands[:, t])


def test_data_and_predictions_share_one_scale(rng):
    """A network that gives the very labels is never wrong about speeds, and about angles by its halfway rule only."""
    states, commands = moments.watch(arm.sample_robots(4, rng=rng), 20, rng=rng)
    y = moments.change(states[:, :-1], states[:, 1:])
    said = moments.step(lambda phi, x: y, None, states[:, :-1], commands)
    torch.testing.assert_close(said[..., 2:], states[:, 1:, 2:])
    torch.testing.assert_close(said[..., :2], states[:, 1:, :2], rtol=0, atol=0.03)
    halfway = states[:, :-1, :2] + moments.MOMENT * (states[:, :-1, 2:] + states[:, 1:, 2:]) / 2
    torch.testing.assert_close(said[..., :2], halfway)


def test_a_model_that_says_nothing_moves_on_as_before(rng):
    net, state = MLP(6, 3, 2), torch.tensor([[[0.3, -1.0, 2.0, 1.0]]])
    silent = {name: torch.zeros_like(p) for name, p in net.init(rng).items()}
    expected = torch.tensor([[[0.3 + 0.05 * 2, -1.0 + 0.05, 2.0, 1.0]]])
    torch.testing.assert_close(moments.step(net, silent, state, torch.zeros(1, 1, 2)), expected)


def test_babbling_is_held_bounded_and_different_for_each_robot(rng):
    commands = moments.babble(500, 60, rng=rng)
    assert commands.shape == (500, 60, 2) and commands.abs().max() <= 1
    changes = (commands[:, 1:] != commands[:, :-1]).any(-1).sum(1)
    assert changes.min() < 6 and changes.max() == 59  # held for twelve moments, or for one
    runs = [len(set(row[:, 0].tolist())) for row in commands[:20]]
    assert len(set(runs)) > 5
    assert commands.abs().amax((1, 2)).min() < 0.1  # some babble softly


def test_no_moment_is_left_over_or_missing(rng):
    states, commands = torch.zeros(2, 18, 4), torch.zeros(2, 17, 2)
    assert moments.tasks(states, commands).x_query.shape[1] == 1
    for bad in (dict(n_support=17), dict(n_support=0)):
        with pytest.raises(ValueError, match="moments for the support set and after it"):
            moments.tasks(states, commands, **bad)
    with pytest.raises(ValueError, match="18 states, 18 commands"):
        moments.tasks(states, torch.zeros(2, 18, 2))
