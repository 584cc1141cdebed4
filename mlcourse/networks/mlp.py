"""The multi-layer perceptron, for all tasks at once: the network of the lessons on waves.

Example
    import torch
    from mlcourse.networks import MLP, stack

    net = MLP(1, 40, 40, 1)
    theta = net.init(torch.Generator().manual_seed(0))
    x = torch.linspace(-5, 5, 7).reshape(1, 7, 1).expand(3, 7, 1)  # the same seven points for three tasks
    net(theta, x).shape, torch.allclose(net(theta, x), net(stack(theta, 3), x))  # shared, or a copy for each task
"""

from itertools import pairwise

import torch
from torch import Tensor

from ..weights import Theta


class MLP:
    """A multi-layer perceptron: linear layers with an activation between them.

    `MLP(1, 40, 40, 1)` takes inputs (n_tasks, n, 1) to outputs (n_tasks, n, 1) through two hidden layers of 40.
    """

    def __init__(self, *sizes: int, activation=torch.relu):
        if len(sizes) < 2 or min(sizes) < 1:
            raise ValueError(f"an MLP needs at least two layer sizes, all positive: got {sizes}")
        self.sizes, self.activation = sizes, activation
        self.depth = len(sizes) - 1

    def init(self, rng: torch.Generator) -> Theta:
        """Draw weights from U(-1/sqrt(n_in), 1/sqrt(n_in)), as torch.nn.Linear does."""
        theta = {}
        for layer, (n_in, n_out) in enumerate(pairwise(self.sizes)):
            for name, shape in ("weight", (n_in, n_out)), ("bias", (n_out,)):
                uniform = torch.rand(shape, generator=rng, device=rng.device)
                theta[f"{layer}.{name}"] = (2 * uniform - 1) / n_in**0.5
        return theta

    def __call__(self, theta: Theta, x: Tensor) -> Tensor:
        """Outputs (n_tasks, n, sizes[-1]) for inputs x (n_tasks, n, sizes[0])."""
        return self.head(theta, self.features(theta, x))

    def features(self, theta: Theta, x: Tensor) -> Tensor:
        """What the last layer sees, (n_tasks, n, sizes[-2])."""
        for layer in range(self.depth - 1):
            x = self.activation(_linear(theta, layer, x))  # (n_tasks, n, n_in) -> (n_tasks, n, n_out)
        return x

    def head(self, theta: Theta, features: Tensor) -> Tensor:
        """The last layer alone, on features (n_tasks, n, sizes[-2])."""
        return _linear(theta, self.depth - 1, features)

    def split(self, theta: Theta) -> tuple[Theta, Theta]:
        """The weights of the body (all that `features` uses) and those of the head."""
        last = f"{self.depth - 1}."
        body = {name: p for name, p in theta.items() if not name.startswith(last)}
        return body, {name: p for name, p in theta.items() if name.startswith(last)}


def _linear(theta: Theta, layer: int, x: Tensor) -> Tensor:
    """Layer number `layer` on x (n_tasks, n, n_in), with weights shared by all tasks or stacked."""
    name = f"{layer}.weight"
    if name not in theta:
        raise ValueError(f"theta does not belong to this network: it needs {name}, theta has {list(theta)}")
    weight, bias = theta[name], theta[f"{layer}.bias"]
    stacked = weight.dim() == 3
    if x.dim() != 3 or x.shape[-1] != weight.shape[-2] or (stacked and len(x) != len(weight)):
        raise ValueError(
            f"the network and the task do not match: layer {layer} has weights of shape {tuple(weight.shape)} and "
            f"needs x of shape ({len(weight) if stacked else 'n_tasks'}, n, {weight.shape[-2]}), got {tuple(x.shape)}"
        )
    if x.dtype != weight.dtype:
        raise ValueError(f"the network and the task do not match: the weights are {weight.dtype}, x is {x.dtype}")
    # stacked: (n_tasks, n, n_in) @ (n_tasks, n_in, n_out) + (n_tasks, 1, n_out); shared: @ (n_in, n_out) + (n_out,)
    return torch.baddbmm(bias.unsqueeze(1), x, weight) if stacked else x @ weight + bias
