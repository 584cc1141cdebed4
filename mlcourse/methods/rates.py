"""Learned inner rates: how fast each weight adapts is meta-learned together with where it starts.

    phi = theta - alpha * grad L_support(theta),  theta and alpha minimise  sum over tasks of  L_query(phi)

alpha holds one rate for each weight, of either sign, and * multiplies weight by weight. This is Meta-SGD: Zhenguo Li,
Fengwei Zhou, Fei Chen, Hang Li, "Meta-SGD: Learning to Learn Quickly for Few-Shot Learning", 2017, arXiv:1707.09835.
Its step need not follow the gradient, so the rates learn a direction as well as a length. Ours all start at one number,
where the method is MAML.

With each="tensor" and steps > 1 they are the coarser rates of MAML++, one for each step and layer: Antreas Antoniou,
Harrison Edwards, Amos Storkey, "How to train your MAML", 2019, arXiv:1810.09502. As in the authors' code, a layer's
weight and its bias are two tensors with a rate each.

Weights and rates stay in one dict of named tensors, which is trained and stored as theta is everywhere else. A rate's
name says its step and its weights: "alpha.0.2.bias" is that of "2.bias" in the first step. With logarithm=True a fifth
of a rate's logarithm is trained in its place, as "log_alpha.0.2.bias": such a rate stays above zero, and one step of
Adam, which is as long in whatever unit, changes a small and a large one by the same factor.

Example
    from functools import partial
    import torch
    from mlcourse.methods import rates
    from mlcourse.networks import MLP
    from mlcourse.training import meta_train
    from mlcourse.worlds.sinusoids import sample_tasks

    net, rng = MLP(1, 40, 40, 1), torch.Generator().manual_seed(0)
    sample = partial(sample_tasks, 25, k_shot=5, n_query=5, rng=rng)
    trained = meta_train(partial(rates.meta_gradient, net), rates.init(net.init(rng)), sample, n_iterations=50)
    rates.split(trained.theta)[1][0]["1.weight"].aminmax()  # the least and the greatest; all of them began at 0.01
"""

import math
import re

from torch import Tensor

from ..embedding import statistics
from ..inner_loop import adapt
from ..losses import mse, of_each_task
from ..tasks import Task, check_examples
from ..weights import Theta, mean_and_gradient

FASTER = 5.0  # a logarithm moves so many times as far as a weight, at one outer rate
NAME = re.compile(r"(log_)?alpha\.(\d+)\.(.+)")  # of a rate: its unit, step and weights


def init(theta: Theta, *, alpha: float = 0.01, each: str = "weight", steps: int = 1, logarithm: bool = False) -> Theta:
    """The weights to train: theta itself, and beside it its rates, all of them alpha.

    each:    what has a rate of its own, every "weight" (Meta-SGD) or every "tensor" of weights (MAML++)
    steps:   how many inner steps have rates of their own
    logarithm: train the logarithms of the rates, which then stay above zero
    returns: a dict with theta's names, and for each step and name a rate: (...) as its weights, or () for a tensor
    """
    if each not in ("weight", "tensor"):
        raise ValueError(f'each "weight" can have a rate, or each "tensor" of weights: got each = {each!r}')
    if steps < 1 or alpha < 0:
        raise ValueError(f"rates are for one step or more, and start at 0 or above: got {steps} steps, alpha = {alpha}")
    if logarithm and alpha == 0:
        raise ValueError("zero has no logarithm: rates that are trained by theirs start above 0")
    if taken := [name for name in theta if NAME.fullmatch(name)]:
        raise ValueError(f"a rate is named like {taken[0]}, and theta has that already")
    prefix, value = ("log_alpha", math.log(alpha) / FASTER) if logarithm else ("alpha", alpha)
    rates = {
        f"{prefix}.{step}.{name}": p.new_full(p.shape if each == "weight" else (), value)
        for step in range(steps)
        for name, p in theta.items()
    }
    return theta | rates


def split(weights: Theta) -> tuple[Theta, list[Theta]]:
    """theta, and its rates step by step, each a dict with theta's names."""
    theta, alpha = {}, {}
    for name, p in weights.items():
        if found := NAME.fullmatch(name):
            logarithm, step, of = found.groups()
            alpha.setdefault(int(step), {})[of] = (FASTER * p).exp() if logarithm else p
        else:
            theta[name] = p
    if not alpha:
        raise ValueError(f"these weights hold no rates, `rates.init` makes some: got {list(weights)}")
    return theta, [alpha[step] for step in sorted(alpha)]


def predict(
    net,
    weights: Theta,
    x_support: Tensor,
    y_support: Tensor,
    x_query: Tensor,
    *,
    steps: int | None = None,
    first_order: bool = False,
    head_only: bool = False,
    support_statistics: bool = False,
    loss=mse,
) -> Tensor:
    """Adapt to each support set at the learned rates, then predict its query set.

    weights:   theta and its rates, as `init` makes them
    x_support, y_support: (n_tasks, n_support, ...)    x_query: (n_tasks, n_query, ...)
    steps:     how many inner steps; None for as many as have rates. Beyond these, the last step's rates are repeated,
               which can diverge: they were learned for that step, and nothing keeps them small.
    first_order, loss: the inner loop's, see `inner_loop.adapt`
    head_only: adapt the head alone, and only the head has rates: `theta | rates.init(net.split(theta)[1])`
    support_statistics: batch norm takes the statistics of the support set for the query set too, see `maml.predict`
    returns:   (n_tasks, n_query, ...)
    """
    theta, alpha = split(weights)
    steps = len(alpha) if steps is None else steps
    alpha = [alpha[min(step, len(alpha) - 1)] for step in range(steps)]
    batch_norm = statistics(x_support, support_statistics)
    if head_only:
        body, theta = net.split(theta)
        x_support, x_query = net.features(body, x_support), net.features(body, x_query, **batch_norm)
        net, batch_norm = net.head, {}
    phi = adapt(net, theta, x_support, y_support, alpha=alpha, steps=steps, first_order=first_order, loss=loss)
    return net(phi, x_query, **batch_norm)


def meta_loss(net, weights: Theta, task: Task, *, loss=mse, **how) -> Tensor:
    """The query loss after adapting, averaged over tasks: a scalar, differentiable in theta and in the rates.

    `how` goes to `predict`: steps, first_order, head_only, support_statistics.
    """
    check_examples(task.x_query, task.y_query)
    prediction = predict(net, weights, task.x_support, task.y_support, task.x_query, loss=loss, **how)
    return of_each_task(loss, prediction, task.y_query).mean()


def meta_gradient(net, weights: Theta, task: Task, *, steps: int | None = None, **how) -> tuple[Tensor, Theta]:
    """The meta-loss and its gradient with respect to theta and to the rates, as a dict with the names of weights.

    As `meta_loss`. With first_order=True each inner gradient counts as a constant: the rates of the last step keep
    their whole gradient, those of earlier steps and theta lose the second derivatives.
    Raises ValueError when there are fewer steps than rates, since some of these would learn nothing.
    """
    if steps is not None and steps < (n_rates := len(split(weights)[1])):
        raise ValueError(f"every rate needs a step to learn from: got steps = {steps} for rates of {n_rates} steps")
    return mean_and_gradient(
        lambda weights, task: meta_loss(net, weights, task, steps=steps, **how), net, weights, task
    )
