"""Signs of one's own: examples by class, and what the stored networks make of a new one. The drawing pad shows it.

Example
    from mlcourse.runs.signs import Signs
    from mlcourse.worlds import inking

    signs = Signs()
    signs.add("line", inking.strokes([[(0.5, 0.1), (0.5, 0.9)]]))
    signs.add("ring", inking.strokes([[(0.2, 0.5), (0.5, 0.2), (0.8, 0.5), (0.5, 0.8), (0.2, 0.5)]]))
    [verdict.label for verdict in signs.ask(inking.strokes([[(0.4, 0.1), (0.6, 0.9)]]))]
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from ..embedding import embed
from ..worlds import folders
from . import classifying, zoo

METHODS = ("prototypical", "MAML", "ANIL", "pixels")
MOST_CLASSES, MOST_EXAMPLES = 10, 5


class Verdict(NamedTuple):
    """What a method says of a drawing: a class, every class's share, and which example it finds most like it."""

    method: str
    label: str
    shares: dict[str, float]
    example: int  # position among the examples of `label`


class Signs:
    """Up to ten classes of up to five drawings, in the order in which they came."""

    def __init__(self):
        self.classes: dict[str, list[np.ndarray]] = {}
        self._zoo = zoo.load()
        self._learners = zoo.learners(self._zoo)

    def add(self, name: str, drawing: np.ndarray) -> None:
        """Take a drawing (28, 28), uint8, as an example; raises ValueError where there is no room or no name."""
        name = name.strip()
        if not name or name.startswith(".") or any(c in name for c in '/\\:*?"<>|') or not name.isprintable():
            raise ValueError("Name the class first: any word that can be a folder's name.")
        if name not in self.classes and len(self.classes) == MOST_CLASSES:
            raise ValueError(f"There are {MOST_CLASSES} classes already: take one away first.")
        if len(self.classes.get(name, ())) == MOST_EXAMPLES:
            raise ValueError(f"{name} has {MOST_EXAMPLES} examples already: take one away first.")
        self.classes.setdefault(name, []).append(drawing)

    def remove(self, name: str, position: int) -> None:
        """Take an example away, and its class with the last one."""
        del self.classes[name][position]
        if not self.classes[name]:
            del self.classes[name]

    def drawings(self) -> folders.Drawings:
        """All examples, as `folders.read` gives them."""
        counts = torch.tensor([len(images) for images in self.classes.values()], dtype=torch.int64)
        images = [image for images in self.classes.values() for image in images]
        stacked = torch.from_numpy(np.stack(images)) if images else torch.zeros(0, 28, 28, dtype=torch.uint8)
        return folders.Drawings(stacked, torch.arange(len(counts)).repeat_interleave(counts), list(self.classes), [])

    def ask(self, drawing: np.ndarray) -> list[Verdict]:
        """What each method says; those that know five classes at most are left out where there are more.

        Raises ValueError unless there are two classes.
        """
        if len(self.classes) < 2:
            raise ValueError("Draw examples of two classes first: there is nothing to tell apart.")
        examples, image = self.drawings(), torch.from_numpy(drawing)[None]
        names, verdicts = examples.names, []
        for method in METHODS:
            if method in classifying.STEPPING and len(names) > classifying.N_WAY:
                continue
            scores = classifying.answers(self._learners[method], examples, image)[0, : len(names)]
            label = int(scores.argmax())
            shares = dict(zip(names, scores.softmax(0).tolist(), strict=True))
            own = (examples.labels == label).nonzero()[:, 0]
            nearest = int(self._distance(method, examples, image)[own].argmin())
            verdicts.append(Verdict(method, names[label], shares, nearest))
        return verdicts

    def _distance(self, method: str, examples: folders.Drawings, image: torch.Tensor) -> torch.Tensor:
        """How far each example is from the drawing, in the points before the last layer or in pixels: (n,)."""
        x_support, x_query = (some.float()[None, :, None] for some in (examples.images, image))
        if method in zoo.LEARNERS:
            net = zoo.contestant(method, self._zoo[method].settings["variant"]).net
            features = getattr(net, "features", net)
            x_support, x_query = embed(features, self._zoo[method].theta, x_support, x_query, support_statistics=True)
        return (x_support[0] - x_query[0]).flatten(1).square().sum(1).detach()

    def keep(self, folder: Path) -> None:
        """Write the examples as PNG files, a folder for each class; raises ValueError for one that is not empty."""
        if not self.classes:
            raise ValueError("There is nothing to keep yet: draw an example first.")
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise ValueError(f"{folder} is not empty: name a new folder.")
        folders.save(folder, self.drawings())

    def load(self, folder: Path) -> None:
        """Take the examples from such a folder, in place of those that there are; raises as `folders.read` does."""
        found = folders.read(folder)
        if len(found.names) > MOST_CLASSES or max(found.counts) > MOST_EXAMPLES:
            raise ValueError(
                f"{folder} has {len(found.names)} classes of up to {max(found.counts)} pictures: here is room for "
                f"{MOST_CLASSES} of {MOST_EXAMPLES}."
            )
        parts = found.images.split(found.counts)
        self.classes = {name: list(images.numpy()) for name, images in zip(found.names, parts, strict=True)}
