"""Omniglot, the real one: 1,623 handwritten characters of 50 alphabets, each drawn once by 20 people.

Lake, Salakhutdinov, Tenenbaum 2015, "Human-level concept learning through probabilistic program induction".

`python -m mlcourse omniglot` fetches it (see `fetch_omniglot`); `load` then reads it in a blink. No lesson needs it:
the invented alphabets come with the course.
"""

from pathlib import Path

import numpy as np
import torch

from ..files import DATA
from ..tasks import Task
from . import characters
from .characters import Characters

PATH = DATA / "omniglot.npz"
COMMAND = "python -m mlcourse omniglot"
REMEDY = f"fetch it with {COMMAND} (16 MB)"
# What the official drawings are once they are packed, see `characters.content_of`.
CONTENT = "7253bb37206fd0d0c916cd439f169ebd3ee67e5a9dcbe549f8173c723a295261"
N_BACKGROUND = 30  # alphabets in the background set, to learn from; the other 20 are for evaluation


def load(part: str = "all", *, path: Path = PATH) -> Characters:
    """Return the characters of both sets, or only those of the "background" or of the "evaluation" set.

    images: (1623, 20, 28, 28), alphabets sorted by name in each set, then characters by name, then drawings.
    alphabet: 0 to 29 for the background set (964 characters), 30 to 49 for the evaluation set (659 characters).
    Raises FileNotFoundError where the data has not been fetched yet, ValueError where it is not whole or another set.
    """
    if part not in ("all", "background", "evaluation"):
        raise ValueError(f'part must be "all", "background" or "evaluation": got {part!r}')
    everything = characters.load(path, remedy=REMEDY, content=CONTENT)
    if part == "all":
        return everything
    return everything.select((everything.alphabet < N_BACKGROUND) == (part == "background"))


def load_runs(*, path: Path = PATH) -> Task:
    """Return the official 20 runs of 20-way one-shot classification within an alphabet, which people took as well.

    x_support, x_query: (20, 20, 1, 28, 28), in the default dtype, ink = 1
    y_support, y_query: (20, 20), int64, a label is a position in the support set
    Raises what `load` does.
    """
    stored = characters.arrays(path, remedy=REMEDY, content=CONTENT)
    y_query = torch.from_numpy(stored["runs_labels"].astype(np.int64))
    n_tasks, n_way = y_query.shape
    pixels = np.unpackbits(stored["runs_bits"], count=2 * n_tasks * n_way * 28 * 28)
    x_query, x_support = torch.from_numpy(pixels.reshape(2, n_tasks, n_way, 1, 28, 28))
    y_support = torch.arange(n_way).repeat(n_tasks, 1)
    dtype = torch.get_default_dtype()
    return Task(x_support.to(dtype), y_support, x_query.to(dtype), y_query)
