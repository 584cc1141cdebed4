"""The set encoder is a mean of encoded pairs: no order, any number of points, and no query knows another."""

import pytest
import torch

from mlcourse.networks import MLP, SetEncoder, Transformer
from mlcourse.worlds import sinusoids

NETS = {"set encoder": SetEncoder(1, 8, 2), "transformer": Transformer(1, 8, 2, layers=2, heads=2)}
each_net = pytest.mark.parametrize("net", NETS.values(), ids=NETS)


def shown(net, rng, k_shot=5):
    return net.init(rng), sinusoids.sample_tasks(3, k_shot=k_shot, n_query=4, rng=rng)


def test_it_is_the_plain_loop_over_tasks_points_and_queries(rng):
    net = SetEncoder(1, 8, 2)
    theta, task = shown(net, rng)
    h, g = MLP(2, 8, 8, 8), MLP(9, 8, 8, 2)
    h_theta, g_theta = ({n[2:]: p for n, p in theta.items() if n.startswith(part)} for part in ("h.", "g."))
    answers = net(theta, *task[:3])
    for t in range(3):
        points = zip(task.x_support[t], task.y_support[t], strict=True)
        r = sum(h(h_theta, torch.cat([x, y]).view(1, 1, 2))[0, 0] for x, y in points) / 5
        for q, x in enumerate(task.x_query[t]):
            torch.testing.assert_close(answers[t, q], g(g_theta, torch.cat([x, r]).view(1, 1, 9))[0, 0])


@each_net
def test_the_order_of_the_support_points_does_not_matter(net, rng):
    theta, task = shown(net, rng)
    order = torch.randperm(5, generator=rng)
    shuffled = net(theta, task.x_support[:, order], task.y_support[:, order], task.x_query)
    torch.testing.assert_close(shuffled, net(theta, *task[:3]))


@each_net
def test_no_query_matters_to_another_and_no_task_to_another(net, rng):
    theta, task = shown(net, rng)
    together = net(theta, *task[:3])
    alone = torch.cat([net(theta, task.x_support, task.y_support, x) for x in task.x_query.split(1, 1)], 1)
    torch.testing.assert_close(alone, together)
    one = task.select(slice(1, 2))
    torch.testing.assert_close(net(theta, *one[:3]), together[1:2])


@each_net
def test_every_support_label_matters(net, rng):
    theta, task = shown(net, rng)
    y = task.y_support.clone().requires_grad_()
    net(theta, task.x_support, y, task.x_query).square().sum().backward()
    assert (y.grad.abs() > 1e-8).all()


@each_net
def test_without_a_point_it_answers_by_x_alone(net, rng):
    theta, task = shown(net, rng, k_shot=0)
    x = task.x_query[:1].expand(3, -1, -1)
    answers = net(theta, task.x_support, task.y_support, x)
    assert answers.isfinite().all()
    torch.testing.assert_close(answers, answers[:1].expand_as(answers))


@each_net
def test_every_weight_is_trained_and_drawn_by_the_seed(net, rng):
    theta, task = shown(net, rng)
    leaves = {name: p.clone().requires_grad_() for name, p in theta.items()}
    net(leaves, *task[:3]).square().sum().backward()
    # A bias on all keys alike shifts every score by the same, which softmax does not see.
    assert all(p.grad.abs().max() > 1e-10 for name, p in leaves.items() if not name.endswith("k.0.bias"))
    again, other = (net.init(torch.Generator().manual_seed(seed)) for seed in (0, 1))
    assert all(torch.equal(again[name], theta[name]) and not torch.equal(other[name], p) for name, p in theta.items())
