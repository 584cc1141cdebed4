"""Drawings of your own, classified by the stored networks from a few examples: what `python -m mlcourse classify` does.

No network is trained here. The support set is a folder of classes, and all that a network learns of them it learns from
that, as in every episode of the course.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from scipy.stats import binomtest
from torch import Tensor

from ..worlds import folders
from . import zoo
from .registry import CLASSIFIER, LEARNERS, METHODS

N_WAY = CLASSIFIER.n_out  # of the stored networks whose last layer is learned for so many classes, in STEPPING
STEPPING = {learner for learner, method in LEARNERS.items() if METHODS[method].zoo.net is CLASSIFIER}


class Answer(NamedTuple):
    """What is said of one picture: file, its class, the shares of all classes, and the class of its folder, if any."""

    file: Path
    label: str
    shares: dict[str, float]  # softmax of the scores; they sum to 1, and are no probabilities that one could bet on
    truth: str | None = None


def learners() -> dict[str, Callable]:
    """The stored learners, and pixels, by their names on the command line, in small letters."""
    found = zoo.learners(zoo.load())
    return {name.lower(): predict for name, predict in found.items() if name != "random features"}


def classify(support: Path, queries: Path, method: str = "prototypical") -> list[Answer]:
    """Answers for every picture in a folder, or in its folders of classes.

    Raises ValueError for a method that there is not, for more classes than it was trained for, and for one class
    alone; and what `folders.read` raises.
    """
    known, method = learners(), method.lower()
    if method not in known:
        raise ValueError(f"There is no method {method}: choose from {'; '.join(known)}.")
    examples = folders.read(support)
    n_way = len(examples.names)
    if n_way < 2:
        raise ValueError(f"There is one class in {support}, {examples.names[0]}: there is nothing to tell it from.")
    if method in {name.lower() for name in STEPPING} and n_way > N_WAY:
        raise ValueError(
            f"The stored {method} knows tasks of {N_WAY} classes, and {support} has {n_way}: take another."
        )
    files, truths = asked(queries, examples.names)
    seen = {file.read_bytes(): file for file in examples.files}
    if twin := next((file for file in files if file.read_bytes() in seen), None):
        example = seen[twin.read_bytes()]
        raise ValueError(f"{twin} is among the examples, too, as {example}: ask about pictures that are not.")
    scores = answers(known[method], examples, folders.drawn(files))
    shares = scores[:, :n_way].softmax(1)
    return [
        Answer(file, examples.names[int(row.argmax())], dict(zip(examples.names, row.tolist(), strict=True)), truth)
        for file, row, truth in zip(files, shares, truths, strict=True)
    ]


def answers(predict: Callable, examples: folders.Drawings, images: Tensor) -> Tensor:
    """A learner's scores for images (n, 28, 28), uint8, given the examples: (n, n_way or more)."""
    x_support, x_query = (some.float()[None, :, None] for some in (examples.images, images))
    return predict(x_support, examples.labels[None], x_query)[0].detach()


def asked(folder: Path, names: list[str]) -> tuple[list[Path], list[str | None]]:
    """One picture, or those in a folder, of no known class; or those in its folders, named like the classes."""
    if folder.is_file():
        return [folder], [None]
    loose = folders.pictures(folder)
    inside = [entry for entry in folders.entries(folder) if entry.is_dir()]
    if loose and inside:
        raise ValueError(f"{loose[0]} lies beside folders in {folder}: move it into one of them, or elsewhere.")
    if loose:
        return loose, [None] * len(loose)
    if not inside:
        raise ValueError(f"There is no picture in {folder}: put some there.")
    files, truths = [], []
    for place in folders.classes(folder):
        if place.name not in names:
            raise ValueError(f"There is no class {place.name} in the support set: it has {', '.join(names)}.")
        found = folders.pictures(place)
        files, truths = files + found, truths + [place.name] * len(found)
    if not files:
        raise ValueError(f"There is no picture in {folder}: put some there.")
    return files, truths


def accuracy(found: list[Answer]) -> dict | None:
    """How many were right, of how many, and the share's 95% interval (Wilson 1927); None where no truth is known."""
    right = [answer.label == answer.truth for answer in found if answer.truth is not None]
    if not right:
        return None
    low, high = binomtest(sum(right), len(right)).proportion_ci(method="wilson")
    return dict(right=sum(right), of=len(right), low=float(low), high=float(high))


def largest(shares: dict[str, float], n: int = 3) -> str:
    """The classes with the largest shares, in words."""
    return ", ".join(f"{name} {shares[name]:.2f}" for name in sorted(shares, key=shares.get, reverse=True)[:n])


def told(found: list[Answer]) -> str:
    """A line for each picture, its class and the largest shares; and the accuracy, where it is known."""
    lines = []
    for answer in found:
        wrong = "" if answer.truth in (None, answer.label) else f"   but it is {answer.truth}"
        lines.append(f"{answer.file}: {answer.label}   ({largest(answer.shares)}){wrong}")
    if counted := accuracy(found):
        share = counted["right"] / counted["of"]
        sentence = "{right} of {of} right: {share:.0%}, 95% interval {low:.0%} to {high:.0%}"
        lines.append(sentence.format(share=share, **counted))
    return "\n".join(lines)


def as_json(found: list[Answer]) -> str:
    """The same for another program: each answer's fields, and the accuracy or null."""
    answers = [answer._asdict() | dict(file=str(answer.file)) for answer in found]
    return json.dumps(dict(answers=answers, accuracy=accuracy(found)), indent=1, ensure_ascii=False)
