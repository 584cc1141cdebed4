"""Answers to the exercise of lesson 18: pictures that are in two sets, or almost."""

import numpy as np
import torch


def apart(a, b):
    return (a[:, None].float() - b[None].float()).flatten(2)


def plainest(a, b, most):
    return ((a[:, None].float() - b[None].float()).abs().flatten(2).mean(2) <= most).nonzero()


def by_loops(a, b, most):
    found = []
    for i in range(len(a)):
        for j in range(len(b)):
            if (a[i].double() - b[j].double()).abs().mean() <= most:
                found.append((i, j))
    return found


def by_cdist(a, b, most):
    distance = torch.cdist(a.flatten(1).double(), b.flatten(1).double(), p=1) / a[0].numel()
    return torch.stack(torch.where(distance <= most + 1e-9), 1)


def by_numpy(a, b, most):
    a, b = (x.numpy().astype(int) for x in (a, b))
    return np.argwhere(np.abs(a[:, None] - b[None]).mean((2, 3, 4)) <= most)


def as_a_set(a, b, most):
    return {(int(i), int(j)) for i, j in plainest(a, b, most)}


def in_place(a, b, most):
    a.clamp_(max=100)
    return plainest(a, b, most)


def only_nearest(a, b, most):
    smallest, where = apart(a, b).abs().mean(2).min(1)
    return [(i, j) for i, (s, j) in enumerate(zip(smallest.tolist(), where.tolist(), strict=True)) if s <= most]


RIGHT = {
    "plainest": plainest,
    "by loops, as a list": by_loops,
    "by cdist": by_cdist,
    "by numpy": by_numpy,
    "as a set": as_a_set,
    "in another order": lambda a, b, most: plainest(a, b, most).flip(0),
}
WRONG = [
    ("not attempted", lambda a, b, most: None),
    ("254 for whole numbers", lambda a, b, most: ((a[:, None] - b).float().flatten(2).mean(2) <= most).nonzero()),
    ("make them floats first", lambda a, b, most: ((a[:, None] - b).abs().flatten(2).mean(2) <= most).nonzero()),
    ("only equal pictures", lambda a, b, most: (a[:, None] == b[None]).flatten(2).all(2).nonzero()),
    ("keep their signs", lambda a, b, most: (apart(a, b).mean(2) <= most).nonzero()),
    ("first absolute values", lambda a, b, most: (apart(a, b).mean(2).abs() <= most).nonzero()),
    ("largest difference", lambda a, b, most: (apart(a, b).abs().amax(2) <= most).nonzero()),
    ("median", lambda a, b, most: (apart(a, b).abs().median(2).values <= most).nonzero()),
    ("sum over the pixels", lambda a, b, most: (apart(a, b).abs().sum(2) <= most).nonzero()),
    ("squares are taken", lambda a, b, most: (apart(a, b).square().mean(2) <= most).nonzero()),
    ("root of the mean square", lambda a, b, most: (apart(a, b).square().mean(2).sqrt() <= most).nonzero()),
    ("all three colours", lambda a, b, most: plainest(a.float().mean(1, True), b.float().mean(1, True), most)),
    ("no pair of twins", lambda a, b, most: (apart(a, b).abs().mean(2).floor() <= most).nonzero()),
    (
        "each of a with each of b",
        lambda a, b, most: [(i, i) for i in range(len(a)) if (a[i].float() - b[i].float()).abs().mean() <= most],
    ),
    ("several twins", only_nearest),
    ("however far", lambda a, b, most: list(enumerate(apart(a, b).abs().mean(2).argmin(1).tolist()))),
    ("at most means", lambda a, b, most: (apart(a, b).abs().mean(2) < most).nonzero()),
    ("turn the comparison round", lambda a, b, most: (apart(a, b).abs().mean(2) > most).nonzero()),
    ("only red", lambda a, b, most: plainest(a[:, :1], b[:, :1], most)),
    ("wrong way round", lambda a, b, most: plainest(a, b, most).flip(1)),
    ("begin at 1", lambda a, b, most: plainest(a, b, most) + 1),
    ("no pair is found", lambda a, b, most: []),
    ("pairs .* expected", lambda a, b, most: apart(a, b).abs().mean(2) <= most),
    ("pairs .* expected", lambda a, b, most: apart(a, b).abs().mean(2)),
    ("side by side", lambda a, b, most: plainest(a, b, most).unbind(1)),
    ("is missing", lambda a, b, most: plainest(a, b, most)[::2]),
    ("no pair of twins", lambda a, b, most: plainest(a, b, 3 * most)),
    ("compare every picture", lambda a, b, most: ((a.float() - b.float()).abs().flatten(1).mean(1) <= most).nonzero()),
    ("a has changed", in_place),
]
SIZED = [lambda a, b, most: plainest(a[:6], b[:10], most)]
