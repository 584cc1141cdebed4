"""A small transformer that reads a support set: every point looks at the support points, and at nothing else.

Each point is a token: (x, y, 1) for a support point, (x, 0, 0) for a query. A layer lets each token ask all support
tokens and add what it hears, then think for itself,

    z <- z + W_o softmax(Q K^T / sqrt(d)) V,    Q = W_q norm(z),   K, V = W_k, W_v norm(z of the support)
    z <- z + MLP(norm(z))

(Vaswani et al. 2017, arXiv:1706.03762, section 3, with the norm first as in Xiong et al. 2020, arXiv:2002.04745.)
Nothing says where a token stands in a row, so the order of the support points does not matter; and nobody looks at a
query, so no query can matter to another. Without support points nothing is heard.

Example
    import torch
    from mlcourse.networks import Transformer
    from mlcourse.worlds.sinusoids import sample_tasks

    rng = torch.Generator().manual_seed(0)
    net, task = Transformer(1, 32, 1), sample_tasks(10, k_shot=5, n_query=3, rng=rng)
    net(net.init(rng), task.x_support, task.y_support, task.x_query).shape
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from ..weights import Theta, part
from .mlp import MLP


class Transformer:
    """`layers` layers with so many heads, `width` wide, for x with d_x numbers and y with one; d_out as the answer."""

    def __init__(self, d_x: int, width: int, d_out: int, *, layers: int = 3, heads: int = 4):
        if width % heads:
            raise ValueError(f"the heads share the width, so it must be a multiple: got width = {width}, {heads} heads")
        self.layers, self.heads = layers, heads
        self.read, self.answer = MLP(d_x + 2, width), MLP(width, d_out)
        self.mix, self.think = MLP(width, width), MLP(width, 2 * width, width, activation=F.gelu)

    def init(self, rng: torch.Generator) -> Theta:
        """The weights of all layers in one dict, under "read.", "0.q.", ..., "answer."."""
        theta = _named("read.", self.read.init(rng)) | _named("answer.", self.answer.init(rng))
        for layer in range(self.layers):
            for name in "qkvo":
                theta |= _named(f"{layer}.{name}.", self.mix.init(rng))
            theta |= _named(f"{layer}.mlp.", self.think.init(rng))
        return theta

    def __call__(self, theta: Theta, x_support: Tensor, y_support: Tensor, x_query: Tensor) -> Tensor:
        """The answers (n_tasks, n_query, d_out), from (n_tasks, n_support, d_x or 1) and (n_tasks, n_query, d_x)."""
        n_support = x_support.shape[1]
        support = torch.cat([x_support, y_support, torch.ones_like(y_support)], -1)
        query = F.pad(x_query, (0, 2))  # no y, and a 0 that says so
        z = self.read(part(theta, "read."), torch.cat([support, query], 1))  # (n_tasks, n_support + n_query, width)
        for layer in range(self.layers):
            own = part(theta, f"{layer}.")
            z = z + self._hear(own, _norm(z), n_support)
            z = z + self.think(part(own, "mlp."), _norm(z))
        return self.answer(part(theta, "answer."), _norm(z[:, n_support:]))

    def _hear(self, own: Theta, z: Tensor, n_support: int) -> Tensor:
        """What each token hears from the support tokens."""
        q, k, v = (
            self.mix(part(own, f"{name}."), tokens).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for name, tokens in (("q", z), ("k", z[:, :n_support]), ("v", z[:, :n_support]))
        )  # (n_tasks, heads, n, width / heads)
        heard = F.scaled_dot_product_attention(q, k, v)
        return self.mix(part(own, "o."), heard.transpose(1, 2).flatten(2))


def _norm(z: Tensor) -> Tensor:
    """Each token to mean 0 and variance 1; the layer that follows has the weights for scale and shift."""
    return F.layer_norm(z, z.shape[-1:])


def _named(prefix: str, theta: Theta) -> Theta:
    return {prefix + name: p for name, p in theta.items()}
