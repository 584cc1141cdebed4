"""Texts by class, as numbers of words, and the tasks drawn from them.

A text is a row of word numbers; 0 stands for no word and fills up short rows. A learner that counts words does not care
for their order. Sources with the same classes in two registers, such as docstrings and comments, give tasks whose
support set is of the one and whose query set of the other.

Example
    import torch
    from mlcourse.worlds import texts

    source = texts.numbered({"tea": ["milk or lemon", "green leaves"], "cars": ["new wheels", "lemon or bargain"]})
    texts.sample_texts(source, 1, n_way=2, k_shot=1, n_query=1, rng=torch.Generator().manual_seed(0)).x_query
"""

import re
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ..tasks import Task

WORD = re.compile(r"[a-z]{2,}")


class Texts(NamedTuple):
    """Texts by class.

    names: the classes, such as "scipy.signal"
    rows:  for each class (n_texts, length), int64, the numbers of its texts' words, then zeros
    words: the word behind each number; words[0] is "", for no word
    """

    names: list[str]
    rows: list[Tensor]
    words: list[str]

    def select(self, names) -> "Texts":
        """The classes with these names, in the order that they have here."""
        chosen = set(names)
        kept = [i for i, name in enumerate(self.names) if name in chosen]
        return Texts([self.names[i] for i in kept], [self.rows[i] for i in kept], self.words)

    def part(self, some: slice) -> "Texts":
        """All classes, with some of the texts of each."""
        return self._replace(rows=[rows[some] for rows in self.rows])


def words_of(text: str) -> list[str]:
    """The words of a text, in small letters: two letters or more, nothing but a to z."""
    return WORD.findall(text.lower())


def vocabulary(*sources: dict[str, list[str]]) -> list[str]:
    """All words that occur, in alphabetical order, after "" for no word."""
    return [
        "",
        *sorted({word for source in sources for texts in source.values() for t in texts for word in words_of(t)}),
    ]


def numbered(source: dict[str, list[str]], words: list[str] | None = None) -> Texts:
    """Texts by class as numbers. Words that are not in `words` (all that occur, if None) are left out."""
    words = vocabulary(source) if words is None else words
    number = {word: i for i, word in enumerate(words)}
    rows = {name: [[number[w] for w in words_of(t) if w in number] for t in texts] for name, texts in source.items()}
    length = max((len(row) for some in rows.values() for row in some), default=0)
    return Texts(list(rows), [_filled(some, length) for some in rows.values()], words)


def _filled(rows: list[list[int]], length: int) -> Tensor:
    return torch.tensor([row + [0] * (length - len(row)) for row in rows], dtype=torch.int64).view(len(rows), length)


def whole_groups(group: dict[str, str], n: int) -> list[list[str]]:
    """The classes in n parts, whole groups together, about as many in each.

    group: the group of each class, such as the package of a module
    """
    members = {g: [name for name, of in group.items() if of == g] for g in sorted(set(group.values()))}
    parts = [[] for _ in range(n)]
    for names in sorted(members.values(), key=len, reverse=True):
        min(parts, key=len).extend(names)
    return parts


def sample_texts(
    source: Texts,
    n_tasks: int,
    *,
    n_way: int,
    k_shot: int,
    n_query: int,
    rng: torch.Generator,
    queries: Texts | None = None,
) -> Task:
    """Draw a batch of N-way K-shot tasks of texts.

    n_query: query texts of each class
    queries: take them from this source, which has the same classes, in another register
    returns: a Task with x_support (n_tasks, n_way * k_shot, length), y_support (n_tasks, n_way * k_shot) with labels
             0 to n_way - 1, and likewise x_query and y_query with n_query
    Raises ValueError for more ways than classes, for more shots and queries than a class has texts, and for queries of
    other classes.
    """
    other = source if queries is None else queries
    if other.names != source.names:
        raise ValueError("support and query texts need the same classes, in the same order")
    if n_way > len(source.names):
        raise ValueError(f"{n_way}-way tasks need {n_way} classes: there are {len(source.names)}")
    x_support, x_query = [], []
    for _ in range(n_tasks):
        for c in torch.randperm(len(source.names), generator=rng)[:n_way].tolist():
            few = _some(source, c, k_shot + n_query if queries is None else k_shot, rng)
            x_support.append(few[:k_shot])
            x_query.append(few[k_shot:] if queries is None else _some(other, c, n_query, rng))
    length = max(source.rows[0].shape[1], other.rows[0].shape[1])
    sets = []
    for x, n in (x_support, k_shot), (x_query, n_query):
        labels = torch.arange(n_way).repeat_interleave(n).repeat(n_tasks, 1)
        texts = torch.stack(x).view(n_tasks, n_way * n, -1)
        sets += [F.pad(texts, (0, length - texts.shape[2])), labels]
    return Task(*sets)


def _some(source: Texts, c: int, n: int, rng: torch.Generator) -> Tensor:
    """So many different texts of a class, at random."""
    rows = source.rows[c]
    if n > len(rows):
        raise ValueError(f"a task needs {n} texts of {source.names[c]}: there are {len(rows)}")
    return rows[torch.randperm(len(rows), generator=rng)[:n]]
