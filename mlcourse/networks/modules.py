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

import warnings
from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from ..weights import Theta, stack


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
        return {name: p.detach() for name, p in _learnable(module).items()}

    def __call__(self, theta: Theta, x: Tensor) -> Tensor:
        """What the module gives for each task's x: (n_tasks, n, ...) to (n_tasks, n, ...).

        Raises ValueError where it changes a buffer on the way, which the next call would find changed.
        """
        own = _learnable(self.module)
        if own.keys() != theta.keys():
            raise ValueError(f"theta does not belong to this module: it needs {list(own)}, theta has {list(theta)}")
        stacked = any(theta[name].dim() > p.dim() for name, p in own.items())
        before = stack(dict(self.module.named_buffers()), len(x))

        def one_task(weights, buffers, x):
            both = weights | buffers
            out = functional_call(self.module, both, (x,))  # what it does to buffers, it does to those in `both`
            return out, {name: both[name] for name in buffers}

        all_tasks = vmap(one_task, in_dims=(0 if stacked else None, 0, 0), randomness="different")
        out, after = all_tasks(theta, {name: b.clone() for name, b in before.items()}, x)
        if changed := [name for name, b in before.items() if not torch.equal(b, after[name])]:
            raise ValueError(
                f"this module changes its buffers {changed} in a forward pass, so that one call would leak into the "
                "next: keep what a call finds out in local variables, or call the module's eval() before wrapping it, "
                "if that stops it"
            )
        return out


def from_module(module: nn.Module) -> ModuleNet:
    """Wrap any nn.Module that takes (n, ...) to (n, ...), so that `adapt` and all that builds on it can use it.

    The module is copied, and is never changed. Frozen weights (requires_grad=False) stay as they are, outside theta.
    Dropout stays on, in predictions too, unless the module's `eval()` was called before; a warning says so. To train
    with it and predict without, wrap the module twice, before and after `eval()`: the same theta fits both.
    Raises ValueError if it holds batch norm, or no weights but frozen ones.
    """
    norms = [type(layer).__name__ for layer in module.modules() if isinstance(layer, nn.modules.batchnorm._BatchNorm)]
    if norms:
        raise ValueError(
            f"this module holds batch norm ({norms[0]}): its running averages would leak from task to task, and "
            "second derivatives of batch norm inside torch.func.vmap can be silently wrong. Put GroupNorm or "
            "LayerNorm in its place"
        )
    if not _learnable(module):
        raise ValueError("this module has no weights to learn: it needs one at least with requires_grad=True")
    dropout = [layer for layer in module.modules() if isinstance(layer, nn.modules.dropout._DropoutNd)]
    if any(layer.training and layer.p > 0 for layer in dropout):
        warnings.warn(
            "this module is in training mode, so its dropout stays on, in predictions too, and draws from torch's own "
            "generator: call its eval() before wrapping it to turn dropout off",
            stacklevel=2,
        )
    return ModuleNet(module)


def _learnable(module: nn.Module) -> Theta:
    """The module's weights but for those that are frozen."""
    return {name: p for name, p in module.named_parameters() if p.requires_grad}
