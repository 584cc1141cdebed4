"""Model-agnostic meta-learning: learn an initialisation from which one gradient step solves a new task.

    MAML    theta minimises  sum over tasks of  L_query(phi),  phi = theta - alpha * grad L_support(theta)

Chelsea Finn, Pieter Abbeel, Sergey Levine, "Model-Agnostic Meta-Learning for Fast Adaptation of Deep Networks",
2017, arXiv:1703.03400. Two relatives differ by one switch each:

    FOMAML  first_order=True   drop the second derivative, d phi / d theta = 1 (the same paper, section 5.2)
    ANIL    head_only=True     adapt the last layer only (Raghu, Raghu, Bengio, Vinyals, "Rapid Learning or Feature
                               Reuse?", 2020, arXiv:1909.09157)

Example
    import torch
    from mlcourse.methods import maml
    from mlcourse.networks import MLP
    from mlcourse.worlds.sinusoids import sample_tasks

    net, rng = MLP(1, 40, 40, 1), torch.Generator().manual_seed(0)
    theta = net.init(rng)
    for _ in range(100):
        loss, gradient = maml.meta_gradient(net, theta, sample_tasks(25, k_shot=10, n_query=10, rng=rng), alpha=0.01)
        theta = {name: p - 0.05 * gradient[name] for name, p in theta.items()}
    loss  # on waves that it had not seen, after one step on ten points of each
"""

from torch import Tensor

from ..embedding import statistics
from ..inner_loop import adapt
from ..losses import mse, of_each_task
from ..tasks import Task, check_examples
from ..weights import Theta, mean_and_gradient


def meta_gradient(net, theta: Theta, task: Task, *, alpha, loss=mse, **how) -> tuple[Tensor, Theta]:
    """The meta-loss and its gradient with respect to theta, as a dict with theta's names.

    alpha: the inner rate    loss, how: as for `meta_loss`
    """

    def mean_over_tasks(theta, task):
        return meta_loss(net, theta, task, alpha=alpha, loss=loss, **how)

    return mean_and_gradient(mean_over_tasks, net, theta, task)


def meta_loss(net, theta: Theta, task: Task, *, alpha, loss=mse, **how) -> Tensor:
    """The query loss after adapting to the support set, averaged over tasks: a scalar, differentiable in theta.

    alpha: the inner rate
    loss:  measures the support set in the inner loop and the query set here
    how:   the other settings of `predict`: steps, first_order, head_only, support_statistics
    """
    check_examples(task.x_query, task.y_query)
    prediction = predict(net, theta, task.x_support, task.y_support, task.x_query, alpha=alpha, loss=loss, **how)
    return of_each_task(loss, prediction, task.y_query).mean()


def predict(
    net,
    theta: Theta,
    x_support: Tensor,
    y_support: Tensor,
    x_query: Tensor,
    *,
    alpha,
    steps: int = 1,
    first_order: bool = False,
    head_only: bool = False,
    support_statistics: bool = False,
    loss=mse,
) -> Tensor:
    """Adapt theta to each support set, then predict its query set.

    x_support, y_support: (n_tasks, n_support, ...)    x_query: (n_tasks, n_query, ...)
    alpha, steps, first_order, loss: the inner loop's, see `inner_loop.adapt`
    head_only: adapt the head alone (ANIL); the net must have `features`, `head` and `split`
    support_statistics: batch norm takes the statistics of the support set for the query set too, so that a query's
               scores do not depend on the other queries; without it they do (transductive)
    returns:   (n_tasks, n_query, ...)
    """
    inner = dict(alpha=alpha, steps=steps, first_order=first_order, loss=loss)
    batch_norm = statistics(x_support, support_statistics)
    if not head_only:
        phi = adapt(net, theta, x_support, y_support, **inner)
        return net(phi, x_query, **batch_norm)
    if not hasattr(net, "split"):
        raise ValueError(f"ANIL adapts the head alone, and this network ({type(net).__name__}) has no head of its own")
    body, head = net.split(theta)
    phi = adapt(net.head, head, net.features(body, x_support), y_support, **inner)
    return net.head(phi, net.features(body, x_query, **batch_norm))
