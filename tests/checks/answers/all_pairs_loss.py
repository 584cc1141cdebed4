"""Lesson 07: the contrastive loss of all pairs that a batch of drawings holds."""

import itertools

import torch
import torch.nn.functional as F

from mlcourse.methods import siamese


def distances(z):
    return torch.linalg.vector_norm(z[:, None] - z, dim=2)


def loss(
    z, labels, margin, *, d=distances, pull=torch.square, push=lambda lack: torch.relu(lack) ** 2, reduce=torch.mean,
    itself=False, turned=False,
):  # fmt: skip
    """With switches for the ways to get it wrong."""
    d, same = d(z), labels[:, None] == labels
    mates = same if itself else same & ~torch.eye(len(z), dtype=torch.bool)
    same, mates = (~same, ~same) if turned else (same, mates)
    others = ~same if not turned else (labels[:, None] == labels) & ~torch.eye(len(z), dtype=torch.bool)
    return (reduce(pull(d)[mates]) + reduce(push(margin - d)[others])) / 4


def changed(**how):
    return lambda *given: loss(*given, **how)


def by_loops(z, labels, margin):
    kinds = {True: [], False: []}
    for i, j in itertools.combinations(range(len(z)), 2):
        d = (z[i] - z[j]).norm()
        same = bool(labels[i] == labels[j])
        kinds[same].append(d**2 / 2 if same else torch.clamp(margin - d, min=0) ** 2 / 2)
    return sum(sum(costs) / len(costs) for costs in kinds.values()) / 2


def by_combinations(z, labels, margin):
    i, j = torch.combinations(torch.arange(len(z))).T
    d, y = F.pairwise_distance(z[i], z[j], eps=0), (labels[i] == labels[j]).to(z.dtype)
    weight = 0.5 * (y / y.sum() + (1 - y) / (1 - y).sum())
    return (weight * (y * d**2 + (1 - y) * F.relu(margin - d) ** 2)).sum() / 2


def by_the_module(z, labels, margin):
    i, j = torch.triu_indices(len(z), len(z), 1)
    y = (labels[i] == labels[j]).to(z.dtype)
    return (
        siamese.contrastive_loss(z[i][y == 1], z[j][y == 1], y[y == 1], margin=margin)
        + siamese.contrastive_loss(z[i][y == 0], z[j][y == 0], y[y == 0], margin=margin)
    ) / 2


def by_weights(z, labels, margin):
    """Masks of zeros and ones, and the numbers of pairs that they hold."""
    n, one_hot = len(z), F.one_hot(labels).to(z.dtype)
    same = one_hot @ one_hot.T
    d = torch.cdist(z, z, compute_mode="donot_use_mm_for_euclid_dist")
    pulled = (same * d**2).sum() / (same.sum() - n)
    return (pulled + ((1 - same) * F.relu(margin - d) ** 2).sum() / (1 - same).sum()) / 4


def by_plain_roots(z, labels, margin):
    """A root that is never taken of a point and itself."""
    i, j = torch.triu_indices(len(z), len(z), 1)
    d, same = (z[i] - z[j]).square().sum(1).sqrt(), labels[i] == labels[j]
    return (d[same].square().mean() + torch.relu(margin - d[~same]).square().mean()) / 4


def apart(z, labels, margin, *, kinds=(True, False)):
    """Leaves out a point and itself by the distance, of same pairs, of different ones or of both."""
    d, same = distances(z), labels[:, None] == labels
    mates = same & ((d > 0) if True in kinds else ~torch.eye(len(z), dtype=torch.bool))
    others = ~same & (d > 0) if False in kinds else ~same
    return (d[mates].square().mean() + torch.relu(margin - d[others]).square().mean()) / 4


def one_mean(z, labels, margin, n=0):
    i, j = torch.combinations(torch.arange(len(z)), with_replacement=bool(n)).T
    return siamese.contrastive_loss(z[i], z[j], (labels[i] == labels[j]).to(z.dtype), margin=margin)


def one_mean_of_all(z, labels, margin):
    d, same = distances(z), labels[:, None] == labels
    return torch.where(same, d**2, torch.relu(margin - d) ** 2).mean() / 2


def neighbours(z, labels, margin):
    return siamese.contrastive_loss(z[:-1], z[1:], (labels[:-1] == labels[1:]).to(z.dtype), margin=margin)


def each_class_apart(z, labels, margin):
    d, same = distances(z), labels[:, None] == labels
    mates = same & ~torch.eye(len(z), dtype=torch.bool)
    own = [(d**2)[mates & (labels == c)].mean() for c in labels.unique() if mates[labels == c].any()]
    return (sum(own) / len(own) + (torch.relu(margin - d) ** 2)[~same].mean()) / 4


def in_place(z, labels, margin):
    result = loss(z, labels, margin)
    z *= 2
    return result


def labels_in_place(z, labels, margin):
    result = loss(z, labels, margin)
    labels += 1
    return result


def times(factor):
    """The right value, and so many times its gradient."""
    return lambda *given: (lambda value: value.detach() + factor * (value - value.detach()))(loss(*given))


RIGHT = {
    "by masks": loss,
    "by loops": by_loops,
    "by combinations": by_combinations,
    "by the module": by_the_module,
    "by weights": by_weights,
    "by plain roots": by_plain_roots,
    "by a root that never meets zero": changed(d=lambda z: ((z[:, None] - z).square().sum(2) + 1e-14).sqrt()),
    "by a root that stays well away from zero": changed(
        d=lambda z: ((z[:, None] - z).square().sum(2) + 1e-8).sqrt(),
    ),
    "by the distance of the library": lambda z, labels, margin: loss(
        z, labels, margin, d=lambda z: F.pairwise_distance(z[:, None], z)
    ),
    "by cdist": changed(d=lambda z: torch.cdist(z, z, compute_mode="donot_use_mm_for_euclid_dist")),
}
WRONG = [
    ("not attempted", lambda *given: None),
    ("a point is paired with itself", changed(itself=True)),
    ("counted in the mean, which should be one for each kind", one_mean_of_all),
    ("two drawings at one point are left out", apart),
    ("two drawings at one point are left out", lambda *given: apart(*given, kinds=(True,))),
    ("two drawings at one point are left out", lambda *given: apart(*given, kinds=(False,))),
    ("all pairs have one mean", one_mean),
    ("sums over the pairs", changed(reduce=torch.sum)),
    ("each class is averaged apart", each_class_apart),
    ("the labels are reversed", changed(turned=True)),
    ("only neighbours are compared", neighbours),
    ("the different pairs are not in it", changed(push=lambda lack: 0 * lack)),
    ("the same pairs are not in it", changed(pull=lambda d: 0 * d)),
    ("the clamp is missing", changed(push=torch.square)),
    ("the clamp is the wrong way round", changed(push=lambda lack: torch.relu(-lack) ** 2)),
    ("held against the squared distance", lambda z, labels, margin: loss(
        z, labels, margin, d=lambda z: distances(z) ** 2, pull=lambda d: d, push=torch.relu)),
    ("the root is missing", changed(d=lambda z: (z[:, None] - z).square().sum(2))),
    ("the push is not squared", changed(push=torch.relu)),
    ("the pull is not squared", changed(pull=lambda d: d)),
    ("nothing is squared", changed(pull=lambda d: d, push=torch.relu)),
    ("the margin is not used", lambda z, labels, margin: loss(z, labels, 1.0)),
    ("the push has the wrong sign", changed(push=lambda lack: -(torch.relu(lack) ** 2))),
    ("a factor 1/2 is missing", lambda *given: 2 * loss(*given)),
    ("a factor 1/2 is missing", lambda *given: 4 * loss(*given)),
    ("there once too often", lambda *given: loss(*given) / 2),
    ("the labels are reversed.*and a factor 1/2 is missing", lambda *given: 2 * loss(*given, turned=True)),
    ("adds up absolute differences", changed(d=lambda z: (z[:, None] - z).abs().sum(2))),
    ("mean of the squares over the coordinates", changed(d=lambda z: (z[:, None] - z).square().mean(2).sqrt())),
    ("its gradient is nan", changed(d=lambda z: (z[:, None] - z).square().sum(2).sqrt())),
    ("its gradient is nan", changed(d=lambda z: torch.sqrt(((z[:, None] - z) ** 2).sum(-1)))),
    ("no gradient reaches the points", lambda *given: loss(*given).detach()),
    ("no gradient reaches the points", lambda *given: loss(*given).item()),
    ("its gradient is 2 times", times(2)),
    ("its gradient is 0.5 times", times(0.5)),
    ("its gradient is off by", changed(d=lambda z: torch.linalg.vector_norm(z[:, None] - z.detach(), dim=2)
        + torch.linalg.vector_norm(2 * z[:, None] - z, dim=2)
        - torch.linalg.vector_norm(2 * z[:, None] - z, dim=2).detach())),
    ("z has changed: make a new tensor", in_place),
    ("labels has changed: make a new tensor", labels_in_place),
    ("complex numbers", lambda *given: loss(*given) + 0j),
    ("stopped with", lambda z, labels, margin: loss(z, labels[:-1], margin)),
    ("the result has the shape", lambda *given: loss(*given)[None]),
    ("the result has the shape", changed(reduce=lambda each: each[:3])),
    ("a tensor is expected", lambda *given: str(loss(*given))),
    ("your function gives", lambda *given: loss(*given) + 1),
    ("your function gives", changed(push=lambda lack: F.leaky_relu(lack) ** 2)),
]  # fmt: skip
SIZED = [lambda z, labels, margin: by_loops(z, labels, 1.5)]
