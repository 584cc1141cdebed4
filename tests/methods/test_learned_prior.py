"""A prior learned from tasks, against ridge regression, the formula for one normal number, and a known prior."""

import pytest
import torch

from mlcourse.methods import learned_prior, posterior


def draw(rng, n_tasks=3, n=6, n_query=4, n_features=2, n_out=1):
    x, query = (torch.randn(n_tasks, k, n_features, generator=rng) for k in (n, n_query))
    return x, torch.randn(n_tasks, n, n_out, generator=rng), query


def test_with_a_round_prior_at_zero_it_is_ridge_regression(rng):
    x, y, query = draw(rng)
    prior = learned_prior.Prior(torch.zeros(2), torch.eye(2))
    found = learned_prior.predict(prior, x, y, query, noise=0.7)
    torch.testing.assert_close(found, posterior.ridge(x, y, query, noise=0.7))


def test_one_unknown_number_is_weighed_by_the_two_variances():
    y = torch.tensor([[[3.0], [5.0], [4.0]]])
    prior = learned_prior.Prior(torch.tensor([1.0]), torch.tensor([[4.0]]))
    ones = torch.ones(1, 3, 1)
    trust = 3 / (3 + 0.5**2 / 4)
    found = learned_prior.predict(prior, ones, y, torch.ones(1, 1, 1), noise=0.5)
    torch.testing.assert_close(found, torch.full((1, 1, 1), 1 + trust * (4.0 - 1)))


def test_a_direction_in_which_tasks_do_not_differ_is_never_left(rng):
    x, y, query = draw(rng)
    prior = learned_prior.Prior(torch.tensor([2.0, -1.0]), torch.diag(torch.tensor([1.0, 0.0])))
    found = learned_prior.predict(prior, x, y, query, noise=0.1)
    (slope,) = torch.autograd.functional.jacobian(
        lambda q: learned_prior.predict(prior, x, y, q, noise=0.1).sum(), (query,)
    )
    torch.testing.assert_close(slope[..., 1], torch.full_like(slope[..., 1], -1.0))
    assert found.shape == (3, 4, 1)


def test_outputs_that_differ_together_teach_each_other(rng):
    x, _, query = draw(rng, n_features=1)
    w = torch.randn(3, 1, 1, generator=rng)
    y = torch.cat([x * w, torch.zeros_like(x)], -1)  # the second output is unlike the first
    apart = learned_prior.Prior(torch.zeros(2), torch.eye(2))
    together = learned_prior.Prior(torch.zeros(2), torch.ones(2, 2))
    assert learned_prior.predict(apart, x, y, query, noise=0.1)[..., 1].abs().max() < 1e-8
    assert learned_prior.predict(together, x, y, query, noise=0.1)[..., 1].abs().max() > 0.01


def test_the_prior_of_many_tasks_is_found(rng):
    mean, factor = torch.tensor([1.0, -2.0]), torch.tensor([[1.0, 0.0], [0.8, 0.3]])
    w = mean + torch.randn(4000, 2, generator=rng) @ factor.T
    x = torch.randn(4000, 30, 2, generator=rng)
    prior = learned_prior.fit(x, x @ w.unsqueeze(-1), strength=1e-6)
    torch.testing.assert_close(prior.mean, mean, atol=0.06, rtol=0)
    torch.testing.assert_close(prior.covariance, factor @ factor.T, atol=0.08, rtol=0)


def test_the_order_of_the_support_points_changes_nothing(rng):
    x, y, query = draw(rng, n_out=2)
    prior = learned_prior.Prior(torch.zeros(4), torch.eye(4) + 0.5)
    order = torch.randperm(6, generator=rng)
    found = learned_prior.predict(prior, x[:, order], y[:, order], query, noise=0.3)
    torch.testing.assert_close(found, learned_prior.predict(prior, x, y, query, noise=0.3))


@pytest.mark.parametrize("how", [dict(strength=0.0), dict(strength=-1.0)])
def test_a_prior_without_strength_is_refused(how, rng):
    x, y, _ = draw(rng)
    with pytest.raises(ValueError, match="strength above 0"):
        learned_prior.fit(x, y, **how)


def test_one_task_is_no_prior_and_no_noise_no_answer(rng):
    x, y, query = draw(rng, n_tasks=1)
    with pytest.raises(ValueError, match="two tasks"):
        learned_prior.fit(x, y)
    with pytest.raises(ValueError, match="some noise"):
        learned_prior.predict(learned_prior.Prior(torch.zeros(2), torch.eye(2)), x, y, query, noise=0.0)
