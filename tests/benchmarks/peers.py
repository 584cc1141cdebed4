"""The same meta-gradients as others write them: one task after the other, through one `nn.Module`.

MAML as in torchopt's `examples/few-shot/maml_omniglot.py` and higher's `examples/maml-omniglot.py`, each in its own
idiom; Reptile and prototypical networks with nothing but torch. Each function here returns another, which takes no
arguments and gives the meta-gradient in the order of the module's parameters, so that what is needed once is done once.
"""

import higher
import torch
import torchopt
from torch import nn
from torch.nn.functional import cross_entropy


def with_torchopt(module: nn.Module, task, *, alpha, steps, loss):
    """An optimizer that keeps the graph; the weights go back between tasks; one backward for all."""
    inner = torchopt.MetaSGD(module, lr=alpha)

    def meta_gradient():
        module.zero_grad()
        weights = torchopt.extract_state_dict(module, by="reference", detach_buffers=True)
        state = torchopt.extract_state_dict(inner, by="reference")
        query_losses = []
        for x_support, y_support, x_query, y_query in zip(*task, strict=True):
            for _ in range(steps):
                inner.step(loss(module(x_support), y_support))
            query_losses.append(loss(module(x_query), y_query))
            torchopt.recover_state_dict(module, weights)
            torchopt.recover_state_dict(inner, state)
        torch.stack(query_losses).mean().backward()
        return [p.grad for p in module.parameters()]

    return meta_gradient


def with_higher(module: nn.Module, task, *, alpha, steps, first_order, loss):
    """A stateless copy of the module in a context; one backward for each task.

    For first order the copy is cut from the module, and its gradient is carried over by hand, as higher's author
    advises (facebookresearch/higher, issue 63).
    """
    inner = torch.optim.SGD(module.parameters(), lr=alpha)
    how = dict(copy_initial_weights=False, track_higher_grads=not first_order)

    def meta_gradient():
        module.zero_grad()
        for x_support, y_support, x_query, y_query in zip(*task, strict=True):
            with higher.innerloop_ctx(module, inner, **how) as (functional, optimizer):
                for _ in range(steps):
                    optimizer.step(loss(functional(x_support), y_support))
                query_loss = loss(functional(x_query), y_query) / task.n_tasks
                if first_order:
                    grads = torch.autograd.grad(query_loss, list(functional.parameters()))
                    for p, g in zip(module.parameters(), grads, strict=True):
                        p.grad = g if p.grad is None else p.grad + g
                else:
                    query_loss.backward()
        return [p.grad for p in module.parameters()]

    return meta_gradient


def plain_reptile(module: nn.Module, task, *, alpha, steps, optimizer, loss):
    """Set the module back to theta, train it with torch's optimizer, add up where it went."""
    theta = [p.detach().clone() for p in module.parameters()]

    def direction():
        total = [torch.zeros_like(p) for p in theta]
        for x, y, *_ in zip(*task, strict=True):
            with torch.no_grad():
                for p, start in zip(module.parameters(), theta, strict=True):
                    p.copy_(start)
            inner = optimizer(module.parameters(), lr=alpha)
            for _ in range(steps):
                inner.zero_grad()
                loss(module(x), y).backward()
                inner.step()
            for sum_of_phi, p in zip(total, module.parameters(), strict=True):
                sum_of_phi += p.detach()
        return [start - sum_of_phi / task.n_tasks for start, sum_of_phi in zip(theta, total, strict=True)]

    return direction


def plain_prototypical(module: nn.Module, task):
    """Support and query set of an episode through the layers together; class means; squared distances."""

    def meta_gradient():
        module.zero_grad()
        for x_support, y_support, x_query, y_query in zip(*task, strict=True):
            z_support, z_query = module(torch.cat([x_support, x_query])).split([len(x_support), len(x_query)])
            c = torch.stack([z_support[y_support == label].mean(0) for label in y_support.unique()])
            (cross_entropy(-(torch.cdist(z_query, c) ** 2), y_query) / task.n_tasks).backward()
        return [p.grad for p in module.parameters()]

    return meta_gradient
