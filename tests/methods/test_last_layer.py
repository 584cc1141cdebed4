"""The last layer in closed form, against least squares, recursive least squares, gradient descent and a linear arm."""

import pytest
import torch

from mlcourse.inner_loop import adapt
from mlcourse.methods import last_layer
from mlcourse.networks import MLP
from mlcourse.worlds.sinusoids import sample_tasks


@pytest.fixture
def task(rng):
    return sample_tasks(3, k_shot=12, n_query=5, rng=rng)


@pytest.fixture
def net():
    return MLP(1, 8, 5, 1, activation=torch.tanh)


def test_it_is_where_descent_on_the_held_head_comes_to_rest(net, task, rng):
    theta, (x, y, *_), strength = net.init(rng), task, 0.3
    phi = last_layer.adapt(net, theta, x, y, strength=strength)
    head = {name: p.clone().requires_grad_() for name, p in net.split(phi)[1].items()}
    error = (net.head(head, net.features(theta, x)) - y).square().sum()
    held = sum((p - theta[name]).square().sum() for name, p in head.items())
    for slope in torch.autograd.grad(error + strength * held, list(head.values())):
        torch.testing.assert_close(slope, torch.zeros_like(slope), rtol=0, atol=1e-9)
    assert all(torch.equal(phi[name], p.expand_as(phi[name])) for name, p in net.split(theta)[0].items())


def test_examples_one_by_one_end_where_all_at_once_do(net, task, rng):
    """Recursive least squares: what is known is kept as a mean and a precision, and each example adds to both."""
    theta, (x, y, *_), strength = net.init(rng), task, 0.5
    phi = last_layer.adapt(net, theta, x, y, strength=strength)
    z = torch.cat([net.features(theta, x), torch.ones(3, 12, 1)], -1)
    for n in range(3):
        w = torch.cat([theta["2.weight"], theta["2.bias"][None]]).squeeze(1)
        P = torch.eye(6) / strength
        for row, target in zip(z[n], y[n, :, 0], strict=True):
            gain = P @ row / (1 + row @ P @ row)
            w, P = w + gain * (target - row @ w), P - torch.outer(gain, row @ P)
        torch.testing.assert_close(torch.cat([phi["2.weight"][n, :, 0], phi["2.bias"][n]]), w)


def test_a_linear_arm_is_known_exactly_after_a_few_moments(rng):
    """One joint, v' = (1 - friction) v + gain u: least squares on the moments, and so the same as the physics."""
    friction, gain = torch.tensor([0.1, 0.4]), torch.tensor([0.5, -0.5])
    net = MLP(2, 1)
    x = torch.randn(2, 5, 2, generator=rng)
    y = (1 - friction)[:, None, None] * x[..., :1] + gain[:, None, None] * x[..., 1:]
    phi = last_layer.adapt(net, net.init(rng), x, y, strength=1e-10)
    torch.testing.assert_close(phi["0.weight"].squeeze(-1), torch.stack([1 - friction, gain], 1), rtol=0, atol=1e-6)
    slow = adapt(net, net.init(rng), x, y, alpha=0.1, steps=3000)  # gradient descent comes to the same
    torch.testing.assert_close(slow["0.weight"], phi["0.weight"], rtol=0, atol=1e-5)


def test_held_strongly_it_stays_where_it_was(net, task, rng):
    theta = net.init(rng)
    answers = last_layer.predict(net, theta, *task[:3], strength=1e9)
    torch.testing.assert_close(answers, net(theta, task.x_query), rtol=0, atol=1e-6)


def test_each_task_has_its_own_and_a_strength_is_above_zero(net, task, rng):
    theta = net.init(rng)
    together = last_layer.predict(net, theta, *task[:3], strength=0.1)
    alone = last_layer.predict(net, theta, *task.select([1])[:3], strength=0.1)
    torch.testing.assert_close(together[[1]], alone)
    for strength in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="need more than 0"):
            last_layer.predict(net, theta, *task[:3], strength=strength)
