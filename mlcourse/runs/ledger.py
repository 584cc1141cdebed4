"""Many short trainings in one file, a line for each: what it lacks is done, and written before the next begins.

    file = ledger.load(path, ...) if path.is_file() else ledger.new(...)
    if ledger.find(file, key) is None:
        ledger.add(path, file, key | train(...))

So a record can be stopped at any moment, and its command takes it up again.
"""

import json
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from .. import cost
from ..files import reading, replacing
from ..training import meta_train
from ..weights import Theta
from .provenance import commit, processor

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def new(what: str, *, command: str, **settings) -> dict:
    """A record without a training: what its numbers are, where they come from, and the settings that all share."""
    where = dict(commit=commit(), torch=str(torch.__version__), processor=processor("cpu"))
    return dict(what=what, command=command) | where | dict(threads=torch.get_num_threads(), **settings, runs=[])


def load(path: Path, *, command: str, fields: set[str]) -> dict:
    """What is recorded: where it comes from, and under "runs" a dict for each training, which has all of the fields.

    Raises FileNotFoundError, or ValueError for a file that is not whole or something else, with what to do.
    """
    with reading(path, f"record it anew with `{command}`") as content:
        file = json.load(content)
        assert all(run.keys() >= fields for run in file["runs"])
    return file


def find(file: dict, key: dict) -> dict | None:
    """The recorded training with these values, if there is one."""
    return next((run for run in file["runs"] if key.items() <= run.items()), None)


def add(path: Path, file: dict, run: dict) -> None:
    """Append a training, and put the file in place of the old one."""
    file["runs"].append(run)
    with replacing(path) as out:
        out.write(written(file).encode())


def written(file: dict) -> str:
    """As JSON, a line for each training."""
    head = json.dumps(file | dict(runs=[]), indent=1).removesuffix("[]\n}")
    return head + "[\n  " + ",\n  ".join(map(json.dumps, file["runs"])) + "\n ]\n}\n"


def widened(rate: float, attempt: Callable, chosen: Callable) -> float:
    """The best rate, once a worse one has been tried on either side of it: half and twice the best so far, each time.

    attempt: trains at a rate, unless that is recorded already
    chosen:  the best rate of those tried, and all of them in order
    """
    tried = []
    while not tried or rate in (tried[0], tried[-1]):
        for candidate in (rate / 2, rate, rate * 2):
            attempt(candidate)
        rate, tried = chosen()
    return rate


def train(meta_gradient, theta: Theta, sample, *, n_iterations: int, **how) -> Theta:
    """The weights that `meta_train` comes to. Raises KeyboardInterrupt where it was stopped: a part is not recorded."""
    trained = meta_train(meta_gradient, theta, sample, n_iterations=n_iterations, **how)
    if len(trained.losses) < n_iterations:
        raise KeyboardInterrupt
    return trained.theta


def milliseconds(trainings: dict[str, Callable], n_iterations: int, *, repeat: int = 15) -> dict[str, float]:
    """Processor time of an iteration, from short trainings of n_iterations each, which take turns."""
    seconds = cost.seconds(*trainings.values(), repeat=repeat, processor=True)
    return {name: round(1000 * s / n_iterations, 3) for name, s in zip(trainings, seconds, strict=True)}


def digits(per_task: Tensor, n_query: int) -> str:
    """How many of each task's queries were right, one digit a task: 0 to 9, then a to z, so n_query is 35 at most.

    per_task: the shares, (n_tasks,)
    """
    return "".join(DIGITS[n] for n in (n_query * per_task).round().int().tolist())


def shares(digits: str, n_query: int) -> Tensor:
    """The shares that `digits` has written, (n_tasks,)."""
    return torch.tensor([int(n, 36) for n in digits], dtype=torch.float64) / n_query
