"""Where the course's folder is, and files that are written whole or not at all, and read whole or not at all."""

import contextlib
import io
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

ROOT = Path(__file__).resolve().parents[1]  # the package is installed in place, next to its lessons
DATA = ROOT / "data"
PLACE = "MLCOURSE_PLACE"  # an environment variable: the folder of who is studying, set by the launcher alone
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


@contextlib.contextmanager
def reading(path: Path, remedy: str) -> Iterator[BinaryIO]:
    """Give a file's content to read; whatever goes wrong in the block becomes a sentence that names the file.

    remedy: what to do where it is not there, or not what the block takes it for, such as "draw it anew with ..."
    Raises FileNotFoundError, OSError where it cannot be read, and ValueError where it is damaged or another file.
    """
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        if path.is_relative_to(DATA) and not (ROOT / "pyproject.toml").is_file():  # as after `pip install .`
            remedy = (
                "the package alone is installed; get the whole course, and install it in place with pip install -e ."
            )
        raise FileNotFoundError(f"There is no {path}: {remedy.removesuffix('.')}.") from error
    except OSError as error:
        raise OSError(
            f"Could not read {path} ({error.strerror or error}): make it readable, or delete it and {remedy}."
        ) from error
    try:
        yield io.BytesIO(content)
    except Exception as error:  # readers answer to damage with a dozen kinds of exceptions
        raise ValueError(f"{path} is damaged, or another file: delete it, and {remedy}.") from error
