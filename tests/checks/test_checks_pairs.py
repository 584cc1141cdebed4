"""The check of lesson 07 accepts every right answer and names the mistake of a plausible wrong one."""

import re

import pytest
import torch
import torch.nn.functional as F

from mlcourse import checks
from mlcourse.methods import siamese


def distance(a, b):
    return (a - b).norm(dim=1)


def loss(a, b, y, margin, *, d=distance, reduce=torch.mean):
    d = d(a, b)
    return reduce(y * d**2 + (1 - y) * torch.relu(margin - d) ** 2) / 2


def by_a_loop(a, b, y, margin):
    total = 0.0
    for p, q, same in zip(a, b, y, strict=True):
        d = torch.linalg.vector_norm(p - q)
        total = total + (d**2 if same else torch.clamp(margin - d, min=0) ** 2) / 2
    return total / len(y)


def averaged_apart(a, b, y, margin):
    d = distance(a, b)
    return (d[y == 1] ** 2).mean() / 2 + (torch.relu(margin - d[y == 0]) ** 2).mean() / 2


RIGHT = {
    "by vector_norm": loss,
    "by the module": lambda a, b, y, margin: siamese.contrastive_loss(a, b, y, margin=margin),
    "by a loop": by_a_loop,
    "by pairwise_distance": lambda *given: loss(*given, d=F.pairwise_distance),
    "by a root that never meets zero": lambda *given: loss(
        *given, d=lambda a, b: ((a - b).square().sum(1) + 1e-12).sqrt()
    ),
    "by where": lambda a, b, y, margin: (
        torch.where(y == 1, distance(a, b) ** 2, torch.relu(margin - distance(a, b)) ** 2).mean() / 2
    ),
}

WRONG = {
    "not attempted": lambda a, b, y, margin: None,
    "the labels are reversed": lambda a, b, y, margin: loss(a, b, 1 - y, margin),
    "the clamp is missing": lambda a, b, y, margin: (
        (y * distance(a, b) ** 2 + (1 - y) * (margin - distance(a, b)) ** 2).mean() / 2
    ),
    "the clamp is the wrong way round": lambda a, b, y, margin: (
        (y * distance(a, b) ** 2 + (1 - y) * torch.relu(distance(a, b) - margin) ** 2).mean() / 2
    ),
    "held against the squared distance": lambda a, b, y, margin: (
        (y * distance(a, b) ** 2 + (1 - y) * torch.relu(margin - distance(a, b) ** 2)).mean() / 2
    ),
    "the push is not squared": lambda a, b, y, margin: (
        (y * distance(a, b) ** 2 + (1 - y) * torch.relu(margin - distance(a, b))).mean() / 2
    ),
    "the pull is not squared": lambda a, b, y, margin: (
        (y * distance(a, b) + (1 - y) * torch.relu(margin - distance(a, b)) ** 2).mean() / 2
    ),
    "nothing is squared": lambda a, b, y, margin: (
        (y * distance(a, b) + (1 - y) * torch.relu(margin - distance(a, b))).mean() / 2
    ),
    "the margin is not used": lambda a, b, y, margin: loss(a, b, y, 1.0),
    "the factor 1/2 is missing": lambda *given: 2 * loss(*given),
    "the sum over the pairs": lambda *given: loss(*given, reduce=torch.sum),
    "one number for each pair": lambda *given: loss(*given, reduce=lambda each: each),
    "averaged apart": averaged_apart,
    "one distance for the whole batch": lambda *given: loss(*given, d=lambda a, b: (a - b).norm()),
    "only on the push": lambda a, b, y, margin: (
        y * distance(a, b) ** 2 + (1 - y) * torch.relu(margin - distance(a, b)) ** 2 / 2
    ).mean(),
    "only on the pull": lambda a, b, y, margin: (
        y * distance(a, b) ** 2 / 2 + (1 - y) * torch.relu(margin - distance(a, b)) ** 2
    ).mean(),
    "adds up absolute differences": lambda *given: loss(*given, d=lambda a, b: (a - b).abs().sum(1)),
    "mean of the squares over the coordinates": lambda *given: loss(
        *given, d=lambda a, b: (a - b).square().mean(1).sqrt()
    ),
    "the different pairs are not in it": lambda a, b, y, margin: (y * distance(a, b) ** 2).mean() / 2,
    "the same pairs are not in it": lambda a, b, y, margin: (
        ((1 - y) * torch.relu(margin - distance(a, b)) ** 2).mean() / 2
    ),
    "no gradient reaches the points": lambda *given: loss(*given).detach(),
    "the gradient is nan": lambda *given: loss(*given, d=lambda a, b: (a - b).square().sum(1).sqrt()),
    "stopped with": lambda *given: loss(*given, d=lambda a, b: (a - b).norm(dim=0)),
    "a tensor is expected": lambda *given: loss(*given).item(),
    "your function gives": lambda *given: loss(*given) + 1,
}


ONE_MISTAKE = [
    "the labels are reversed",
    "the clamp is missing",
    "the clamp is the wrong way round",
    "held against the squared distance",
    "the push is not squared",
    "the pull is not squared",
    "nothing is squared",
    "the margin is not used",
    "the sum over the pairs",
    "one number for each pair",
    "averaged apart",
    "one distance for the whole batch",
    "adds up absolute differences",
    "mean of the squares over the coordinates",
    "the different pairs are not in it",
    "the same pairs are not in it",
]


@pytest.mark.parametrize("verdict", ["", *ONE_MISTAKE])
def test_a_missing_half_is_named_beside_another_mistake(verdict, capsys):
    answer = WRONG[verdict] if verdict else loss
    checks.contrastive_loss(lambda *given: 2 * answer(*given))
    said = capsys.readouterr().out
    assert re.search(f"{verdict}.*the factor 1/2 is missing", said)
