"""Time one MAML meta-iteration on sine waves against torchopt's MetaSGD, and compare the meta-gradients first.

Run by `make bench`, which installs torchopt into an environment of its own. One thread, alternating runs in one
process; the ratio of each pair is taken before the median, so that a noisy machine touches both sides alike.
"""

import statistics
import time

import torch
import torchopt
from torch import nn

from mlcourse import maml, sinusoids
from mlcourse.networks import MLP

N_TASKS, K_SHOT, ALPHA, BETA = 25, 10, 0.01, 1e-3
ROUNDS, ITERATIONS = 15, 40


def ours(theta, task, *, net):
    """The meta-gradient of all tasks at once."""
    return maml.meta_gradient(net, theta, task, alpha=ALPHA)[1]


class Peer:
    """The same meta-gradient as torchopt's own MAML example computes it: one task after the other."""

    def __init__(self, theta):
        self.module = nn.Sequential(nn.Linear(1, 40), nn.ReLU(), nn.Linear(40, 40), nn.ReLU(), nn.Linear(40, 1))
        for p, ours in zip(self.module.parameters(), theta.values(), strict=True):
            p.data = ours.detach().t().clone()
        self.inner = torchopt.MetaSGD(self.module, lr=ALPHA)
        self.outer = torch.optim.Adam(self.module.parameters(), lr=BETA)

    def backward(self, task):
        start = torchopt.extract_state_dict(self.module, by="reference")
        start_inner = torchopt.extract_state_dict(self.inner, by="reference")
        losses = []
        for x_support, y_support, x_query, y_query in zip(*task, strict=True):
            self.inner.step(nn.functional.mse_loss(self.module(x_support), y_support))
            losses.append(nn.functional.mse_loss(self.module(x_query), y_query))
            torchopt.recover_state_dict(self.module, start)
            torchopt.recover_state_dict(self.inner, start_inner)
        self.outer.zero_grad()
        torch.stack(losses).mean().backward()

    def step(self, task):
        self.backward(task)
        self.outer.step()


def compare_gradients(net, rng):
    """The largest difference between the two meta-gradients, in float64."""
    torch.set_default_dtype(torch.float64)
    theta = net.init(rng)
    task = sinusoids.sample_tasks(N_TASKS, K_SHOT, K_SHOT, rng=rng)
    peer = Peer(theta)
    peer.backward(task)
    mine = ours(theta, task, net=net).values()
    torch.set_default_dtype(torch.float32)
    return max((p.grad.t() - g).abs().max().item() for p, g in zip(peer.module.parameters(), mine, strict=True))


def seconds(step, task):
    start = time.perf_counter()
    for _ in range(ITERATIONS):
        step(task)
    return (time.perf_counter() - start) / ITERATIONS


def main():
    torch.set_num_threads(1)
    rng = torch.Generator().manual_seed(0)
    net = MLP(1, 40, 40, 1)
    difference = compare_gradients(net, rng)
    print(f"largest difference between the meta-gradients, float64: {difference:.1e}")
    assert difference < 1e-10

    theta = net.init(rng)
    task = sinusoids.sample_tasks(N_TASKS, K_SHOT, K_SHOT, rng=rng)
    peer = Peer(theta)
    params = {name: p.clone().requires_grad_() for name, p in theta.items()}
    outer = torch.optim.Adam(params.values(), lr=BETA)

    def step(task):
        for name, g in ours(params, task, net=net).items():
            params[name].grad = g
        outer.step()

    pairs = [(seconds(step, task), seconds(peer.step, task)) for _ in range(ROUNDS)]
    mine, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratios = sorted(b / a for a, b in pairs)
    print(f"mlcourse  {N_TASKS / mine:8.0f} tasks a second")
    print(f"torchopt  {N_TASKS / theirs:8.0f} tasks a second")
    spread = f"median of {ROUNDS} alternating runs, {ratios[0]:.1f} to {ratios[-1]:.1f}"
    print(f"ratio     {statistics.median(ratios):8.1f} ({spread})")


if __name__ == "__main__":
    main()
