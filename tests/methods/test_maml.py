"""The meta-gradient, held against closed forms, finite differences and a plain loop over the tasks."""

from functools import partial

import pytest
import torch
from torch import nn

from mlcourse.methods import maml
from mlcourse.networks import MLP, from_module
from mlcourse.tasks import Task
from mlcourse.worlds import sinusoids


@pytest.fixture
def net():
    return MLP(1, 6, 6, 1, activation=torch.tanh)


def finite_differences(function, theta, epsilon=1e-6):
    """Central differences of a scalar function, one weight after the other."""
    gradient = {}
    for name, p in theta.items():
        slope = torch.zeros_like(p)
        for i in range(p.numel()):
            bump = torch.zeros_like(p).flatten()
            bump[i] = epsilon
            bump = bump.view_as(p)
            up, down = (function(theta | {name: p + sign * bump}) for sign in (1, -1))
            slope.view(-1)[i] = (up - down) / (2 * epsilon)
        gradient[name] = slope
    return gradient


def loop_over_tasks(net, theta, task, alpha, steps):
    """MAML as one would write it first: one task, one backward, after the other."""
    leaves = {name: p.clone().requires_grad_() for name, p in theta.items()}
    for x_s, y_s, x_q, y_q in zip(*task, strict=True):
        phi = leaves
        for _ in range(steps):
            inner = (net(phi, x_s[None]) - y_s[None]).square().mean()
            grads = torch.autograd.grad(inner, phi.values(), create_graph=True)
            phi = {name: p - alpha * g for (name, p), g in zip(phi.items(), grads, strict=True)}
        ((net(phi, x_q[None]) - y_q[None]).square().mean() / task.n_tasks).backward()
    return {name: p.grad for name, p in leaves.items()}


@pytest.mark.parametrize("steps", [0, 1, 3])
@pytest.mark.parametrize("head_only", [False, True])
def test_meta_gradient_equals_finite_differences(net, rng, steps, head_only):
    theta, task = net.init(rng), sinusoids.sample_tasks(4, 5, 6, rng=rng)
    how = dict(alpha=0.1, steps=steps, head_only=head_only)
    _, gradient = maml.meta_gradient(net, theta, task, **how)
    expected = finite_differences(lambda theta: maml.meta_loss(net, theta, task, **how), theta)
    torch.testing.assert_close(gradient, expected, rtol=1e-6, atol=1e-7)


def test_finite_differences_catch_a_first_order_gradient(net, rng):
    theta, task = net.init(rng), sinusoids.sample_tasks(4, 5, 6, rng=rng)
    _, gradient = maml.meta_gradient(net, theta, task, alpha=0.1, first_order=True)
    expected = finite_differences(lambda theta: maml.meta_loss(net, theta, task, alpha=0.1), theta)
    assert (gradient["1.weight"] - expected["1.weight"]).norm() > 0.01 * expected["1.weight"].norm()


@pytest.mark.parametrize("steps", [1, 5])
def test_stacked_tasks_equal_a_loop_over_tasks(net, rng, steps):
    theta, task = net.init(rng), sinusoids.sample_tasks(5, 4, 7, rng=rng)
    _, gradient = maml.meta_gradient(net, theta, task, alpha=0.1, steps=steps)
    torch.testing.assert_close(gradient, loop_over_tasks(net, theta, task, 0.1, steps))


# On quadratics L_t(w) = a_t / 2 * (w - c_t)^2 everything is known: phi - c = (1 - alpha a)^steps (theta - c).

CURVATURE, CENTRE, ALPHA = torch.tensor([1.0, 4.0, 2.5]).double(), torch.tensor([-1.0, 2.0, 0.5]).double(), 0.2


def quadratic_tasks():
    """Three tasks whose 'examples' carry curvature (x) and centre (y), in support and query alike."""
    x, y = CURVATURE.view(3, 1, 1), CENTRE.view(3, 1, 1)
    return Task(x, y, x, y)


def quadratic_net(theta, x):
    """Predict w, and remember the curvature, so that the loss below can weigh the error."""
    return torch.stack([theta["w"].view(-1, 1, 1).expand_as(x), x])


def quadratic_loss(prediction, y):
    w, curvature = prediction
    return (curvature / 2 * (w - y) ** 2).flatten(1).mean(1)


@pytest.mark.parametrize("steps", [0, 1, 2, 6])
def test_quadratic_meta_gradients_equal_the_closed_form(steps):
    theta = torch.tensor(0.7)
    shrink = (1 - ALPHA * CURVATURE) ** steps
    for first_order, chain in (False, shrink), (True, torch.ones(3)):
        loss, gradient = maml.meta_gradient(
            quadratic_net,
            {"w": theta},
            quadratic_tasks(),
            alpha=ALPHA,
            steps=steps,
            first_order=first_order,
            loss=quadratic_loss,
        )
        phi = CENTRE + shrink * (theta - CENTRE)
        torch.testing.assert_close(loss, (CURVATURE / 2 * (phi - CENTRE) ** 2).mean())
        torch.testing.assert_close(gradient["w"], (chain * CURVATURE * (phi - CENTRE)).mean())


def test_first_order_drops_exactly_the_second_derivative():
    theta = torch.tensor(0.7)
    how = dict(alpha=ALPHA, loss=quadratic_loss)
    second = maml.meta_gradient(quadratic_net, {"w": theta}, quadratic_tasks(), **how)[1]["w"]
    first = maml.meta_gradient(quadratic_net, {"w": theta}, quadratic_tasks(), first_order=True, **how)[1]["w"]
    phi = theta - ALPHA * CURVATURE * (theta - CENTRE)
    dropped = (-ALPHA * CURVATURE * CURVATURE * (phi - CENTRE)).mean()
    torch.testing.assert_close(second - first, dropped)


@pytest.mark.parametrize("how", [dict(), dict(first_order=True), dict(head_only=True)])
def test_the_order_of_tasks_does_not_matter(net, rng, how):
    theta, task = net.init(rng), sinusoids.sample_tasks(6, 5, 5, rng=rng)
    _, gradient = maml.meta_gradient(net, theta, task, alpha=0.1, **how)
    _, shuffled = maml.meta_gradient(net, theta, task.select([3, 0, 5, 1, 4, 2]), alpha=0.1, **how)
    torch.testing.assert_close(gradient, shuffled)


def test_zero_steps_give_the_plain_gradient_of_the_query_loss(net, rng):
    theta, task = net.init(rng), sinusoids.sample_tasks(6, 5, 5, rng=rng)
    leaves = {name: p.clone().requires_grad_() for name, p in theta.items()}
    (net(leaves, task.x_query) - task.y_query).square().mean().backward()
    _, gradient = maml.meta_gradient(net, theta, task, alpha=0.1, steps=0)
    torch.testing.assert_close(gradient, {name: p.grad for name, p in leaves.items()})


def test_the_adapted_weights_reach_the_loss(net, rng):
    theta, task = net.init(rng), sinusoids.sample_tasks(6, 5, 5, rng=rng)
    losses = [maml.meta_loss(net, theta, task, alpha=0.1, steps=steps).item() for steps in (0, 1, 2)]
    assert len(set(losses)) == 3


def test_theta_is_not_changed_by_its_meta_gradient(net, rng):
    theta, task = net.init(rng), sinusoids.sample_tasks(6, 5, 5, rng=rng)
    before = {name: p.clone() for name, p in theta.items()}
    maml.meta_gradient(net, theta, task, alpha=0.1, steps=2)
    for name, p in theta.items():
        assert torch.equal(p, before[name])
        assert not p.requires_grad


def test_query_labels_only_enter_the_query_loss(net, rng):
    """Predictions never see y_query, and support labels matter only through phi."""
    theta, task = net.init(rng), sinusoids.sample_tasks(6, 5, 5, rng=rng)
    zero_steps = maml.meta_loss(net, theta, task._replace(y_support=task.y_support + 1), alpha=0.1, steps=0)
    torch.testing.assert_close(zero_steps, maml.meta_loss(net, theta, task, alpha=0.1, steps=0))
    one_step = maml.meta_loss(net, theta, task._replace(y_support=task.y_support + 1), alpha=0.1)
    assert one_step != maml.meta_loss(net, theta, task, alpha=0.1)


def test_anil_changes_only_the_head(net, rng):
    """Its prediction is the head's, adapted, on features that are the same before and after."""
    theta, task = net.init(rng), sinusoids.sample_tasks(2, 5, 5, rng=rng)
    prediction = maml.predict(net, theta, *task[:3], alpha=0.1, steps=3, head_only=True)
    features = net.features(theta, task.x_support), net.features(theta, task.x_query)
    for t in range(2):
        weight, bias = (theta[f"2.{name}"].clone().requires_grad_() for name in ("weight", "bias"))
        for _ in range(3):
            inner = (features[0][t] @ weight + bias - task.y_support[t]).square().mean()
            grads = torch.autograd.grad(inner, [weight, bias])
            weight, bias = ((p - 0.1 * g).detach().requires_grad_() for p, g in zip((weight, bias), grads, strict=True))
        torch.testing.assert_close(prediction[t], features[1][t] @ weight + bias)


def test_anil_trains_the_body_too(net, rng):
    theta, task = net.init(rng), sinusoids.sample_tasks(2, 5, 5, rng=rng)
    _, gradient = maml.meta_gradient(net, theta, task, alpha=0.1, head_only=True)
    assert gradient.keys() == theta.keys()
    assert gradient["0.weight"].norm() > 0


def test_anil_needs_a_network_with_a_head(rng):
    net = from_module(nn.Linear(1, 1))
    with pytest.raises(ValueError, match="no head of its own"):
        maml.meta_loss(net, net.init(), sinusoids.sample_tasks(2, 5, 5, rng=rng), alpha=0.1, head_only=True)


def test_predict_fits_the_seam_of_evaluation(net, rng):
    theta, task = net.init(rng), sinusoids.sample_tasks(2, 5, 9, rng=rng)
    predict = partial(maml.predict, net, theta, alpha=0.1)
    assert predict(task.x_support, task.y_support, task.x_query).shape == (2, 9, 1)


def test_a_query_set_whose_labels_do_not_fit_gets_a_sentence(net, rng):
    task = sinusoids.sample_tasks(2, 5, 9, rng=rng)
    with pytest.raises(ValueError, match="y has labels for 2 tasks of 8 examples"):
        maml.meta_loss(net, net.init(rng), task._replace(y_query=task.y_query[:, :8]), alpha=0.1)
