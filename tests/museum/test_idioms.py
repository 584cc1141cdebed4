"""MAML in three idioms of other libraries gets the same verdict as ours, and each idiom's own trap is caught."""

from copy import deepcopy

import pytest
import torch
from torch import nn
from torch.func import functional_call
from torch.nn.functional import mse_loss

from mlcourse import checks
from mlcourse.methods import maml
from mlcourse.museum import idioms
from mlcourse.networks import from_module
from mlcourse.worlds import sinusoids

ALPHA = 0.05


@pytest.fixture
def module():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Sequential(nn.LayerNorm(8), nn.Linear(8, 1)))


def verdict(module, accumulate, rng, **how):
    net = from_module(module)
    theta, task = net.init(), sinusoids.sample_tasks(3, 5, 4, rng=rng)
    function = idioms.from_training_code(module, accumulate)
    return checks.is_really_maml(function, net, theta, task, alpha=ALPHA, **how)


def clone_and_adapt(module, *, steps=1, zero_grad=True, clone=idioms.Learner.clone, first_order=False):
    learner = idioms.Learner(module, lr=ALPHA, first_order=first_order)

    def accumulate(task):
        if zero_grad:
            module.zero_grad()
        for x_support, y_support, x_query, y_query in zip(*task, strict=True):
            adapted = clone(learner)
            for _ in range(steps):
                adapted.adapt(mse_loss(adapted(x_support), y_support))
            mse_loss(adapted(x_query), y_query).backward()

    return accumulate


def inner_loop_context(module, **how):
    inner = torch.optim.SGD(module.parameters(), lr=ALPHA)

    def accumulate(task):
        module.zero_grad()
        for x_support, y_support, x_query, y_query in zip(*task, strict=True):
            with idioms.innerloop_ctx(module, inner, **how) as (functional, step):
                step(mse_loss(functional(x_support), y_support))
                mse_loss(functional(x_query), y_query).backward()

    return accumulate


def functions_on_weights(module, *, momentum=0.0, once=False):
    init, update = idioms.sgd(lr=ALPHA, momentum=momentum)

    def accumulate(task):
        module.zero_grad()
        weights = dict(module.named_parameters())
        losses, state = [], init(weights)
        for x_support, y_support, x_query, y_query in zip(*task, strict=True):
            if not once:
                state = init(weights)
            inner = mse_loss(functional_call(module, weights, (x_support,)), y_support)
            grads = dict(zip(weights, torch.autograd.grad(inner, weights.values(), create_graph=True), strict=True))
            updates, state = update(grads, state)
            phi = idioms.apply_updates(weights, updates)
            losses.append(mse_loss(functional_call(module, phi, (x_query,)), y_query))
        torch.stack(losses).mean().backward()

    return accumulate


def test_clone_and_adapt_is_maml_up_to_the_number_of_tasks(module, rng):
    found = verdict(module, clone_and_adapt(module), rng)
    assert found.name == "MAML"
    assert "times 3: a sum over the tasks" in found.why


def test_clone_and_adapt_takes_several_steps(module, rng):
    assert verdict(module, clone_and_adapt(module, steps=3), rng, steps=3).name == "MAML"


def test_clone_and_adapt_has_a_switch_for_first_order(module, rng):
    assert verdict(module, clone_and_adapt(module, first_order=True), rng).name == "FOMAML"


def test_the_context_is_maml_when_it_is_told_not_to_copy(module, rng):
    assert verdict(module, inner_loop_context(module, copy_initial_weights=False), rng).name == "MAML"


def test_functions_on_weights_are_maml(module, rng):
    found = verdict(module, functions_on_weights(module, momentum=0.9), rng)
    assert found.name == "MAML"
    assert "times" not in found.why


def test_the_idioms_give_the_course_s_gradient_in_all_weights(module, rng):
    net = from_module(module)
    theta, task = net.init(), sinusoids.sample_tasks(3, 5, 4, rng=rng)
    _, expected = maml.meta_gradient(net, theta, task, alpha=ALPHA)
    accumulate = functions_on_weights(module)
    torch.testing.assert_close(idioms.from_training_code(module, accumulate)(theta, task), expected)


def test_the_copy_that_is_on_by_default_is_caught(module, rng):
    found = verdict(module, inner_loop_context(module), rng)
    assert found.name == "not MAML"
    assert "no gradient reaches theta" in found.why


def test_a_deepcopy_for_a_clone_is_caught(module, rng):
    found = verdict(module, clone_and_adapt(module, clone=deepcopy), rng)
    assert "no gradient reaches theta" in found.why


def test_no_clone_at_all_is_caught(module, rng):
    found = verdict(module, clone_and_adapt(module, clone=lambda learner: learner, first_order=True), rng)
    assert found.name == "not MAML"
    assert "the order of tasks" in found.failed


def test_gradients_that_are_never_cleared_are_caught(module, rng):
    found = verdict(module, clone_and_adapt(module, zero_grad=False), rng)
    assert found.failed[0] == "same call, same gradient"


def test_gradients_that_are_cleared_last_are_told_so(module, rng):
    outer = torch.optim.SGD(module.parameters(), lr=0.01)
    accumulate = clone_and_adapt(module)

    def backward_step_zero_grad(task):
        accumulate(task)
        outer.step()
        outer.zero_grad()

    found = verdict(module, backward_step_zero_grad, rng)
    assert found.failed[0] == "a gradient arrives"
    assert "`zero_grad` came after `backward`" in found.why


def test_one_optimizer_state_for_all_tasks_is_caught(module, rng):
    found = verdict(module, functions_on_weights(module, momentum=0.9, once=True), rng)
    assert "the order of tasks" in found.failed


def test_an_optimizer_that_moves_the_module_itself_is_caught(module, rng):
    inner = torch.optim.SGD(module.parameters(), lr=ALPHA)

    def accumulate(task):
        for x_support, y_support, x_query, y_query in zip(*task, strict=True):
            inner.zero_grad()
            mse_loss(module(x_support), y_support).backward()
            inner.step()
            module.zero_grad()
            mse_loss(module(x_query), y_query).backward()

    found = verdict(module, accumulate, rng)
    assert "theta is left alone" in found.failed
    assert "theta has been changed in place" in found.why
