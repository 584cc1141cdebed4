"""Texts as bags of words: how often each word stands in a text, whatever the order; and how rare it is elsewhere.

    idf(word) = ln((1 + n_texts) / (1 + texts that hold the word)) + 1

the inverse document frequency of Karen Sparck Jones, "A Statistical Interpretation of Term Specificity and Its
Application in Retrieval", Journal of Documentation 28, 1972; this smoothed form is scikit-learn's. The texts that are
counted are a pool: texts of other classes than those of the task.

Example
    import torch
    from mlcourse.networks import bags

    texts = torch.tensor([[[1, 2, 2, 0], [3, 2, 0, 0]]])  # two texts of one task, as numbers of words; 0 is no word
    words, (counts,) = bags.count(texts)
    pool = bags.tally([texts[0]], n_words=5)
    bags.vectors(counts, bags.idf(pool)[words])
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ..embedding import membership


class Tally(NamedTuple):
    """What a pool of texts says about each word.

    texts:     (n_words,), in how many of the pool's texts it stands
    classes:   (n_words,), in texts of how many classes
    uses:      (n_words,), how often in all
    n_texts, n_classes: how many texts and classes the pool has
    """

    texts: Tensor
    classes: Tensor
    uses: Tensor
    n_texts: int
    n_classes: int


def tally(rows: list[Tensor], n_words: int) -> Tally:
    """Count the words of a pool; rows: for each class its texts, (n_texts, length), numbers of words, 0 for none."""
    texts, classes, uses = torch.zeros(3, n_words)
    for some in rows:
        in_text = torch.zeros(len(some), n_words).scatter_(1, some, 1.0)
        texts += in_text.sum(0)
        classes += in_text.amax(0)
        uses += torch.bincount(some.flatten(), minlength=n_words)
    texts[0] = classes[0] = uses[0] = 0  # no word
    return Tally(texts, classes, uses, sum(map(len, rows)), len(rows))


def idf(pool: Tally) -> Tensor:
    """The inverse document frequency of each word, (n_words,): 1 where all texts of the pool hold it."""
    return ((1 + pool.n_texts) / (1 + pool.texts)).log() + 1


def rarity(holding: Tensor, n: int) -> Tensor:
    """How rare a word is that `holding` of n texts, or classes, hold: 1 where none does, 0 where all do."""
    return 1 - (1 + holding).log() / torch.tensor(1.0 + n).log()


def count(*sets: Tensor) -> tuple[Tensor, list[Tensor]]:
    """The words that occur in a batch of tasks, (m,), and how often each stands in each text, (n_tasks, n, m) a set.

    sets: texts as numbers of words, (n_tasks, n, length) each, 0 for no word
    """
    words = torch.cat([x.flatten() for x in sets]).unique()
    words = words[words > 0]
    counts = []
    for x in sets:
        place = torch.searchsorted(words, x.contiguous()).clamp(max=len(words) - 1)
        found = torch.zeros(*x.shape[:2], len(words))
        counts.append(found.scatter_add(2, place, (x > 0).to(found)))
    return words, counts


def vectors(counts: Tensor, weight: Tensor) -> Tensor:
    """A point for each text, (n_tasks, n, m), of length 1: (1 + ln count) times the word's weight.

    counts: (n_tasks, n, m)    weight: (m,), or of each task (n_tasks, m)
    """
    z = torch.where(counts > 0, 1 + counts.clamp(min=1).log(), 0.0) * weight.view(-1, 1, weight.shape[-1])
    return F.normalize(z, dim=2)


def likeness(z_support: Tensor, y_support: Tensor, z_query: Tensor) -> Tensor:
    """The cosine of each query with the mean of each class, (n_tasks, n_query, n_way).

    z_support, z_query: points (n_tasks, n, m)    y_support: (n_tasks, n_support), labels 0 to n_way - 1
    """
    sums = membership(z_support, y_support).mT @ z_support
    return F.normalize(z_query, dim=2) @ F.normalize(sums, dim=2).mT
