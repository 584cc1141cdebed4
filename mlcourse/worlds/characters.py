"""A set of handwritten characters: many classes, a few drawings of each, grouped into alphabets.

Invented alphabets, Omniglot and digits all come in this form, so that one line switches a lesson from one to another.
"""

from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..files import reading, replacing


class Characters(NamedTuple):
    """Drawings by class.

    images:   (n_classes, n_drawings, height, width), uint8, 1 = ink, 0 = paper
    alphabet: (n_classes,), int64, the number of the alphabet that a class belongs to
    """

    images: Tensor
    alphabet: Tensor

    @property
    def n_classes(self) -> int:
        return len(self.images)

    def select(self, classes) -> "Characters":
        """The characters at these positions: a slice, a list or a boolean mask over the classes."""
        return Characters(self.images[classes], self.alphabet[classes])


def save(path: Path, characters: Characters) -> None:
    """Write characters to a compressed .npz file, one bit a pixel."""
    bits = np.packbits(characters.images.numpy().reshape(-1))
    with replacing(path) as file:
        np.savez_compressed(file, bits=bits, shape=characters.images.shape, alphabet=characters.alphabet.numpy())


def load(path: Path, *, remedy: str = "save the characters again", content: str = "") -> Characters:
    """Read characters from a file that `save` wrote.

    remedy, content: as for `arrays`
    """
    stored = arrays(path, remedy=remedy, content=content)
    images = np.unpackbits(stored["bits"], count=int(np.prod(stored["shape"]))).reshape(stored["shape"])
    return Characters(torch.from_numpy(images), torch.from_numpy(stored["alphabet"].astype(np.int64)))


def arrays(path: Path, *, remedy: str, content: str = "") -> dict[str, np.ndarray]:
    """All that is in a file of characters, once it is known to be one.

    remedy:  what to do where it is not, for the sentence: see `reading`
    content: what `content_of` must say, where only one set is right
    """
    with reading(path, remedy) as file, np.load(file) as packed:
        stored = dict(packed)
        n_pixels, n_classes = np.prod(stored["shape"]), stored["shape"][0]
        if (len(stored["bits"]), len(stored["alphabet"])) != (-(-n_pixels // 8), n_classes):
            raise ValueError("its arrays do not belong together")
        if content and content_of(stored) != content:
            raise ValueError("it is another set")
    return stored


def content_of(stored: dict[str, np.ndarray]) -> str:
    """The SHA-256 of all arrays but the shape, by name, a byte a number; packed, it takes an eighth of the time."""
    digest = sha256()
    for name in sorted(stored.keys() - {"shape"}):
        digest.update(stored[name].astype(np.uint8).tobytes())
    return digest.hexdigest()
