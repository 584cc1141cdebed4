"""Is an episode drawn as it should be: all classes and all drawings alike, in any order, whatever the rest is?

Told from twenty episodes or more for each class. What is looked for does not happen in them by chance: a right sampler
is called wrong once in a million times, if ever.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import combinations, product
from typing import NamedTuple

from .exercise import NotYet


class Draw(NamedTuple):
    """An episode by its numbers: the class of each label, and each label's drawings in both sets, in their order."""

    classes: tuple[int, ...]
    support: tuple[tuple[int, ...], ...]
    query: tuple[tuple[int, ...], ...]


def check_classes(draws: list[Draw], n_classes: int) -> None:
    """Raise NotYet unless any class can come, beside any other and at any place."""
    tasks, n_way = len(draws), len(draws[0].classes)
    if all(draw == draws[0] for draw in draws):
        raise NotYet("all episodes are the same: draw classes and drawings at random, with rng")
    if len({draw.classes[0] for draw in draws}) == 1:
        raise NotYet("label 0 always stands for the same class: draw the classes at random, in random order")
    counts = Counter(c for draw in draws for c in draw.classes)
    absent = sorted(set(range(n_classes)) - counts.keys())
    if absent:
        raise NotYet(f"of {n_classes} classes these never come, in {tasks} episodes: {absent}. Draw from all of them")
    for c in _unlikely(counts, tasks, n_way / n_classes):
        raise NotYet(
            f"class {c} is in {counts[c]} of {tasks} episodes, where {tasks * n_way / n_classes:.0f} are expected: "
            "each class should be as likely as any other"
        )
    met = (two for draw in draws for two in combinations(sorted(draw.classes), 2))
    for a, b in _missing(combinations(range(n_classes), 2), met):
        raise NotYet(f"class {a} and class {b} never meet, in {tasks} episodes: any classes should be able to")
    if all(draw.classes in (tuple(sorted(draw.classes)), tuple(sorted(draw.classes))[::-1]) for draw in draws):
        raise NotYet("the classes are sorted: put them in random order, or a label says something about its class")
    orders = {tuple(sorted(range(3), key=draw.classes.__getitem__)) for draw in draws}
    if n_way > 2 and len(orders) < 6:
        raise NotYet("the order of the classes follows a rule: put them in random order, with rng")
    places = ((c, place) for draw in draws for place, c in enumerate(draw.classes))
    for c, place in _missing(product(range(n_classes), range(n_way)), places):
        raise NotYet(f"class {c} never gets label {place}, in {tasks} episodes: put the classes in random order")


def check_drawings(draws: list[Draw], n_drawings: int) -> None:
    """Raise NotYet unless any drawing of any class can come into either set, whatever those of other classes do."""
    anew = "put the drawings of each class in a new random order for each task"
    drawn = {  # how often: (class, label, drawing)
        name: Counter((c, y, d) for draw in draws for y, c in enumerate(draw.classes) for d in getattr(draw, name)[y])
        for name in ("support", "query")
    }
    if len({d for counts in drawn.values() for *_, d in counts}) < n_drawings:
        raise NotYet("some drawings are never used: draw from all drawings of a class")
    for name, counts in drawn.items():
        for d in _missing(range(n_drawings), (d for *_, d in counts)):
            raise NotYet(f"drawing {d} of a class is never in the {name} set: {anew}")
    for name, counts in drawn.items():
        classes, labels, _ = (set(numbers) for numbers in zip(*counts, strict=True))
        for c, d in _missing(product(classes, range(n_drawings)), ((c, d) for c, _, d in counts)):
            raise NotYet(f"drawing {d} of class {c} is never in the {name} set: {anew}")
        for y, d in _missing(product(labels, range(n_drawings)), ((y, d) for _, y, d in counts)):
            raise NotYet(f"drawing {d} is never in the {name} set for label {y}: {anew}")
        times, of_each = len(draws) * len(labels), Counter()
        for (*_, d), count in counts.items():
            of_each[d] += count
        for d in _unlikely(of_each, times, counts.total() / times / n_drawings):
            raise NotYet(f"drawing {d} is in the {name} set more or less often than others: {anew}")
        together = {two for draw in draws for one in getattr(draw, name) for two in combinations(sorted(one), 2)}
        for d, e in _missing(combinations(range(n_drawings), 2), together) if together else []:
            raise NotYet(f"drawings {d} and {e} of a class are never together in the {name} set: {anew}")
        for y, z in combinations(sorted(labels), 2):
            if _follows((frozenset(getattr(draw, name)[y]), frozenset(getattr(draw, name)[z])) for draw in draws):
                raise NotYet(
                    f"the drawings for label {z} follow from those for label {y}: draw an order for each class"
                )


def check_all_of_them(draws: list[Draw]) -> None:
    """Raise NotYet if the drawings follow from the classes. So few orders of the classes that some must come again."""
    if _follows((draw.classes, draw.support) for draw in draws):
        raise NotYet("the same classes always come with the same drawings: draw these at random too, with rng")


def check_that_they_differ(draws: list[Draw]) -> None:
    """Raise NotYet if an episode comes twice, of which there are far too many for that."""
    if len(set(draws)) < len(draws):
        raise NotYet(f"of {len(draws)} episodes only {len(set(draws))} differ, where all should: draw with rng itself")


def _follows(pairs: Iterable) -> bool:
    """Whether the second of each pair is always the same where the first is, and that more than once."""
    pairs, seconds = list(pairs), defaultdict(set)
    for first, second in pairs:
        seconds[first].add(second)
    return len(seconds) < len(pairs) and all(len(values) == 1 for values in seconds.values())


def _missing(expected: Iterable, seen: Iterable) -> list:
    """What is expected, and never seen."""
    return sorted(set(expected) - set(seen))


def _unlikely(counts: Counter, times: int, probability: float) -> list:
    """What was counted too often or too seldom, by more than 6.5 standard deviations, for chance to explain it."""
    mean, deviation = times * probability, (times * probability * (1 - probability)) ** 0.5
    return sorted(item for item, count in counts.items() if abs(count - mean) > 6.5 * deviation)
