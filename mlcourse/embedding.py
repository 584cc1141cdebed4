"""Learning by comparing: an embedding takes pictures to points, and what is alike should lie close.

What matching, prototypical and Siamese networks share. The weights are the same for all tasks, so nothing is adapted:
to learn a new task is to embed its support set.

Batch norm makes a picture's point depend on its company. As in the training of Snell et al. (2017, arXiv:1703.05175),
the support and the query set of a task go through the network together and share their statistics. So the queries help
each other, which is called transductive. With `support_statistics` the statistics are those of the support set alone.
(Their code takes running averages of the training set at test; we keep none. What else one can take is the subject of
Bronskill et al. 2020, "TaskNorm: Rethinking Batch Normalization for Meta-Learning", arXiv:2003.03284.)
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from .tasks import check_labels
from .weights import Theta


def embed(
    net, theta: Theta, x_support: Tensor, x_query: Tensor, *, support_statistics: bool = False
) -> tuple[Tensor, Tensor]:
    """The points of each task's support set, (n_tasks, n_support, d), and of its query set, (n_tasks, n_query, d).

    net:   from (theta, x) to points (n_tasks, n, d); theta is shared by all tasks
    support_statistics: batch norm takes the statistics of the support set for both, so that a query's point does not
           depend on the other queries; without it they do
    """
    if x_support.shape[0] != x_query.shape[0] or x_support.shape[2:] != x_query.shape[2:]:
        raise ValueError(
            f"support and query set do not fit together: their shapes are {tuple(x_support.shape)} and "
            f"{tuple(x_query.shape)}, need the same number of tasks and the same kind of example"
        )
    x = torch.cat([x_support, x_query], 1)  # (n_tasks, n_support + n_query, ...)
    z = net(theta, x, **statistics(x_support, support_statistics))  # (n_tasks, n_support + n_query, d)
    n_support = x_support.shape[1]
    return z[:, :n_support], z[:, n_support:]


def statistics(x_support: Tensor, support_statistics: bool) -> dict:
    """What a network is told about batch norm: to use the support set's statistics, or nothing, as it may have none."""
    return dict(statistics_from=x_support) if support_statistics else {}


def membership(z: Tensor, y: Tensor) -> Tensor:
    """Who belongs to which class, (n_tasks, n, n_way): 1 where example i has label c, else 0, in the type of z.

    z: (n_tasks, n, d)    y: (n_tasks, n), labels 0 to n_way - 1 in any order, with any number of examples a class
    Raises ValueError if a class has no example in one of the tasks, or if y is no set of labels.
    """
    check_labels(z, y)
    members = F.one_hot(y)  # (n_tasks, n, n_way)
    missing = (members.sum(1) == 0).nonzero()
    if len(missing):
        t, c = missing[0].tolist()
        raise ValueError(
            f"task {t} has no support example of class {c}: every class from 0 to {members.shape[2] - 1} needs one"
        )
    return members.to(z.dtype)
