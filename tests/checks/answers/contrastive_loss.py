"""Lesson 07: the contrastive loss."""

import torch
import torch.nn.functional as F

from mlcourse.methods import siamese


def distance(a, b):
    return (a - b).norm(dim=1)


def loss(a, b, y, margin, *, d=distance, reduce=torch.mean, pull=torch.square, push=lambda lack: torch.relu(lack) ** 2):
    d = d(a, b)
    return reduce(y * pull(d) + (1 - y) * push(margin - d)) / 2


def changed(**how):
    return lambda *given: loss(*given, **how)


def costs(function):
    """A loss from each pair's cost: a function of (d, y, margin)."""
    return lambda a, b, y, margin: function(distance(a, b), y, margin).mean() / 2


def by_a_loop(a, b, y, margin):
    total = 0.0
    for p, q, same in zip(a, b, y, strict=True):
        d = torch.linalg.vector_norm(p - q)
        total = total + (d**2 if same else torch.clamp(margin - d, min=0) ** 2) / 2
    return total / len(y)


def by_einsum(a, b, y, margin):
    squared = torch.einsum("nd,nd->n", a - b, a - b)
    push = torch.clamp_min(margin - torch.linalg.vector_norm(a - b, dim=1), 0)
    return (torch.dot(y, squared) + torch.dot(1 - y, push**2)) / (2 * len(y))


def by_cases(a, b, y, margin):
    """Same and different pairs apart, put together by their numbers."""
    d, same = torch.linalg.vector_norm(a - b, dim=1), y.bool()
    return (d[same].pow(2).sum() + F.relu(margin - d[~same]).pow(2).sum()) / y.numel() / 2


def of_one_pair(p, q, same, margin):
    d = torch.linalg.vector_norm(p - q)
    return (same * d**2 + (1 - same) * torch.relu(margin - d) ** 2) / 2


def averaged_apart(a, b, y, margin):
    d = distance(a, b)
    return (d[y == 1] ** 2).mean() / 2 + (torch.relu(margin - d[y == 0]) ** 2).mean() / 2


def in_place(a, b, y, margin):
    a -= b
    return loss(a, torch.zeros_like(b), y, margin)


def labels_turned_in_place(a, b, y, margin):
    result = loss(a, b, y, margin)
    y.sub_(1).neg_()
    return result


def times(factor):
    """The right value, and so many times its gradient."""
    return lambda *given: (lambda value: value.detach() + factor * (value - value.detach()))(loss(*given))


RIGHT = {
    "by a loop": by_a_loop,
    "by norm": loss,
    "by the module": lambda a, b, y, margin: siamese.contrastive_loss(a, b, y, margin=margin),
    "by einsum": by_einsum,
    "by cases": by_cases,
    "by pairwise_distance": changed(d=F.pairwise_distance),
    "by a root that never meets zero": changed(d=lambda a, b: ((a - b).square().sum(1) + 1e-12).sqrt()),
    "by where": costs(lambda d, y, margin: torch.where(y == 1, d**2, torch.relu(margin - d) ** 2)),
    "by maximum": costs(lambda d, y, margin: y * d * d + (1 - y) * torch.maximum(margin - d, d.new_zeros(())).pow(2)),
    "sides exchanged": lambda a, b, y, margin: loss(b, a, y, margin),
    "by vmap": lambda a, b, y, margin: torch.vmap(of_one_pair)(a, b, y, margin=margin).mean(),
}
WRONG = [
    ("not attempted", lambda a, b, y, margin: None),
    ("the labels are reversed", lambda a, b, y, margin: loss(a, b, 1 - y, margin)),
    ("the labels are not used", costs(lambda d, y, margin: d**2 + torch.relu(margin - d) ** 2)),
    ("the clamp is missing", changed(push=torch.square)),
    ("the clamp is the wrong way round", changed(push=lambda lack: torch.relu(-lack) ** 2)),
    ("the clamp is the wrong way round", changed(push=lambda lack: lack.clamp(max=0) ** 2)),
    ("held against the squared distance", costs(lambda d, y, margin: y * d**2 + (1 - y) * torch.relu(margin - d**2))),
    ("held against the squared distance", costs(
        lambda d, y, margin: y * d**2 + (1 - y) * torch.relu(margin**2 - d**2))),
    ("the push is not squared", changed(push=torch.relu)),
    ("the pull is not squared", changed(pull=lambda d: d)),
    ("nothing is squared", changed(pull=lambda d: d, push=torch.relu)),
    ("the margin is not used", lambda a, b, y, margin: loss(a, b, y, 1.0)),
    ("the push has the wrong sign", changed(push=lambda lack: -(torch.relu(lack) ** 2))),
    ("the factor 1/2 is missing", lambda *given: 2 * loss(*given)),
    ("the factor 1/2 is there twice", lambda *given: loss(*given) / 2),
    ("the sum over the pairs", changed(reduce=torch.sum)),
    ("one number for each pair", changed(reduce=lambda each: each)),
    ("averaged apart", averaged_apart),
    ("one distance for the whole batch", changed(d=lambda a, b: (a - b).norm())),
    ("only on the push", changed(pull=lambda d: 2 * d**2)),
    ("only on the pull", changed(push=lambda lack: 2 * torch.relu(lack) ** 2)),
    ("adds up absolute differences", changed(d=lambda a, b: (a - b).abs().sum(1))),
    ("mean of the squares over the coordinates", changed(d=lambda a, b: (a - b).square().mean(1).sqrt())),
    ("the largest difference", changed(d=lambda a, b: (a - b).abs().amax(1))),
    ("the different pairs are not in it", changed(push=lambda lack: 0 * lack)),
    ("the same pairs are not in it", changed(pull=lambda d: 0 * d)),
    ("no gradient reaches the points", lambda *given: loss(*given).detach()),
    ("no gradient reaches the points", lambda *given: loss(*given).item()),
    ("no gradient reaches the points", lambda a, *given: loss(a, *given).detach() + 0 * a.sum()),
    ("no gradient reaches b", lambda a, b, y, margin: loss(a, b.detach(), y, margin)),
    ("no gradient reaches a", lambda a, b, y, margin: loss(a.detach(), b, y, margin)),
    ("its gradient is 2 times", times(2)),
    ("its gradient is 0.5 times", times(0.5)),
    ("its gradient is off by", lambda a, b, y, margin: loss(a, b, y, margin)
        + loss(a, b, torch.ones_like(y), margin) - loss(a, b, torch.ones_like(y), margin).detach()),
    ("the gradient is nan", changed(d=lambda a, b: (a - b).square().sum(1).sqrt())),
    ("the gradient is nan", changed(d=lambda a, b: torch.sqrt(((a - b) ** 2).sum(-1)))),
    ("your function gives.*", changed(push=lambda lack: (torch.relu(lack) * (lack < 1.45)) ** 2)),
    ("your function gives", changed(d=lambda a, b: (a - b).square().sum(1).clamp_min(0.05).sqrt())),
    ("your function gives", changed(push=lambda lack: F.leaky_relu(lack) ** 2)),
    ("your function gives", changed(d=lambda a, b: (a.norm(dim=1) - b.norm(dim=1)).abs())),
    ("a has changed: make a new tensor", in_place),
    ("y has changed: make a new tensor", labels_turned_in_place),
    ("complex numbers", lambda *given: loss(*given) + 0j),
    ("stopped with", changed(d=lambda a, b: (a - b).norm(dim=0))),
    ("stay with tensors", lambda a, b, y, margin: a.numpy()),
    ("a tensor is expected", lambda *given: str(loss(*given))),
    ("the result has the shape", lambda *given: loss(*given)[None]),
    ("your function gives", lambda *given: loss(*given) + 1),
    ("your function gives", changed(d=lambda a, b: 1 - torch.cosine_similarity(a, b))),
]  # fmt: skip
SIZED = [lambda a, b, y, margin: by_a_loop(a, b, y, 1.5)]
