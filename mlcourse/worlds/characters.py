"""A set of handwritten characters: many classes, a few drawings of each, grouped into alphabets.

Invented alphabets, Omniglot and digits all come in this form, so that one line switches a lesson from one to another.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..files import replacing


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


def load(path: Path) -> Characters:
    """Read characters from a file that `save` wrote."""
    with np.load(path) as stored:
        shape = tuple(stored["shape"])
        pixels = np.unpackbits(stored["bits"], count=int(np.prod(shape)))
        alphabet = stored["alphabet"].astype(np.int64)
    return Characters(torch.from_numpy(pixels.reshape(shape)), torch.from_numpy(alphabet))
