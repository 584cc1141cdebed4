"""A policy's densities against torch's, its actions against its weights; tasks may share these or have their own."""

import pytest
import torch

from mlcourse.networks import MLP, stack
from mlcourse.networks.policy import GaussianPolicy


@pytest.fixture
def policy():
    return GaussianPolicy(MLP(2, 5, 3))


def test_log_probabilities_add_over_the_numbers_of_an_action(policy, rng):
    theta = policy.init(rng, std=0.5)
    theta["log_std"] = torch.tensor([-1.0, 0.0, 0.5])
    state, action = torch.randn(2, 4, 2, generator=rng), torch.randn(2, 4, 3, generator=rng)
    normal = torch.distributions.Normal(policy.mean(theta, state), theta["log_std"].exp())
    assert torch.allclose(policy.log_prob(theta, state, action), normal.log_prob(action).sum(-1))


def test_actions_have_the_mean_and_the_spread_that_the_weights_say(policy, rng):
    theta = policy.init(rng, std=0.5)
    theta["log_std"] = torch.tensor([-1.0, 0.0, 0.5])
    state = torch.ones(1, 1, 2).expand(1, 40_000, 2)
    actions = policy.act(theta, state, rng=rng)[0]
    assert torch.allclose(actions.std(0), theta["log_std"].exp(), rtol=0.03)
    assert torch.allclose(actions.mean(0), policy.mean(theta, state)[0, 0], atol=0.03)


def test_each_task_may_have_its_own_weights(policy, rng):
    theta = policy.init(rng, std=0.5)
    own = {name: p + 0.1 * torch.randn(3, *p.shape, generator=rng) for name, p in theta.items()}
    state, action = torch.randn(3, 4, 2, generator=rng), torch.randn(3, 4, 3, generator=rng)
    together = policy.log_prob(own, state, action)
    for t in range(3):
        alone = policy.log_prob({name: p[t] for name, p in own.items()}, state[t : t + 1], action[t : t + 1])
        assert torch.allclose(alone[0], together[t])
    assert torch.allclose(policy.log_prob(stack(theta, 3), state, action), policy.log_prob(theta, state, action))


def test_it_begins_near_zero_and_tries_as_widely_as_it_was_told(policy, rng):
    theta = policy.init(rng, std=0.3)
    assert policy.mean(theta, torch.randn(1, 50, 2, generator=rng)).abs().max() < 0.2
    assert torch.allclose(theta["log_std"].exp(), torch.full((3,), 0.3))
