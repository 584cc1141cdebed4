"""The bandit's closed forms against sums over very many actions, and against differences of the mean reward."""

import pytest
import torch

from mlcourse.worlds import bandit


def test_the_mean_reward_is_that_of_many_actions(rng):
    action = 0.7 + 0.5 * torch.randn(400_000, generator=rng)
    rewards = bandit.reward(action, -0.2, c=3.0)
    assert abs(rewards.mean() - bandit.expected(0.7, -0.2, 0.5, c=3.0)) < 4 * rewards.std() / 632
    assert rewards.max() <= 0 and bandit.reward(-0.2, -0.2) == 0


def test_slopes_are_differences_of_the_mean_reward():
    def after_a_step(theta):
        return bandit.expected(theta + 0.1 * bandit.slope(theta, -0.2, c=3.0), -0.2, 0.5, c=3.0)

    h = 1e-4
    difference = (bandit.expected(0.7 + h, -0.2, 0.5, c=3.0) - bandit.expected(0.7 - h, -0.2, 0.5, c=3.0)) / (2 * h)
    assert bandit.slope(0.7, -0.2, c=3.0) == pytest.approx(difference, rel=1e-6)
    difference = (after_a_step(0.7 + h) - after_a_step(0.7 - h)) / (2 * h)
    assert bandit.meta_slope(0.7, -0.2, 0.1, c=3.0) == pytest.approx(difference, rel=1e-6)


def test_from_the_mean_of_the_tasks_a_step_leaves_what_the_formula_says(rng):
    """-(1 - 2 alpha)^2 tau^2 - sigma^2, for mu with a standard deviation of tau around theta."""
    mu = 0.8 * torch.randn(400_000, generator=rng)
    left = bandit.expected(0.1 * bandit.slope(0.0, mu), mu, 0.5).mean().item()
    assert left == pytest.approx(-(0.8**2) * 0.8**2 - 0.25, abs=0.01)
