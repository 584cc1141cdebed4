"""Answers to the exercise of lesson 16: rarity in a pool without the task's classes."""

import math

import numpy as np
import torch
import torch.nn.functional as F


def plainest(holding, n_texts, own):
    held = holding.sum(0) - holding[own].sum(1)
    n = n_texts.sum() - n_texts[own].sum(1, keepdim=True)
    return 1 - torch.log(1 + held) / torch.log(1 + n)


def by_masks(holding, n_texts, own):
    others = 1 - F.one_hot(own, len(holding)).sum(1).to(holding)
    return 1 - (others @ holding).log1p() / (others @ n_texts).log1p()[:, None]


def task_by_task(holding, n_texts, own):
    rows = []
    for classes in own.tolist():
        others = [c for c in range(len(holding)) if c not in classes]
        rows.append(1 - torch.log(1 + holding[others].sum(0)) / torch.log(1 + n_texts[others].sum()))
    return torch.stack(rows)


def number_by_number(holding, n_texts, own):
    found = []
    for classes in own.tolist():
        others = set(range(len(n_texts))) - set(classes)
        n = sum(n_texts[c].item() for c in others)
        held = [sum(holding[c, w].item() for c in others) for w in range(holding.shape[1])]
        found.append([1 - math.log(1 + h) / math.log(1 + n) for h in held])
    return found


def by_numpy(holding, n_texts, own):
    keep = np.ones((len(own), len(holding)))
    np.put_along_axis(keep, own.numpy(), 0, axis=1)
    return 1 - np.log1p(keep @ holding.numpy()) / np.log1p(keep @ n_texts.numpy())[:, None]


def left(holding, n_texts, own):
    return holding.sum(0) - holding[own].sum(1), n_texts.sum() - n_texts[own].sum(1, keepdim=True)


def rare(held, n):
    return 1 - torch.log(1 + held) / torch.log(1 + n)


def in_place(holding, n_texts, own):
    for classes in own:
        holding[classes] = 0
    return rare(holding.sum(0), n_texts.sum()).expand(len(own), -1)


def of_classes(holding, n_texts, own):
    others = 1 - F.one_hot(own, len(holding)).sum(1).to(holding)
    return rare(others @ (holding > 0).to(holding), others.sum(1, keepdim=True))


def common(holding, n_texts, own):
    return 1 - plainest(holding, n_texts, own)


def shares(holding, n_texts, own):
    held, n = left(holding, n_texts, own)
    return 1 - held / n


def without_ones(holding, n_texts, own):
    held, n = left(holding, n_texts, own)
    return 1 - held.log() / n.log()


def one_without(holding, n_texts, own):
    held, n = left(holding, n_texts, own)
    return 1 - (1 + held).log() / n.log()


def inverse_document_frequency(holding, n_texts, own):
    held, n = left(holding, n_texts, own)
    return torch.log((1 + n) / (1 + held)) + 1


def all_tasks_left_out(holding, n_texts, own):
    others = [c for c in range(len(holding)) if c not in own.flatten().tolist()]
    return rare(holding[others].sum(0), n_texts[others].sum()).expand(len(own), -1)


def in_their_own(holding, n_texts, own):
    return rare(holding[own].sum(1), n_texts[own].sum(1, keepdim=True))


def words_only(holding, n_texts, own):
    return rare(left(holding, n_texts, own)[0], n_texts.sum())


def size_only(holding, n_texts, own):
    return rare(holding.sum(0), left(holding, n_texts, own)[1])


RIGHT = {
    "plainest": plainest,
    "by masks": by_masks,
    "task by task": task_by_task,
    "number by number, as lists": number_by_number,
    "by numpy": by_numpy,
}
WRONG = [
    ("not attempted", lambda holding, n_texts, own: None),
    (
        "still in the pool",
        lambda holding, n_texts, own: rare(holding.sum(0), n_texts.sum()).expand(len(own), -1),
    ),
    ("the pool's size with them", words_only),
    ("but the words with them", size_only),
    ("among the task's own classes", in_their_own),
    ("classes of all tasks", all_tasks_left_out),
    ("first task's classes", lambda holding, n_texts, own: plainest(holding, n_texts, own[:1].expand_as(own))),
    ("only one class", lambda holding, n_texts, own: plainest(holding, n_texts, own[:, :1])),
    ("classes are counted", of_classes),
    ("how common", common),
    ("inverse document frequency", inverse_document_frequency),
    ("take logarithms", shares),
    ("1 inside the logarithms is missing", without_ones),
    ("missing in one of the two", one_without),
    ("wrong way round", lambda holding, n_texts, own: plainest(holding, n_texts, own).T),
    ("one row is missing", lambda holding, n_texts, own: plainest(holding, n_texts, own)[0]),
    ("holding has changed", in_place),
]
SIZED = [lambda holding, n_texts, own: plainest(holding[:7], n_texts[:7], own.clamp(max=6))]
