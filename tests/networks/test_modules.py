"""Somebody else's network: the same gradients as ours, and nothing of theirs is touched."""

import pytest
import torch
from test_mlp import as_sequential
from torch import nn

from mlcourse.methods import maml
from mlcourse.networks import MLP, from_module
from mlcourse.tasks import Task
from mlcourse.weights import value_and_gradient
from mlcourse.worlds import sinusoids


@pytest.mark.parametrize("how", [dict(), dict(steps=3), dict(steps=3, first_order=True)])
def test_a_module_gives_the_same_meta_gradient_as_the_stacked_network(rng, how):
    net = MLP(1, 8, 8, 1)
    theta, task = net.init(rng), sinusoids.sample_tasks(4, 5, 5, rng=rng)
    wrapped = from_module(as_sequential(theta))
    loss, ours = maml.meta_gradient(net, theta, task, alpha=0.05, **how)
    their_loss, theirs = maml.meta_gradient(wrapped, wrapped.init(), task, alpha=0.05, **how)
    torch.testing.assert_close(loss, their_loss)
    for a, b in zip(ours.values(), theirs.values(), strict=True):
        torch.testing.assert_close(a, b.mT if b.dim() == 2 else b)


@pytest.mark.parametrize(
    ("norm", "size"), [(nn.GroupNorm, (2, 4)), (nn.LayerNorm, ([4, 6, 6],)), (nn.InstanceNorm2d, (4,))]
)
def test_other_norms_have_right_second_derivatives(rng, norm, size):
    """Against a loop over the tasks without vmap, since vmap is what could be wrong."""
    module = nn.Sequential(nn.Conv2d(1, 4, 3), norm(*size), nn.Tanh(), nn.Flatten(), nn.Linear(144, 1))
    net, x = from_module(module), torch.randn(3, 5, 1, 8, 8, generator=rng)
    y = torch.randn(3, 5, 1, generator=rng)

    def loop(theta):
        total = 0.0
        for t in range(3):
            inner = (torch.func.functional_call(module, theta, (x[t],)) - y[t]).square().mean()
            grads = torch.autograd.grad(inner, theta.values(), create_graph=True)
            phi = {name: p - 0.1 * g for (name, p), g in zip(theta.items(), grads, strict=True)}
            total = total + (torch.func.functional_call(module, phi, (x[t],)) - y[t]).square().mean() / 3
        return total

    theta = net.init()
    task = Task(x, y, x, y)
    torch.testing.assert_close(maml.meta_gradient(net, theta, task, alpha=0.1)[1], value_and_gradient(loop, theta)[1])


@pytest.mark.parametrize("norm", [nn.BatchNorm1d(4), nn.BatchNorm1d(4, track_running_stats=False)])
def test_a_module_with_batch_norm_is_refused_with_the_reason(norm):
    with pytest.raises(ValueError, match=r"batch norm \(BatchNorm1d\).*running averages would leak.*GroupNorm"):
        from_module(nn.Sequential(nn.Linear(1, 4), nn.Sequential(norm)))


def test_a_module_draws_new_weights_from_rng_alone():
    module = nn.Sequential(nn.Linear(1, 4), nn.Linear(4, 1))
    net = from_module(module)
    own = net.init()
    torch.manual_seed(0)
    state = torch.get_rng_state()
    first = net.init(torch.Generator().manual_seed(1))
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(99)
    second = net.init(torch.Generator().manual_seed(1))
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["0.weight"], own["0.weight"])
    assert torch.equal(own["0.weight"], module[0].weight)


def test_wrapping_a_module_leaves_it_alone(rng):
    module = nn.Linear(1, 1)
    net, before = from_module(module), module.weight.clone()
    task = sinusoids.sample_tasks(2, 5, 5, rng=rng)
    maml.meta_gradient(net, net.init(), task, alpha=0.1)
    assert torch.equal(module.weight, before)
    assert module.weight.grad is None


def test_theta_of_another_module_gets_a_sentence():
    net = from_module(nn.Linear(1, 1))
    with pytest.raises(ValueError, match=r"needs \['weight', 'bias'\], theta has \['w'\]"):
        net({"w": torch.zeros(1)}, torch.zeros(1, 5, 1))
