"""Lesson 16: how rare words are in a pool that does not hold the classes of the task."""

from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from .compare import compare
from .exercise import attempt, exercise

HINTS = {
    "must match the size": "own holds the numbers of each task's classes: holding[own] is (n_tasks, n_way, n_words)",
    "Boolean": "own holds numbers of classes, not a mask",
}


@exercise
def rarity(answer, seed, more) -> None:
    """answer(holding, n_texts, own) returns (n_tasks, n_words)."""
    rng = torch.Generator().manual_seed(seed)
    n_classes, n_words, n_way, n_tasks = 7 + more, 6 + more, 3, 4 + more
    n_texts = torch.randint(4, 12, (n_classes,), generator=rng).double()
    holding = (torch.rand(n_classes, n_words, generator=rng).square() * (n_texts[:, None] + 1)).floor()
    own = torch.stack([torch.randperm(n_classes, generator=rng)[:n_way] for _ in range(n_tasks)])
    holding[:, 0] = 0  # a word that no text holds, one that all do, and one of the first task's classes alone
    holding[:, 1] = n_texts
    holding[:, 2] = 0
    holding[own[0, 0], 2] = 3
    given = dict(holding=holding, n_texts=n_texts, own=own)
    result = attempt(answer, given, hints=HINTS)
    tried = f"a pool of {n_classes} classes and {n_words} words, {n_tasks} tasks of {n_way} classes"
    compare(result, solved(holding, n_texts, own), partial(_mistakes, holding, n_texts, own), tried=tried)


def solved(holding: Tensor, n_texts: Tensor, own: Tensor) -> Tensor:
    """What is asked for."""
    held, n = _left(holding, n_texts, own)
    return 1 - torch.log(1 + held) / torch.log(1 + n)


def _left(holding: Tensor, n_texts: Tensor, own: Tensor) -> tuple[Tensor, Tensor]:
    """How many texts hold each word, and how many there are, without each task's classes."""
    return holding.sum(0) - holding[own].sum(1), (n_texts.sum() - n_texts[own].sum(1)).unsqueeze(1)


def _mistakes(holding: Tensor, n_texts: Tensor, own: Tensor) -> dict:
    """What each known mistake would give."""
    held, n = _left(holding, n_texts, own)
    all_held, all_n = holding.sum(0).expand_as(held), n_texts.sum().expand_as(n)
    mine, of_mine = holding[own].sum(1), n_texts[own].sum(1, keepdim=True)
    apart = F.one_hot(own, len(holding)).sum(1).to(holding)  # (n_tasks, n_classes), 1 for the task's own
    n_classes = float(len(holding))

    def rare(held, n):
        return 1 - torch.log(1 + held) / torch.log(1 + n)

    first = own[:1].expand_as(own)
    anybody = torch.ones_like(apart) - apart.amax(0)
    return {
        "the task's own classes are still in the pool: leave them out": rare(all_held, all_n),
        "the texts are counted without the task's classes, but the pool's size with them: both or neither": rare(
            held, all_n
        ),
        "the pool's size is counted without the task's classes, but the words with them": rare(all_held, n),
        "this is the rarity among the task's own classes: leave out those, and keep the others": rare(mine, of_mine),
        "this leaves out the classes of all tasks: each task leaves out its own": rare(
            (anybody @ holding).expand_as(held), (anybody @ n_texts[:, None]).expand_as(n)
        ),
        "every task leaves out the first task's classes: each has its own": rare(*_left(holding, n_texts, first)),
        "only one class of each task is left out: leave out all of them": [
            rare(*_left(holding, n_texts, own[:, i : i + 1])) for i in range(own.shape[1])
        ],
        "classes are counted, not texts": rare(
            (1 - apart) @ (holding > 0).to(holding), n_classes - apart.sum(1, keepdim=True)
        ),
        "this says how common a word is: rarity is 1 where no text holds the word": torch.log(1 + held)
        / torch.log(1 + n),
        "this is the inverse document frequency, not yet between 0 and 1": [
            torch.log((1 + n) / (1 + held)),
            torch.log((1 + n) / (1 + held)) + 1,
        ],
        "this is one minus the share of the texts: take logarithms of both counts": [
            1 - held / n,
            1 - (1 + held) / (1 + n),
        ],
        "the 1 inside the logarithms is missing, and a word that no text holds has no logarithm": 1
        - held.log() / n.log(),
        "the 1 is missing in one of the two logarithms": [
            1 - torch.log(1 + held) / n.log(),
            1 - held.log() / torch.log(1 + n),
        ],
        "the pool's size is the number of classes: count their texts": rare(
            held, n_classes - apart.sum(1, keepdim=True)
        ),
        "the axes are the wrong way round: (n_tasks, n_words)": rare(held, n).T,
        "one row is missing for each task: (n_tasks, n_words)": rare(held, n)[0],
    }
