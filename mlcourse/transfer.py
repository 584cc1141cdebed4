"""Transfer learning: train one network on the examples of all tasks pooled, then fine-tune it on a new task.

No inner loop in training: the network is asked to be right at once, for all tasks with the same weights. This is the
"pretrained" baseline of Finn et al. 2017 (arXiv:1703.03400, section 5.1).
"""

from torch import Tensor, cat

from .inner_loop import adapt
from .losses import mse
from .networks import Theta, value_and_gradient
from .tasks import Task


def pooled_loss(net, theta: Theta, task: Task, *, loss=mse) -> Tensor:
    """The loss of one set of weights on every example of every task, support and query alike: a scalar."""
    x = cat([task.x_support, task.x_query], 1)
    y = cat([task.y_support, task.y_query], 1)
    return loss(net(theta, x), y).mean()


def pooled_gradient(net, theta: Theta, task: Task, *, loss=mse) -> tuple[Tensor, Theta]:
    """The pooled loss and its gradient with respect to theta, as a dict with theta's names."""
    return value_and_gradient(lambda theta: pooled_loss(net, theta, task, loss=loss), theta)


def predict(net, theta: Theta, x_support, y_support, x_query, *, alpha, steps: int, loss=mse) -> Tensor:
    """Fine-tune theta on each support set by `steps` steps of gradient descent at rate alpha, then predict.

    x_support, y_support: (n_tasks, n_support, ...)    x_query: (n_tasks, n_query, ...)
    returns: (n_tasks, n_query, ...)
    """
    phi = adapt(net, theta, x_support, y_support, alpha=alpha, steps=steps, first_order=True, loss=loss)
    return net(phi, x_query)
