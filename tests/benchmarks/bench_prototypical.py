"""Time a prototypical network's training step against the plain way to write it, episode by episode.

The plain way is that of the libraries: torch.nn layers in their default memory layout, support and query set of one
episode through them together, class means, squared distances, cross-entropy, and the gradients of the episodes added
up. Ours takes all images of all episodes through the network in one call. Losses and gradients are compared first, in
float64. Run by `make bench`: one thread, alternating runs in one process.
"""

import statistics
import time

import torch
from torch import nn

from mlcourse import prototypical
from mlcourse.convnet import ConvNet
from mlcourse.tasks import Task

CASES = [  # ways, shots, queries a class, episodes
    (60, 5, 5, 1),
    (60, 1, 5, 1),
    (20, 1, 5, 1),
    (5, 1, 5, 16),
    (5, 5, 5, 16),
]


def episodes(n_way, k_shot, n_query, n_tasks):
    """Random images do for timing."""
    rng = torch.Generator().manual_seed(1)

    def examples(n_each):
        x = (torch.rand(n_tasks, n_way * n_each, 1, 28, 28, generator=rng) < 0.1).to(torch.get_default_dtype())
        return x, torch.arange(n_way).repeat_interleave(n_each).expand(n_tasks, -1)

    return Task(*examples(k_shot), *examples(n_query))


class Plain:
    """One episode after the other, through ordinary layers."""

    def __init__(self, net, theta):
        layers = []
        for n_in in [net.channels] + [net.filters] * (net.blocks - 1):
            convolution = nn.Conv2d(n_in, net.filters, 3, padding=1, bias=False)
            layers += [convolution, nn.BatchNorm2d(net.filters), nn.ReLU(), nn.MaxPool2d(2)]
        self.module = nn.Sequential(*layers, nn.Flatten())
        for p, ours in zip(self.module.parameters(), theta.values(), strict=True):
            p.data = ours.clone()

    def __call__(self, task):
        self.module.zero_grad()
        total = 0.0
        for x_support, y_support, x_query, y_query in zip(*task, strict=True):
            z = self.module(torch.cat([x_support, x_query]))
            z_support, z_query = z.split([len(x_support), len(x_query)])
            c = torch.stack([z_support[y_support == label].mean(0) for label in y_support.unique()])
            loss = nn.functional.cross_entropy(-(torch.cdist(z_query, c) ** 2), y_query) / task.n_tasks
            loss.backward()
            total += loss.detach()
        return total, {name: p.grad for name, p in self.module.named_parameters()}


def both(case):
    """Our step and the plain one, from the same weights, on the same episodes."""
    net = ConvNet(None, filters=64, pool=True)
    theta = net.init(torch.Generator().manual_seed(0))
    plain, task = Plain(net, theta), episodes(*case)
    return lambda: prototypical.meta_gradient(net, theta, task), lambda: plain(task)


def difference(case):
    """The largest difference between the two gradients, relative to the largest entry, in float64."""
    torch.set_default_dtype(torch.float64)
    (loss, ours), (other_loss, theirs) = (step() for step in both(case))
    torch.set_default_dtype(torch.float32)
    torch.testing.assert_close(loss, other_loss, rtol=1e-10, atol=0.0)
    pairs = zip(ours.values(), theirs.values(), strict=True)
    return max(((mine - other).abs().max() / other.abs().max()).item() for mine, other in pairs)


def seconds(step):
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def main():
    for case in CASES:
        differ = difference(case)
        assert differ < 1e-8, differ
        ours, plain = both(case)
        seconds(ours), seconds(plain)
        pairs = [(seconds(ours), seconds(plain)) for _ in range(7)]
        ratio = statistics.median(b / a for a, b in pairs)
        mine, other = (case[3] / statistics.median(side) for side in zip(*pairs, strict=True))
        print(
            f"{case[0]}-way {case[1]}-shot, {case[2]} queries a class, {case[3]} episodes: {mine:.2f} episodes a"
            f" second, the plain way {other:.2f}, ratio {ratio:.2f}; gradients differ by {differ:.0e}",
            flush=True,
        )


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
