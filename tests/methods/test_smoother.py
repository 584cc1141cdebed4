"""The smoother, against a Gaussian's conditional mean, which is found another way, and against what it promises."""

import pytest
import torch

from mlcourse.methods import smoother


def drawn(rng, *, n_support=6, n_query=4, d=1):
    points = torch.randn(3, n_support + n_query, d, generator=rng, dtype=torch.float64)
    y = torch.randn(3, n_support, 2, generator=rng, dtype=torch.float64)
    return points[:, :n_support], y, points[:, n_support:]


def slope(x):
    return 2 * x.sum(-1, keepdim=True) - 1


@pytest.mark.parametrize("d", [1, 3])
@pytest.mark.parametrize("m", [smoother.zero, slope])
def test_it_is_the_mean_of_a_gaussian_given_the_points(rng, d, m):
    """By the precision matrix of all values together: their mean is m_q - P_qq^-1 P_qs (y - m_s)."""
    x_support, y, x_query = drawn(rng, d=d)
    curve = smoother.predict(x_support, y, x_query, length=0.8, noise=0.1, mean=m)
    for t in range(3):
        x = [*x_support[t], *x_query[t]]
        covariance = torch.tensor([[float((-((a - b) ** 2).sum() / (2 * 0.8**2)).exp()) for b in x] for a in x])
        covariance = covariance.double() + torch.diag(torch.tensor([0.1] * 6 + [1e-6] * 4, dtype=torch.float64))
        precision = covariance.inverse()
        mean = m(x_query[t]) - precision[6:, 6:].inverse() @ precision[6:, :6] @ (y[t] - m(x_support[t]))
        torch.testing.assert_close(curve[t], mean, rtol=1e-3, atol=1e-4)


def test_one_point_leaves_a_bell(rng):
    x_query = torch.randn(1, 5, 1, generator=rng)
    curve = smoother.predict(torch.full((1, 1, 1), 0.5), torch.full((1, 1, 1), 3.0), x_query, length=2.0, noise=0.5)
    torch.testing.assert_close(curve, 3 / 1.5 * torch.exp(-(x_query - 0.5).square() / 8))


def test_with_little_noise_it_passes_through_the_points():
    x = torch.linspace(-5, 5, 6).double().view(1, 6, 1)
    torch.testing.assert_close(smoother.predict(x, x.sin(), x, length=1.0, noise=1e-9), x.sin())


def test_far_from_all_points_it_says_the_mean(rng):
    x_support, y, _ = drawn(rng)
    x_query = torch.full((3, 1, 1), 100.0).double()
    assert (smoother.predict(x_support, y, x_query, length=1.0) == 0).all()
    assert (smoother.predict(x_support, y, x_query, length=1.0, mean=slope) == 199).all()


def test_where_the_mean_is_right_already_nothing_is_added(rng):
    x_support, _, x_query = drawn(rng)
    curve = smoother.predict(x_support, slope(x_support), x_query, length=1.0, mean=slope)
    torch.testing.assert_close(curve, slope(x_query))


def test_neither_order_nor_a_shift_nor_the_other_tasks_matter(rng):
    x_support, y, x_query = drawn(rng)
    curve = smoother.predict(x_support, y, x_query, length=1.0)
    order = torch.randperm(6, generator=rng)
    torch.testing.assert_close(smoother.predict(x_support[:, order], y[:, order], x_query, length=1.0), curve)
    torch.testing.assert_close(smoother.predict(x_support + 7, y, x_query + 7, length=1.0), curve)
    torch.testing.assert_close(smoother.predict(x_support[1:2], y[1:2], x_query[1:2], length=1.0), curve[1:2])


@pytest.mark.parametrize("wrong", [dict(length=0.0), dict(length=-1.0), dict(length=1.0, noise=0.0)])
def test_what_is_no_length_or_no_noise_is_refused(rng, wrong):
    with pytest.raises(ValueError, match="length and noise need to be above 0"):
        smoother.predict(*drawn(rng), **wrong)
