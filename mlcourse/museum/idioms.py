"""How other libraries write the inner loop, each in a few lines of our own, and one adapter for all of them.

Three idioms, with stand-ins for what the libraries offer: a module that is cloned and told to adapt (learn2learn), a
context that patches module and optimizer (higher), pure functions on a dict of weights (torchopt, optax). All end in
`backward()`, so one adapter turns any of them into a function from (theta, task) to a meta-gradient.
"""

from contextlib import contextmanager

import torch
from torch import nn
from torch.func import functional_call


def from_training_code(module: nn.Module, accumulate):
    """A meta-gradient, as a function from (theta, task), from code that trains `module`.

    accumulate: called with a task; what the training loop does between two outer steps, `zero_grad` first, `backward`
                last, and no outer step: what then stands in the `.grad`s is the gradient
    The module is given theta's own tensors, so that a change in place shows.
    """

    def meta_gradient(theta, task):
        for name, p in module.named_parameters():
            p.data = theta[name].data
        accumulate(task)
        return {name: p.grad for name, p in module.named_parameters()}

    return meta_gradient


# --- clone and adapt, after learn2learn -------------------------------------------------------------------------------


class Learner:
    """A module that can be cloned, graph included, and adapts itself to a loss that it is given."""

    def __init__(self, module: nn.Module, lr: float, *, first_order: bool = False, weights: dict | None = None):
        self.module, self.lr, self.first_order = module, lr, first_order
        self.weights = dict(module.named_parameters()) if weights is None else weights

    def __call__(self, x):
        return functional_call(self.module, self.weights, (x,))

    def clone(self) -> "Learner":
        weights = {name: p.clone() for name, p in self.weights.items()}  # differentiable, as deepcopy is not
        return Learner(self.module, self.lr, first_order=self.first_order, weights=weights)

    def adapt(self, loss) -> None:
        grads = torch.autograd.grad(loss, list(self.weights.values()), create_graph=not self.first_order)
        self.weights = {name: p - self.lr * g for (name, p), g in zip(self.weights.items(), grads, strict=True)}


# --- a context that patches, after higher -----------------------------------------------------------------------------


@contextmanager
def innerloop_ctx(module: nn.Module, optimizer, copy_initial_weights: bool = True):
    """Yield the module as a function of weights of its own, and an optimizer that keeps the graph.

    copy_initial_weights: cut the graph to the module's weights. It is on by default, as in higher, where it is a
                          well-known trap for whoever wants MAML.
    """
    weights = dict(module.named_parameters())
    if copy_initial_weights:
        weights = {name: p.detach().clone().requires_grad_() for name, p in weights.items()}
    lr = optimizer.param_groups[0]["lr"]

    def patched(x):
        return functional_call(module, weights, (x,))

    def step(loss):
        grads = torch.autograd.grad(loss, list(weights.values()), create_graph=True)
        weights.update({name: p - lr * g for (name, p), g in zip(weights.items(), grads, strict=True)})

    yield patched, step


# --- functions on a dict of weights, after torchopt -------------------------------------------------------------------


def sgd(lr: float, momentum: float = 0.0):
    """An optimizer as two functions: init(weights) gives a state, update(grads, state) updates and a new state."""

    def init(weights):
        return dict.fromkeys(weights, 0.0)

    def update(grads, state):
        state = {name: momentum * v + grads[name] for name, v in state.items()}
        return {name: -lr * v for name, v in state.items()}, state

    return init, update


def apply_updates(weights: dict, updates: dict) -> dict:
    """The weights after a step, as new tensors."""
    return {name: p + updates[name] for name, p in weights.items()}
