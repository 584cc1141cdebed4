"""A network is a function of its weights: `net(theta, x)`.

`theta` is a dict of named tensors. With the weights outside the network, adapting them is plain arithmetic on a
dict, and nothing has to be patched or copied behind the reader's back.

Every `x` has a leading task axis. The weights may be shared by all tasks, or stacked: `stack(theta, n_tasks)`
gives each task a copy of its own, and the network then works on all tasks at once.
"""

from copy import deepcopy
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

Theta = dict[str, Tensor]


def stack(theta: Theta, n_tasks: int) -> Theta:
    """Give every task its own copy of the weights: each tensor (...) becomes (n_tasks, ...).

    The copies stay connected to theta: the gradient that reaches theta is the sum over its copies.
    """
    return {name: p.expand(n_tasks, *p.shape) for name, p in theta.items()}


def value_and_gradient(function, theta: Theta) -> tuple[Tensor, Theta]:
    """Value of a scalar function of theta, and its gradient under the same names. theta is not changed."""
    theta = {name: p.detach().requires_grad_() for name, p in theta.items()}
    value = function(theta)
    return value.detach(), dict(zip(theta, torch.autograd.grad(value, list(theta.values())), strict=True))


def mean_and_gradient(function, net, theta: Theta, task) -> tuple[Tensor, Theta]:
    """The mean over tasks of a function of theta and a batch of tasks, and its gradient, as `value_and_gradient`.

    Tasks are taken all at once, or so many at a time as the network says: the same result in less memory.
    function: from (theta, task) to its mean over that batch, a scalar
    """

    def of(task):
        return value_and_gradient(lambda theta: function(theta, task), theta)

    at_once = getattr(net, "tasks_at_once", None) or task.n_tasks
    if task.n_tasks <= at_once:
        return of(task)
    parts = [task.select(slice(start, start + at_once)) for start in range(0, task.n_tasks, at_once)]
    shares = [part.n_tasks / task.n_tasks for part in parts]
    values, gradients = zip(*map(of, parts), strict=True)
    mean = {name: sum(w * gradient[name] for w, gradient in zip(shares, gradients, strict=True)) for name in theta}
    return sum(w * value for w, value in zip(shares, values, strict=True)), mean


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
            x = self.activation(_linear(theta, layer, x))
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
    return torch.baddbmm(bias.unsqueeze(1), x, weight) if stacked else x @ weight + bias


class ModuleNet:
    """What `from_module` makes: somebody's nn.Module as a function of its weights."""

    def __init__(self, module: nn.Module):
        self.module = deepcopy(module)

    def init(self, rng: torch.Generator | None = None) -> Theta:
        """The module's own weights; with rng, those of a fresh draw by each layer's `reset_parameters`."""
        module = deepcopy(self.module)
        if rng is not None:
            with torch.random.fork_rng():
                torch.manual_seed(int(torch.randint(2**62, (), generator=rng, device=rng.device)))
                for layer in module.modules():
                    if hasattr(layer, "reset_parameters"):
                        layer.reset_parameters()
        return {name: p.detach() for name, p in module.named_parameters()}

    def __call__(self, theta: Theta, x: Tensor) -> Tensor:
        """What the module gives for each task's x: (n_tasks, n, ...) to (n_tasks, n, ...)."""
        own = dict(self.module.named_parameters())
        if own.keys() != theta.keys():
            raise ValueError(f"theta does not belong to this module: it needs {list(own)}, theta has {list(theta)}")
        stacked = any(theta[name].dim() > p.dim() for name, p in own.items())
        one_task = vmap(
            lambda weights, x: functional_call(self.module, weights, (x,)),
            in_dims=(0 if stacked else None, 0),
            randomness="different",
        )
        return one_task(theta, x)


def from_module(module: nn.Module) -> ModuleNet:
    """Wrap any nn.Module that takes (n, ...) to (n, ...), so that `adapt` and all that builds on it can use it.

    The module is copied, and is never changed. Raises ValueError if it holds batch norm.
    """
    norms = [type(layer).__name__ for layer in module.modules() if isinstance(layer, nn.modules.batchnorm._BatchNorm)]
    if norms:
        raise ValueError(
            f"this module holds batch norm ({norms[0]}): its running averages would leak from task to task, and "
            "second derivatives of batch norm inside torch.func.vmap can be silently wrong. Put GroupNorm or "
            "LayerNorm in its place"
        )
    return ModuleNet(module)
