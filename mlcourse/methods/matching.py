"""Matching networks: a query takes over the labels of the support examples that it resembles, each in proportion.

    a(x, x_i) = softmax over i of  cosine(f(x), f(x_i))          attention
    p(y | x)  = sum over i of  a(x, x_i) y_i                     a weighted mix of the support labels

Oriol Vinyals, Charles Blundell, Timothy Lillicrap, Koray Kavukcuoglu, Daan Wierstra, "Matching Networks for One Shot
Learning", 2016, arXiv:1606.04080, section 2.1. Left out: the full context embeddings (section 2.1.2), by which an LSTM
lets each point depend on the whole support set. They are a second network to train, and on Omniglot the authors saw
little gain from them. Added: `scale`, which multiplies the cosine; the paper has 1, and Gidaris and
Komodakis (2018, arXiv:1804.09458) learn it.

Example
    import torch
    from mlcourse import losses
    from mlcourse.methods import matching
    from mlcourse.networks import ConvNet
    from mlcourse.worlds import alphabets, sample_episodes

    net, rng = ConvNet(None, filters=8), torch.Generator().manual_seed(0)
    task = sample_episodes(alphabets.load(), 20, n_way=5, k_shot=5, n_query=5, rng=rng)
    scores = matching.predict(net, net.init(rng), task.x_support, task.y_support, task.x_query, scale=10)
    losses.accuracy(scores, task.y_query).mean()  # before any training; a blind guess gives 0.2
"""

import torch.nn.functional as F
from torch import Tensor

from ..embedding import embed, membership
from ..losses import cross_entropy
from ..tasks import Task, check_examples
from ..weights import Theta, mean_and_gradient


def attention(z_support: Tensor, z_query: Tensor, *, scale: float = 1.0) -> Tensor:
    """How much each query looks at each support example, (n_tasks, n_query, n_support); each row sums to 1.

    z_support: (n_tasks, n_support, d)    z_query: (n_tasks, n_query, d)
    scale: multiplies the cosine, which alone is at most 1 and bounds how sure the attention can be
    """
    # (n_tasks, n_query, d) @ (n_tasks, d, n_support) -> (n_tasks, n_query, n_support)
    cosine = F.normalize(z_query, dim=2) @ F.normalize(z_support, dim=2).mT
    return (scale * cosine).softmax(2)


def predict(
    net,
    theta: Theta,
    x_support: Tensor,
    y_support: Tensor,
    x_query: Tensor,
    *,
    scale: float = 1.0,
    support_statistics: bool = False,
) -> Tensor:
    """Score each class of each task by the attention that its support examples receive.

    net: an embedding, from (theta, x) to (n_tasks, n, d); theta is shared by all tasks
    x_support, y_support: (n_tasks, n_support, ...) and labels (n_tasks, n_support)    x_query: (n_tasks, n_query, ...)
    scale: multiplies the cosine, see `attention`
    support_statistics: what batch norm uses, see `embedding.embed`
    returns: (n_tasks, n_query, n_way), the logarithm of p(y | x): its softmax is p itself
    """
    z_support, z_query = embed(net, theta, x_support, x_query, support_statistics=support_statistics)
    a = attention(z_support, z_query, scale=scale)
    # (n_tasks, n_query, n_support) @ (n_tasks, n_support, n_way) -> (n_tasks, n_query, n_way)
    return (a @ membership(z_support, y_support)).log()


def meta_loss(net, theta: Theta, task: Task, **how) -> Tensor:
    """The cross-entropy of the queries, averaged over tasks: a scalar. `how` goes to `predict`."""
    check_examples(task.x_query, task.y_query)
    return cross_entropy(predict(net, theta, *task[:3], **how), task.y_query).mean()


def meta_gradient(net, theta: Theta, task: Task, **how) -> tuple[Tensor, Theta]:
    """The meta-loss and its gradient with respect to theta, as a dict with theta's names."""
    return mean_and_gradient(lambda theta, task: meta_loss(net, theta, task, **how), net, theta, task)
