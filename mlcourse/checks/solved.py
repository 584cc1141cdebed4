"""What one has solved: the coding exercises whose check said "correct", remembered in `my/solved.txt`.

The launcher names the folder in an environment variable. Without it, wherever else a lesson is executed, nothing is
read or written. The file grows by a line for each exercise, so that two lessons may run at once, and a line that
somebody has damaged costs no other.
"""

import os
import re
from datetime import date
from pathlib import Path

from ..files import PLACE, ROOT


def remember(check: str) -> None:
    """Note that a check said "correct". Where that cannot be written, say so: the answer is right all the same."""
    file = _file()
    if file is None or check in _remembered():
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with open(file, "a+b") as lines:
            lines.seek(max(0, lines.tell() - 1))
            whole = lines.read() in (b"", b"\n")
            lines.write(f"{'' if whole else chr(10)}{check} {date.today()}\n".encode())
    except OSError as error:
        print(f"(This cannot be remembered, as {file} cannot be written: {error.strerror}.)")


def solved() -> None:
    """Print in which lessons you have solved the coding exercise, and which one comes next."""
    names, known = _lessons(), _remembered()
    done = [lesson for check, lesson in names.items() if check in known]
    then = next((lesson for check, lesson in names.items() if check not in known), "an exercise of your own")
    print(f"Solved so far: {', '.join(done) or 'none'}. Next: {then}.")


def _lessons() -> dict[str, str]:
    """For each check the lesson that asks for it, such as `01 tasks`, in their order."""
    found = {}
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        if asked := re.search(r"checks\.(\w+)\(my_\1\)", path.read_text(encoding="utf-8")):
            found[asked[1]] = path.stem.replace("_", " ", 1)
    return found


def _remembered() -> set[str]:
    """The checks that the file names; none where it cannot be read."""
    file = _file()
    try:
        text = file.read_text(encoding="utf-8", errors="replace") if file else ""
    except OSError:
        return set()
    return {line.split()[0] for line in text.splitlines() if line.split()}


def _file() -> Path | None:
    place = os.environ.get(PLACE)
    return Path(place, "solved.txt") if place else None
