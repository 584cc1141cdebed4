"""One process a run: whoever records it holds a file beside its checkpoint, and whoever comes second is told so.

The system lets go of the file when its process ends, however that ends, so that a kill blocks nobody.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from . import distributed

try:
    import fcntl
except ImportError:  # on Windows
    fcntl = None


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the run whose result will be at `path`; of `torchrun`'s processes the first one does, for all of them.

    Raises OSError in all of them, with a sentence, where another process holds it or nothing can be written there.
    """
    lock, held, refusal = path.with_suffix(".lock"), None, None
    if distributed.rank() == 0:
        try:
            lock.parent.mkdir(parents=True, exist_ok=True)
            held = _hold(lock)
        except BlockingIOError:
            refusal = f"{path} is being recorded by another process: wait for it, or name another folder with --out."
        except OSError as error:
            refusal = f"Could not write {lock} ({error.strerror or error}): make the folder writable, or name another."
    if refusal := distributed.from_first(refusal and refusal.encode()):
        raise OSError(refusal.decode())
    try:
        yield
    finally:
        if held is not None:
            if fcntl:
                lock.unlink(missing_ok=True)  # while it is still ours
            os.close(held)


def _hold(lock: Path) -> int:
    """The descriptor of a file that no other process holds; raises BlockingIOError where one does."""
    if fcntl is None:
        try:
            return os.open(lock, os.O_CREAT | os.O_EXCL | os.O_TEMPORARY)  # gone once it is closed
        except FileExistsError as error:
            raise BlockingIOError from error
    while True:
        held = os.open(lock, os.O_CREAT | os.O_RDWR)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(held), os.stat(lock)):
                return held
        except FileNotFoundError:
            pass  # who held it before has just removed it
        except OSError:
            os.close(held)
            raise
        os.close(held)
