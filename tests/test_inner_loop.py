"""The inner loop is gradient descent, for each task on its own."""

import pytest
import torch
import torch.nn.functional as F

from mlcourse.inner_loop import adapt
from mlcourse.losses import mse
from mlcourse.methods import maml, rates, reptile, transfer
from mlcourse.networks import MLP
from mlcourse.tasks import Task
from mlcourse.worlds import sinusoids

NAMES = ("0.weight", "0.bias", "1.weight", "1.bias", "2.weight", "2.bias")


@pytest.fixture
def net():
    return MLP(1, 8, 8, 1, activation=torch.tanh)


def descend_one_task(net, theta, x, y, alpha, steps):
    """Gradient descent on a single task, in the plainest code there is."""
    phi = {name: p.clone() for name, p in theta.items()}
    for _ in range(steps):
        leaves = {name: p.clone().requires_grad_() for name, p in phi.items()}
        (net(leaves, x[None]) - y[None]).square().mean().backward()
        rates = alpha if isinstance(alpha, dict) else dict.fromkeys(phi, alpha)
        phi = {name: p - rates[name] * leaves[name].grad for name, p in phi.items()}
    return phi


@pytest.mark.parametrize("n_tasks", [1, 7])
@pytest.mark.parametrize("steps", [0, 1, 4])
@pytest.mark.parametrize("first_order", [False, True])
def test_all_tasks_together_equal_one_task_after_the_other(net, rng, n_tasks, steps, first_order):
    theta, task = net.init(rng), sinusoids.sample_tasks(n_tasks, 5, 5, rng=rng)
    phi = adapt(net, theta, task.x_support, task.y_support, alpha=0.05, steps=steps, first_order=first_order)
    for t in range(n_tasks):
        alone = descend_one_task(net, theta, task.x_support[t], task.y_support[t], 0.05, steps)
        for name, p in alone.items():
            torch.testing.assert_close(phi[name][t], p)


def test_one_rate_a_parameter_moves_each_by_its_own(net, rng):
    theta, task = net.init(rng), sinusoids.sample_tasks(3, 5, 5, rng=rng)
    alpha = {name: 0.01 * (i + 1) for i, name in enumerate(theta)}
    phi = adapt(net, theta, task.x_support, task.y_support, alpha=alpha, steps=3)
    alone = descend_one_task(net, theta, task.x_support[2], task.y_support[2], alpha, 3)
    for name, p in alone.items():
        torch.testing.assert_close(phi[name][2], p)


def test_rates_a_step_are_taken_in_turn(net, rng):
    theta, task = net.init(rng), sinusoids.sample_tasks(3, 5, 5, rng=rng)
    alpha = [0.1, dict.fromkeys(theta, 0.02), torch.tensor(0.05)]
    phi = adapt(net, theta, task.x_support, task.y_support, alpha=alpha, steps=3)
    alone = theta
    for rate in 0.1, 0.02, 0.05:
        alone = descend_one_task(net, alone, task.x_support[2], task.y_support[2], rate, 1)
    for name, p in alone.items():
        torch.testing.assert_close(phi[name][2], p)


def test_a_tensor_may_be_negative_and_climbs(net, rng):
    theta, task = net.init(rng), sinusoids.sample_tasks(50, 5, 5, rng=rng)
    for alpha in torch.tensor(-1e-3), {name: torch.full_like(p, -1e-3) for name, p in theta.items()}:
        phi = adapt(net, theta, task.x_support, task.y_support, alpha=alpha)
        before, after = (mse(net(weights, task.x_support), task.y_support) for weights in (theta, phi))
        assert (after > before).all()


def test_rates_can_be_learned_too(net, rng):
    theta, task = net.init(rng), sinusoids.sample_tasks(3, 5, 5, rng=rng)
    alpha = {name: torch.full_like(p, 0.01).requires_grad_() for name, p in theta.items()}
    phi = adapt(net, theta, task.x_support, task.y_support, alpha=alpha)
    (grad,) = torch.autograd.grad(phi["1.weight"].sum(), alpha["1.weight"])
    by_hand = (theta["1.weight"] - phi["1.weight"]).sum(0) / 0.01
    torch.testing.assert_close(grad, -by_hand)


@pytest.mark.parametrize("requires_grad", [False, True])
def test_theta_is_never_changed(net, rng, requires_grad):
    theta, task = net.init(rng), sinusoids.sample_tasks(3, 5, 5, rng=rng)
    before = {name: p.clone() for name, p in theta.items()}
    for p in theta.values():
        p.requires_grad_(requires_grad)
    adapt(net, theta, task.x_support, task.y_support, alpha=0.1, steps=3)
    for name, p in theta.items():
        assert torch.equal(p, before[name])
        assert p.requires_grad == requires_grad
        assert p.grad is None


def test_zero_steps_is_no_adaptation(net, rng):
    theta, task = net.init(rng), sinusoids.sample_tasks(3, 5, 5, rng=rng)
    phi = adapt(net, theta, task.x_support, task.y_support, alpha=0.1, steps=0)
    for name, p in theta.items():
        assert torch.equal(phi[name], p.expand(3, *p.shape))


def test_a_small_step_lowers_the_support_loss_of_every_task(net, rng):
    theta, task = net.init(rng), sinusoids.sample_tasks(50, 5, 5, rng=rng)
    phi = adapt(net, theta, task.x_support, task.y_support, alpha=1e-3)
    before, after = (mse(net(weights, task.x_support), task.y_support) for weights in (theta, phi))
    assert (after < before).all()


def test_adapting_works_where_gradients_are_switched_off(net, rng):
    theta, task = net.init(rng), sinusoids.sample_tasks(3, 5, 5, rng=rng)
    with torch.no_grad():
        inside = adapt(net, theta, task.x_support, task.y_support, alpha=0.1, steps=2)
    outside = adapt(net, theta, task.x_support, task.y_support, alpha=0.1, steps=2)
    for name, p in inside.items():
        assert torch.equal(p, outside[name])
        assert not p.requires_grad


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (dict(steps=-1), "steps = -1"),
        (dict(alpha=-0.1), "alpha = -0.1"),
        (dict(alpha=dict.fromkeys(NAMES, -0.1)), "alpha = -0.1 for 0.weight"),
        (dict(alpha=[0.1, -0.2], steps=2), "alpha = -0.2"),
        (dict(alpha=[0.1, 0.2]), "one entry for each inner step: got 2, steps = 1"),
        (dict(alpha={"0.weight": 0.1}), "one rate for each of"),
        (dict(y=None), "no labels"),
        (dict(y=torch.zeros(3, 4, 1)), "y has labels for 3 tasks of 4 examples"),
        (dict(x=torch.zeros(0, 5, 1), y=torch.zeros(0, 5, 1)), "no tasks"),
        (dict(x=torch.zeros(5), y=torch.zeros(5)), "leading task axis"),
        (dict(x=torch.zeros(3, 5, 2)), r"needs x of shape \(3, n, 1\), got \(3, 5, 2\)"),
        (dict(x=torch.zeros(3, 5, 1).float()), r"the weights are torch\.float64, x is torch\.float32"),
        (dict(y=torch.zeros(3, 5, 2)), r"the network gave \(3, 5, 1\), the labels are \(3, 5, 2\)"),
        (dict(theta={"weight": torch.zeros(1)}), "theta does not belong to this network"),
    ],
)
def test_wrong_input_gets_a_sentence(net, rng, change, sentence):
    good = dict(theta=net.init(rng), x=torch.zeros(3, 5, 1), y=torch.zeros(3, 5, 1), alpha=0.1, steps=1)
    with pytest.raises(ValueError, match=sentence):
        adapt(net, **(good | change))


# What takes a loss. Each of these gave another number than with losses.mse, and not a word.
TAKES_A_LOSS = {
    "adapt": lambda net, theta, task, loss: adapt(net, theta, *task[:2], alpha=0.1, loss=loss),
    "Reptile": lambda net, theta, task, loss: reptile.meta_gradient(net, theta, task, alpha=0.1, steps=2, loss=loss),
    "MAML": lambda net, theta, task, loss: maml.meta_loss(net, theta, task, alpha=0.1, steps=0, loss=loss),
    "ANIL": lambda net, theta, task, loss: maml.meta_loss(net, theta, task, alpha=0.1, head_only=True, loss=loss),
    "Meta-SGD": lambda net, theta, task, loss: rates.meta_loss(net, rates.init(theta), task, steps=0, loss=loss),
    "transfer": lambda net, theta, task, loss: transfer.pooled_loss(net, theta, task, loss=loss),
}


@pytest.mark.parametrize("place", TAKES_A_LOSS)
@pytest.mark.parametrize("n_tasks", [1, 4])
def test_torchs_own_losses_are_refused(rng, place, n_tasks):
    task = sinusoids.sample_tasks(n_tasks, 5, 5, rng=rng)
    net = MLP(1, 8, 1)
    TAKES_A_LOSS[place](net, net.init(rng), task, mse)
    with pytest.raises(
        ValueError, match=rf"one value for each task, \({n_tasks},\): got a value of shape \(\); F.mse_loss"
    ):
        TAKES_A_LOSS[place](net, net.init(rng), task, F.mse_loss)
    x, y = torch.randn(n_tasks, 5, 1, generator=rng), torch.arange(5).expand(n_tasks, -1)
    net = MLP(1, 8, 5)  # five ways with one shot each, where F.cross_entropy finds its five classes on the wrong axis
    with pytest.raises(ValueError, match=r"\(\); F.mse_loss and F.cross_entropy mix the tasks"):
        TAKES_A_LOSS[place](net, net.init(rng), Task(x, y, x, y), five_on_axis_one)


def five_on_axis_one(scores, y):
    """F.cross_entropy; for what is pooled from two sets of five, on the first of them."""
    return F.cross_entropy(scores[:, :5], y[:, :5])
