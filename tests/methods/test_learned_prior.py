"""A prior learned from tasks, against ridge regression, the formula for one normal number, and a known prior."""

from itertools import pairwise

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


def test_a_belief_gives_the_prediction_and_its_variance_is_that_of_a_gaussian_process(rng):
    x, y, query = draw(rng, n_features=3)
    root = torch.randn(3, 3, generator=rng)
    prior = learned_prior.Prior(torch.randn(3, generator=rng), root @ root.T)
    belief = learned_prior.believe(prior, x, y, noise=0.4)
    found = (query @ belief.mean.unsqueeze(-1)).squeeze(-1)
    torch.testing.assert_close(found, learned_prior.predict(prior, x, y, query, noise=0.4).squeeze(-1))
    k = prior.covariance
    for i in range(len(x)):
        inside = x[i] @ k @ x[i].T + 0.4**2 * torch.eye(6)
        left = query[i] @ k @ query[i].T - query[i] @ k @ x[i].T @ torch.linalg.inv(inside) @ x[i] @ k @ query[i].T
        torch.testing.assert_close(query[i] @ belief.covariance[i] @ query[i].T, left)


def test_beliefs_one_rating_at_a_time_come_to_the_same(rng):
    x, y, _ = draw(rng, n_tasks=1, n_features=3)
    belief = prior = learned_prior.Prior(torch.zeros(3), torch.eye(3))
    for i in range(6):
        step = learned_prior.believe(belief, x[:, i : i + 1], y[:, i : i + 1], noise=0.7)
        belief = learned_prior.Prior(step.mean[0], step.covariance[0])
    at_once = learned_prior.believe(prior, x, y, noise=0.7)
    torch.testing.assert_close(belief.mean, at_once.mean[0])
    torch.testing.assert_close(belief.covariance, at_once.covariance[0])


def test_without_an_answer_the_belief_is_the_prior(rng):
    prior = learned_prior.Prior(torch.tensor([1.0, -1.0]), torch.eye(2))
    belief = learned_prior.believe(prior, torch.zeros(1, 0, 2), torch.zeros(1, 0, 1), noise=1.0)
    torch.testing.assert_close(belief.mean[0], prior.mean)
    torch.testing.assert_close(belief.covariance[0], prior.covariance)


def many_users(rng, n_users=3000, n=12):
    mean, factor = torch.tensor([0.5, -1.0]), torch.tensor([[0.8, 0.0], [0.5, 0.4]])
    w = mean + torch.randn(n_users, 2, generator=rng) @ factor.T
    x = torch.randn(n_users, n, 2, generator=rng)
    y = x @ w.unsqueeze(-1) + 0.6 * torch.randn(n_users, n, 1, generator=rng)
    return mean, factor @ factor.T, x, y


def test_the_likeliest_prior_and_the_noise_are_found(rng):
    mean, covariance, x, y = many_users(rng)
    (found, noise) = learned_prior.learn(x, y)
    torch.testing.assert_close(found.mean, mean, atol=0.05, rtol=0)
    torch.testing.assert_close(found.covariance, covariance, atol=0.05, rtol=0)
    assert noise == pytest.approx(0.6, rel=0.02)


def likelihood(prior, noise, x, y):
    spread = x @ prior.covariance @ x.mT + noise**2 * torch.eye(x.shape[1])
    expected = (x @ prior.mean.unsqueeze(-1)).squeeze(-1)
    return torch.distributions.MultivariateNormal(expected, spread).log_prob(y.squeeze(-1)).sum()


def test_no_round_makes_the_answers_less_likely_and_at_the_end_nothing_near_is_likelier(rng):
    _, _, x, y = many_users(rng, n_users=60, n=5)
    rounds = [learned_prior.learn(x, y, rounds=n) for n in (1, 2, 5, 20, 100, 2000)]
    values = [likelihood(prior, noise, x, y) for prior, noise in rounds]
    assert all(b > a - 1e-9 for a, b in pairwise(values))
    prior, noise = rounds[-1]
    for change in (0.97, 1.03):
        assert likelihood(prior, noise * change, x, y) < values[-1]
        assert likelihood(prior._replace(covariance=prior.covariance * change), noise, x, y) < values[-1]
        assert likelihood(prior._replace(mean=prior.mean + change - 1), noise, x, y) < values[-1]


def test_answers_that_are_not_there_count_for_nothing(rng):
    _, _, x, y = many_users(rng, n_users=40, n=8)
    seen = torch.arange(8) < torch.randint(3, 9, (40, 1), generator=rng)
    found = learned_prior.learn(x, y, seen)
    nonsense = learned_prior.learn(
        torch.where(seen.unsqueeze(-1), x, 99.0), torch.where(seen.unsqueeze(-1), y, -99.0), seen
    )
    torch.testing.assert_close(found.prior.covariance, nonsense.prior.covariance)
    assert found.noise == pytest.approx(nonsense.noise)


def test_the_offset_alone_is_shrunk_by_the_ratio_of_the_variances(rng):
    y = torch.randn(1, 4, 1, generator=rng)
    prior = learned_prior.Prior(torch.zeros(1), torch.tensor([[0.09]]))
    belief = learned_prior.believe(prior, torch.ones(1, 4, 1), y, noise=0.5)
    torch.testing.assert_close(belief.mean[0, 0], 4 / (4 + 0.25 / 0.09) * y.mean())


def test_one_task_teaches_no_prior(rng):
    x, y, _ = draw(rng, n_tasks=1)
    with pytest.raises(ValueError, match="two tasks"):
        learned_prior.learn(x, y)


def test_descent_from_theta_on_least_squares_is_the_likeliest_answer_under_a_gaussian_prior(rng):
    """Steps of descent reach 1 - (1 - alpha h)^steps of the way along each axis: a prior around theta does the same."""
    x, y, query = draw(rng, n_tasks=1, n=7, n_features=3)
    theta, alpha, steps, n = torch.randn(3, 1, generator=rng), 0.15, 6, 7
    w = theta.clone()
    for _ in range(steps):
        w = w - alpha * 2 / n * x[0].T @ (x[0] @ w - y[0])
    h, axes = torch.linalg.eigh(2 * x[0].T @ x[0] / n)
    gone = 1 - (1 - alpha * h) ** steps
    prior = learned_prior.Prior(theta[:, 0], axes @ torch.diag(gone / (1 - gone) / (n * h / 2)) @ axes.T)
    torch.testing.assert_close(learned_prior.predict(prior, x, y, query, noise=1.0)[0], query[0] @ w)
