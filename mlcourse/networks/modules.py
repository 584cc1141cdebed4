"""Anybody's network as a function of its weights: `from_module` wraps an nn.Module, so that any method can train it.

Example
    import torch
    from mlcourse.methods import maml
    from mlcourse.networks import from_module
    from mlcourse.worlds.sinusoids import sample_tasks

    rng = torch.Generator().manual_seed(0)
    net = from_module(torch.nn.Sequential(torch.nn.Linear(1, 40), torch.nn.Tanh(), torch.nn.Linear(40, 1)))
    loss, gradient = maml.meta_gradient(net, net.init(rng), sample_tasks(10, 5, 5, rng=rng), alpha=0.01)
    {name: tuple(g.shape) for name, g in gradient.items()}
"""

from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from ..weights import Theta


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
