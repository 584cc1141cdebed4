"""Somebody else's network: the same gradients as ours, and nothing of theirs is touched."""

import warnings

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


def test_frozen_weights_stay_as_they_are_and_the_others_learn_as_without_them(rng):
    """Against the same head on features that were worked out before; frozen layers used to be adapted."""
    body, head = nn.Sequential(nn.Linear(1, 8), nn.Tanh()), nn.Linear(8, 1)
    module = nn.Sequential(body.requires_grad_(False), head)
    net, task = from_module(module), sinusoids.sample_tasks(3, 5, 5, rng=rng)
    assert list(net.init()) == ["1.weight", "1.bias"]
    on_features, alone = task._replace(x_support=body(task.x_support), x_query=body(task.x_query)), from_module(head)
    how = dict(alpha=0.1, steps=3)
    loss, gradient = maml.meta_gradient(net, net.init(), task, **how)
    expected_loss, expected = maml.meta_gradient(alone, alone.init(), on_features, **how)
    torch.testing.assert_close(loss, expected_loss)
    torch.testing.assert_close(list(gradient.values()), list(expected.values()))
    fresh = net.init(rng)  # draws the head anew, on the same body
    torch.testing.assert_close(net(fresh, task.x_query), body(task.x_query) @ fresh["1.weight"].T + fresh["1.bias"])


def test_a_module_with_nothing_to_learn_gets_a_sentence():
    for module in nn.Linear(1, 1).requires_grad_(False), nn.Tanh():
        with pytest.raises(ValueError, match="no weights to learn: it needs one at least with requires_grad=True"):
            from_module(module)


class WithBuffer(nn.Module):
    """A linear layer beside a buffer, to which `change` does something at each call."""

    def __init__(self, change):
        super().__init__()
        self.linear, self.change = nn.Linear(1, 1), change
        self.register_buffer("mean", torch.ones(1))

    def forward(self, x):
        h = self.linear(x)
        self.change(self, h)
        return h - self.mean


def in_place(module, h):
    module.mean.mul_(0.9).add_(0.1 * h.mean().detach())


def anew(module, h):
    module.mean = 0.9 * module.mean + 0.1 * h.mean()


def by_counting(module, h):
    module.mean += 1


@pytest.mark.parametrize("change", [in_place, anew, by_counting])
def test_a_module_that_changes_its_buffers_is_refused_at_the_first_call(rng, change):
    net, x = from_module(WithBuffer(change)), torch.randn(3, 5, 1, generator=rng)
    for _ in range(2):  # and nothing has leaked into the second
        with pytest.raises(ValueError, match=r"changes its buffers \['mean'\] in a forward pass.*leak into the next"):
            net(net.init(), x)
        assert net.module.mean.item() == 1
    with pytest.raises(ValueError, match="changes its buffers"):
        task = sinusoids.sample_tasks(2, 5, 5, rng=rng)
        maml.meta_gradient(net, net.init(), task, alpha=0.1)


def test_a_buffer_that_stays_is_part_of_the_module(rng):
    module = WithBuffer(lambda module, h: None)
    net, x = from_module(module), torch.randn(3, 5, 1, generator=rng)
    torch.testing.assert_close(net(net.init(), x), module(x))


def test_running_averages_of_instance_norm_are_refused_in_training_mode_alone(rng):
    module = nn.Sequential(nn.Conv2d(1, 2, 3), nn.InstanceNorm2d(2, track_running_stats=True))
    x = torch.randn(3, 5, 1, 8, 8, generator=rng)
    with pytest.raises(ValueError, match=r"\['1.running_mean', '1.running_var'\].*eval\(\)"):
        net = from_module(module)
        net(net.init(), x)
    net = from_module(module.eval())
    torch.testing.assert_close(net(net.init(), x)[1], module(x[1]))


def test_dropout_that_stays_on_says_so_and_eval_turns_it_off(rng):
    module, x = nn.Sequential(nn.Linear(1, 50), nn.Dropout(0.5), nn.Linear(50, 1)), torch.ones(2, 5, 1)
    with pytest.warns(
        UserWarning, match="dropout stays on, in predictions too.*call its eval\\(\\) before wrapping it"
    ):
        on = from_module(module)
    assert not torch.equal(on(on.init(), x), on(on.init(), x))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        off = from_module(module.eval())
        from_module(nn.Sequential(nn.Linear(1, 1), nn.Dropout(0.0)))
    torch.testing.assert_close(off(on.init(), x), module(x))  # and the same theta fits both
