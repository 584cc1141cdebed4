"""The set encoder: a network that reads a whole support set, and answers a query from what it has read.

    r = mean over the support points of  h(x_i, y_i),    f(x) = g(x, r)

(Garnelo et al. 2018, *Conditional Neural Processes*, arXiv:1807.01613, section 2; "Deep Sets" of Zaheer et al.
2017, arXiv:1703.06114.) h and g are MLPs. A mean knows no order, so neither does the answer; and it can be taken over
any number of points. Over none, r is zero: the answer then is what g has to say without a point.

Example
    import torch
    from mlcourse.networks import SetEncoder
    from mlcourse.worlds.sinusoids import sample_tasks

    rng = torch.Generator().manual_seed(0)
    net, task = SetEncoder(1, 32, 1), sample_tasks(10, k_shot=5, n_query=3, rng=rng)
    net(net.init(rng), task.x_support, task.y_support, task.x_query).shape
"""

import torch
from torch import Tensor

from ..weights import Theta, part
from .mlp import MLP


class SetEncoder:
    """h and g of three layers, `width` wide, for x with d_x numbers, y with one, and d_out numbers as the answer."""

    def __init__(self, d_x: int, width: int, d_out: int):
        self.encoder = MLP(d_x + 1, width, width, width)
        self.decoder = MLP(d_x + width, width, width, d_out)

    def init(self, rng: torch.Generator) -> Theta:
        """Both networks' weights in one dict, under "h." and "g."."""
        h, g = self.encoder.init(rng), self.decoder.init(rng)
        return {f"h.{name}": p for name, p in h.items()} | {f"g.{name}": p for name, p in g.items()}

    def __call__(self, theta: Theta, x_support: Tensor, y_support: Tensor, x_query: Tensor) -> Tensor:
        """The answers (n_tasks, n_query, d_out), from (n_tasks, n_support, d_x or 1) and (n_tasks, n_query, d_x)."""
        h, g = (part(theta, name) for name in ("h.", "g."))
        pairs = torch.cat([x_support, y_support], -1)  # (n_tasks, n_support, d_x + 1)
        r = self.encoder(h, pairs).sum(1, keepdim=True) / max(1, pairs.shape[1])  # (n_tasks, 1, width)
        return self.decoder(g, torch.cat([x_query, r.expand(-1, x_query.shape[1], -1)], -1))
