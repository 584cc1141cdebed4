"""The convolutional network of few-shot learning, for all tasks at once.

Four blocks of 3x3 convolution, batch norm, ReLU, each halving the image: by stride 2, as in MAML's net for Omniglot
(Finn et al. 2017, arXiv:1703.03400), or by 2x2 max-pooling, as in matching and prototypical networks (Vinyals et al.
2016, arXiv:1606.04080; Snell et al. 2017, arXiv:1703.05175). Then one linear layer.

Stacked tasks lie side by side as channels: activations (n, n_tasks * filters, h, w), one grouped convolution, and batch
norm over n_tasks * filters channels, so that every task has its own weights and its own statistics.
"""

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor

from .networks import Theta


class ConvNet:
    """`ConvNet(5)` takes images (n_tasks, n, 1, 28, 28) to scores (n_tasks, n, 5).

    n_out: None for a net without its last layer, an embedding: it gives what the last layer would have seen
    pool: halve by 2x2 max-pooling, not by stride
    Batch norm always uses the statistics of a batch, never running averages: of the images it is given, task by task,
    or of others, see `features`.
    """

    def __init__(self, n_out: int | None, *, filters=64, channels=1, size=28, blocks=4, pool=False):
        self.n_out, self.filters, self.channels, self.size, self.blocks, self.pool = (
            n_out, filters, channels, size, blocks, pool,
        )  # fmt: skip
        for _ in range(blocks):
            size = size // 2 if pool else (size + 1) // 2
        if size < 1:
            raise ValueError(f"{blocks} blocks halve an image of {self.size} pixels to nothing: use fewer blocks")
        self.n_features = filters * size**2
        # Wide pooled nets fill a core with one task; stacking more only costs memory.
        self.one_task_at_a_time = pool and filters >= 48

    def init(self, rng: torch.Generator) -> Theta:
        """Draw weights as torch.nn.Conv2d and torch.nn.Linear do; batch norm starts at scale 1 and shift 0."""

        def uniform(*shape, fan_in):
            return (2 * torch.rand(shape, generator=rng, device=rng.device) - 1) / fan_in**0.5

        theta = {}
        for block, (n_in, n_out) in enumerate(pairwise([self.channels] + [self.filters] * self.blocks)):
            theta[f"{block}.weight"] = uniform(n_out, n_in, 3, 3, fan_in=9 * n_in)
            theta[f"{block}.scale"] = torch.ones(n_out, device=rng.device)
            theta[f"{block}.shift"] = torch.zeros(n_out, device=rng.device)
        if self.n_out is not None:
            theta["head.weight"] = uniform(self.n_features, self.n_out, fan_in=self.n_features)
            theta["head.bias"] = uniform(self.n_out, fan_in=self.n_features)
        return theta

    def __call__(self, theta: Theta, x: Tensor, **how) -> Tensor:
        """Scores (n_tasks, n, n_out), or features (n_tasks, n, n_features), of x (n_tasks, n, channels, size, size)."""
        features = self.features(theta, x, **how)
        return features if self.n_out is None else self.head(theta, features)

    def features(self, theta: Theta, x: Tensor, *, statistics_from: Tensor | None = None) -> Tensor:
        """What the last layer sees, (n_tasks, n, n_features).

        statistics_from: images (n_tasks, m, ...) whose statistics batch norm uses in place of x's own. With a support
                         set here, an image's features do not depend on the other images in x.
        """
        self._check(theta, x)
        n_tasks, m = len(x), 0
        if statistics_from is not None:
            x, m = torch.cat([statistics_from, x], 1), statistics_from.shape[1]
        h = x.transpose(0, 1).flatten(1, 2)  # (n, n_tasks * channels, size, size)
        for block in range(self.blocks):
            weight, scale, shift = (theta[f"{block}.{name}"] for name in ("weight", "scale", "shift"))
            if weight.dim() == 4:  # shared by all tasks
                weight, scale, shift = (p.expand(n_tasks, *p.shape) for p in (weight, scale, shift))
            h = F.conv2d(h, weight.flatten(0, 1), stride=1 if self.pool else 2, padding=1, groups=n_tasks)
            h = _batch_norm(h, scale.flatten(), shift.flatten(), m)
            h = torch.relu(F.max_pool2d(h, 2) if self.pool else h)  # pooled first, for fewer ReLUs and the same result
        return h[m:].unflatten(1, (n_tasks, -1)).transpose(0, 1).flatten(2)

    def head(self, theta: Theta, features: Tensor) -> Tensor:
        """The last layer alone, on features (n_tasks, n, n_features)."""
        weight, bias = theta["head.weight"], theta["head.bias"]
        return features @ weight + (bias if bias.dim() == 1 else bias.unsqueeze(1))

    def split(self, theta: Theta) -> tuple[Theta, Theta]:
        """The weights of the body (all that `features` uses) and those of the head."""
        body = {name: p for name, p in theta.items() if not name.startswith("head.")}
        return body, {name: p for name, p in theta.items() if name.startswith("head.")}

    def _check(self, theta: Theta, x: Tensor) -> None:
        if "0.weight" not in theta:
            raise ValueError(f"theta does not belong to this network: it needs 0.weight, theta has {list(theta)}")
        expected = (self.channels, self.size, self.size)
        if x.dim() != 5 or x.shape[2:] != expected:
            raise ValueError(
                f"the network and the task do not match: the network takes images (n_tasks, n, "
                f"{', '.join(map(str, expected))}), got x of shape {tuple(x.shape)}"
            )


def _batch_norm(h: Tensor, scale: Tensor, shift: Tensor, m: int) -> Tensor:
    """Normalise each channel by its mean and variance over all images, or over the first m if m is not 0."""
    if m == 0:
        return F.batch_norm(h, None, None, scale, shift, training=True)
    variance, mean = torch.var_mean(h[:m], (0, 2, 3), correction=0, keepdim=True)
    return (h - mean) * (variance + 1e-5).rsqrt() * scale.view(1, -1, 1, 1) + shift.view(1, -1, 1, 1)
