"""Checkpoints: what a long computation knows so far, in a file that is whole at every moment.

The file is written beside the old one and takes its place in one step, so that a process or a machine may stop at any
moment and leave the old state or the new one, never half of either. It begins with the SHA-256 of what follows, and
holds tensors, numbers, strings, lists and dicts only: to load it runs no code (`weights_only`).
"""

import io
from hashlib import sha256
from pathlib import Path

import torch

from ..files import replacing

N_DIGEST = 32  # bytes of a SHA-256


class CheckpointError(Exception):
    """One sentence: what is wrong with a checkpoint, and what to do."""


def save(path: Path, state: dict) -> None:
    """Write a dict of tensors and plain values in place of the file at `path`; raise OSError if that fails."""
    with replacing(path) as file:
        file.write(pack(state))


def pack(state: dict) -> bytes:
    """The bytes that `save` writes."""
    content = io.BytesIO()
    torch.save(state, content)
    return sha256(content.getvalue()).digest() + content.getvalue()


def unpack(packed: bytes, path: Path, fields=()) -> dict:
    """The state in bytes that `pack` made, which has all of the fields; the path is for the sentence only."""
    digest, content = packed[:N_DIGEST], packed[N_DIGEST:]
    refusal = CheckpointError(f"{path} is damaged or no checkpoint: delete it to begin anew.")
    if sha256(content).digest() != digest:
        raise refusal
    try:
        state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:  # torch answers to what it does not load with several kinds of exceptions
        raise refusal from error
    if not isinstance(state, dict) or not state.keys() >= set(fields):
        raise refusal
    return state
