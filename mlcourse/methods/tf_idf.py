"""TF-IDF: words count for what they are worth, and a query goes to the class that it resembles. Nothing is trained.

    z = (1 + ln count) * idf, brought to length 1;    score of a class = cosine of z with its mean

The weights come from a pool of other texts, see `bags.idf`. `ridge` fits a linear classifier to the same points,

    W = Z^T (Z Z^T + strength I)^-1 Y

which Bertinetto, Henriques, Torr, Vedaldi, "Meta-learning with Differentiable Closed-form Solvers", 2019,
arXiv:1805.08136, use as an inner loop, and Bao et al. (2020, arXiv:1908.06039) for texts.

Example
    import torch
    from mlcourse.methods import tf_idf
    from mlcourse.networks import bags
    from mlcourse.tasks import Task

    x, y = torch.tensor([[[1, 2, 0], [3, 2, 2]]]), torch.tensor([[0, 1]])
    tf_idf.predict(bags.idf(bags.tally([x[0]], n_words=5)), x, y, x).argmax(-1)
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from ..networks import bags


def predict(weight: Tensor, x_support: Tensor, y_support: Tensor, x_query: Tensor) -> Tensor:
    """The cosine of each query with the mean of each class, (n_tasks, n_query, n_way).

    weight: (n_words,), what each word is worth    x_support, x_query: numbers of words (n_tasks, n, length), 0 for none
    """
    words, counts = bags.count(x_support, x_query)
    z_support, z_query = (bags.vectors(c, weight[words]) for c in counts)
    return bags.likeness(z_support, y_support, z_query)


def ridge(weight: Tensor, x_support: Tensor, y_support: Tensor, x_query: Tensor, *, strength: float = 1.0) -> Tensor:
    """Scores of a ridge regression on the labels as 0 and 1, (n_tasks, n_query, n_way).

    strength: how strongly the classifier is held at zero, above 0    the rest: as for `predict`
    """
    words, counts = bags.count(x_support, x_query)
    z_support, z_query = (bags.vectors(c, weight[words]) for c in counts)
    likeness = z_support @ z_support.mT + strength * torch.eye(z_support.shape[1])
    return z_query @ z_support.mT @ torch.linalg.solve(likeness, F.one_hot(y_support).to(likeness))
