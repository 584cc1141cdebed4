"""Transfer learning: train one network on the examples of all tasks pooled, then fine-tune it on a new task.

No inner loop in training: the network is asked to be right at once, for all tasks with the same weights. This is the
"pretrained" baseline of Finn et al. 2017 (arXiv:1703.03400, section 5.1).

For classes, pooled training means an ordinary classifier of all training classes. Its head knows only these, so a new
task gets a new one: the mean of each class on the features (`class_mean`), or weights found by gradient descent, for
the head alone (`new_head`) or for the whole network (`fine_tune`). Such simple baselines can equal meta-learning:
Chen et al. 2019, "A Closer Look at Few-shot Classification", arXiv:1904.04232; Tian et al. 2020, "Rethinking Few-Shot
Image Classification: a Good Embedding Is All You Need?", arXiv:2003.11539. The class mean by cosine is what
Meta-Baseline starts from (Chen et al. 2020, arXiv:2003.04390); SimpleShot (Wang et al. 2019, arXiv:1911.04623) takes
the nearest mean of features that are centred first, then given length 1.

Example
    import torch
    from mlcourse import losses
    from mlcourse.methods import transfer
    from mlcourse.networks import ConvNet
    from mlcourse.worlds import alphabets, sample_episodes

    net, rng = ConvNet(None, filters=16), torch.Generator().manual_seed(0)
    task = sample_episodes(alphabets.load(), 20, n_way=5, k_shot=5, n_query=5, rng=rng)
    scores = transfer.new_head(net, net.init(rng), task.x_support, task.y_support, task.x_query, alpha=1.0, steps=20)
    losses.accuracy(scores, task.y_query).mean()  # on features that nobody has trained; a blind guess gives 0.2
"""

from collections.abc import Collection
from math import inf

import torch.nn.functional as F
from torch import Tensor, cat

from ..embedding import embed, membership, statistics
from ..evaluation import Evaluation, summarise
from ..inner_loop import adapt
from ..losses import cross_entropy, mse, of_each_task
from ..tasks import Task
from ..weights import Theta, stack, value_and_gradient


def pooled_loss(net, theta: Theta, task: Task, *, loss=mse) -> Tensor:
    """The loss of one set of weights on every example of every task, support and query alike: a scalar."""
    x = cat([task.x_support, task.x_query], 1)
    y = cat([task.y_support, task.y_query], 1)
    return of_each_task(loss, net(theta, x), y).mean()


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


def errors_on_the_way(net, theta: Theta, task: Task, *, alpha, steps: Collection[int], loss=mse) -> list[Evaluation]:
    """The error on the query sets after each of these numbers of steps, all in one descent.

    What `evaluate` says of `predict` with each of them, in the time of the longest; infinite where it has diverged.
    """
    phi, errors = stack(theta, task.n_tasks), {}

    def support_loss(phi):
        return of_each_task(loss, net(phi, task.x_support), task.y_support).sum()

    for step in range(max(steps) + 1):
        if step in steps:
            error = of_each_task(loss, net(phi, task.x_query), task.y_query)
            errors[step] = summarise(error.nan_to_num(nan=inf))
        _, slope = value_and_gradient(support_loss, phi)
        phi = {name: p - alpha * slope[name] for name, p in phi.items()}
    return [errors[step] for step in steps]


def class_mean(net, theta: Theta, x_support, y_support, x_query, *, support_statistics: bool = False) -> Tensor:
    """Score each class by the cosine of a query's features with the mean of the class's: nothing is trained.

    net: needs `features`    x_support, y_support, x_query: a batch of tasks, labels 0 to n_way - 1
    support_statistics: what batch norm uses, see `embedding.embed`
    returns: (n_tasks, n_query, n_way)
    """
    z_support, z_query = _features(net, theta, x_support, x_query, support_statistics)
    means = membership(z_support, y_support).mT @ z_support  # sums, whose direction is that of the means
    return z_query @ F.normalize(means, dim=2).mT


def new_head(
    net, theta: Theta, x_support, y_support, x_query, *, alpha, steps: int, support_statistics: bool = False
) -> Tensor:
    """Fit a new last layer to each support set by gradient descent from zero; the features stay as they are.

    As `class_mean`, but the net needs `head`, too. alpha and steps: the rate, and how many steps. Features have length
    1 (Tian et al. 2020). Raises ValueError if a class has no example in one of the tasks.
    """
    z_support, z_query = _features(net, theta, x_support, x_query, support_statistics)
    head = _zero_head(z_support, membership(z_support, y_support).shape[2])
    phi = adapt(net.head, head, z_support, y_support, alpha=alpha, steps=steps, first_order=True, loss=cross_entropy)
    return net.head(phi, z_query)


def fine_tune(
    net, theta: Theta, x_support, y_support, x_query, *, alpha, steps: int, support_statistics: bool = False
) -> Tensor:
    """Fit a new last layer from zero and all weights below it to each support set, by gradient descent.

    As `new_head`, but that every weight of the network moves, and that the features keep their lengths.
    """

    def whole(theta, x, **batch_norm):
        return net.head(theta, net.features(theta, x, **batch_norm))

    z = net.features(theta, x_support[:1])
    body, _ = net.split(theta)
    start = body | _zero_head(z, membership(x_support, y_support).shape[2])
    phi = adapt(whole, start, x_support, y_support, alpha=alpha, steps=steps, first_order=True, loss=cross_entropy)
    return whole(phi, x_query, **statistics(x_support, support_statistics))


def _features(net, theta: Theta, x_support, x_query, support_statistics: bool) -> tuple[Tensor, Tensor]:
    """The features of both sets, of length 1."""
    z = embed(net.features, theta, x_support, x_query, support_statistics=support_statistics)
    return tuple(F.normalize(part, dim=2) for part in z)


def _zero_head(z: Tensor, n_way: int) -> Theta:
    """A head for features z (n_tasks, n, d) that gives every class the same score."""
    return {"head.weight": z.new_zeros(z.shape[2], n_way), "head.bias": z.new_zeros(n_way)}
