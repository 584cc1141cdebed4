"""Costs are measured: memory by what autograd holds on to, time by the clock."""

import time

import torch

from mlcourse import cost
from mlcourse.methods import maml
from mlcourse.networks import MLP
from mlcourse.worlds import sinusoids


def test_memory_counts_what_backward_needs():
    x = torch.randn(1000, requires_grad=True)
    assert cost.graph_bytes(lambda: x.exp().sum()) == 8000
    assert cost.graph_bytes(lambda: x.exp().exp().sum()) == 16000


def test_memory_that_is_shared_counts_once():
    x = torch.randn(1000, requires_grad=True)
    assert cost.graph_bytes(lambda: (x * x).sum()) == 8000


def test_memory_that_was_given_back_does_not_add_up():
    x = torch.randn(1000, requires_grad=True)

    def one_after_the_other():
        for _ in range(5):
            x.exp().sum().backward()

    assert cost.graph_bytes(one_after_the_other) == 8000


def test_second_order_memory_grows_with_the_steps_and_first_order_hardly(rng):
    net = MLP(1, 40, 40, 1)
    theta, task = net.init(rng), sinusoids.sample_tasks(25, 5, 5, rng=rng)

    def held(**how):
        return cost.graph_bytes(lambda: maml.meta_gradient(net, theta, task, alpha=0.01, **how))

    assert held(steps=10) > 3 * held(steps=2)
    assert held(steps=10, first_order=True) < 1.5 * held(steps=2, first_order=True)


def test_seconds_are_those_of_one_call_of_each_function():
    short, long = cost.seconds(lambda: time.sleep(0.01), lambda: time.sleep(0.03), repeat=3)
    assert 0.01 <= short < long < 0.1


def test_waiting_takes_time_but_not_the_processor():
    (waited,) = cost.seconds(lambda: time.sleep(0.03), repeat=3, processor=True)
    assert waited < 0.01


def test_functions_are_timed_in_turns():
    calls = []
    cost.seconds(lambda: calls.append("a"), lambda: calls.append("b"), repeat=2)
    assert "".join(calls) == "ababab"
