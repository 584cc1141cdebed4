"""The coder: it reads a support set into a code for each class, and decodes a code to a linear classifier's weights.

    z_c ~ N(mu_c, sigma_c^2),    mu_c, sigma_c = mean over the examples i of class c, and over all j, of  g(h_i, h_j)
    w_c ~ N(m_c, s_c^2),         m_c, s_c from  D z_c

(Rusu et al. 2019, *Meta-Learning with Latent Embedding Optimization*, arXiv:1807.05960, section 2.3.) h is a linear
layer, g a relation network of three layers, which sees every pair of examples, so that a code knows its rivals; D is
linear, too. None has a bias. Classes are not told apart by their numbers: the same layers serve all.

Example
    import torch
    from mlcourse.networks import Coder

    net, rng = Coder(10, size=4), torch.Generator().manual_seed(0)
    theta, x = net.init(rng), torch.randn(2, 6, 10, generator=rng)  # two tasks, six examples each, of three classes
    mu, sigma = net.encode(theta, x, torch.tensor([[0, 0, 1, 1, 2, 2]] * 2))
    net.decode(theta, mu)[0].shape  # for each task and class the weights of a linear classifier
"""

import torch
from torch import Tensor

from ..embedding import membership
from ..weights import Theta

SPREAD, WIDEST = 0.1, 3.0  # sigma where the network says 0; the most that it may say, either way


class Coder:
    """Codes of `size` numbers for classes of examples with d numbers.

    encoder: without, all classes start from the same learned code
    related: without, an example's code comes from that example alone
    decoder: without, a code has d numbers, and is itself the class's weights
    """

    def __init__(self, d: int, size: int = 64, *, encoder=True, related=True, decoder=True):
        self.d, self.size = d, size if decoder else d
        self.encoder, self.related, self.decoder, self.width = encoder, related, decoder, size

    def init(self, rng: torch.Generator) -> Theta:
        """Draw weights from N(0, 1 / n_in)."""

        def normal(n_in, n_out):
            return torch.randn(n_in, n_out, generator=rng) / n_in**0.5

        k, theta = self.width, {}
        if self.encoder:
            n_in = 2 * k if self.related else k
            theta |= {"h": normal(self.d, k), "g.0": normal(n_in, 2 * k), "g.1": normal(2 * k, 2 * k)}
            theta["g.2"] = normal(2 * k, 2 * self.size)
        else:
            theta["start"] = torch.zeros(self.size)
        if self.decoder:
            theta["D"] = normal(k, 2 * self.d)
        return theta

    def encode(self, theta: Theta, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and spread of each class's code, both (n_tasks, n_way, size).

        x: support sets (n_tasks, n, d)    y: their labels (n_tasks, n), in any order
        Raises ValueError if a class has no example.
        """
        members = membership(x, y)  # (n_tasks, n, n_way)
        if not self.encoder:
            mu = theta["start"].expand(len(x), members.shape[2], -1)
            return mu, SPREAD * torch.ones_like(mu)
        h = x @ theta["h"]  # (n_tasks, n, width)
        if self.related:  # the first layer on pairs side by side, taken apart: its left half sees i, its right half j
            left, right = theta["g.0"].chunk(2)
            first = (h @ left).unsqueeze(2) + (h @ right).unsqueeze(1)  # (n_tasks, n, n, 2 * width)
        else:
            first = (h @ theta["g.0"]).unsqueeze(2)  # (n_tasks, n, 1, 2 * width)
        each = torch.relu(torch.relu(first) @ theta["g.1"]).mean(2) @ theta["g.2"]  # (n_tasks, n, 2 * size)
        of_class = members.mT @ each / members.sum(1).unsqueeze(2)  # (n_tasks, n_way, 2 * size)
        return _mean_and_spread(of_class)

    def decode(self, theta: Theta, z: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and spread of each class's weights, both (n_tasks, n_way, d), from codes (n_tasks, n_way, size)."""
        if not self.decoder:
            return z, torch.zeros_like(z)
        return _mean_and_spread(z @ theta["D"])


def _mean_and_spread(numbers: Tensor) -> tuple[Tensor, Tensor]:
    mean, raw = numbers.chunk(2, -1)
    return mean, SPREAD * raw.clamp(-WIDEST, WIDEST).exp()
