"""Nearest neighbour: give a query the label of the support example that it resembles most. No training at all.

The baseline that every table of this course carries: pixel by pixel, and with `embed=aligned` after each drawing has
been centred, brought halfway to a common width and height, and blurred, as readers of digits have long done (LeCun,
Bottou, Bengio, Haffner 1998, "Gradient-Based Learning Applied to Document Recognition", centre them by their mass).
Not that learned, but chosen on validation characters: how far, and how much blur (lesson 04).

For photographs, `embed=colours` compares how often each colour comes, wherever it is (Swain, Ballard 1991, "Color
Indexing", International Journal of Computer Vision 7).

Example
    from functools import partial

    import torch
    from mlcourse.evaluation import evaluate
    from mlcourse.losses import fair_accuracy
    from mlcourse.methods import nearest
    from mlcourse.worlds import alphabets, sample_episodes

    rng = torch.Generator().manual_seed(0)
    task = sample_episodes(alphabets.load(), 100, n_way=5, k_shot=1, n_query=5, rng=rng)
    evaluate(nearest.predict, task, metric=fair_accuracy).percent()
    evaluate(partial(nearest.predict, embed=nearest.aligned), task, metric=fair_accuracy).percent()
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from ..tasks import check_labels

SPREAD = 0.4  # the ink's standard deviation to which `aligned` brings drawings, where half a picture's width is 1
_THIN = 0.03  # that of a straight stroke: nothing is taken to be thinner


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


def aligned(x: Tensor, *, share: float = 0.5, sigma: float = 1.5) -> Tensor:
    """Drawings with their ink in the middle, of like width and height, and blurred: features for `predict`.

    x:       (n_tasks, n, ..., height, width), ink above 0, paper 0
    share:   how far width and height, the standard deviations of the ink, go to SPREAD: 0 leaves them as they are, 1
             takes them all the way. Halfway did best on validation characters.
    sigma:   the standard deviation of the blur, in pixels
    returns: (n_tasks, n, d)
    Raises ValueError for a share outside 0 to 1, or a negative sigma.
    """
    if not 0 <= share <= 1 or sigma < 0:
        raise ValueError(f"share lies between 0 and 1, and sigma is not negative: got share = {share}, sigma = {sigma}")
    drawings = x.reshape(-1, 1, *x.shape[-2:])
    middle, spread = _ink(drawings.squeeze(1))
    zoom = (spread.clamp(min=_THIN) / SPREAD) ** share
    corner = torch.cat([torch.diag_embed(zoom), middle.unsqueeze(2)], 2)  # from where each new pixel takes its ink
    drawings = F.grid_sample(drawings, F.affine_grid(corner, drawings.shape, align_corners=False), align_corners=False)
    return _blurred(drawings, sigma).reshape(*x.shape[:2], -1)


def colours(x: Tensor, *, levels: int = 4) -> Tensor:
    """The histogram of colours of each photograph, square roots of shares: features for `predict`, of length 1.

    x:       (n_tasks, n, 3, height, width), from 0 to 1
    levels:  so many of red, of green and of blue are told apart
    returns: (n_tasks, n, levels^3)
    """
    level = (x * levels).long().clamp(0, levels - 1)
    colour = ((level[:, :, 0] * levels + level[:, :, 1]) * levels + level[:, :, 2]).flatten(2)
    count = x.new_zeros(*x.shape[:2], levels**3).scatter_add_(2, colour, torch.ones_like(colour, dtype=x.dtype))
    return (count / colour.shape[2]).sqrt()


def _ink(x: Tensor) -> tuple[Tensor, Tensor]:
    """The middle of the ink of (n, height, width), across and down, and its standard deviations: twice (n, 2)."""
    moments = []
    for ink in (x.sum(1), x.sum(2)):  # by column, by row
        n = ink.shape[1]
        place = torch.linspace(1 / n - 1, 1 - 1 / n, n, dtype=x.dtype, device=x.device)
        weight = ink / ink.sum(1, keepdim=True).clamp(min=torch.finfo(x.dtype).tiny)
        mean = weight @ place
        moments.append(torch.stack([mean, (weight @ place.square() - mean.square()).clamp(min=0).sqrt()]))
    return tuple(torch.stack(moments, 2))


def _blurred(x: Tensor, sigma: float) -> Tensor:
    """A Gaussian blur of pictures (n, 1, height, width), of the same size: along columns, then along rows."""
    if sigma == 0:
        return x
    down, across = (_bell(n, sigma).to(x) for n in x.shape[2:])
    return down @ x @ across  # not conv2d, which in float64 unfolds all pictures at once: nine times their memory


def _bell(n: int, sigma: float) -> Tensor:
    """(n, n): row i gives pixel i its share of each pixel's ink, up to three standard deviations away."""
    reach = round(3 * sigma)
    away = torch.arange(n).unsqueeze(1) - torch.arange(n)
    weight = torch.exp(-torch.arange(-reach, reach + 1, dtype=torch.float64).square() / (2 * sigma**2))
    return (weight / weight.sum())[(away + reach).clamp(0, 2 * reach)] * (away.abs() <= reach)
