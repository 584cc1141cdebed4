"""The posterior, against Bayes' rule done another way: an integral, two equations, a Gaussian process, brute force."""

from functools import partial
from math import pi

import pytest
import torch

from mlcourse.evaluation import evaluate
from mlcourse.methods import posterior, smoother
from mlcourse.worlds import linear, sinusoids


def test_a_pool_of_two_is_weighed_by_hand():
    def pool(x):
        return torch.stack([0 * x[0], x[0]])  # "always zero" and "the number itself"

    x, y, query = torch.tensor([[[1.0]]]), torch.tensor([[[1.0]]]), torch.tensor([[[3.0]]])
    odds = torch.tensor(0.5 / 0.8**2).exp()  # the first misses by 1, the second hits
    share = odds / (1 + odds)
    mean, spread = posterior.of_pool(pool, x, y, query, noise=0.8)
    torch.testing.assert_close(mean.squeeze(), 3 * share)
    torch.testing.assert_close(spread.squeeze(), 3 * (share * (1 - share)).sqrt())


def test_without_a_point_it_is_the_mean_wave():
    x = torch.linspace(-5, 5, 7).view(1, 7, 1)
    mean, spread = posterior.of_pool(sinusoids.grid(80), x[:, :0], x[:, :0], x, noise=0.1)
    torch.testing.assert_close(mean, sinusoids.mean_wave(x), rtol=0, atol=1e-3)
    second = (5**3 - 0.1**3) / (3 * 4.9) / 2  # E[A^2] E[sin^2], the latter a half over half a turn
    torch.testing.assert_close(spread.square() + mean.square(), torch.full_like(x, second), rtol=0.01, atol=0)


def test_after_one_exact_point_it_is_an_integral_over_the_phase():
    """Given y at x, the amplitude is y / sin(x - b), and phase b has the density 1 / |sin(x - b)| where that is one."""
    x, y, query = torch.tensor(0.7), torch.tensor(1.5), torch.linspace(-5, 5, 5)
    b = (torch.arange(400_000) + 0.5) / 400_000 * pi
    amplitude = y / torch.sin(x - b)
    density = ((amplitude > 0.1) & (amplitude < 5)) / torch.sin(x - b).abs()
    exact = ((density * amplitude) * torch.sin(query[:, None] - b)).sum(1) / density.sum()
    shaped = (part.view(1, -1, 1) for part in (x, y, query))
    mean = posterior.predict(sinusoids.grid(600), *shaped, noise=0.02)
    torch.testing.assert_close(mean.flatten(), exact, rtol=0, atol=0.02)


def test_two_exact_points_leave_almost_nothing_open(rng):
    task = sinusoids.sample_tasks(40, 2, 20, rng=rng)
    at_two, at_one = (
        evaluate(partial(posterior.predict, sinusoids.grid(150), noise=0.05), part)
        for part in (task, task._replace(x_support=task.x_support[:, :1], y_support=task.y_support[:, :1]))
    )
    assert at_two.mean < 0.1 < 1 < at_one.mean
    features = torch.cat([task.x_support.sin(), task.x_support.cos()], -1)  # A sin(x - b) is linear in these
    weights = torch.linalg.solve(features, task.y_support)
    exact = torch.cat([task.x_query.sin(), task.x_query.cos()], -1) @ weights
    torch.testing.assert_close(exact, task.y_query)


def test_ridge_is_a_gaussian_process_with_a_linear_kernel(rng):
    """In the space of the points, the other way round: k(x, X) (K + noise^2 I)^-1 y with k(x, x') = x . x'."""
    task = linear.sample_tasks(4, 6, 5, d=3, rng=rng)
    K = task.x_support @ task.x_support.mT + 0.5**2 * torch.eye(6)
    process = task.x_query @ task.x_support.mT @ torch.linalg.solve(K, task.y_support)
    torch.testing.assert_close(posterior.ridge(*task[:3], noise=0.5), process)


def test_ridge_is_the_posterior_mean_of_many_linear_functions(rng):
    task = linear.sample_tasks(3, 4, 5, d=2, rng=rng)
    w = torch.randn(400_000, 2, 1, generator=rng)
    sampled = posterior.predict(lambda x: x @ w, *task[:3], noise=0.5)
    torch.testing.assert_close(posterior.ridge(*task[:3], noise=0.5), sampled, rtol=0, atol=0.05)


@pytest.mark.parametrize("k_shot", [0, 1, 2, 3])
def test_each_exact_point_of_a_linear_function_takes_one_dimension_of_the_error(rng, k_shot):
    task = linear.sample_tasks(20_000, k_shot, 5, d=3, noise=0.0, rng=rng)
    error = evaluate(partial(posterior.ridge, noise=1e-4), task)
    assert abs(error.mean - (3 - k_shot)) < 0.1


def test_no_other_length_or_slope_does_better(rng):
    task = linear.sample_tasks(2000, 4, 10, d=3, rng=rng)
    best = evaluate(partial(posterior.ridge, noise=0.5), task).mean
    assert all(best < evaluate(partial(posterior.ridge, noise=noise), task).mean for noise in (0.1, 1.0))
    assert best < evaluate(partial(smoother.predict, length=3.0), task).mean


def test_no_noise_is_refused():
    x = torch.zeros(1, 1, 1)
    with pytest.raises(ValueError, match="noise needs to be above 0"):
        posterior.predict(sinusoids.grid(2), x, x, x, noise=0.0)
