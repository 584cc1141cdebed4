"""Lesson 04: one N-way K-shot episode, drawn by hand."""

import torch
from torch import Tensor

from ..worlds.characters import Characters
from .exercise import NotYet, attempt, exercise

N_WAY, K_SHOT, N_QUERY = 5, 2, 3


@exercise
def episode(answer, seed, more) -> None:
    """answer(characters, n_way, k_shot, n_query, rng): x_support, y_support, x_query, y_query of one task."""
    n_way, k_shot, n_query = (n + more for n in (N_WAY, K_SHOT, N_QUERY))
    n_drawings = k_shot + n_query + 1
    # Each image says in its corner which class and drawing it is, so that every mistake can be seen.
    images = torch.zeros(12 + more, n_drawings, 4, 4, dtype=torch.uint8)
    images[:, :, 0, 0] = torch.arange(12 + more, dtype=torch.uint8).unsqueeze(1)
    images[:, :, 0, 1] = torch.arange(n_drawings, dtype=torch.uint8)
    images[:, :, 0, 2] = seed % 256
    characters = Characters(images, torch.zeros(12 + more, dtype=torch.int64))
    rng = torch.Generator().manual_seed(seed)
    again = torch.Generator().manual_seed(seed)
    drawn = []
    for _ in range(20):
        result = attempt(answer, characters, n_way, k_shot, n_query, rng)
        _check_shapes(result, n_way, k_shot, n_query)
        if any(
            not torch.equal(a, b)
            for a, b in zip(result, answer(characters, n_way, k_shot, n_query, again), strict=True)
        ):
            raise NotYet("the same seed gives another episode: draw all that is random with rng")
        x_support, y_support, x_query, y_query = result
        support, query = (x.reshape(len(x), 4, 4)[:, 0, :2].long() for x in (x_support, x_query))
        if any((x.reshape(len(x), 4, 4)[:, 0, 2] != seed % 256).any() for x in (x_support, x_query)):
            raise NotYet("these are not drawings of the `characters` that were given")
        _check_labels(support, y_support, "support", n_way, k_shot)
        _check_labels(query, y_query, "query", n_way, n_query)
        for label in range(n_way):
            if set(support[y_support == label, 0].tolist()) != set(query[y_query == label, 0].tolist()):
                raise NotYet(f"label {label} stands for one class in the support set and for another in the query set")
        both = [tuple(image) for image in torch.cat([support, query]).tolist()]
        if len(set(both)) < len(both):
            raise NotYet("a drawing comes twice: support and query must be different drawings of a class")
        drawn.append((tuple(support[y_support == 0, 0].tolist()), tuple(both)))
    if len({both for _, both in drawn}) == 1:
        raise NotYet("all episodes are the same: draw classes and drawings at random, with rng")
    if len({first for first, _ in drawn}) == 1:
        raise NotYet("label 0 always stands for the same class: draw the classes at random, in random order")
    if len({drawing for _, both in drawn for _, drawing in both}) < n_drawings:
        raise NotYet("some drawings are never used: draw from all drawings of a class")


def _check_shapes(result, n_way, k_shot, n_query) -> None:
    if not isinstance(result, tuple) or len(result) != 4 or not all(isinstance(part, Tensor) for part in result):
        raise NotYet("four tensors are expected: x_support, y_support, x_query, y_query")
    lengths = (n_way * k_shot,) * 2 + (n_way * n_query,) * 2
    for name, part, n in zip(("x_support", "y_support", "x_query", "y_query"), result, lengths, strict=True):
        if part.dim() == 0 or len(part) != n:
            raise NotYet(
                f"{name} has shape {tuple(part.shape)}: for {n_way} ways, {k_shot} shots and {n_query} queries a class "
                f"its first axis should be {n} long (x_support, y_support, x_query, y_query, in this order)"
            )
        if name.startswith("x") and part.shape[-2:] != (4, 4):
            raise NotYet(f"{name} has shape {tuple(part.shape)} for images of 4 x 4: leave the images as they are")
        if name.startswith("y") and part.dim() != 1:
            raise NotYet(f"{name} has shape {tuple(part.shape)}: labels have one axis only")
        if name.startswith("y") and part.dtype != torch.int64:
            raise NotYet(f"{name} is {part.dtype}: labels are of type torch.int64")


def _check_labels(identity: Tensor, y: Tensor, name: str, n_way: int, n_each: int) -> None:
    counts = {label: (y == label).sum().item() for label in range(n_way)}
    if not set(y.tolist()) <= set(range(n_way)):
        raise NotYet(f"the {name} labels are {sorted(set(y.tolist()))}: use 0 to {n_way - 1}, the places in this task")
    if set(counts.values()) != {n_each}:
        raise NotYet(f"the {name} set has {counts} examples of each label: need {n_each} of each")
    classes = [set(identity[y == label, 0].tolist()) for label in range(n_way)]
    if any(len(c) > 1 for c in classes):
        raise NotYet(f"in the {name} set one label stands for several classes")
    if len(set.union(*classes)) < n_way:
        raise NotYet("a class comes twice in one task: draw the classes without replacement")
