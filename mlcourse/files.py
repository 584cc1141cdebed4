"""Where the course's folder is, and files that are written whole or not at all."""

import contextlib
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

ROOT = Path(__file__).resolve().parents[1]  # the package is installed in place, next to its lessons
DATA = ROOT / "data"
PART_TIMEOUT = 24 * 60 * 60  # seconds, after which nobody can still be writing a temporary file


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write, which takes the place of `path` in one step once it is whole, and is gone otherwise.

    Raises OSError with a sentence that says what to do where the file cannot be written.
    """
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")  # in the same folder, so that one step is enough
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for left_over in path.parent.glob(f"{path.name}.*.part"):  # of a process that was killed
            with contextlib.suppress(OSError):  # somebody else has been quicker
                if left_over.stat().st_mtime < time.time() - PART_TIMEOUT:
                    left_over.unlink()
        with open(part, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        raise OSError(
            f"Could not write {path} ({error.strerror or error}): make room there, or make the folder writable, and "
            f"run the command again."
        ) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
