"""Learning in context: its loss is torch's own likelihood, its gradient that of finite differences."""

from functools import partial

import pytest
import torch

from mlcourse.evaluation import dependence, evaluate
from mlcourse.methods import in_context
from mlcourse.networks import SetEncoder, Transformer
from mlcourse.training import clipped, meta_train
from mlcourse.worlds import sinusoids


def test_surprise_is_torch_s_negative_log_likelihood(rng):
    mean, y = torch.randn(2, 3, 4, 1, generator=rng)
    spread = 0.1 + torch.rand(3, 4, 1, generator=rng)
    expected = -torch.distributions.Normal(mean, spread).log_prob(y).mean((1, 2))
    torch.testing.assert_close(in_context.surprise(mean, spread, y), expected)


def test_a_spread_is_never_below_its_floor(rng):
    def certain(theta, x_support, y_support, x_query):
        return torch.cat([x_query, -1000 * torch.ones_like(x_query)], -1)

    task = sinusoids.sample_tasks(2, 3, 4, rng=rng)
    for floor in (0.01, 0.1):
        mean, spread = in_context.distribution(certain, {}, *task[:3], floor=floor)
        torch.testing.assert_close(spread, torch.full_like(spread, floor))
        assert torch.equal(mean, in_context.predict(certain, {}, *task[:3]))


def test_one_number_is_no_spread(rng):
    net = SetEncoder(1, 4, 1)
    with pytest.raises(ValueError, match="the network gives 1"):
        in_context.distribution(net, net.init(rng), *sinusoids.sample_tasks(2, 3, 4, rng=rng)[:3])


@pytest.mark.parametrize("spread", [True, False])
def test_the_gradient_is_that_of_finite_differences(rng, spread):
    net = Transformer(1, 4, 1 + spread, layers=1, heads=2)
    theta, task = net.init(rng), sinusoids.sample_tasks(3, 4, 5, rng=rng)
    loss, gradient = in_context.meta_gradient(net, theta, task, spread=spread)
    torch.testing.assert_close(loss, in_context.meta_loss(net, theta, task, spread=spread))
    direction = {name: torch.randn(p.shape, generator=rng) for name, p in theta.items()}

    def along(step):
        moved = {name: p + step * direction[name] for name, p in theta.items()}
        return in_context.meta_loss(net, moved, task, spread=spread)

    slope = sum((gradient[name] * direction[name]).sum() for name in theta)
    torch.testing.assert_close(slope, (along(1e-6) - along(-1e-6)) / 2e-6, rtol=1e-6, atol=1e-8)


def test_it_trains_and_is_asked_through_the_seams_of_the_course(rng):
    net = SetEncoder(1, 16, 2)
    sample = partial(sinusoids.sample_some, 10, most=10, n_query=10, rng=rng)
    start = net.init(rng)
    trained = meta_train(clipped(partial(in_context.meta_gradient, net)), start, sample, n_iterations=500, beta=0.005)
    unseen = sinusoids.sample_tasks(200, 10, 20, rng=rng)
    before, after = (partial(in_context.predict, net, theta) for theta in (start, trained.theta))
    assert evaluate(after, unseen).mean < 0.8 * evaluate(before, unseen).mean
    assert dependence(after, unseen).max() < 1e-12
