"""The convolutional network of few-shot learning, for all tasks at once.

Four blocks of 3x3 convolution, batch norm, ReLU, each halving the image: by stride 2, as in MAML's net for Omniglot
(Finn et al. 2017, arXiv:1703.03400), or by 2x2 max-pooling, as in matching and prototypical networks (Vinyals et al.
2016, arXiv:1606.04080; Snell et al. 2017, arXiv:1703.05175). Then one linear layer.

Stacked tasks lie side by side as channels: activations (n, n_tasks * filters, h, w), one grouped convolution, and batch
norm over n_tasks * filters channels, so that every task has its own weights and its own statistics.

Example
    import torch
    from mlcourse.networks import ConvNet

    net, rng = ConvNet(5, filters=8), torch.Generator().manual_seed(0)
    theta, x = net.init(rng), torch.rand(2, 6, 1, 28, 28, generator=rng)  # two tasks with six images each
    net.features(theta, x).shape, net(theta, x).shape
"""

from functools import partial
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor

from ..weights import Theta

EPSILON = 1e-5  # torch.nn.BatchNorm2d's
PART = 50  # images that the first block takes at once: more would not stay in the processor's cache


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
        self.stride = 1 if pool else 2
        for _ in range(blocks):
            size = size // 2 if pool else (size + 1) // 2
        if size < 1:
            raise ValueError(f"{blocks} blocks halve an image of {self.size} pixels to nothing: use fewer blocks")
        self.n_features = filters * size**2
        # Of wide nets more would take as long or longer, and twice the memory; of small ones all at once is faster.
        self.tasks_at_once = (4 if pool else 8) if filters >= 48 else None

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
            x, m = torch.cat([statistics_from, x], 1), statistics_from.shape[1]  # from here on n counts both
        h = x.transpose(0, 1).flatten(1, 2)  # (n_tasks, n, channels, size, size) -> (n, n_tasks * channels, size, size)
        layout = torch.contiguous_format
        if theta["0.weight"].dim() == 4:  # shared by all tasks
            theta = {name: p.expand(n_tasks, *p.shape) for name, p in theta.items()}  # (...) -> (n_tasks, ...)
            layout = torch.channels_last  # faster for one derivative, slower for two
        for block in range(self.blocks):
            weight, scale, shift = (theta[f"{block}.{name}"] for name in ("weight", "scale", "shift"))
            if block == 0:
                weight, bias = _fold(h[:m] if m else h, weight, scale, shift, self.stride)
                h = torch.cat([self._halve(part, weight, layout, bias) for part in h.split(PART)])
            else:
                h = self._halve(h, weight, layout, norm=partial(_batch_norm, scale=scale, shift=shift, m=m))
        # (n - m, n_tasks * filters, h, w) -> (n - m, n_tasks, filters, h, w) -> (n_tasks, n - m, filters * h * w)
        return h[m:].unflatten(1, (n_tasks, -1)).transpose(0, 1).flatten(2)

    def _halve(self, h: Tensor, weight: Tensor, layout, bias: Tensor | None = None, norm=lambda h: h) -> Tensor:
        """One block: (n, n_tasks * channels, h, w) to (n, n_tasks * filters, h / 2, w / 2)."""
        kernel = weight.flatten(0, 1)  # (n_tasks, filters, n_in, 3, 3) -> (n_tasks * filters, n_in, 3, 3)
        h, kernel = (t.contiguous(memory_format=layout) for t in (h, kernel))
        h = norm(F.conv2d(h, kernel, bias, stride=self.stride, padding=1, groups=len(weight)))
        return torch.relu(F.max_pool2d(h, 2) if self.pool else h)  # pooled first, for fewer ReLUs and the same result

    def head(self, theta: Theta, features: Tensor) -> Tensor:
        """The last layer alone, on features (n_tasks, n, n_features)."""
        weight, bias = theta["head.weight"], theta["head.bias"]
        # (n_tasks, n, n_features) @ (n_tasks, n_features, n_out) or @ (n_features, n_out) -> (n_tasks, n, n_out)
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
        return F.batch_norm(h, None, None, scale.flatten(), shift.flatten(), training=True)
    variance, mean = torch.var_mean(h[:m], (0, 2, 3), correction=0, keepdim=True)
    return (h - mean) * (variance + EPSILON).rsqrt() * scale.reshape(1, -1, 1, 1) + shift.reshape(1, -1, 1, 1)


def _fold(x: Tensor, weight: Tensor, scale: Tensor, shift: Tensor, stride: int) -> tuple[Tensor, Tensor]:
    """The first block's batch norm as part of its convolution: weights (n_tasks, filters, ...) and biases in one row.

    The mean and variance of w * patch over all 3 x 3 patches of x are w * mean and w * covariance * w, so that batch
    norm is known before the convolution is taken, and its largest activations need not be gone through again.
    """
    n_tasks = len(weight)
    patches = F.unfold(x, 3, padding=1, stride=stride)  # (n, n_tasks * channels * 9, places)
    patches = patches.unflatten(1, (n_tasks, -1)).transpose(0, 1)  # (n_tasks, n, channels * 9, places)
    patches = patches.transpose(1, 2).flatten(2)  # (n_tasks, channels * 9, n * places)
    mean = patches.mean(2, keepdim=True)  # (n_tasks, channels * 9, 1)
    covariance = (patches - mean) @ (patches - mean).mT / patches.shape[2]  # (n_tasks, channels * 9, channels * 9)
    w = weight.flatten(2)  # (n_tasks, filters, channels * 9)
    factor = scale * ((w @ covariance * w).sum(2) + EPSILON).rsqrt()  # (n_tasks, filters)
    bias = shift - factor * (w @ mean).squeeze(2)
    return weight * factor[..., None, None, None], bias.flatten()
