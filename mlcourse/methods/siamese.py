"""Siamese networks: one embedding f, two inputs, and an answer to "same or different?".

    contrastive   L = mean of  1/2 [ y d^2 + (1 - y) max(0, margin - d)^2 ],     d = |f(a) - f(b)|
    weighted      p(same) = sigmoid( sum over j of  w_j |f(a)_j - f(b)_j|  + bias ),   with cross-entropy

Raia Hadsell, Sumit Chopra, Yann LeCun, "Dimensionality Reduction by Learning an Invariant Mapping", CVPR 2006; Gregory
Koch, Richard Zemel, Ruslan Salakhutdinov, "Siamese Neural Networks for One-shot Image Recognition", 2015.

y = 1 means "same" everywhere in this course, as in Koch et al.; in Hadsell et al. it means "different". No loss can see
from its inputs which one was meant, but training shows it. With reversed labels the contrastive loss of *all* pairs (of
fresh ones, then; a short list can be learned by heart) cannot fall below
(margin^2 / 8) (1 - 1 / (2 n - 1)), where each of the n drawings of a class has a point of its own: for n = 20 that is
1/39 less than margin^2 / 8, what it costs to hold all pairs at half the margin. Proof: let S^2 and D^2 be the mean
squared distances of pairs of one class and of two. Drawings of two classes vary on average as those of one do, or more,
and a drawing is no pair with itself: D^2 >= r S^2, r = 1 - 1/n. So the loss is at least
[max(0, margin - S)^2 + r S^2] / 4 >= margin^2 r / (4 + 4 r), which is reached where the k-th drawings of all classes
share a point, and these n points lie equally far apart.

The network is that of Jane Bromley et al., "Signature Verification using a 'Siamese' Time Delay Neural Network", 1993.

Example
    from functools import partial
    import torch
    from mlcourse.methods import siamese
    from mlcourse.networks import ConvNet
    from mlcourse.training import meta_train
    from mlcourse.worlds import alphabets, sample_pairs

    net, rng = ConvNet(None, filters=8), torch.Generator().manual_seed(0)
    sample = partial(sample_pairs, alphabets.load(), 32, rng=rng)
    trained = meta_train(partial(siamese.meta_gradient, net), net.init(rng), sample, n_iterations=20, beta=0.01)
    siamese.diagnose(net, trained.theta, sample())
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from ..embedding import embed, membership
from ..tasks import Pairs
from ..verification import verify
from ..weights import Theta, value_and_gradient


def contrastive_loss(a: Tensor, b: Tensor, y: Tensor, *, margin: float = 1.0) -> Tensor:
    """Pull the points of a same pair together; push those of a different pair apart, until the margin.

    a, b: (n_pairs, d), the points of each pair    y: (n_pairs,), 1 = same, 0 = different
    margin:  a distance, in the units of the points
    returns: a scalar, the mean over pairs (Hadsell et al. 2006, equation 4, with y and 1 - y exchanged)
    Raises ValueError where shapes do not fit or a label is neither 0 nor 1.
    """
    _check_pairs(a, b, y, margin)
    d = torch.linalg.vector_norm(a - b, dim=1)  # a gradient of 0 where d = 0; that of a plain square root would be nan
    return (y * d.square() + (1 - y) * torch.relu(margin - d).square()).mean() / 2


def points(net, theta: Theta, pairs: Pairs, *, weighted: bool = False, **how) -> tuple[Tensor, Tensor]:
    """The points of both sides, each (1, n_pairs, d): what the net gives or, if weighted, what its last layer sees.

    All drawings go through the network together, so that batch norm treats both sides alike.
    how: goes to the network, such as `statistics_from`
    """
    both = torch.cat([pairs.a, pairs.b]).unsqueeze(0)  # (1, 2 * n_pairs, 1, h, w), as if of one task
    a, b = _embedding(net, weighted)(theta, both, **how).chunk(2, dim=1)
    return a, b


def similarity(net, theta: Theta, a: Tensor, b: Tensor, *, weighted: bool = False) -> Tensor:
    """How alike points a and b (n_tasks, n, d) are, the higher the more: (n_tasks, n).

    Minus their distance or, if weighted, the log-odds of "same": the net's last layer, one number wide, on |a - b|.
    """
    if weighted:
        return net.head(theta, (a - b).abs()).squeeze(-1)
    return -torch.linalg.vector_norm(a - b, dim=-1)


def compare(net, theta: Theta, pairs: Pairs, *, weighted: bool = False, **how) -> Tensor:
    """The similarity of each pair, (n_pairs,), whichever side is which. For `how` see `points`."""
    a, b = points(net, theta, pairs, weighted=weighted, **how)
    return similarity(net, theta, a, b, weighted=weighted).squeeze(0)


def meta_gradient(
    net, theta: Theta, pairs: Pairs, *, weighted: bool = False, margin: float = 1.0
) -> tuple[Tensor, Theta]:
    """The loss of a batch of pairs and its gradient with respect to theta, as a dict with theta's names.

    weighted: cross-entropy on the weighted distance, which has no margin; else the contrastive loss
    Raises ValueError for labels other than 0 and 1, and where all are equal: then a constant answer is the best one.
    """
    if pairs.y.unique().tolist() != [0, 1]:
        raise ValueError(
            f"need same pairs, labelled 1, and different ones, labelled 0: got the labels {pairs.y.unique().tolist()}"
        )

    def loss(theta):
        if weighted:
            return F.binary_cross_entropy_with_logits(compare(net, theta, pairs, weighted=True), pairs.y)
        a, b = points(net, theta, pairs)
        return contrastive_loss(a.squeeze(0), b.squeeze(0), pairs.y, margin=margin)

    return value_and_gradient(loss, theta)


def predict(
    net,
    theta: Theta,
    x_support: Tensor,
    y_support: Tensor,
    x_query: Tensor,
    *,
    weighted: bool = False,
    support_statistics: bool = False,
) -> Tensor:
    """Compare each query with each support example, and average over the examples of a class.

    x_support: (n_tasks, n_support, ...)    y_support: (n_tasks, n_support), labels 0 to n_way - 1
    x_query:   (n_tasks, n_query, ...)
    support_statistics: what batch norm uses, see `embedding.embed`
    returns:   (n_tasks, n_query, n_way), the mean similarity to the examples of each class
    A tie stays a tie: measure with `losses.fair_accuracy`, which gives no place an advantage.
    """
    f = _embedding(net, weighted)
    z_support, z_query = embed(f, theta, x_support, x_query, support_statistics=support_statistics)
    members = membership(z_support, y_support)  # (n_tasks, n_support, n_way)
    # One support example after the other: all at once would hold n_query * n_support differences of points.
    alike = [similarity(net, theta, z_query, z.unsqueeze(1), weighted=weighted) for z in z_support.unbind(1)]
    # (n_tasks, n_query, n_support) @ (n_tasks, n_support, n_way) -> (n_tasks, n_query, n_way), divided by counts
    return torch.stack(alike, 2) @ members / members.sum(1, keepdim=True)


def diagnose(net, theta: Theta, pairs: Pairs, *, weighted: bool = False, **how) -> str:
    """Say in a sentence whether a trained network compares as it should, on pairs with labels that you trust.

    It recognises a network that has collapsed: all points in one place, or one answer to everything. One that was
    trained on reversed labels answers the reverse if weighted; if not, it is blind at worst, since no points are far
    from their own kind and near to all others: there, see whether the loss on fresh pairs fell below margin^2 / 8.
    For `how` see `points`. Raises ValueError where a similarity is not finite, and then there is nothing to compare.
    """
    a, b = points(net, theta, pairs, weighted=weighted, **how)
    scores = similarity(net, theta, a, b, weighted=weighted)
    if _constant(torch.cat([a, b], 1).squeeze(0)) or (weighted and _constant(scores.squeeze(0))):
        return "collapsed: all drawings look alike to it"
    area = verify(scores.detach().squeeze(0), pairs.y).area
    if area < 0.45:
        verdict = "reversed: same pairs are further apart than different ones"
    elif area < 0.55:
        verdict = "blind, by too little training or reversed labels: same pairs are no nearer than different ones"
    else:
        verdict = "as it should: same pairs are nearer than different ones"
    return f"{verdict} (area {area:.2f})"


def _embedding(net, weighted: bool):
    """What takes drawings to points: the net or, if weighted, all of it but its last layer."""
    return net.features if weighted else net


def _constant(x: Tensor) -> bool:
    """Whether all entries along the first axis are equal but for rounding."""
    return bool((x - x.mean(0)).abs().max() <= 1e-4 * x.abs().max())


def _check_pairs(a: Tensor, b: Tensor, y: Tensor, margin: float) -> None:
    if a.dim() != 2 or a.shape != b.shape or y.shape != a.shape[:1]:
        raise ValueError(
            f"need points a and b (n_pairs, d) and labels y (n_pairs,): "
            f"got {tuple(a.shape)}, {tuple(b.shape)} and {tuple(y.shape)}"
        )
    if not torch.isin(y, torch.tensor([0, 1]).to(y)).all():
        raise ValueError(f"a label is 1 for same or 0 for different: got {y.unique().tolist()}")
    if margin <= 0:
        raise ValueError(f"the margin is a distance, and must be positive: got {margin}")
