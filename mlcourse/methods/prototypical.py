"""Prototypical networks: a class is a point, the mean of its embedded support examples; the nearest point wins.

    c_k = mean of f(x_i) over the support examples of class k
    p(y = k | x) = softmax over k of  -|f(x) - c_k|^2

Jake Snell, Kevin Swersky, Richard Zemel, "Prototypical Networks for Few-shot Learning", 2017, arXiv:1703.05175,
equations 1 and 2. The squared distance matters: with it the mean is the best representative of a class, as with every
Bregman divergence, but neither with the distance itself nor with the cosine (section 2.3); and the classifier is linear
in f(x) (section 2.4).

Example
    from functools import partial
    import torch
    from mlcourse.methods import prototypical
    from mlcourse.networks import ConvNet
    from mlcourse.training import meta_train
    from mlcourse.worlds import alphabets, sample_episodes

    net, rng = ConvNet(None, filters=8), torch.Generator().manual_seed(0)
    sample = partial(sample_episodes, alphabets.load(), 4, n_way=5, k_shot=1, n_query=5, rng=rng)
    trained = meta_train(partial(prototypical.meta_gradient, net), net.init(rng), sample, n_iterations=20, beta=0.01)
    trained.losses[0], trained.losses[-1]  # from the first episodes to the last, always of characters drawn anew
"""

from torch import Tensor

from ..embedding import embed, membership
from ..losses import cross_entropy
from ..tasks import Task, check_examples
from ..weights import Theta, mean_and_gradient


def prototypes(z: Tensor, y: Tensor) -> Tensor:
    """The mean point of each class, (n_tasks, n_way, d).

    z: points (n_tasks, n, d)    y: their labels (n_tasks, n), in any order, with any number of examples a class
    Raises ValueError if a class has no example.
    """
    members = membership(z, y)  # (n_tasks, n, n_way)
    # (n_tasks, n_way, n) @ (n_tasks, n, d) -> (n_tasks, n_way, d), divided by (n_tasks, n_way, 1)
    return members.mT @ z / members.sum(1).unsqueeze(2)


def scores(c: Tensor, z: Tensor) -> Tensor:
    """Minus the squared Euclidean distance of every point to every prototype, (n_tasks, n, n_way).

    c: prototypes (n_tasks, n_way, d)    z: points (n_tasks, n, d)
    """
    # Seen from the middle: far from it, |z|^2 would take up the digits in which the points differ. Distances do not
    # depend on where they are seen from, so derivatives need not know of it.
    middle = c.mean(1, keepdim=True).detach()  # (n_tasks, 1, d)
    c, z = c - middle, z - middle
    # (n_tasks, n, d) @ (n_tasks, d, n_way) - (n_tasks, 1, n_way) - (n_tasks, n, 1) -> (n_tasks, n, n_way)
    return 2 * z @ c.mT - c.square().sum(2).unsqueeze(1) - z.square().sum(2).unsqueeze(2)


def linear_classifier(c: Tensor) -> tuple[Tensor, Tensor]:
    """The linear layer that gives the same probabilities as prototypes c (n_tasks, n_way, d): its weight and its bias.

    weight: (n_tasks, d, n_way), 2 c    bias: (n_tasks, 1, n_way), -|c|^2
    `z @ weight + bias` is `scores(c, z)` without -|z|^2, which is the same for every class (section 2.4).
    """
    return 2 * c.mT, -c.square().sum(2).unsqueeze(1)


def predict(
    net,
    theta: Theta,
    x_support: Tensor,
    y_support: Tensor,
    x_query: Tensor,
    *,
    support_statistics: bool = False,
) -> Tensor:
    """Score each class of each task by how near its prototype is.

    net: an embedding, from (theta, x) to (n_tasks, n, d); theta is shared by all tasks
    x_support, y_support: (n_tasks, n_support, ...) and labels (n_tasks, n_support)    x_query: (n_tasks, n_query, ...)
    support_statistics: what batch norm uses, see `embedding.embed`
    returns: (n_tasks, n_query, n_way), minus the squared Euclidean distance to each prototype
    """
    z_support, z_query = embed(net, theta, x_support, x_query, support_statistics=support_statistics)
    return scores(prototypes(z_support, y_support), z_query)


def meta_loss(net, theta: Theta, task: Task, **how) -> Tensor:
    """The cross-entropy of the queries, averaged over tasks: a scalar. `how` goes to `predict`."""
    check_examples(task.x_query, task.y_query)
    return cross_entropy(predict(net, theta, *task[:3], **how), task.y_query).mean()


def meta_gradient(net, theta: Theta, task: Task, **how) -> tuple[Tensor, Theta]:
    """The meta-loss and its gradient with respect to theta, as a dict with theta's names."""
    return mean_and_gradient(lambda theta, task: meta_loss(net, theta, task, **how), net, theta, task)
