"""Time MAML's meta-gradient on images against torchopt's MetaSGD, and compare the meta-gradients first.

Run by `make bench`. One thread, alternating runs in one process; memory is the peak of a process of its own, above what
it held before its first step.
"""

import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch
import torchopt
from torch import nn

from mlcourse import maml
from mlcourse.convnet import ConvNet
from mlcourse.losses import cross_entropy
from mlcourse.tasks import Task

N_WAY, ALPHA = 5, 0.1
CASES = [  # filters, pooled, tasks, inner steps
    (32, False, 16, 1),
    (32, False, 16, 5),
    (64, True, 4, 1),
    (64, True, 4, 5),
    (64, True, 16, 1),
]


def episodes(n_tasks):
    """Random images do for timing: 5-way 1-shot, one query a class."""
    rng = torch.Generator().manual_seed(1)
    x = (torch.rand(2, n_tasks, N_WAY, 1, 28, 28, generator=rng) < 0.1).to(torch.get_default_dtype())
    y = torch.arange(N_WAY).expand(n_tasks, -1)
    return Task(x[0], y, x[1], y)


def block(n_in, filters, pool):
    layers = [
        nn.Conv2d(n_in, filters, 3, stride=1 if pool else 2, padding=1, bias=False),
        nn.BatchNorm2d(filters, track_running_stats=False),
        nn.ReLU(),
    ]
    return [*layers, nn.MaxPool2d(2)] if pool else layers


class Peer:
    """torchopt's own way: one task after the other, then one backward for all of them."""

    def __init__(self, net, theta, steps):
        self.steps = steps
        sizes = [net.channels] + [net.filters] * (net.blocks - 1)
        layers = [layer for n_in in sizes for layer in block(n_in, net.filters, net.pool)]
        self.module = nn.Sequential(*layers, nn.Flatten(), nn.Linear(net.n_features, net.n_out))
        for p, (name, ours) in zip(self.module.parameters(), theta.items(), strict=True):
            p.data = (ours.t() if name == "head.weight" else ours).clone()
        self.inner = torchopt.MetaSGD(self.module, lr=ALPHA)

    def __call__(self, task):
        start = torchopt.extract_state_dict(self.module, by="reference")
        start_inner = torchopt.extract_state_dict(self.inner, by="reference")
        losses = []
        for x_support, y_support, x_query, y_query in zip(*task, strict=True):
            for _ in range(self.steps):
                self.inner.step(nn.functional.cross_entropy(self.module(x_support), y_support))
            losses.append(nn.functional.cross_entropy(self.module(x_query), y_query))
            torchopt.recover_state_dict(self.module, start)
            torchopt.recover_state_dict(self.inner, start_inner)
        self.module.zero_grad()
        torch.stack(losses).mean().backward()
        return {name: p.grad for name, p in self.module.named_parameters()}


def both(filters, pool, n_tasks, steps):
    """Our step and the peer's, from the same weights."""
    net = ConvNet(N_WAY, filters=filters, pool=pool)
    theta = net.init(torch.Generator().manual_seed(0))
    task = episodes(n_tasks)
    peer = Peer(net, theta, steps)

    def ours():
        return maml.meta_gradient(net, theta, task, alpha=ALPHA, steps=steps, loss=cross_entropy)[1]

    return ours, lambda: peer(task)


def compare_gradients(filters, pool, n_tasks, steps):
    """The largest difference between the two meta-gradients, relative to the largest entry, in float64."""
    torch.set_default_dtype(torch.float64)
    ours, theirs = (step() for step in both(filters, pool, n_tasks, steps))
    torch.set_default_dtype(torch.float32)
    worst = 0.0
    for (name, mine), other in zip(ours.items(), theirs.values(), strict=True):
        other = other.t() if name == "head.weight" else other
        worst = max(worst, ((mine - other).abs().max() / other.abs().max()).item())
    return worst


def seconds(step, repeat):
    start = time.perf_counter()
    for _ in range(repeat):
        step()
    return (time.perf_counter() - start) / repeat


def peak_memory(case, which):
    """Peak memory of three steps in a process of its own, above what it held before, in MiB."""
    command = [sys.executable, __file__, *map(str, map(int, case)), str(which)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def report_memory(filters, pool, n_tasks, steps, which):
    step = both(filters, bool(pool), n_tasks, steps)[which]
    before = memory("VmRSS")
    for _ in range(3):
        step()
    print(memory("VmHWM") - before)


def memory(field):
    """A field of this process's status, in MiB (Linux)."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(rf"{field}:\s+(\d+) kB", status)[1]) / 1024


def main():
    for case in CASES:
        difference = compare_gradients(*case)
        assert difference < 1e-8, difference
        ours, theirs = both(*case)
        seconds(ours, 1), seconds(theirs, 1)
        pairs = [(seconds(ours, 2), seconds(theirs, 2)) for _ in range(9)]
        ratio = statistics.median(b / a for a, b in pairs)
        mine, other = (case[2] / statistics.median(side) for side in zip(*pairs, strict=True))
        memory = [peak_memory(case, which) for which in (0, 1)]
        filters, pool, n_tasks, steps = case
        print(
            f"{filters} filters, {'pooled' if pool else 'strided'}, {n_tasks} tasks, {steps} steps:"
            f" {mine:.1f} tasks a second, torchopt {other:.1f}, ratio {ratio:.2f};"
            f" peak memory {memory[0]:.0f} and {memory[1]:.0f} MiB; gradients differ by {difference:.0e}"
        )


if __name__ == "__main__":
    torch.set_num_threads(1)
    if len(sys.argv) > 1:
        report_memory(*map(int, sys.argv[1:]))
    else:
        main()
