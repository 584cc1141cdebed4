"""Episodes: N-way K-shot tasks drawn from a set of characters, and the splits that keep them honest.

An episode draws `n_way` classes, and of each class `k_shot` drawings for the support set and `n_query` others for the
query set (Vinyals et al. 2016, arXiv:1606.04080). Split the classes first, then draw episodes: never the other way.
Turned characters as new classes are the idea of Santoro et al. 2016, arXiv:1605.06065.
"""

import torch
from torch import Tensor

from ..tasks import Task
from .characters import Characters


def split_by_class(characters: Characters, *sizes: int, rng: torch.Generator) -> list[Characters]:
    """Disjoint sets of so many characters each, drawn at random from all alphabets alike."""
    if sum(sizes) > characters.n_classes:
        raise ValueError(f"cannot split {characters.n_classes} characters into {sizes}: that is {sum(sizes)}")
    order = torch.randperm(characters.n_classes, generator=rng)[: sum(sizes)]
    return [characters.select(part) for part in order.split(sizes)]


def split_by_alphabet(characters: Characters, *sizes: int, rng: torch.Generator) -> list[Characters]:
    """Disjoint sets of so many whole alphabets each, drawn at random."""
    alphabets = characters.alphabet.unique()
    if sum(sizes) > len(alphabets):
        raise ValueError(f"cannot split {len(alphabets)} alphabets into {sizes}: that is {sum(sizes)}")
    order = alphabets[torch.randperm(len(alphabets), generator=rng)][: sum(sizes)]
    return [characters.select(torch.isin(characters.alphabet, part)) for part in order.split(sizes)]


def sample_episodes(
    characters: Characters,
    n_tasks: int,
    *,
    n_way: int,
    k_shot: int,
    n_query: int,
    rng: torch.Generator,
    within_alphabet: bool = False,
    rotations: bool = False,
) -> Task:
    """Draw a batch of N-way K-shot tasks.

    n_query:         query drawings of each class
    within_alphabet: all classes of a task come from one alphabet, which is harder; else from anywhere
    rotations:       a character turned by 90, 180 or 270 degrees counts as a class of its own
    returns:         a Task with x_support (n_tasks, n_way * k_shot, 1, h, w), ink 1 and paper 0, y_support
                     (n_tasks, n_way * k_shot) with labels 0 to n_way - 1, and likewise x_query and y_query with n_query
    Raises ValueError for more ways than classes, more shots than drawings, and numbers below 1.
    """
    turns = 4 if rotations else 1
    _check(characters, n_tasks, n_way, k_shot, n_query, turns, within_alphabet)
    allowed = _classes_of_one_alphabet(characters, n_tasks, n_way, turns, rng) if within_alphabet else 0.0
    n_classes, n_drawings = characters.images.shape[:2]
    # The largest of random numbers are a random choice without replacement, in random order; those allowed get 1 more.
    classes = (torch.rand(n_tasks, turns * n_classes, generator=rng) + allowed).topk(n_way).indices
    drawings = torch.rand(n_tasks, n_way, n_drawings, generator=rng).topk(k_shot + n_query).indices
    labels = torch.arange(n_way).repeat(n_tasks, 1).unsqueeze(2)
    sets = []
    for some in drawings.split([k_shot, n_query], dim=2):
        images = characters.images[
            (classes % n_classes).unsqueeze(2), some
        ]  # (n_tasks, n_way, k_shot or n_query, h, w)
        for turn in range(1, turns):
            turned = classes // n_classes == turn
            images[turned] = images[turned].rot90(turn, (-2, -1))
        x = images.flatten(1, 2).unsqueeze(2).to(torch.get_default_dtype())
        sets += [x, labels.expand_as(some).flatten(1, 2)]
    return Task(*sets)


def _classes_of_one_alphabet(characters: Characters, n_tasks: int, n_way: int, turns: int, rng) -> Tensor:
    """For each task a random alphabet with enough classes: (n_tasks, turns * n_classes), 1 where a class is in it."""
    alphabets, counts = characters.alphabet.unique(return_counts=True)
    large_enough = alphabets[turns * counts >= n_way]
    chosen = large_enough[torch.randint(len(large_enough), (n_tasks, 1), generator=rng)]
    return (characters.alphabet == chosen).repeat(1, turns).float()


def _check(characters, n_tasks, n_way, k_shot, n_query, turns, within_alphabet) -> None:
    for name, value in dict(n_tasks=n_tasks, n_way=n_way, k_shot=k_shot, n_query=n_query).items():
        if value < 1:
            raise ValueError(f"need at least 1 of everything: got {name} = {value}")
    n_classes, n_drawings = characters.images.shape[:2]
    if within_alphabet:
        n_classes = int(characters.alphabet.unique(return_counts=True)[1].max())
    if n_way > turns * n_classes:
        where = "in any one alphabet" if within_alphabet else "in this set"
        raise ValueError(f"{n_way}-way tasks need {n_way} classes: there are at most {turns * n_classes} {where}")
    if k_shot + n_query > n_drawings:
        raise ValueError(
            f"{k_shot} shots and {n_query} queries need {k_shot + n_query} drawings of a class: there are {n_drawings}"
        )
