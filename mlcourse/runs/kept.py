"""Trained weights in one npz file, in 16 bits, under a name for each training: what a record keeps for its lesson."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch

from ..files import reading, replacing
from ..weights import Theta


def keep(path: Path, name: str, theta: Theta) -> None:
    """Put one training's weights into the file, beside those of the others."""
    arrays = {}
    if path.is_file():
        with reading(path, "delete it") as file, np.load(file) as stored:
            arrays = {key: array for key, array in stored.items() if not key.startswith(f"{name}/")}
    arrays |= {f"{name}/{of}": p.detach().numpy().astype(np.float16) for of, p in theta.items()}
    with replacing(path) as file:
        np.savez_compressed(file, **arrays)


def weights(path: Path, names: Iterable[str], *, command: str) -> dict[str, Theta]:
    """The stored weights of these trainings, in torch's default type.

    Raises FileNotFoundError, or ValueError for a file that lacks one of them or is something else, with what to do.
    """
    with reading(path, f"record it anew with `{command}`") as file, np.load(file) as stored:
        found = {name: {} for name in names}
        for key, array in stored.items():
            name, of = key.rsplit("/", 1)
            found[name][of] = torch.from_numpy(array).to(torch.get_default_dtype())
        assert all(found.values())
    return found
