"""A network is a function of its weights, stacked or shared, ours or somebody else's."""

import pytest
import torch
from torch import nn

from mlcourse import maml, sinusoids
from mlcourse.networks import MLP, from_module, stack, value_and_gradient
from mlcourse.tasks import Task


def as_sequential(theta):
    """An ordinary nn.Sequential with the weights of MLP(1, 8, 8, 1)."""
    module = nn.Sequential(nn.Linear(1, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 1))
    for p, ours in zip(module.parameters(), theta.values(), strict=True):
        p.data = ours.mT.clone() if ours.dim() == 2 else ours.clone()
    return module


def test_an_mlp_equals_an_ordinary_sequential(rng):
    net = MLP(1, 8, 8, 1)
    theta, x = net.init(rng), torch.randn(4, 5, 1, generator=rng)
    torch.testing.assert_close(net(theta, x), as_sequential(theta)(x))


def test_stacked_weights_act_on_their_own_task_only(rng):
    net = MLP(1, 8, 8, 1)
    thetas, x = [net.init(rng) for _ in range(3)], torch.randn(3, 5, 1, generator=rng)
    stacked = {name: torch.stack([theta[name] for theta in thetas]) for name in thetas[0]}
    for t, theta in enumerate(thetas):
        torch.testing.assert_close(net(stacked, x)[t], net(theta, x[t : t + 1])[0])


def test_the_gradient_through_stack_is_the_sum_over_tasks(rng):
    theta = {"w": torch.randn(2, 3, generator=rng)}
    weights = torch.randn(5, 2, 3, generator=rng)
    _, gradient = value_and_gradient(lambda theta: (stack(theta, 5)["w"] * weights).sum(), theta)
    torch.testing.assert_close(gradient["w"], weights.sum(0))


def test_initial_weights_are_those_of_linear_layers(rng):
    theta = MLP(100, 400, 1).init(rng)
    assert {name: tuple(p.shape) for name, p in theta.items()} == {
        "0.weight": (100, 400),
        "0.bias": (400,),
        "1.weight": (400, 1),
        "1.bias": (1,),
    }
    torch.testing.assert_close(theta["0.weight"].std(), torch.tensor(0.1 / 3**0.5), rtol=0.02, atol=0)
    assert theta["0.weight"].abs().max() <= 0.1


def test_the_same_seed_gives_the_same_weights():
    first, second = (MLP(1, 8, 1).init(torch.Generator().manual_seed(3)) for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_an_mlp_needs_two_sizes():
    with pytest.raises(ValueError, match="at least two layer sizes"):
        MLP(3)


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
