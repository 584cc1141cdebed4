"""Nearest neighbour: give a query the label of the support example that it resembles most. No training at all.

The baseline that every table of this course carries. With the identity as `embed` it compares pixels.

Example
    import torch
    from mlcourse.evaluation import evaluate
    from mlcourse.losses import fair_accuracy
    from mlcourse.methods import nearest
    from mlcourse.worlds import alphabets, sample_episodes

    rng = torch.Generator().manual_seed(0)
    task = sample_episodes(alphabets.load(), 100, n_way=5, k_shot=1, n_query=5, rng=rng)
    evaluate(nearest.predict, task, metric=fair_accuracy).percent()
"""

import torch
from torch import Tensor

from ..tasks import check_labels


def predict(x_support: Tensor, y_support: Tensor, x_query: Tensor, *, embed=None) -> Tensor:
    """Score each class by how near its nearest support example is.

    x_support: (n_tasks, n_support, ...)    y_support: (n_tasks, n_support), labels 0 to n_way - 1
    x_query:   (n_tasks, n_query, ...)
    embed:     from (n_tasks, n, ...) to features (n_tasks, n, d); the examples themselves if None
    returns:   (n_tasks, n_query, n_way), minus the squared Euclidean distance to the nearest example of each class;
               -inf for a class of which a task has none
    Raises ValueError if y_support is no set of labels.
    """
    check_labels(x_support, y_support)
    embed = embed or (lambda x: x.flatten(2))
    a, b = embed(x_query), embed(x_support)  # (n_tasks, n_query, d), (n_tasks, n_support, d)
    # |a|^2 + |b|^2 - 2ab is exact for pixels that are 0 or 1, so that ties are ties on every machine
    distance = a.square().sum(2).unsqueeze(2) + b.square().sum(2).unsqueeze(1) - 2 * a @ b.mT
    n_way, label = int(y_support.max()) + 1, y_support.unsqueeze(1).expand_as(distance)
    # (n_tasks, n_query, n_support) -> (n_tasks, n_query, n_way): of each class the nearest example is left
    farthest = distance.new_full((*distance.shape[:2], n_way), torch.inf)
    return -farthest.scatter_reduce(2, label, distance, "amin")
