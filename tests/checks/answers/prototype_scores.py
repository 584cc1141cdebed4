"""Lesson 08: the scores of a prototypical network."""

import torch
import torch.nn.functional as F

from mlcourse.methods import prototypical


def squared_distances(
    z_support, y_support, z_query, *, centre=lambda own: own.mean(0), score=lambda d: -(d**2).sum(-1)
):
    """One task, one class after the other, with switches for the ways to get it wrong."""
    scores = []
    for z_s, y_s, z_q in zip(z_support, y_support, z_query, strict=True):
        c = torch.stack([centre(z_s[y_s == label]) for label in y_s.unique()])
        scores.append(score(z_q[:, None] - c))
    return torch.stack(scores)


def scored(score):
    """Another score of the differences to the prototypes, (n_query, n_way, d)."""
    return lambda *given: squared_distances(*given, score=score)


def centred(centre):
    """Another prototype of the points of a class, (n, d)."""
    return lambda *given: squared_distances(*given, centre=centre)


def centres(z_support, y_support):
    return torch.stack([
        torch.stack([z[y == label].mean(0) for label in y.unique()])
        for z, y in zip(z_support, y_support, strict=True)
    ])  # fmt: skip


def with_centres(function):
    """What a function of queries and prototypes gives, as an answer."""
    return lambda z_support, y_support, z_query: function(z_query, centres(z_support, y_support))


def mean_of_distances(z_support, y_support, z_query, reduce=torch.mean, cost=torch.square):
    d = -cost((z_query[:, :, None] - z_support[:, None]).norm(dim=-1))
    return torch.stack(
        [
            torch.stack([reduce(d_t[:, y == label], 1) for label in y.unique()], 1)
            for d_t, y in zip(d, y_support, strict=True)
        ]
    )


def by_loops(z_support, y_support, z_query):
    """A number at a time, in lists of lists of lists."""
    return [
        [
            [-((q - torch.stack([z for z, y in zip(zs, ys, strict=True) if y == k]).mean(0)) ** 2).sum()
             for k in range(int(ys.max()) + 1)]
            for q in zq
        ]
        for zs, ys, zq in zip(z_support, y_support, z_query, strict=True)
    ]  # fmt: skip


def by_einsum(z_support, y_support, z_query):
    members = F.one_hot(y_support).to(z_support.dtype)
    c = torch.einsum("tsk,tsd->tkd", members, z_support) / members.sum(1).unsqueeze(2)
    return 2 * torch.einsum("tqd,tkd->tqk", z_query, c) - (z_query**2).sum(2)[:, :, None] - (c**2).sum(2)[:, None]


def by_index_add(z_support, y_support, z_query):
    n_way = int(y_support.max()) + 1
    where = y_support.unsqueeze(2).expand_as(z_support)
    total = z_support.new_zeros(len(z_support), n_way, z_support.shape[2]).scatter_add(1, where, z_support)
    count = z_support.new_zeros(len(z_support), n_way).scatter_add(1, y_support, torch.ones_like(z_support[..., 0]))
    return -torch.cdist(z_query, total / count.unsqueeze(2)).pow(2)


def in_place(z_support, y_support, z_query):
    result = squared_distances(z_support, y_support, z_query)
    z_query.mul_(2)
    return result


def times(factor):
    """The right values, and so many times their gradient."""
    return lambda *given: (lambda value: value.detach() + factor * (value - value.detach()))(squared_distances(*given))


RIGHT = {
    "by loops over tasks and classes": squared_distances,
    "by loops, in lists": by_loops,
    "by einsum": by_einsum,
    "by scatter_add and cdist": by_index_add,
    "by the module": lambda z_support, y_support, z_query: prototypical.scores(
        prototypical.prototypes(z_support, y_support), z_query
    ),
    "by vector_norm": scored(lambda d: -torch.linalg.vector_norm(d, dim=-1).square()),
    "in a tuple of tasks": lambda *given: tuple(squared_distances(*given)),
}
WRONG = [
    ("not attempted", lambda *given: None),
    (r"the sign is wrong: .* take \*minus\* the squared distance", scored(lambda d: (d**2).sum(-1))),
    ("^not yet: the distance is not squared: leave", scored(lambda d: -d.norm(dim=-1))),
    ("the distance is not squared: leave", with_centres(lambda z, c: -torch.cdist(z, c))),
    (r"the sign is wrong, and the distance is not squared", scored(lambda d: d.norm(dim=-1))),
    ("sums of absolute differences", scored(lambda d: -d.abs().sum(-1))),
    ("sums of absolute differences", scored(lambda d: d.abs().sum(-1))),
    ("averaged over the coordinates", scored(lambda d: -(d**2).mean(-1))),
    ("averaged over the coordinates", scored(lambda d: (d**2).mean(-1))),
    ("half of the squared distance", scored(lambda d: -(d**2).sum(-1) / 2)),
    ("turned round 0", scored(lambda d: 1 / (d**2).sum(-1))),
    ("these are dot products", with_centres(lambda z, c: z @ c.mT)),
    (r"the same for every class, \|z\|\^2, is missing", with_centres(
        lambda z, c: 2 * z @ c.mT - (c**2).sum(2)[:, None])),
    ("these are cosines", with_centres(lambda z, c: torch.cosine_similarity(z[:, :, None], c[:, None], dim=-1))),
    ("this is the sum: divide", centred(lambda own: own.sum(0))),
    ("by n_support / n_way", centred(lambda own: own.sum(0) / 2)),
    ("^not yet: divided by n_support: divide each class", centred(lambda own: own.sum(0) / 6)),
    ("counted in the first task only", lambda z_support, y_support, z_query: prototypical.scores(
        F.one_hot(y_support).double().mT @ z_support / F.one_hot(y_support).sum(1)[:1, :, None], z_query)),
    ("labels of the first task", lambda z_support, y_support, z_query: squared_distances(
        z_support, y_support[:1].expand(2, 6), z_query)),
    ("expected scalar type.*Two types of number meet", lambda z_support, y_support, z_query: (
        F.one_hot(y_support).mT.float() @ z_support)),
    ("have the same dtype.*Two types of number meet", lambda z_support, y_support, z_query: (
        F.one_hot(y_support[0]).T.float() @ z_support[0])),
    ("do not reshape it", lambda z_support, y_support, z_query: (
        -((z_query[:, :, None] - z_support.view(2, 3, 2, 3).mean(2)[:, None]) ** 2).sum(-1))),
    ("may come in any order", lambda z_support, y_support, z_query: (
        -((z_query[:, :, None] - z_support.view(2, 2, 3, 3).mean(1)[:, None]) ** 2).sum(-1))),
    ("only the first example", centred(lambda own: own[0])),
    ("the nearest example of each class", lambda *given: mean_of_distances(
        *given, reduce=lambda d, axis: d.amax(axis))),
    ("the mean of the distances", mean_of_distances),
    ("the mean of the distances", lambda *given: -mean_of_distances(*given)),
    ("the mean of the distances", lambda *given: mean_of_distances(*given, cost=lambda d: d)),
    ("averaged over the tasks too", with_centres(
        lambda z, c: -((z[:, :, None] - c.mean(0, keepdim=True)[:, None]) ** 2).sum(-1))),
    ("these are probabilities", lambda *given: squared_distances(*given).softmax(-1)),
    ("these are log-probabilities", lambda *given: squared_distances(*given).log_softmax(-1)),
    ("the last two axes are exchanged", lambda *given: squared_distances(*given).mT),
    ("no gradient reaches the points, and no network would learn", lambda *given: (
        squared_distances(*given).tolist())),
    ("no gradient reaches the points", lambda *given: squared_distances(*(part.detach() for part in given))),
    ("no gradient reaches z_support", lambda z_support, *rest: squared_distances(z_support.detach(), *rest)),
    ("no gradient reaches z_query", lambda z_s, y_s, z_query: squared_distances(z_s, y_s, z_query.detach())),
    ("its gradient is 2 times", times(2)),
    ("its gradient is 0.5 times", times(0.5)),
    ("z_query has changed: make a new tensor", in_place),
    ("complex numbers", lambda *given: squared_distances(*given) + 0j),
    ("the result has the shape", lambda *given: squared_distances(*given)[0]),
    ("a tensor is expected, your function returns a dict", lambda *given: {"scores": squared_distances(*given)}),
    ("your function gives", scored(lambda d: -(d**4).sum(-1))),
    ("your function gives", centred(lambda own: own.median(0).values if len(own) > 2 else own.mean(0))),
]  # fmt: skip
