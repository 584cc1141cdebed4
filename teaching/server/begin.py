"""Begin a student's server, as that student: limits for good, a copy of the lessons, and then JupyterLab.

`python -I begin.py HANDOUT GB PROCESSES COMMAND ...`, which the hub calls. A file that the student has already is left
as it is, so a lesson that is handed out later arrives, and no work is lost.
"""

import os
import resource
import shutil
import sys
from pathlib import Path

PLACE = "course"  # in the student's home


def limit(gb: float, processes: int) -> None:
    """Set limits that nobody but root can raise: the memory of each process, and how many threads all have together."""
    for what, most in (
        (resource.RLIMIT_DATA, int(gb * 2**30)),
        (resource.RLIMIT_NPROC, processes),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def copy_new(handout: Path, place: Path) -> None:
    """Copy what is not there yet."""
    for path in sorted(handout.rglob("*")):
        target = place / path.relative_to(handout)
        if path.is_file() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


def main(handout: str, gb: str, processes: str, *command: str) -> None:
    os.umask(0o077)
    limit(float(gb), int(processes))
    try:
        copy_new(Path(handout), Path.home() / PLACE)
    except OSError as error:  # their disk may be full, and JupyterLab is what they can make room with
        print(f"Not all lessons could be copied: {error}.", file=sys.stderr)
    os.execv(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
