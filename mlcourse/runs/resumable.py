"""Meta-training that may be stopped, or killed, at any moment, and goes on where it stopped.

Weights, the optimizer's memory, the random numbers and the losses go to a checkpoint every half minute, at the end, and
when a stop is asked for. However often a run was cut, the result is that of an uncut one, bit for bit: what was done
after the last checkpoint is done again with the same random numbers.
"""

import contextlib
import signal
import time
from pathlib import Path
from typing import NamedTuple

import torch
from tqdm import tqdm

from ..training import falling, meta_step
from ..weights import Theta
from . import checkpoints, distributed

PAUSE = 30  # seconds between checkpoints


class Stopped(Exception):
    """One sentence: the run was asked to stop, and how it goes on."""


class State(NamedTuple):
    """What training leaves behind."""

    theta: Theta
    losses: list[float]  # of each iteration, before its step
    seconds: float  # spent on training, all tries together
    commit: str  # the program's, or the several of a run that was continued with another
    memory: tuple | None = None  # what the recipe remembers from one meta-gradient to the next, if it does


FIELDS = ("theta", "losses", "seconds", "commit", "optimizer", "rng", "fingerprint")  # of every checkpoint


def train(
    recipe,
    theta: Theta,
    sample,
    *,
    name: str,
    rng: torch.Generator,
    outer: dict,
    n_iterations: int,
    checkpoint: Path,
    fingerprint: str,
    commit: str,
    stop: list,
) -> State:
    """As `training.meta_train`, from the checkpoint on if there is one, which stays when training is done.

    recipe, theta, sample: as for `meta_train`; all randomness must come from rng, and what the recipe remembers stands
                 in its attribute `state`, a tuple (see `reptile.CarriedAdam`)
    outer:       the name of a torch optimizer, its rate beta, and how that falls, see `rate`
    fingerprint: whatever must not change between the tries of one run
    stop:        training saves its state and raises Stopped when this is no longer empty, see `stop_button`
    Raises CheckpointError if the checkpoint is damaged, of another run, or of a program that it does not fit.
    """
    if n_iterations == 0:
        return State(theta, [], 0.0, commit)
    theta = {weight: p.detach().clone() for weight, p in theta.items()}
    optimizer = getattr(torch.optim, outer["optimizer"])(list(theta.values()), lr=outer["beta"])
    losses, spent, first = [], 0.0, distributed.rank() == 0
    packed = checkpoint.read_bytes() if first and checkpoint.is_file() else None
    if (packed := distributed.from_first(packed)) is not None:
        saved = checkpoints.unpack(packed, checkpoint, FIELDS)
        if saved["fingerprint"] != fingerprint:
            raise checkpoints.CheckpointError(
                f"{checkpoint} is of a run with other settings: delete it to begin anew, or name another folder."
            )
        try:
            for weight, p in theta.items():
                p.copy_(saved["theta"][weight])
            optimizer.load_state_dict(saved["optimizer"])
            rng.set_state(saved["rng"])
            if hasattr(recipe, "state"):
                recipe.state = saved["memory"]
        except Exception as error:  # a weight of another name or shape, another optimizer, another torch
            raise checkpoints.CheckpointError(
                f"{checkpoint} does not fit this program, since commit {saved['commit']} made it: delete it to begin "
                f"anew, or go on with that one."
            ) from error
        losses, spent = saved["losses"], saved["seconds"]
        commit = ", ".join(dict.fromkeys([*saved["commit"].split(", "), commit]))
    begun = saved_at = time.monotonic()

    def so_far():
        memory = getattr(recipe, "state", None)  # a plain tuple: to load a checkpoint runs no code
        return State(theta, losses, spent + time.monotonic() - begun, commit, memory and tuple(memory))

    def save():
        state = so_far()._asdict()
        more = dict(optimizer=optimizer.state_dict(), rng=rng.get_state(), fingerprint=fingerprint)
        checkpoints.save(checkpoint, state | more)

    bar = tqdm(total=n_iterations, initial=len(losses), desc=name, disable=None if first else True, mininterval=1)
    with bar:
        while len(losses) < n_iterations:
            beta = rate(outer, len(losses), n_iterations)
            meta_step(recipe, theta, sample(), optimizer, beta, losses)
            bar.set_postfix(loss=f"{losses[-1]:.3f}", refresh=False)
            bar.update()
            stopping = distributed.any_process(bool(stop))
            if first and (stopping or len(losses) == n_iterations or time.monotonic() - saved_at > PAUSE):
                save()
                saved_at = time.monotonic()
            if stopping:
                raise Stopped(
                    f"Stopped after {len(losses)} of {n_iterations} iterations: the same command goes on from there."
                )
    return so_far()


def rate(outer: dict, iteration: int, n_iterations: int) -> float:
    """The outer rate of an iteration: steady, falling to zero in a straight line, or halved every so often."""
    if "falls" in outer:
        return falling(outer["beta"], iteration, n_iterations)
    return outer["beta"] * 0.5 ** (iteration // outer.get("halved_every", n_iterations))


@contextlib.contextmanager
def stop_button():
    """A list that stays empty until Ctrl+C or a polite kill, so that no iteration is cut in two.

    A second Ctrl+C stops at once; what was saved last remains.
    """
    pressed = []

    def press(number, frame):
        if pressed and number == signal.SIGINT:
            raise KeyboardInterrupt
        pressed.append(number)

    before = {number: signal.signal(number, press) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield pressed
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
