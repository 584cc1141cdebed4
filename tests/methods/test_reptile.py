"""Reptile, held against plain loops, torch's own optimizers, a closed form and the paper's expansion."""

from functools import partial

import pytest
import torch
from torch.func import grad

from mlcourse.evaluation import evaluate
from mlcourse.losses import cross_entropy
from mlcourse.methods import maml, reptile, transfer
from mlcourse.networks import MLP, ConvNet
from mlcourse.tasks import Task
from mlcourse.training import meta_train
from mlcourse.worlds import sinusoids


@pytest.fixture
def net():
    return MLP(1, 6, 6, 1, activation=torch.tanh)


def waves(rng, n_tasks=4, k_shot=10):
    return sinusoids.sample_tasks(n_tasks, k_shot, 1, rng=rng)


def mean_loss(net, theta, x, y):
    return (net(theta, x) - y).square().mean()


def train_on_one_task(net, theta, x, y, optimizer, steps):
    """What one would write first: one task, x and y (n_support, ...), and torch's own optimizer on its weights."""
    for _ in range(steps):
        optimizer.zero_grad()
        mean_loss(net, theta, x[None], y[None]).backward()
        optimizer.step()


def leaves(theta):
    return {name: p.clone().requires_grad_() for name, p in theta.items()}


def mean_of(thetas):
    return {name: torch.stack([theta[name].detach() for theta in thetas]).mean(0) for name in thetas[0]}


def difference(theta, phi):
    return {name: p - phi[name] for name, p in theta.items()}


class Spy:
    """A network that gives x itself, and a loss that remembers the examples; both see one mini-batch a step."""

    def __init__(self):
        self.batches = []

    def net(self, theta, x):
        return x + 0 * theta["w"].view(-1, 1, 1)

    def loss(self, prediction, y):
        self.batches.append((prediction.detach(), y))
        return prediction.square().flatten(1).mean(1)


def test_one_step_of_descent_is_joint_training(net, rng):
    """theta - phi is alpha times the gradient of one loss on all tasks' examples: no meta-learning with k = 1."""
    theta, task = net.init(rng), waves(rng)
    start = leaves(theta)
    joint = mean_loss(net, start, task.x_support, task.y_support)
    joint.backward()
    loss, gradient = reptile.meta_gradient(net, theta, task, alpha=0.1, steps=1)
    torch.testing.assert_close(loss, joint.detach())
    torch.testing.assert_close(gradient, {name: 0.1 * p.grad for name, p in start.items()})


@pytest.mark.parametrize("steps", [1, 2, 5])
@pytest.mark.parametrize(
    ("how", "optimizer"),
    [
        (dict(), torch.optim.SGD),
        (dict(adam=True), partial(torch.optim.Adam, betas=(0.0, 0.999))),
        (dict(adam=True, beta1=0.9, beta2=0.99), partial(torch.optim.Adam, betas=(0.9, 0.99))),
    ],
)
def test_it_equals_torchs_optimizer_run_task_by_task(net, rng, how, optimizer, steps):
    theta, task = net.init(rng), waves(rng)
    phis = []
    for x, y, *_ in zip(*task, strict=True):
        phis.append(leaves(theta))
        train_on_one_task(net, phis[-1], x, y, optimizer(phis[-1].values(), lr=0.03), steps)
    _, gradient = reptile.meta_gradient(net, theta, task, alpha=0.03, steps=steps, **how)
    torch.testing.assert_close(gradient, difference(theta, mean_of(phis)))


def test_carried_adam_is_one_adam_that_goes_on_from_task_to_task(net, rng):
    """With one task at a time, as in the authors' code: the weights go back to theta, the second moment stays."""
    theta, tasks = net.init(rng), [waves(rng, n_tasks=1) for _ in range(4)]
    recipe = reptile.CarriedAdam(net, alpha=0.03, steps=3)
    expected = dict(theta)
    phi = leaves(theta)
    adam = torch.optim.Adam(phi.values(), lr=0.03, betas=(0.0, 0.999))
    for task in tasks:
        _, gradient = recipe(theta, task)
        theta = {name: p - 0.5 * gradient[name] for name, p in theta.items()}
        with torch.no_grad():
            for name, p in phi.items():
                p.copy_(expected[name])
        train_on_one_task(net, phi, task.x_support[0], task.y_support[0], adam, 3)
        expected = {name: p + 0.5 * (phi[name].detach() - p) for name, p in expected.items()}
    torch.testing.assert_close(theta, expected)
    torch.testing.assert_close(recipe.state.second, {name: adam.state[p]["exp_avg_sq"] for name, p in phi.items()})
    assert recipe.state.steps == 12


def tensorflow_1(net, theta, tasks, *, alpha, steps, beta, beta1, beta2=0.999, epsilon=1e-8):
    """The authors' training with one task a meta-step, as TensorFlow 1 documents its Adam, weight by weight:

    lr_t = alpha * sqrt(1 - beta2^t) / (1 - beta1^t),    w <- w - lr_t * m_t / (sqrt(v_t) + epsilon)
    """
    theta = {name: p.clone() for name, p in theta.items()}
    m, v = ({name: torch.zeros_like(p) for name, p in theta.items()} for _ in range(2))
    beta1_power = beta2_power = 1.0
    for task in tasks:
        phi = leaves(theta)
        for _ in range(steps):
            grads = torch.autograd.grad(mean_loss(net, phi, *task[:2]), list(phi.values()))
            beta1_power, beta2_power = beta1_power * beta1, beta2_power * beta2
            rate = alpha * (1 - beta2_power) ** 0.5 / (1 - beta1_power)
            with torch.no_grad():
                for (name, p), g in zip(phi.items(), grads, strict=True):
                    m[name] = beta1 * m[name] + (1 - beta1) * g
                    v[name] = beta2 * v[name] + (1 - beta2) * g * g
                    p -= rate * m[name] / (v[name].sqrt() + epsilon)
        theta = {name: p + beta * (phi[name].detach() - p) for name, p in theta.items()}
    return theta


@pytest.mark.parametrize("beta1", [0.0, 0.9])
def test_with_epsilon_hat_and_one_task_carried_adam_is_the_authors(net, rng, beta1):
    """Also where gradients are so small that the place of epsilon matters, for which the waves are made flat."""
    flat = net.init(rng)
    flat = flat | {"2.weight": 1e-7 * flat["2.weight"]}
    for start, far in (net.init(rng), False), (flat, True):
        tasks, moved = [waves(rng, n_tasks=1) for _ in range(4)], {}
        if far:
            tasks = [task.map(lambda tensor: 1e-3 * tensor) for task in tasks]
        how = dict(alpha=0.03, steps=3, beta1=beta1)
        for epsilon_hat in (False, True):
            recipe, theta = reptile.CarriedAdam(net, epsilon_hat=epsilon_hat, **how), start
            for task in tasks:
                _, gradient = recipe(theta, task)
                theta = {name: p - 0.5 * gradient[name] for name, p in theta.items()}
            moved[epsilon_hat] = theta
        expected = tensorflow_1(net, start, tasks, beta=0.5, **how)
        torch.testing.assert_close(moved[True], expected, rtol=1e-9, atol=1e-12)
        if far:
            off, way = (
                sum((a[name] - b[name]).square().sum() for name in a).sqrt()
                for a, b in ((moved[False], expected), (start, expected))
            )
            assert off > 0.01 * way


def test_with_several_tasks_the_mean_of_their_moments_is_carried(net, rng):
    theta = net.init(rng)
    recipe = reptile.CarriedAdam(net, alpha=0.03, steps=2, beta1=0.5)
    carried = None
    for task in (waves(rng), waves(rng)):
        phis = [leaves(theta) for _ in range(task.n_tasks)]
        adams = [torch.optim.Adam(phi.values(), lr=0.03, betas=(0.5, 0.999)) for phi in phis]
        for t, (phi, adam) in enumerate(zip(phis, adams, strict=True)):
            if carried:
                for p, moments in zip(phi.values(), carried, strict=True):
                    adam.state[p] = {name: moment.clone() for name, moment in moments.items()}
            train_on_one_task(net, phi, task.x_support[t], task.y_support[t], adam, 2)
        states = [[adam.state[p] for p in phi.values()] for phi, adam in zip(phis, adams, strict=True)]
        carried = [mean_of(of_one_weight) for of_one_weight in zip(*states, strict=True)]
        torch.testing.assert_close(recipe(theta, task)[1], difference(theta, mean_of(phis)))
    torch.testing.assert_close(list(recipe.state.second.values()), [moments["exp_avg_sq"] for moments in carried])


def test_carried_adam_starts_like_a_fresh_one_and_then_differs(net, rng):
    theta, task, how = net.init(rng), waves(rng), dict(alpha=0.03, steps=3)
    recipe = reptile.CarriedAdam(net, **how)
    first, second = recipe(theta, task)[1], recipe(theta, task)[1]
    fresh = reptile.meta_gradient(net, theta, task, adam=True, **how)[1]
    torch.testing.assert_close(first, fresh)
    assert (second["1.weight"] - fresh["1.weight"]).norm() > 0.01 * fresh["1.weight"].norm()


def test_evaluation_can_start_from_the_carried_state_and_leaves_it_alone(net, rng):
    theta, task, how = net.init(rng), waves(rng), dict(alpha=0.03, steps=3)
    recipe = reptile.CarriedAdam(net, **how)
    recipe(theta, task)
    state = recipe.state
    moments = {name: p.clone() for name, p in state.second.items()}
    carried = reptile.predict(net, theta, *task[:3], state=state, **how)
    torch.testing.assert_close(carried, reptile.predict(net, theta, *task[:3], adam=True, state=state, **how))
    assert not torch.allclose(carried, reptile.predict(net, theta, *task[:3], adam=True, **how))
    assert recipe.state is state
    torch.testing.assert_close(state.second, moments, rtol=0, atol=0)


@pytest.mark.parametrize(("batch_size", "steps"), [(3, 8), (4, 6), (5, 6), (12, 3), (1, 24)])
def test_each_pass_uses_every_example_once_and_in_a_new_order(rng, batch_size, steps):
    """Also where the mini-batches do not divide the 12 examples; labels stay with their examples."""
    x = torch.arange(36.0).view(3, 12, 1)
    spy = Spy()
    how = dict(alpha=0.0, steps=steps, batch_size=batch_size, rng=rng, loss=spy.loss)
    reptile.adapt(spy.net, {"w": torch.tensor(0.0)}, x, -x, **how)
    assert [tuple(seen.shape) for seen, _ in spy.batches] == [(3, batch_size, 1)] * steps
    assert all(torch.equal(y, -seen) for seen, y in spy.batches)
    stream = torch.cat([seen for seen, _ in spy.batches], 1)
    passes = stream[:, : stream.shape[1] // 12 * 12].view(3, -1, 12)
    for one_pass in passes.unbind(1):
        torch.testing.assert_close(one_pass.sort(-1).values, x.squeeze(-1))
    assert not torch.equal(passes[:, 0], passes[:, 1])
    assert not torch.equal(passes[0, 0] - passes[0, 0].min(), passes[1, 0] - passes[1, 0].min())


def test_a_mini_batch_of_all_examples_is_the_whole_support_set(net, rng):
    theta, task, how = net.init(rng), waves(rng), dict(alpha=0.1, steps=3)
    _, gradient = reptile.meta_gradient(net, theta, task, batch_size=10, rng=rng, **how)
    torch.testing.assert_close(gradient, reptile.meta_gradient(net, theta, task, **how)[1])


def test_a_seed_gives_the_same_mini_batches_bit_for_bit(net, rng):
    theta, task = net.init(rng), waves(rng)
    first, again, other = (
        reptile.meta_gradient(
            net, theta, task, alpha=0.1, steps=4, batch_size=3, rng=torch.Generator().manual_seed(seed)
        )
        for seed in (5, 5, 6)
    )
    assert first[0] == again[0] != other[0]
    assert all(torch.equal(first[1][name], again[1][name]) for name in theta)


@pytest.mark.parametrize("steps", [1, 2, 6])
def test_quadratics_shrink_towards_their_centres_as_in_the_closed_form(steps):
    """L_t(w) = a_t / 2 * (w - c_t)^2, so phi - c = (1 - alpha a)^steps (theta - c)."""
    a, c, theta, alpha = torch.tensor([1.0, 4.0, 2.5]), torch.tensor([-1.0, 2.0, 0.5]), torch.tensor(0.7), 0.2
    x, y = a.view(3, 1, 1), c.view(3, 1, 1)

    def error(theta, x):
        return (x / 2).sqrt() * theta["w"].view(-1, 1, 1), (x / 2).sqrt()

    def loss(prediction, y):
        w, weight = prediction
        return (w - weight * y).square().flatten(1).mean(1)

    task = Task(x, y, x, y)
    _, gradient = reptile.meta_gradient(error, {"w": theta}, task, alpha=alpha, steps=steps, loss=loss)
    phi = c + (1 - alpha * a) ** steps * (theta - c)
    torch.testing.assert_close(gradient["w"], theta - phi.mean())


def test_two_steps_on_two_mini_batches_follow_the_papers_expansion(net, rng):
    """theta - phi = alpha (g1 + g2) - alpha^2 H2 g1 + O(alpha^3): halving alpha leaves an eighth of the rest."""
    theta, task = net.init(rng), waves(rng, n_tasks=1)
    seen = []

    def spying(theta, x):
        seen.append(x.detach())
        return net(theta, x)

    def remainder(alpha):
        """The relative size of what the expansion leaves out."""
        seen.clear()
        how = dict(alpha=alpha, steps=2, batch_size=5, rng=torch.Generator().manual_seed(1))
        phi = reptile.adapt(spying, theta, task.x_support, task.y_support, **how).phi
        g, losses = [], []
        for x in seen:
            y = task.y_support[:, [(task.x_support == value).flatten().int().argmax() for value in x.flatten()]]
            losses.append(lambda theta, x=x, y=y: mean_loss(net, theta, x, y))
            g.append(grad(losses[-1])(theta))
        h2_g1 = grad(lambda theta: sum((grad(losses[1])(theta)[name] * g[0][name]).sum() for name in theta))(theta)
        rest, second = 0, 0
        for name, p in theta.items():
            expansion = alpha * (g[0][name] + g[1][name]) - alpha**2 * h2_g1[name]
            rest += (p - phi[name][0] - expansion).square().sum()
            second += (alpha**2 * h2_g1[name]).square().sum()
        return rest.sqrt(), second.sqrt()

    (rest, second), (rest_of_half, _) = remainder(2e-3), remainder(1e-3)
    torch.testing.assert_close(rest / rest_of_half, torch.tensor(8.0), rtol=0.02, atol=0)
    assert rest < 0.05 * second


def test_the_loss_is_the_mean_along_the_way(net, rng):
    """Over tasks and steps, each before its step; the loss after the last step is not in it."""
    theta, task = net.init(rng), waves(rng)
    losses = [
        mean_loss(
            net, reptile.adapt(net, theta, task.x_support, task.y_support, alpha=0.05, steps=steps).phi, *task[:2]
        )
        for steps in range(3)
    ]
    loss, _ = reptile.meta_gradient(net, theta, task, alpha=0.05, steps=3)
    torch.testing.assert_close(loss, sum(losses) / 3)


def test_the_query_set_is_not_used(net, rng):
    theta, task = net.init(rng), waves(rng)
    nothing = torch.full_like(task.x_query, float("nan"))
    _, gradient = reptile.meta_gradient(net, theta, task, alpha=0.1, steps=3)
    _, without = reptile.meta_gradient(net, theta, task._replace(x_query=nothing, y_query=nothing), alpha=0.1, steps=3)
    torch.testing.assert_close(gradient, without, rtol=0, atol=0)


@pytest.mark.parametrize("adam", [False, True])
def test_theta_is_not_changed_by_its_meta_gradient(net, rng, adam):
    theta, task = net.init(rng), waves(rng)
    before = {name: p.clone() for name, p in theta.items()}
    reptile.meta_gradient(net, theta, task, alpha=0.1, steps=3, adam=adam)
    for name, p in theta.items():
        assert torch.equal(p, before[name])
        assert not p.requires_grad


@pytest.mark.parametrize("adam", [False, True])
def test_the_order_of_tasks_does_not_matter(net, rng, adam):
    theta, task = net.init(rng), waves(rng, n_tasks=6)
    how = dict(alpha=0.1, steps=3, adam=adam)
    _, gradient = reptile.meta_gradient(net, theta, task, **how)
    _, shuffled = reptile.meta_gradient(net, theta, task.select([3, 0, 5, 1, 4, 2]), **how)
    torch.testing.assert_close(gradient, shuffled)


def test_plain_descent_on_the_meta_gradient_interpolates(net, rng):
    """One outer step at rate beta goes the share beta of the way from theta to the mean of phi."""
    theta, task, how = net.init(rng), waves(rng), dict(alpha=0.1, steps=3)
    outer = dict(n_iterations=1, beta=0.25, optimizer=torch.optim.SGD)
    trained = meta_train(partial(reptile.meta_gradient, net, **how), theta, lambda: task, **outer).theta
    mean_phi = mean_of([reptile.adapt(net, theta, *task.select([t])[:2], **how).phi for t in range(task.n_tasks)])
    torch.testing.assert_close(trained, {name: 0.75 * p + 0.25 * mean_phi[name][0] for name, p in theta.items()})


def test_no_steps_leave_theta_with_mini_batches_too(net, rng):
    theta, task = net.init(rng), waves(rng)
    prediction = reptile.predict(net, theta, *task[:3], alpha=0.1, steps=0, batch_size=5, rng=rng)
    torch.testing.assert_close(prediction, net(theta, task.x_query))


@pytest.mark.parametrize("steps", [0, 1, 4])
def test_predicting_by_plain_descent_is_fine_tuning(net, rng, steps):
    theta, task = net.init(rng), waves(rng)
    prediction = reptile.predict(net, theta, *task[:3], alpha=0.1, steps=steps)
    torch.testing.assert_close(prediction, transfer.predict(net, theta, *task[:3], alpha=0.1, steps=steps))
    torch.testing.assert_close(prediction, maml.predict(net, theta, *task[:3], alpha=0.1, steps=steps))
    assert not prediction.requires_grad


def test_training_makes_unseen_waves_easier_to_learn():
    rng = torch.Generator().manual_seed(0)
    net = MLP(1, 32, 32, 1, activation=torch.tanh)
    start, unseen = net.init(rng), sinusoids.sample_tasks(100, 10, 20, rng=torch.Generator().manual_seed(9))
    trained = meta_train(
        partial(reptile.meta_gradient, net, alpha=0.02, steps=10),
        start,
        lambda: waves(rng, n_tasks=8),
        n_iterations=250,
        beta=1.0,
        decay=True,
        optimizer=torch.optim.SGD,
    )

    def error(theta):
        return evaluate(partial(reptile.predict, net, theta, alpha=0.02, steps=10), unseen).mean

    assert error(trained.theta) < 0.4 * error(start)


# Images.


def episodes(rng, n_tasks=3, n_way=3, k_shot=2):
    y = torch.arange(n_way).repeat(k_shot).expand(n_tasks, -1)
    x, x_query = (torch.rand(*y.shape, 1, 8, 8, generator=rng) for _ in range(2))
    return Task(x, y, x_query, y)


@pytest.mark.parametrize("pool", [False, True])
@pytest.mark.parametrize("adam", [False, True])
def test_images_are_learned_by_a_conv_net(rng, pool, adam):
    net = ConvNet(3, filters=4, size=8, blocks=2, pool=pool)
    theta, task = net.init(rng), episodes(rng)
    how = dict(alpha=0.01, adam=adam, batch_size=3, rng=rng, loss=cross_entropy)
    loss, gradient = reptile.meta_gradient(net, theta, task, steps=5, **how)
    assert torch.isfinite(loss)
    assert {name: p.shape for name, p in gradient.items()} == {name: p.shape for name, p in theta.items()}
    assert all(torch.isfinite(p).all() for p in gradient.values())
    scores = reptile.predict(net, theta, *task[:3], steps=50, **how)
    assert scores.shape == (3, 6, 3)
    memorised = reptile.predict(net, theta, task.x_support, task.y_support, task.x_support, steps=50, **how)
    assert (
        cross_entropy(memorised, task.y_support).mean()
        < cross_entropy(net(theta, task.x_support), task.y_support).mean()
    )


def test_with_support_statistics_the_other_queries_do_not_matter(rng):
    net = ConvNet(3, filters=4, size=8, blocks=2)
    theta, task = net.init(rng), episodes(rng)
    how = dict(alpha=0.01, steps=3, loss=cross_entropy)
    for support_statistics in (False, True):
        predict = partial(reptile.predict, net, theta, *task[:2], support_statistics=support_statistics, **how)
        alone, together = predict(task.x_query[:, :1]), predict(task.x_query)[:, :1]
        assert torch.allclose(alone, together) == support_statistics


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        (dict(alpha=-0.1), "got alpha = -0.1"),
        (dict(steps=-1), "got steps = -1"),
        (dict(batch_size=0), "10 support examples: got batch_size = 0"),
        (dict(batch_size=11), "10 support examples: got batch_size = 11"),
        (dict(batch_size=5, rng=None), "pass a torch.Generator as rng along with batch_size"),
    ],
)
def test_wrong_options_get_a_sentence(net, rng, how, sentence):
    task = waves(rng)
    with pytest.raises(ValueError, match=sentence):
        reptile.predict(net, net.init(rng), *task[:3], **dict(alpha=0.1, steps=1, rng=rng) | how)


def test_training_without_inner_steps_gets_a_sentence(net, rng):
    with pytest.raises(ValueError, match="it needs inner steps: got steps = 0"):
        reptile.meta_gradient(net, net.init(rng), waves(rng), alpha=0.1, steps=0)


def test_labels_that_do_not_fit_get_a_sentence(net, rng):
    task = waves(rng)
    with pytest.raises(ValueError, match="y has labels for 4 tasks of 9 examples"):
        reptile.meta_gradient(net, net.init(rng), task._replace(y_support=task.y_support[:, 1:]), alpha=0.1, steps=1)


def test_the_agreement_is_the_cosine_that_a_plain_loop_finds(net, rng):
    theta, task = net.init(rng), waves(rng)
    found = []
    for x, y in zip(task.x_support[:, None], task.y_support[:, None], strict=True):
        one, two = (
            torch.cat([g.flatten() for g in grad(lambda w, x=x, y=y: mean_loss(net, w, x, y))(theta).values()])
            for x, y in ((x[:, :5], y[:, :5]), (x[:, 5:], y[:, 5:]))
        )
        found.append(one @ two / (one.norm() * two.norm()))
    torch.testing.assert_close(reptile.agreement(net, theta, task), torch.stack(found))


def test_halves_that_are_the_same_agree_and_one_example_has_no_halves(net, rng):
    theta, task = net.init(rng), waves(rng, k_shot=1)
    twice = task._replace(x_support=task.x_support.repeat(1, 2, 1), y_support=task.y_support.repeat(1, 2, 1))
    torch.testing.assert_close(reptile.agreement(net, theta, twice), torch.ones(4))
    with pytest.raises(ValueError, match="two halves of a support set need two examples"):
        reptile.agreement(net, theta, task)
