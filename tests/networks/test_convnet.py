"""The stacked convolutional network, against ordinary modules, a loop over tasks and finite differences."""

from itertools import pairwise

import pytest
import torch
from torch import nn

from mlcourse.losses import cross_entropy
from mlcourse.methods import maml, matching, prototypical
from mlcourse.networks import ConvNet, convnet
from mlcourse.tasks import Task

SHAPES = [dict(pool=False), dict(pool=True), dict(pool=False, blocks=2, channels=3, size=9), dict(pool=True, size=20)]


def as_sequential(net, theta):
    """The same network as an ordinary nn.Sequential, with the weights of theta."""
    layers = []
    for block, (n_in, n_out) in enumerate(pairwise([net.channels] + [net.filters] * net.blocks)):
        conv = nn.Conv2d(n_in, n_out, 3, stride=1 if net.pool else 2, padding=1, bias=False)
        norm = nn.BatchNorm2d(n_out, track_running_stats=False)
        conv.weight.data, norm.weight.data, norm.bias.data = (
            theta[f"{block}.{name}"].clone() for name in ("weight", "scale", "shift")
        )
        layers += [conv, norm, nn.ReLU()] + ([nn.MaxPool2d(2)] if net.pool else [])
    linear = nn.Linear(net.n_features, net.n_out)
    linear.weight.data, linear.bias.data = theta["head.weight"].t().clone(), theta["head.bias"].clone()
    return nn.Sequential(*layers, nn.Flatten(), linear)


def shaken(theta, rng):
    """Weights away from the start, where batch norm is more than the identity."""
    return {name: p + 0.1 * torch.randn(p.shape, generator=rng) for name, p in theta.items()}


def images(net, n_tasks, n, rng):
    return torch.randn(n_tasks, n, net.channels, net.size, net.size, generator=rng)


def episode(net, rng, n_tasks=3):
    y = torch.arange(net.n_out).expand(n_tasks, -1)
    return Task(images(net, n_tasks, net.n_out, rng), y, images(net, n_tasks, net.n_out, rng), y)


@pytest.mark.parametrize("shape", SHAPES)
def test_it_equals_an_ordinary_sequential(rng, shape):
    net = ConvNet(5, filters=4, **shape)
    theta = shaken(net.init(rng), rng)
    x = images(net, 1, 6, rng)
    torch.testing.assert_close(net(theta, x)[0], as_sequential(net, theta)(x[0]))


@pytest.mark.parametrize("shape", SHAPES)
def test_stacked_tasks_do_not_touch_each_other(rng, shape):
    net = ConvNet(5, filters=4, **shape)
    thetas = [shaken(net.init(rng), rng) for _ in range(3)]
    stacked = {name: torch.stack([theta[name] for theta in thetas]) for name in thetas[0]}
    x = images(net, 3, 6, rng)
    together = net(stacked, x)
    for t, theta in enumerate(thetas):
        torch.testing.assert_close(together[t], as_sequential(net, theta)(x[t]))


def test_shared_weights_equal_stacked_copies(rng):
    net = ConvNet(5, filters=4)
    theta, x = net.init(rng), images(net, 3, 6, rng)
    stacked = {name: p.expand(3, *p.shape) for name, p in theta.items()}
    torch.testing.assert_close(net(theta, x), net(stacked, x))


@pytest.mark.parametrize("pool", [False, True])
@pytest.mark.parametrize("how", [dict(steps=2), dict(head_only=True), dict(support_statistics=True)])
def test_the_second_order_meta_gradient_equals_finite_differences(rng, pool, how):
    net = ConvNet(3, filters=2, size=8, blocks=2, pool=pool)
    theta, task = shaken(net.init(rng), rng), episode(net, rng)
    how = dict(alpha=0.1, loss=cross_entropy) | how
    _, gradient = maml.meta_gradient(net, theta, task, **how)
    for name, p in theta.items():
        direction = torch.randn(p.shape, generator=rng)
        up, down = (maml.meta_loss(net, theta | {name: p + sign * 1e-5 * direction}, task, **how) for sign in (1, -1))
        torch.testing.assert_close((gradient[name] * direction).sum(), (up - down) / 2e-5, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("at_once", [1, 2])
def test_a_few_tasks_at_a_time_give_the_same_meta_gradient(rng, at_once):
    net = ConvNet(3, filters=4, size=16, pool=True)
    theta, task = net.init(rng), episode(net, rng, n_tasks=3)
    how = dict(alpha=0.1, steps=2, loss=cross_entropy)
    together = maml.meta_gradient(net, theta, task, **how)
    net.tasks_at_once = at_once
    torch.testing.assert_close(maml.meta_gradient(net, theta, task, **how), together)


@pytest.mark.parametrize("at_once", [1, 2])
@pytest.mark.parametrize("method", [prototypical, matching])
def test_a_few_episodes_at_a_time_give_the_same_gradient(rng, method, at_once):
    net = ConvNet(3, filters=4, size=16, pool=True)
    theta, task = net.init(rng), episode(net, rng, n_tasks=3)
    together, seen = method.meta_gradient(net, theta, task), []
    net.tasks_at_once = at_once
    features = net.features
    net.features = lambda theta, x, **how: seen.append(len(x)) or features(theta, x, **how)
    torch.testing.assert_close(method.meta_gradient(net, theta, task), together)
    assert sum(seen) == 3 and max(seen) == at_once


def test_only_wide_nets_take_a_few_tasks_at_a_time():
    assert ConvNet(5, filters=64, pool=True).tasks_at_once == 4
    assert ConvNet(5, filters=64).tasks_at_once == 8
    assert ConvNet(5, filters=32, pool=True).tasks_at_once is None


@pytest.mark.parametrize("pool", [False, True])
def test_more_images_than_the_first_block_takes_at_once_change_nothing(rng, pool, monkeypatch):
    net = ConvNet(None, filters=4, pool=pool)
    theta, x, support = net.init(rng), images(net, 2, 7, rng), images(net, 2, 5, rng)
    at_once = net(theta, x), net(theta, x, statistics_from=support)
    monkeypatch.setattr(convnet, "PART", 3)
    torch.testing.assert_close((net(theta, x), net(theta, x, statistics_from=support)), at_once)


def test_transductive_scores_depend_on_the_other_queries_and_support_statistics_stop_that(rng):
    net = ConvNet(5, filters=4)
    theta, x, support = net.init(rng), images(net, 2, 6, rng), images(net, 2, 5, rng)
    alone = x[:, :1]
    assert not torch.allclose(net(theta, x)[:, :1], net(theta, alone))
    with_support = net(theta, x, statistics_from=support)
    torch.testing.assert_close(with_support[:, :1], net(theta, alone, statistics_from=support))


def test_statistics_from_the_images_themselves_change_nothing(rng):
    net = ConvNet(5, filters=4)
    theta, x = net.init(rng), images(net, 2, 6, rng)
    torch.testing.assert_close(net(theta, x, statistics_from=x), net(theta, x))


def test_body_and_head_make_up_the_network(rng):
    net = ConvNet(5, filters=4)
    theta, x = net.init(rng), images(net, 2, 6, rng)
    body, head = net.split(theta)
    assert body.keys() | head.keys() == theta.keys()
    torch.testing.assert_close(net.head(head, net.features(body, x)), net(theta, x))


@pytest.mark.parametrize("shape", [(2, 6, 1, 27, 27), (6, 1, 28, 28), (2, 6, 3, 28, 28)])
def test_images_that_do_not_fit_get_a_sentence(rng, shape):
    net = ConvNet(5, filters=4)
    with pytest.raises(ValueError, match=r"takes images \(n_tasks, n, 1, 28, 28\), got x of shape"):
        net(net.init(rng), torch.zeros(shape))


def test_an_image_that_is_halved_to_nothing_gets_a_sentence():
    with pytest.raises(ValueError, match="use fewer blocks"):
        ConvNet(5, size=8, pool=True)


def test_a_net_without_a_last_layer_gives_what_that_would_have_seen(rng):
    net, embedding = ConvNet(5, filters=4), ConvNet(None, filters=4)
    theta, x = net.init(rng), images(net, 2, 6, rng)
    body, _ = net.split(theta)
    assert embedding.init(rng).keys() == body.keys()
    torch.testing.assert_close(embedding(body, x), net.features(body, x))
