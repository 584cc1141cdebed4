"""Lesson 04: one N-way K-shot episode, drawn by hand from pictures no two of which are alike."""

from functools import partial
from itertools import chain

import torch
from torch import Tensor

from ..worlds.characters import Characters
from .chance import Draw, check_all_of_them, check_classes, check_drawings, check_that_they_differ
from .compare import numbers
from .exercise import NotYet, attempt, exercise

SIZES = dict(n_way=5, k_shot=2, n_query=3)
PARTS = "x_support", "y_support", "x_query", "y_query"
PIXELS = 4
POWERS = 2.0 ** torch.arange(PIXELS**2, dtype=torch.float64)


@exercise
def episode(answer, seed, more) -> None:
    """answer(characters, n_way, k_shot, n_query, rng): x_support, y_support, x_query, y_query of one task."""
    sizes = {name: size + more for name, size in SIZES.items()}
    n_classes, n_drawings = 2 * sizes["n_way"], sizes["k_shot"] + sizes["n_query"] + 1
    rng, again, pictures = (torch.Generator().manual_seed(seed) for _ in range(3))
    draw = partial(_draw, answer, _characters(n_classes, n_drawings, pictures), sizes)
    draws = [draw(rng) for _ in range(20)]
    if any(one != draw(again) for one in draws):
        raise NotYet("the same seed gives another episode: draw all that is random with rng")
    draws += [draw(rng) for _ in range(20 * n_classes - len(draws))]
    check_classes(draws, n_classes)
    check_drawings(draws, n_drawings)
    draw_of_all = partial(_draw, answer, _characters(sizes["n_way"], n_drawings - 1, pictures), sizes)
    try:
        check_all_of_them([draw_of_all(rng) for _ in range(45)])
    except NotYet as mistake:
        raise NotYet(f"asked for all classes that there are, and all of their drawings: {mistake}") from None
    check_that_they_differ(draws)


def _characters(n_classes: int, n_drawings: int, rng) -> tuple[Characters, dict]:
    """A set of drawings that all differ, and from the code of each its class and its number."""
    patterns = torch.randperm(2**PIXELS**2, generator=rng)[: n_classes * n_drawings].view(n_classes, n_drawings, 1)
    bits = patterns >> torch.arange(PIXELS**2) & 1
    images = bits.unflatten(2, (PIXELS, PIXELS)).to(torch.uint8)
    origin = {one: (c, d) for c, drawings in enumerate(images) for d, one in enumerate(_codes(drawings))}
    return Characters(images, torch.zeros(n_classes, dtype=torch.int64)), origin


def _codes(pictures: Tensor) -> list[float]:
    """Each picture as one number, its pixels read as binary digits."""
    return (pictures.flatten(1).double() @ POWERS).tolist()


def _draw(answer, known: tuple[Characters, dict], sizes: dict, rng) -> Draw:
    """Ask for an episode, and raise NotYet unless it is one."""
    characters, origin = known
    parts = _tensors(attempt(answer, dict(characters=characters, **sizes, rng=rng)), **sizes)
    places = range(sizes["n_way"])
    sets = []
    for name, x, y, n_each in ("support", *parts[:2], sizes["k_shot"]), ("query", *parts[2:], sizes["n_query"]):
        pictures, labels = _codes(x), y.long().tolist()
        if not set(pictures) <= origin.keys():
            raise NotYet("these are not drawings of the `characters` that were given: leave the images as they are")
        _check_labels(labels, name, sizes["n_way"], n_each)
        by_label = [[] for _ in places]
        for picture, label in zip(pictures, labels, strict=True):
            by_label[label].append(origin[picture])
        _check_one_class_each(by_label, name)
        sets.append(by_label)
    for label, support, query in zip(places, *sets, strict=True):
        if support[0][0] != query[0][0]:
            raise NotYet(f"label {label} stands for one class in the support set and for another in the query set")
        if len(set(support + query)) < len(support + query):
            raise NotYet("a drawing comes twice: support and query must be different drawings of a class")
    support, query = (tuple(tuple(d for _, d in pictures) for pictures in by_label) for by_label in sets)
    return Draw(tuple(pictures[0][0] for pictures in sets[0]), support, query)


def _tensors(result, n_way, k_shot, n_query) -> list[Tensor]:
    """The four tensors of an episode; raise NotYet where one has another shape or type."""
    if not isinstance(result, (tuple, list)) or len(result) != 4:
        raise NotYet(f"four tensors are expected: {', '.join(PARTS)}")
    lengths, found = [n_way * k_shot] * 2 + [n_way * n_query] * 2, []
    for name, part, n in zip(PARTS, result, lengths, strict=True):
        tensor = numbers(part, where=f"{name}: ")
        if tensor.dim() == 0 or len(tensor) != n:
            raise NotYet(
                f"{name} has shape {tuple(tensor.shape)}: for {n_way} ways, {k_shot} shots and {n_query} queries a "
                f"class its first axis should be {n} long ({', '.join(PARTS)}, in this order)"
            )
        if name.startswith("x") and tensor.shape not in [(n, PIXELS, PIXELS), (n, 1, PIXELS, PIXELS)]:
            size = f"{PIXELS} x {PIXELS}"
            raise NotYet(f"{name} has shape {tuple(tensor.shape)} for images of {size}: leave the images as they are")
        if name.startswith("y") and tensor.dim() != 1:
            raise NotYet(f"{name} has shape {tuple(tensor.shape)}: labels have one axis only")
        dtype = torch.as_tensor(part).dtype if name.startswith("y") else torch.int64
        if dtype != torch.int64:
            raise NotYet(f"{name} is {dtype}: labels are of type torch.int64")
        found.append(tensor)
    return found


def _check_labels(labels: list, name: str, n_way: int, n_each: int) -> None:
    if not set(labels) <= set(range(n_way)):
        raise NotYet(f"the {name} labels are {sorted(set(labels))}: use 0 to {n_way - 1}, the places in this task")
    counts = {label: labels.count(label) for label in range(n_way)}
    if set(counts.values()) != {n_each}:
        raise NotYet(f"the {name} set has {counts} examples of each label: need {n_each} of each")


def _check_one_class_each(by_label: list, name: str) -> None:
    """Each label stands for a class, and each for another."""
    classes = [{c for c, _ in pictures} for pictures in by_label]
    if any(len(c) > 1 for c in classes):
        raise NotYet(f"in the {name} set one label stands for several classes")
    if len(set(chain(*classes))) < len(by_label):
        raise NotYet("a class comes twice in one task: draw the classes without replacement")
