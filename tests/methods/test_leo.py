"""LEO held against closed forms, plain descent, samples and finite differences."""

from functools import partial

import pytest
import torch

from mlcourse import inner_loop, losses
from mlcourse.evaluation import dependence, evaluate
from mlcourse.methods import leo
from mlcourse.networks import Coder
from mlcourse.tasks import Task
from mlcourse.training import clipped, meta_train


def tasks(rng, n_tasks=3, n_way=3, k_shot=2, n_query=4, d=6):
    """Classes around random points, examples in an order of their own."""
    middle = torch.randn(n_tasks, n_way, 1, d, generator=rng)
    y = torch.arange(n_way).view(1, n_way, 1)
    sets = []
    for n in (k_shot, n_query):
        x = (middle + 0.5 * torch.randn(n_tasks, n_way, n, d, generator=rng)).flatten(1, 2)
        order = torch.randperm(n_way * n, generator=rng)
        sets += [x[:, order], y.expand(n_tasks, n_way, n).flatten(1, 2)[:, order]]
    return Task(*sets)


def slope_of_weights(w, x, y):
    w = w.clone().requires_grad_()
    return torch.autograd.grad(losses.cross_entropy(x @ w.mT, y).sum(), w)[0]


def test_with_a_linear_decoder_a_step_among_codes_moves_the_weights_by_D_D_transposed(rng):
    x, y, *_ = tasks(rng)
    D, z = torch.randn(6, 2, generator=rng), torch.randn(3, 3, 2, generator=rng)  # w = D z
    after = leo.descend(lambda z: z @ D.T, z, x, y, alpha=0.3, steps=1)
    w, moved = z @ D.T, (after - z) @ D.T
    torch.testing.assert_close(moved, -0.3 * slope_of_weights(w, x, y) @ D @ D.T)
    off_the_plane = moved - moved @ D @ torch.linalg.pinv(D)
    assert off_the_plane.abs().max() < 1e-12


def test_with_an_orthogonal_decoder_it_is_plain_descent_among_the_weights(rng):
    x, y, *_ = tasks(rng)
    D, _ = torch.linalg.qr(torch.randn(6, 6, generator=rng))
    w = torch.randn(3, 3, 6, generator=rng)
    z = leo.descend(lambda z: z @ D.T, w @ D, x, y, alpha=0.5, steps=4)
    torch.testing.assert_close(z @ D.T, leo.descend(lambda w: w, w, x, y, alpha=0.5, steps=4))


def test_among_weights_it_is_the_inner_loop_of_the_course(rng):
    x, y, *_ = tasks(rng)

    def linear(theta, x):
        return x @ theta["w"].mT

    w = torch.randn(3, 6, generator=rng)
    phi = inner_loop.adapt(linear, dict(w=w), x, y, alpha=0.5, steps=3, loss=losses.cross_entropy)
    found = leo.descend(lambda w: w, w.expand(3, 3, 6), x, y, alpha=0.5, steps=3)
    torch.testing.assert_close(found, phi["w"])


def test_one_step_from_zero_compares_with_class_means_in_the_decoder_s_plane(rng):
    """With equally many examples of each class: w_c = alpha / n_way D D^T (mean of class c - mean of all)."""
    task = tasks(rng)
    D = torch.randn(6, 2, generator=rng)
    z = leo.descend(lambda z: z @ D.T, torch.zeros(3, 3, 2), task.x_support, task.y_support, alpha=0.6, steps=1)
    for t in range(3):
        x, y = task.x_support[t], task.y_support[t]
        for c in range(3):
            away = x[y == c].mean(0) - x.mean(0)
            torch.testing.assert_close(D @ z[t, c], 0.6 / 3 * D @ D.T @ away)


def test_steps_among_codes_of_a_square_find_least_squares_in_closed_form(rng, monkeypatch):
    """With the squared error for a loss, descent from zero ends in D times the pseudo-inverse of X D."""
    x, D = torch.randn(1, 9, 6, generator=rng), torch.randn(6, 2, generator=rng)
    y = torch.randn(1, 9, 3, generator=rng)
    monkeypatch.setattr(leo, "cross_entropy", losses.mse)
    z = leo.descend(lambda z: z @ D.T, torch.zeros(1, 3, 2), x, y, alpha=0.5, steps=3000)
    torch.testing.assert_close(z[0].T, torch.linalg.lstsq(x[0] @ D, y[0]).solution)


def test_the_divergence_is_the_mean_of_its_samples(rng):
    mu, sigma = torch.tensor([0.0, 0.7, -1.5]), torch.tensor([1.0, 0.4, 1.3])
    z = mu + sigma * torch.randn(400_000, 3, generator=rng)
    here, there = torch.distributions.Normal(mu, sigma), torch.distributions.Normal(0.0, 1.0)
    torch.testing.assert_close(leo.divergence(mu, sigma), torch.distributions.kl_divergence(here, there))
    sampled = (here.log_prob(z) - there.log_prob(z)).mean(0)
    torch.testing.assert_close(sampled, leo.divergence(mu, sigma), atol=0.01, rtol=0)


def test_orthogonal_rows_do_not_overlap_and_equal_rows_do_fully():
    assert leo.overlap(3 * torch.eye(4, 7)) == 0
    torch.testing.assert_close(leo.overlap(torch.ones(4, 7)), torch.tensor(12 / 16))


KINDS = {
    "whole": ({}, {}),
    "no encoder": (dict(encoder=False), {}),
    "no relations": (dict(related=False), {}),
    "no decoder": (dict(decoder=False), {}),
    "no steps": ({}, dict(steps=0)),
    "fine-tuned": ({}, dict(fine=2)),
    "nothing drawn": ({}, dict(rng=None)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_meta_gradient_is_that_of_finite_differences(rng, kind):
    shape, how = KINDS[kind]
    net, task = Coder(6, size=3, **shape), tasks(rng)
    theta = leo.init(net, rng, **{name: n for name, n in how.items() if name in ("steps", "fine")})
    theta = {name: p + 0.1 * torch.randn(p.shape, generator=rng) for name, p in theta.items()}
    how = dict(steps=3, encoder=0.0) | how  # the encoder's penalty holds a constant that is none

    def fresh():
        return {} if "rng" in how else dict(rng=torch.Generator().manual_seed(7))

    loss, gradient = leo.meta_gradient(net, theta, task, **fresh(), **how)
    torch.testing.assert_close(loss, leo.meta_loss(net, theta, task, **fresh(), **how).detach())
    for name, p in theta.items():
        direction = torch.randn(p.shape, generator=rng)

        def along(step, name=name, p=p, direction=direction):
            return leo.meta_loss(net, theta | {name: p + step * direction}, task, **fresh(), **how)

        slope = (along(1e-6) - along(-1e-6)) / 2e-6
        torch.testing.assert_close((gradient[name] * direction).sum(), slope, rtol=1e-5, atol=1e-8)


def test_the_encoder_s_penalty_pulls_the_start_and_leaves_the_end(rng):
    """As if the end were a number: its gradient is that of the start alone."""
    net, task = Coder(6, size=3), tasks(rng)
    theta = leo.init(net, rng)
    without = leo.meta_gradient(net, theta, task, encoder=0.0)[1]
    found = leo.meta_gradient(net, theta, task, encoder=1.0)[1]
    end = leo.adapt(net, theta, task.x_support, task.y_support)[1].detach()
    leaves = {name: p.clone().requires_grad_() for name, p in theta.items()}
    start, _ = net.encode(leaves, task.x_support, task.y_support)
    alone = torch.autograd.grad((start - end).square().mean(), list(leaves.values()), materialize_grads=True)
    for (name, p), expected in zip(found.items(), alone, strict=True):
        torch.testing.assert_close(p - without[name], expected)


def test_on_new_tasks_nothing_is_drawn_and_no_query_matters_to_another(rng):
    net, task = Coder(6, size=3), tasks(rng)
    theta = leo.init(net, rng)
    ask = partial(leo.predict, net, theta)
    assert torch.equal(ask(*task[:3]), ask(*task[:3]))
    assert dependence(ask, task).max() < 1e-12
    order = torch.randperm(6, generator=rng)
    torch.testing.assert_close(ask(task.x_support[:, order], task.y_support[:, order], task.x_query), ask(*task[:3]))


def test_in_training_codes_and_weights_are_drawn(rng):
    net, task = Coder(6, size=3), tasks(rng)
    theta = leo.init(net, rng)
    one, other = (leo.adapt(net, theta, task.x_support, task.y_support, rng=rng) for _ in range(2))
    assert not torch.equal(one[0], other[0]) and not torch.equal(one[2], other[2])
    torch.testing.assert_close(one[3], other[3])


def test_no_gradient_flows_into_the_features(rng):
    net, task = Coder(6, size=3), tasks(rng)
    theta = {name: p.requires_grad_() for name, p in leo.init(net, rng).items()}
    task = task._replace(**{name: getattr(task, name).clone().requires_grad_() for name in ("x_support", "x_query")})
    leo.meta_loss(net, theta, task).backward()
    assert task.x_support.grad is None and task.x_query.grad is None
    assert theta["D"].grad.any() and theta["log_alpha"].grad.any()


def test_it_learns_which_two_of_twenty_directions_matter(rng):
    """A head that descends alone has to find out in every task that the other eighteen are noise."""
    signal = torch.zeros(20)
    signal[:2] = 1.0

    def sample():
        task = tasks(rng, 12, n_way=4, k_shot=1, n_query=5, d=20)
        noise = (torch.randn(x.shape, generator=rng) for x in (task.x_support, task.x_query))
        x_support, x_query = (torch.where(signal > 0, x, n) for x, n in zip(task[::2], noise, strict=True))
        return task._replace(x_support=x_support, x_query=x_query)

    def alone(x, y, x_query):
        w = torch.zeros(len(x), 4, 20)
        return leo.scores(leo.descend(lambda w: w, w, x, y, alpha=1.0, steps=20), x_query)

    net = Coder(20, size=4)
    recipe = clipped(partial(leo.meta_gradient, net, rng=rng))
    theta = meta_train(recipe, leo.init(net, rng), sample, n_iterations=150, beta=0.01).theta
    unseen = [sample() for _ in range(20)]
    ours, head = (evaluate(ask, unseen, metric=losses.accuracy) for ask in (partial(leo.predict, net, theta), alone))
    assert ours.mean > head.mean + 0.05
