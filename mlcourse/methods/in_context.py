"""Learning in context: a network is shown a whole task at once, and answers. Its weights never change again.

    theta minimises  sum over tasks of  L_query(f_theta(support, x_query))

The network reads the support set as input, so what MAML does by gradient steps has to happen in one forward pass. After
those that adapt weights and those that compare, it is the third family of meta-learners. Conditional neural processes:
Marta Garnelo, Dan Rosenbaum, Chris J. Maddison, Tiago Ramalho, David Saxton, Murray Shanahan, Yee Whye Teh, Danilo J.
Rezende, S. M. Ali Eslami, 2018, arXiv:1807.01613. With a transformer: Shivam Garg, Dimitris Tsipras, Percy Liang,
Gregory Valiant, "What Can Transformers Learn In-Context?", 2022, arXiv:2208.01066.

A network with two outputs says how sure it is as well: a normal distribution for each query, trained by its likelihood
(Garnelo et al., section 2). One output is trained by its squared error.

Example
    from functools import partial

    import torch
    from mlcourse.methods import in_context
    from mlcourse.networks import SetEncoder
    from mlcourse.training import meta_train
    from mlcourse.worlds import sinusoids

    net, rng = SetEncoder(1, 32, 2), torch.Generator().manual_seed(0)
    sample = partial(sinusoids.sample_some, 10, most=20, n_query=20, rng=rng)
    trained = meta_train(partial(in_context.meta_gradient, net), net.init(rng), sample, n_iterations=50)
    in_context.distribution(net, trained.theta, *sample()[:3])[1].mean()  # how sure it is after so little training
"""

import math

import torch.nn.functional as F
from torch import Tensor

from ..losses import mse
from ..tasks import Task
from ..weights import Theta, mean_and_gradient

FLOOR = 0.01  # of the spread, in units of y: a wave costs no more than a finite reward for certainty


def predict(net, theta: Theta, x_support: Tensor, y_support: Tensor, x_query: Tensor) -> Tensor:
    """The answers, (n_tasks, n_query, 1), without a gradient step; where the network gives a spread, the mean alone.

    net: from (theta, x_support, y_support, x_query) to one number a query, or two, see `distribution`
    x_support, y_support: (n_tasks, n_support, d), (n_tasks, n_support, 1); n_support may be 0
    x_query: (n_tasks, n_query, d)
    """
    return net(theta, x_support, y_support, x_query)[..., :1]


def distribution(
    net, theta: Theta, x_support: Tensor, y_support: Tensor, x_query: Tensor, *, floor: float = FLOOR
) -> tuple[Tensor, Tensor]:
    """Mean and spread (a standard deviation) of the answer to each query, both (n_tasks, n_query, 1).

    floor: the least spread, in units of y. A learner that errs by less than that can never say so.
    Raises ValueError where the network gives one number only.
    """
    out = net(theta, x_support, y_support, x_query)
    if out.shape[-1] != 2:
        raise ValueError(f"a mean and a spread are two numbers for each query: the network gives {out.shape[-1]}")
    mean, raw = out.split(1, -1)
    return mean, floor + F.softplus(raw)


def surprise(mean: Tensor, spread: Tensor, y: Tensor) -> Tensor:
    """The negative log-likelihood of y under N(mean, spread^2), averaged over each task's queries, (n_tasks,)."""
    each = spread.log() + ((y - mean) / spread).square() / 2 + math.log(2 * math.pi) / 2
    return each.flatten(1).mean(1)


def meta_loss(net, theta: Theta, task: Task, *, spread: bool = True) -> Tensor:
    """The query loss averaged over tasks: a scalar, differentiable in theta.

    spread: whether the network gives one, and is judged by `surprise`; otherwise by the squared error
    """
    seen = task.x_support, task.y_support, task.x_query
    if spread:
        return surprise(*distribution(net, theta, *seen), task.y_query).mean()
    return mse(predict(net, theta, *seen), task.y_query).mean()


def meta_gradient(net, theta: Theta, task: Task, *, spread: bool = True) -> tuple[Tensor, Theta]:
    """The meta-loss and its gradient with respect to theta, as a dict with theta's names."""
    return mean_and_gradient(lambda theta, task: meta_loss(net, theta, task, spread=spread), net, theta, task)
