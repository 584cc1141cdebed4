"""Learned inner rates: the gradient of every rate, held against closed forms, finite differences and a plain loop."""

from functools import partial

import pytest
import torch

from mlcourse import losses
from mlcourse.evaluation import evaluate
from mlcourse.methods import maml, rates
from mlcourse.networks import MLP, ConvNet
from mlcourse.tasks import Task
from mlcourse.training import meta_train
from mlcourse.worlds import sinusoids


@pytest.fixture
def net():
    return MLP(1, 5, 4, 1, activation=torch.tanh)


@pytest.fixture
def task(rng):
    return sinusoids.sample_tasks(4, 5, 6, rng=rng)


def scattered(weights, rng, spread=0.05):
    """The same weights with rates that all differ, some of them below zero."""
    return {
        name: p + spread * torch.randn(p.shape, generator=rng) if "alpha." in name else p for name, p in weights.items()
    }


def finite_differences(function, weights, epsilon=1e-6):
    """Central differences of a scalar function, one number after the other."""
    gradient = {}
    for name, p in weights.items():
        slope = torch.zeros_like(p)
        for i in range(p.numel()):
            bump = torch.zeros_like(p)
            bump.view(-1)[i] = epsilon
            up, down = (function(weights | {name: p + sign * bump}) for sign in (1, -1))
            slope.view(-1)[i] = (up - down) / (2 * epsilon)
        gradient[name] = slope
    return gradient


def descend(net, theta, alpha, x, y):
    """Gradient descent on one task, each step with rates of its own, in the plainest code there is."""
    for of_step in alpha:
        leaves = {name: p.detach().clone().requires_grad_() for name, p in theta.items()}
        (net(leaves, x[None]) - y[None]).square().mean().backward()
        theta = {name: p - of_step[name] * leaves[name].grad for name, p in theta.items()}
    return theta


@pytest.mark.parametrize("logarithm", [False, True])
@pytest.mark.parametrize("each", ["weight", "tensor"])
@pytest.mark.parametrize("steps", [1, 3])
def test_meta_gradient_equals_finite_differences(net, task, rng, each, steps, logarithm):
    weights = scattered(rates.init(net.init(rng), alpha=0.1, each=each, steps=steps, logarithm=logarithm), rng)
    _, gradient = rates.meta_gradient(net, weights, task)
    expected = finite_differences(lambda weights: rates.meta_loss(net, weights, task), weights)
    torch.testing.assert_close(gradient, expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(("each", "steps"), [("weight", 1), ("tensor", 3)])
def test_meta_gradient_equals_finite_differences_on_pictures(rng, each, steps):
    net = ConvNet(2, filters=2, size=6, blocks=2)
    weights = scattered(rates.init(net.init(rng), alpha=0.1, each=each, steps=steps), rng)
    labels = torch.tensor([[0, 1, 1], [1, 0, 0]])
    task = Task(torch.rand(2, 3, 1, 6, 6, generator=rng), labels, torch.rand(2, 3, 1, 6, 6, generator=rng), labels)
    how = dict(loss=losses.cross_entropy, support_statistics=True)
    _, gradient = rates.meta_gradient(net, weights, task, **how)
    expected = finite_differences(lambda weights: rates.meta_loss(net, weights, task, **how), weights)
    torch.testing.assert_close(gradient, expected, rtol=1e-5, atol=1e-7)


# On quadratics L_t(w) = a_t / 2 * (w - c_t)^2 a step at rate alpha multiplies w - c by 1 - alpha a, and all is known.

CURVATURE, CENTRE = torch.tensor([1.0, 4.0, 2.5]).double(), torch.tensor([-1.0, 2.0, 0.5]).double()


def quadratic_net(theta, x):
    """Predict w, and hand on the curvature, x, so that the loss below can weigh the error."""
    return torch.stack([theta["w"].view(-1, 1, 1).expand_as(x), x])


def quadratic_loss(prediction, y):
    w, curvature = prediction
    return (curvature / 2 * (w - y) ** 2).flatten(1).mean(1)


@pytest.mark.parametrize("first_order", [False, True])
@pytest.mark.parametrize("alpha", [(0.2,), (0.2, -0.1, 0.35)])
def test_on_quadratics_every_gradient_equals_its_closed_form(alpha, first_order):
    """d L / d alpha_s = -a (phi - c) * a (phi_s - c) * product of 1 - alpha_r a over later r; 1 at first order."""
    theta, x, y = torch.tensor(0.7), CURVATURE.view(3, 1, 1), CENTRE.view(3, 1, 1)
    weights = {"w": theta} | {f"alpha.{step}.w": torch.tensor(rate) for step, rate in enumerate(alpha)}
    task = Task(x, y, x, y)
    loss, gradient = rates.meta_gradient(quadratic_net, weights, task, loss=quadratic_loss, first_order=first_order)

    shrink = torch.stack([1 - rate * CURVATURE for rate in alpha])  # (steps, n_tasks)
    gap = torch.cat([torch.ones(1, 3), shrink.cumprod(0)]) * (theta - CENTRE)  # phi_s - c, before and after each step
    later = [torch.ones(3) if first_order else shrink[step:].prod(0) for step in range(len(alpha) + 1)]
    torch.testing.assert_close(loss, (CURVATURE / 2 * gap[-1] ** 2).mean())
    torch.testing.assert_close(gradient["w"], (CURVATURE * gap[-1] * later[0]).mean())
    for step in range(len(alpha)):
        expected = (-CURVATURE * gap[-1] * CURVATURE * gap[step] * later[step + 1]).mean()
        torch.testing.assert_close(gradient[f"alpha.{step}.w"], expected)


@pytest.mark.parametrize("each", ["weight", "tensor"])
@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.parametrize("first_order", [False, True])
def test_equal_rates_are_maml(net, task, rng, each, steps, first_order):
    theta = net.init(rng)
    weights, how = rates.init(theta, alpha=0.1, each=each, steps=steps), dict(first_order=first_order)
    loss, gradient = rates.meta_gradient(net, weights, task, **how)
    expected_loss, expected = maml.meta_gradient(net, theta, task, alpha=0.1, steps=steps, **how)
    assert torch.equal(loss, expected_loss)
    assert all(torch.equal(gradient[name], expected[name]) for name in theta)
    assert torch.equal(
        rates.predict(net, weights, *task[:3]), maml.predict(net, theta, *task[:3], alpha=0.1, steps=steps)
    )


@pytest.mark.parametrize("support_statistics", [False, True])
def test_equal_rates_of_the_head_alone_are_anil(rng, support_statistics):
    net, labels = ConvNet(2, filters=2, size=6, blocks=2), torch.tensor([[0, 1, 1], [1, 0, 0]])
    task = Task(torch.rand(2, 3, 1, 6, 6, generator=rng), labels, torch.rand(2, 3, 1, 6, 6, generator=rng), labels)
    theta = net.init(rng)
    weights = theta | rates.init(net.split(theta)[1], alpha=0.3, each="tensor", steps=2)
    how = dict(head_only=True, support_statistics=support_statistics, loss=losses.cross_entropy)
    loss, gradient = rates.meta_gradient(net, weights, task, **how)
    expected_loss, expected = maml.meta_gradient(net, theta, task, alpha=0.3, steps=2, **how)
    torch.testing.assert_close(loss, expected_loss)
    torch.testing.assert_close({name: gradient[name] for name in theta}, expected)
    assert {name for name in weights if "alpha" in name} == {
        f"alpha.{step}.head.{name}" for step in range(2) for name in ("weight", "bias")
    }


@pytest.mark.parametrize("steps", [0, 1, 2, 5])
def test_beyond_the_learned_steps_the_last_rates_are_repeated(net, task, rng, steps):
    weights = scattered(rates.init(net.init(rng), alpha=0.1, steps=2), rng)
    theta, (first, last) = rates.split(weights)
    prediction = rates.predict(net, weights, *task[:3], steps=steps)
    for t in range(task.n_tasks):
        phi = descend(net, theta, [first, last, last, last, last][:steps], task.x_support[t], task.y_support[t])
        torch.testing.assert_close(prediction[t], net(phi, task.x_query[t : t + 1])[0])


def test_a_trained_logarithm_is_a_fifth_of_the_rates_and_follows_the_chain_rule(net, task, rng):
    theta, how = net.init(rng), dict(alpha=0.1, each="tensor", steps=2)
    plain, log = rates.init(theta, **how), rates.init(theta, **how, logarithm=True)
    for of_step, expected in zip(rates.split(log)[1], rates.split(plain)[1], strict=True):
        torch.testing.assert_close(of_step, expected)
    of_log, of_plain = (rates.meta_gradient(net, weights, task)[1] for weights in (log, plain))
    for name in theta:
        torch.testing.assert_close(of_log[name], of_plain[name])
        for step in range(2):  # d L / d r = d L / d alpha * 5 alpha
            torch.testing.assert_close(of_log[f"log_alpha.{step}.{name}"], 0.5 * of_plain[f"alpha.{step}.{name}"])


def test_a_rate_may_become_negative_where_climbing_helps():
    """The query's centre is minus the support's: the best step goes the other way, at rate -1, and is always right."""
    centre = torch.tensor([-1.0, 0.5, 2.0, -1.5]).view(4, 1, 1)
    task = Task(torch.ones_like(centre), centre, torch.ones_like(centre), -centre)
    gradient = partial(rates.meta_gradient, quadratic_net, task=task, loss=quadratic_loss)
    trained = meta_train(
        lambda weights, task: gradient(weights),
        rates.init({"w": torch.tensor(0.3)}, alpha=0.5),
        lambda: task,
        n_iterations=500,
        beta=0.1,
        optimizer=torch.optim.SGD,
    )
    torch.testing.assert_close(trained.theta, {"w": torch.tensor(0.0), "alpha.0.w": torch.tensor(-1.0)})
    assert gradient(trained.theta)[0] < 1e-12
    at_rest = centre.square().mean() / 2  # at rates r >= 0 no loss is lower: 1/2 mean of ((1 - r) w + (1 + r) c)^2
    for w in torch.linspace(-2, 2, 9):
        for rate in 0.0, 0.1, 1.0:
            assert maml.meta_loss(quadratic_net, {"w": w}, task, alpha=rate, loss=quadratic_loss) > at_rest - 1e-9


def test_the_order_of_tasks_does_not_matter(net, rng):
    task = sinusoids.sample_tasks(6, 5, 5, rng=rng)
    weights = scattered(rates.init(net.init(rng), alpha=0.1, steps=2), rng)
    _, gradient = rates.meta_gradient(net, weights, task)
    _, shuffled = rates.meta_gradient(net, weights, task.select([3, 0, 5, 1, 4, 2]))
    torch.testing.assert_close(gradient, shuffled)


def test_the_gradient_of_a_tensors_rate_is_the_sum_of_its_weights_rates(net, task, rng):
    theta = net.init(rng)
    _, fine = rates.meta_gradient(net, rates.init(theta, alpha=0.1, steps=3), task)
    _, coarse = rates.meta_gradient(net, rates.init(theta, alpha=0.1, each="tensor", steps=3), task)
    torch.testing.assert_close(coarse, {n: g.sum() if n.startswith("alpha.") else g for n, g in fine.items()})


def test_the_gradient_of_rates_shared_by_all_steps_is_the_sum_over_the_steps(net, task, rng):
    theta = net.init(rng)
    _, of_steps = rates.meta_gradient(net, rates.init(theta, alpha=0.1, steps=3), task)
    _, shared = rates.meta_gradient(net, rates.init(theta, alpha=0.1), task, steps=3)
    for name in theta:
        torch.testing.assert_close(
            shared[f"alpha.0.{name}"], sum(of_steps[f"alpha.{step}.{name}"] for step in range(3))
        )


def test_first_order_drops_the_second_derivative_for_theta_but_not_for_the_last_rates(net, task, rng):
    weights = scattered(rates.init(net.init(rng), alpha=0.1, steps=2), rng)
    _, second = rates.meta_gradient(net, weights, task)
    _, first = rates.meta_gradient(net, weights, task, first_order=True)
    for name in rates.split(weights)[0]:
        torch.testing.assert_close(first[f"alpha.1.{name}"], second[f"alpha.1.{name}"])
        for changed in name, f"alpha.0.{name}":
            assert (first[changed] - second[changed]).norm() > 0.01 * second[changed].norm()


def test_one_steps_rates_learn_from_minus_support_gradient_times_query_gradient(net, task, rng):
    weights = scattered(rates.init(net.init(rng), alpha=0.1), rng)
    theta, (alpha,) = rates.split(weights)
    _, gradient = rates.meta_gradient(net, weights, task, first_order=True)
    expected = {name: torch.zeros_like(p) for name, p in theta.items()}
    one = dict.fromkeys(theta, 1.0)  # at rate 1 a step is the gradient
    for x_s, y_s, x_q, y_q in zip(*task, strict=True):
        phi = descend(net, theta, [alpha], x_s, y_s)
        on_support, on_query = descend(net, theta, [one], x_s, y_s), descend(net, phi, [one], x_q, y_q)
        for name in theta:
            expected[name] -= (theta[name] - on_support[name]) * (phi[name] - on_query[name]) / task.n_tasks
    torch.testing.assert_close({name: gradient[f"alpha.0.{name}"] for name in theta}, expected)


@pytest.mark.parametrize("each", ["weight", "tensor"])
@pytest.mark.parametrize("first_order", [False, True])
def test_every_rate_receives_gradient(net, task, rng, each, first_order):
    weights = rates.init(net.init(rng), alpha=0.1, each=each, steps=3)
    _, gradient = rates.meta_gradient(net, weights, task, first_order=first_order)
    assert gradient.keys() == weights.keys()
    assert all((g != 0).all() and g.shape == weights[name].shape for name, g in gradient.items())


def test_init_puts_rates_beside_theta_and_split_takes_them_apart(net, rng):
    theta = net.init(rng)
    weights = rates.init(theta, alpha=0.3, each="tensor", steps=2)
    back, alpha = rates.split(weights)
    assert back == theta and list(back) == list(theta)
    assert alpha == [dict.fromkeys(theta, torch.tensor(0.3))] * 2
    assert "alpha.1.0.weight" in weights and len(weights) == 3 * len(theta)
    assert all(p.shape == theta[name].shape for name, p in rates.split(rates.init(theta))[1][0].items())


def test_the_weights_are_not_changed_by_their_meta_gradient(net, task, rng):
    weights = rates.init(net.init(rng), alpha=0.1, steps=2)
    before = {name: p.clone() for name, p in weights.items()}
    rates.meta_gradient(net, weights, task)
    assert all(torch.equal(p, before[name]) and not p.requires_grad for name, p in weights.items())


def test_tasks_taken_one_at_a_time_give_the_same_gradient(net, task, rng):
    weights = rates.init(net.init(rng), alpha=0.1)
    _, together = rates.meta_gradient(net, weights, task)
    net.tasks_at_once = 1
    _, apart = rates.meta_gradient(net, weights, task)
    torch.testing.assert_close(apart, together)


def test_with_support_statistics_a_query_does_not_depend_on_the_others(rng):
    net = ConvNet(2, filters=2, size=6, blocks=2)
    weights = rates.init(net.init(rng), alpha=0.1)
    x_support, x_query = (torch.rand(2, n, 1, 6, 6, generator=rng) for n in (2, 3))
    predict = partial(rates.predict, net, weights, x_support, torch.tensor([[0, 1], [1, 0]]), loss=losses.cross_entropy)
    together, alone = (predict(x, support_statistics=True)[:, :1] for x in (x_query, x_query[:, :1]))
    torch.testing.assert_close(together, alone)
    assert not torch.allclose(predict(x_query)[:, :1], predict(x_query[:, :1]))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_on_waves_learned_rates_do_no_worse_than_a_fixed_one(seed):
    rng, net = torch.Generator().manual_seed(seed), MLP(1, 20, 20, 1)
    unseen, theta = sinusoids.sample_tasks(200, 5, 50, rng=rng), net.init(rng)
    batches = [sinusoids.sample_tasks(10, 5, 10, rng=rng) for _ in range(400)]

    def error(method, weights, **how):
        sample = partial(next, iter(batches))
        trained = meta_train(partial(method.meta_gradient, net, **how), weights, sample, n_iterations=400, beta=0.003)
        return evaluate(partial(method.predict, net, trained.theta, **how), unseen).mean

    assert error(rates, rates.init(theta, alpha=0.01)) < error(maml, theta, alpha=0.01)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda net, theta, task: rates.init(theta, each="layer"), 'each "weight" can have a rate'),
        (lambda net, theta, task: rates.init(theta, steps=0), "got 0 steps"),
        (lambda net, theta, task: rates.init(theta, alpha=-0.1), "alpha = -0.1"),
        (lambda net, theta, task: rates.init(theta, alpha=0, logarithm=True), "start above 0"),
        (
            lambda net, theta, task: rates.init(rates.init(theta)),
            "named like alpha.0.0.weight, and theta has that already",
        ),
        (lambda net, theta, task: rates.meta_gradient(net, theta, task), "hold no rates, `rates.init` makes some"),
        (lambda net, theta, task: rates.predict(net, rates.init(theta), *task[:3], steps=-1), "steps = -1"),
        (
            lambda net, theta, task: rates.meta_gradient(net, rates.init(theta, steps=3), task, steps=2),
            "got steps = 2 for rates of 3 steps",
        ),
        (
            lambda net, theta, task: rates.predict(net, rates.init(theta) | {"more": theta["0.bias"]}, *task[:3]),
            "one rate for each of",
        ),
        (
            lambda net, theta, task: rates.meta_gradient(
                net, rates.init(theta), task._replace(y_query=task.y_query[:, 1:])
            ),
            "y has labels for 4 tasks of 5 examples",
        ),
    ],
)
def test_wrong_input_gets_a_sentence(net, task, rng, wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        wrong(net, net.init(rng), task)
