"""A set of your own: a folder with one folder a class, and pictures of its drawings in there.

    signs/
        star/    1.png  2.jpg
        wave/    a.png  b.png

Names say what is what, and their order the labels; what begins with a dot is left alone.
"""

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from . import inking
from .characters import Characters

ENDINGS = frozenset(ending for ending, kind in Image.registered_extensions().items() if kind in Image.OPEN)
STRANGE = {".heic", ".heif", ".pdf", ".svg", ".dng", ".cr2", ".nef", ".arw"} - ENDINGS  # pictures to whoever has them
MOST_FILES = 100_000


class Drawings(NamedTuple):
    """Pictures that were read, in the order of their classes.

    images: (n, 28, 28), uint8, 1 = ink, 0 = paper
    labels: (n,), int64, positions in `names`
    names:  of the classes, in the order of their folders' names
    files:  where each picture lies
    """

    images: Tensor
    labels: Tensor
    names: list[str]
    files: list[Path]

    @property
    def counts(self) -> list[int]:
        """How many drawings each class has."""
        return self.labels.bincount(minlength=len(self.names)).tolist()

    def characters(self) -> Characters:
        """The same as a set like any other: of each class its first drawings, as many as the smallest class has."""
        fewest = min(self.counts)
        kept = torch.stack([(self.labels == label).nonzero()[:fewest, 0] for label in range(len(self.names))])
        return Characters(self.images[kept], torch.zeros(len(self.names), dtype=torch.int64))


def read(folder: Path) -> Drawings:
    """Every drawing below a folder of classes; see `inking.ink` for what becomes of a picture.

    Raises FileNotFoundError where there is no such folder, and ValueError where it holds no class, an empty one, a
    picture in no class, or a file that is no drawing, each with a sentence that names it.
    """
    names, files, labels = [], [], []
    for place in classes(folder):
        found = pictures(place)
        if not found:
            raise ValueError(f"There is no picture in {place}: put one there, or take the folder away.")
        files += found
        labels += [len(names)] * len(found)
        names.append(place.name)
    return Drawings(drawn(files), torch.tensor(labels), names, files)


def classes(folder: Path) -> list[Path]:
    """The folders of the classes, by name; raises as `read` does."""
    inside = entries(folder)
    found = [entry for entry in inside if entry.is_dir()]
    if not found:
        raise ValueError(f"There is no class in {folder}: give it a folder for each, with pictures in it.")
    if stray := [entry for entry in inside if entry.is_file() and entry.suffix.lower() in ENDINGS]:
        raise ValueError(f"{stray[0]} is in no class: move it into a folder named after its class.")
    return found


def pictures(folder: Path) -> list[Path]:
    """The pictures that lie in a folder itself, by name; files that are no pictures are no business of ours.

    Raises ValueError for a picture of a kind that cannot be read here.
    """
    if strange := [entry for entry in entries(folder) if entry.suffix.lower() in STRANGE]:
        raise ValueError(f"{strange[0]} is of a kind that cannot be read here: save it as JPEG or PNG.")
    return [entry for entry in entries(folder) if entry.is_file() and entry.suffix.lower() in ENDINGS]


def entries(folder: Path) -> list[Path]:
    """What is in a folder, by name, but hidden files; raises as `read` does, also for a link that leads elsewhere."""
    try:
        found = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise FileNotFoundError(f"There is no folder {folder}.") from error
    except OSError as error:
        raise OSError(f"Could not read {folder} ({error.strerror}): make it readable.") from error
    for entry in found:
        if entry.is_symlink() and not entry.resolve().is_relative_to(folder.resolve()):
            raise ValueError(f"{entry} is a link to another place, {os.readlink(entry)}: copy what it leads to.")
    return found


def drawn(files: list[Path]) -> Tensor:
    """The drawings in these files, (n, 28, 28), uint8."""
    if len(files) > MOST_FILES:
        raise ValueError(f"There are {len(files):,} pictures, more than {MOST_FILES:,}: take some of them away.")
    with tqdm(files, unit=" drawings", desc="reading", disable=len(files) < 100 or None) as bar:
        return torch.from_numpy(np.stack([inking.read(file) for file in bar]))


def save(folder: Path, drawings: Drawings) -> None:
    """Write each drawing as a PNG file, black on white, in a folder of its class: what `read` reads."""
    for name, label in zip(drawings.names, range(len(drawings.names)), strict=True):
        place = folder / name
        place.mkdir(parents=True, exist_ok=True)
        for n, image in enumerate(drawings.images[drawings.labels == label]):
            Image.fromarray(255 * (1 - image.numpy())).save(place / f"{n + 1}.png")
