"""Weights by name, shared by tasks or stacked."""

import torch

from mlcourse.weights import stack, value_and_gradient


def test_the_gradient_through_stack_is_the_sum_over_tasks(rng):
    theta = {"w": torch.randn(2, 3, generator=rng)}
    weights = torch.randn(5, 2, 3, generator=rng)
    _, gradient = value_and_gradient(lambda theta: (stack(theta, 5)["w"] * weights).sum(), theta)
    torch.testing.assert_close(gradient["w"], weights.sum(0))
