"""Files from elsewhere, taken whole or not at all.

What comes from a network or from somebody's folder may stall, break off, be something else, or be made to do harm. Each
of these ends in a `FetchError`: one sentence that says what happened and what to do. Nothing is extracted to disk.
"""

import io
import zipfile
from hashlib import md5
from http.client import HTTPException
from pathlib import Path
from urllib.request import urlopen

from tqdm import tqdm

MAX_FILE = 2**24  # bytes in a file as it comes
MAX_UNPACKED = 2**25  # bytes in all the entries of a zip
MAX_ENTRIES = 50_000


class FetchError(Exception):
    """One sentence: what happened, and what to do."""


def download(url: str, *, md5_sum: str, timeout: float) -> bytes:
    """Return what lies at the address, showing progress; raise FetchError unless all of it came and its MD5 is right.

    timeout: seconds without a single byte, after which the connection is given up; a slow one may take its time
    By hand, since pooch has no limit of size, and its errors would need as many lines to become sentences.
    """
    name = url.rsplit("/", 1)[-1]
    received = io.BytesIO()
    try:
        with (
            urlopen(url, timeout=timeout) as answer,
            tqdm(total=answer.length, unit="B", unit_scale=True, desc=f"downloading {name}") as bar,
        ):
            expected = answer.length  # None where the server does not say
            while received.tell() != expected and received.tell() <= MAX_FILE:
                chunk = answer.read1(2**16)  # read() would wait for a full chunk, and the bar with it
                if not chunk:
                    break
                bar.update(received.write(chunk))
    except (OSError, HTTPException, ValueError) as error:  # ValueError: sent on to what is no address
        raise _not_downloaded(url, " ".join(str(error).split()) or type(error).__name__) from error
    if received.tell() > MAX_FILE:
        raise _not_downloaded(url, f"it is far too large, more than {MAX_FILE:,} bytes")
    if expected is not None and received.tell() < expected:
        raise _not_downloaded(url, f"the connection broke off after {received.tell():,} of {expected:,} bytes")
    if md5(received.getvalue(), usedforsecurity=False).hexdigest() != md5_sum:
        raise _not_downloaded(url, "what came is not the official file, but perhaps a log-in page of your network")
    return received.getvalue()


def _not_downloaded(url: str, reason: str) -> FetchError:
    return FetchError(
        f"Could not download {url} ({reason}): run the command again, which starts anew, "
        f"or get the files in another way and name their folder with --from."
    )


def take(path: Path) -> bytes:
    """Return the content of a file that a user has named, or raise FetchError."""
    try:
        with open(path, "rb") as file:
            content = file.read(MAX_FILE + 1)
    except OSError as error:
        raise FetchError(f"Could not read {path} ({error.strerror}): check it, or get it again.") from error
    if len(content) > MAX_FILE:
        raise FetchError(f"{path} is far too large, more than {MAX_FILE:,} bytes: get the official file.")
    return content


def unzip(packed: bytes, name: str) -> dict[str, bytes]:
    """Return every file in a zip, by its path there; raise FetchError where the zip is broken or a bomb.

    The paths are names and nothing more: an entry that points outside the folder has nowhere to go.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
                raise FetchError(f"{name} would unpack to far too much: get the official file.")
            return {entry.filename: _content(archive, entry) for entry in entries}
    except FetchError:
        raise
    except Exception as error:  # zipfile answers to damage with a dozen kinds of exceptions
        raise FetchError(f"{name} is not a whole zip file ({error}): get it again.") from error


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # the others unpack without a limit
        raise zipfile.BadZipFile("a compression that the official file does not use")
    with archive.open(entry) as file:
        return file.read(entry.file_size)  # without a size, it unpacks all that there is and trims afterwards
