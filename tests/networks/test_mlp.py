"""The multi-layer perceptron is an ordinary one, for all tasks at once."""

import pytest
import torch
from torch import nn

from mlcourse.networks import MLP


def as_sequential(theta):
    """An ordinary nn.Sequential with the weights of MLP(1, 8, 8, 1)."""
    module = nn.Sequential(nn.Linear(1, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 1))
    for p, ours in zip(module.parameters(), theta.values(), strict=True):
        p.data = ours.mT.clone() if ours.dim() == 2 else ours.clone()
    return module


def test_an_mlp_equals_an_ordinary_sequential(rng):
    net = MLP(1, 8, 8, 1)
    theta, x = net.init(rng), torch.randn(4, 5, 1, generator=rng)
    torch.testing.assert_close(net(theta, x), as_sequential(theta)(x))


def test_stacked_weights_act_on_their_own_task_only(rng):
    net = MLP(1, 8, 8, 1)
    thetas, x = [net.init(rng) for _ in range(3)], torch.randn(3, 5, 1, generator=rng)
    stacked = {name: torch.stack([theta[name] for theta in thetas]) for name in thetas[0]}
    for t, theta in enumerate(thetas):
        torch.testing.assert_close(net(stacked, x)[t], net(theta, x[t : t + 1])[0])


def test_initial_weights_are_those_of_linear_layers(rng):
    theta = MLP(100, 400, 1).init(rng)
    assert {name: tuple(p.shape) for name, p in theta.items()} == {
        "0.weight": (100, 400),
        "0.bias": (400,),
        "1.weight": (400, 1),
        "1.bias": (1,),
    }
    torch.testing.assert_close(theta["0.weight"].std(), torch.tensor(0.1 / 3**0.5), rtol=0.02, atol=0)
    assert theta["0.weight"].abs().max() <= 0.1


def test_the_same_seed_gives_the_same_weights():
    first, second = (MLP(1, 8, 1).init(torch.Generator().manual_seed(3)) for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_an_mlp_needs_two_sizes():
    with pytest.raises(ValueError, match="at least two layer sizes"):
        MLP(3)
