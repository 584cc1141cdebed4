"""Meta-training: an ordinary optimizer, fed with meta-gradients, that can be stopped and says why it stopped."""

import re
from functools import partial

import pytest
import torch

from mlcourse.methods import maml, matching, prototypical, transfer
from mlcourse.networks import MLP
from mlcourse.tasks import Task
from mlcourse.training import clipped, meta_train
from mlcourse.worlds import sinusoids

NET = MLP(1, 8, 8, 1)


def train(n_iterations=30, *, seed=0, sample=None, alpha=0.01, theta=None, **how):
    rng = torch.Generator().manual_seed(seed)
    theta = theta or NET.init(rng)
    sample = sample or (lambda: sinusoids.sample_tasks(5, 5, 5, rng=rng))
    return meta_train(partial(maml.meta_gradient, NET, alpha=alpha), theta, sample, n_iterations=n_iterations, **how)


def test_a_seed_gives_the_same_run_bit_for_bit():
    first, second, other = train(), train(), train(seed=1)
    assert first.losses == second.losses
    assert all(torch.equal(first.theta[name], second.theta[name]) for name in first.theta)
    assert first.losses != other.losses


def test_each_step_is_the_optimizers_on_the_meta_gradient():
    rng = torch.Generator().manual_seed(0)
    theta, task = NET.init(rng), sinusoids.sample_tasks(5, 5, 5, rng=rng)
    trained = meta_train(
        partial(maml.meta_gradient, NET, alpha=0.01),
        theta,
        lambda: task,
        n_iterations=1,
        beta=0.1,
        optimizer=torch.optim.SGD,
    )
    loss, gradient = maml.meta_gradient(NET, theta, task, alpha=0.01)
    assert trained.losses == [loss.item()]
    torch.testing.assert_close(trained.theta, {name: p - 0.1 * gradient[name] for name, p in theta.items()})


def test_training_lowers_the_meta_loss():
    unseen = sinusoids.sample_tasks(200, 5, 20, rng=torch.Generator().manual_seed(9))
    before, after = (maml.meta_loss(NET, train(n, beta=1e-2).theta, unseen, alpha=0.01) for n in (0, 400))
    assert after < 0.8 * before


def test_decay_takes_the_outer_rate_to_zero_in_a_straight_line():
    """With a constant gradient, plain descent moves by the sum of its rates: beta * (1 + 3/4 + 2/4 + 1/4)."""
    constant = lambda theta, task: (torch.tensor(1.0), {"w": torch.tensor(1.0)})  # noqa: E731
    task = sinusoids.sample_tasks(1, 1, 1, rng=torch.Generator())
    start = {"w": torch.tensor(0.0)}
    how = dict(n_iterations=4, beta=0.1, optimizer=torch.optim.SGD)
    falling = meta_train(constant, start, lambda: task, decay=True, **how)
    steady = meta_train(constant, start, lambda: task, **how)
    torch.testing.assert_close(falling.theta["w"], torch.tensor(-0.25))
    torch.testing.assert_close(steady.theta["w"], torch.tensor(-0.4))


def test_the_start_is_not_changed():
    theta = NET.init(torch.Generator().manual_seed(5))
    before = {name: p.clone() for name, p in theta.items()}
    train(theta=theta)
    assert all(torch.equal(theta[name], before[name]) for name in theta)


def test_any_recipe_for_a_gradient_will_do():
    rng = torch.Generator().manual_seed(0)
    trained = meta_train(
        partial(transfer.pooled_gradient, NET),
        NET.init(rng),
        lambda: sinusoids.sample_tasks(5, 5, 5, rng=rng),
        n_iterations=3,
    )
    assert len(trained.losses) == 3


def test_an_interrupt_keeps_what_has_been_learned(capsys):
    def stop_at_ten(iteration, theta):
        if iteration == 10:
            raise KeyboardInterrupt

    interrupted, complete = train(watch=stop_at_ten), train(10)
    assert "Stopped after 10 of 30 iterations" in capsys.readouterr().out
    assert interrupted.losses == complete.losses
    assert all(torch.equal(interrupted.theta[name], complete.theta[name]) for name in complete.theta)


def test_watch_sees_the_weights_before_each_step():
    seen = []
    trained = train(5, watch=lambda iteration, theta: seen.append((iteration, theta["0.weight"].clone())))
    assert [iteration for iteration, _ in seen] == list(range(5))
    assert not torch.equal(seen[-1][1], trained.theta["0.weight"])


def test_the_progress_bar_shows_the_current_loss(capsys, monkeypatch):
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    import tqdm.std

    from mlcourse import training

    monkeypatch.setattr(training, "tqdm", partial(tqdm.std.tqdm, mininterval=0, disable=False))
    losses = train(30).losses
    shown = capsys.readouterr().err
    assert "30/30" in shown
    assert re.search(rf"loss={losses[-1]:.3f}", shown)


def poisoned(value):
    task = sinusoids.sample_tasks(5, 5, 5, rng=torch.Generator().manual_seed(0))
    return task._replace(y_query=torch.full_like(task.y_query, value))


@pytest.mark.parametrize(
    ("how", "cause"),
    [
        (dict(sample=lambda: poisoned(float("nan"))), "iteration 0: the tasks themselves hold values that are not"),
        (
            dict(alpha=1e200),
            "iteration 0: the method diverges from the start, in its inner loop.*lower the inner rate alpha",
        ),
        (dict(beta=1e30, optimizer=torch.optim.SGD), "the outer steps are too large.*lower the outer rate beta"),
    ],
)
def test_a_loss_that_is_not_finite_stops_training_and_names_the_cause(how, cause):
    with pytest.raises(FloatingPointError, match=cause):
        train(**how)


def test_a_start_that_is_not_finite_is_named():
    theta = NET.init(torch.Generator().manual_seed(0)) | {"1.bias": torch.full((8,), float("nan"))}
    with pytest.raises(FloatingPointError, match="iteration 0: the weights to start from are not finite themselves"):
        train(theta=theta)


@pytest.mark.parametrize(
    ("recipe", "size"), [(partial(matching.meta_gradient, scale=1e4), 1.0), (prototypical.meta_gradient, 1e200)]
)
def test_where_there_is_no_inner_loop_none_is_blamed(recipe, size):
    """A wrong answer that is quite sure costs the logarithm of 0, and squares may overflow."""
    y = torch.arange(3).expand(1, -1)
    x = size * torch.tensor([[[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]])
    task, start = Task(x, y, x.flip(1), y), {"scale": torch.tensor(1.0)}

    def stretched(theta, x):
        return theta["scale"] * x

    losses = iter([1.0])

    def fails_later(theta, task):
        return torch.tensor(next(losses, float("inf"))), {"scale": torch.zeros_like(theta["scale"])}

    how = r"in its inner loop, if any \(lower the inner rate alpha or .*\), else in its scores"
    with pytest.raises(FloatingPointError, match=f"the method diverges from the start, {how} .start from smaller"):
        meta_train(partial(recipe, stretched), start, lambda: task, n_iterations=1)
    with pytest.raises(FloatingPointError, match=f"the method diverged on one of these tasks, {how} .lower the outer"):
        meta_train(fails_later, start, lambda: task, n_iterations=2)


@pytest.mark.parametrize("how", [dict(n_iterations=-1), dict(beta=-1e-3)])
def test_negative_iterations_and_rates_get_a_sentence(how):
    with pytest.raises(ValueError, match="cannot be negative"):
        train(**how)


@pytest.mark.parametrize("most", [1e-3, 1e3])
def test_a_clipped_gradient_keeps_its_direction_and_its_length_if_that_is_short_enough(rng, most):
    theta, task = NET.init(rng), sinusoids.sample_tasks(5, 5, 5, rng=rng)
    recipe = partial(maml.meta_gradient, NET, alpha=0.01)
    (loss, whole), (same, cut) = recipe(theta, task), clipped(recipe, most)(theta, task)
    whole, cut = (torch.cat([g.flatten() for g in each.values()]) for each in (whole, cut))
    assert loss == same
    torch.testing.assert_close(cut.norm(), whole.norm().clamp(max=most))
    torch.testing.assert_close(cut / cut.norm(), whole / whole.norm())
