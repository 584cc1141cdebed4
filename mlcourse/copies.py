"""A place of one's own: copies of the lessons in `my/`, without outputs, and with "What we saw" folded.

Both would give predictions away. A copy is made once, and is never written over. It remembers which version of the
lesson it was made from; where that has changed, the new version is put beside it, under the next number.
"""

import hashlib
import json
import re
from itertools import zip_longest
from pathlib import Path

from .files import ROOT, replacing

FOLDER = "my"
SEEN = re.compile(r"^\*\*(What (?:we saw|you should have seen))\.\*\* (.+?)(?=\n\n#|\Z)", flags=re.M | re.S)


def make_copies(root: Path = ROOT) -> list[str]:
    """Make what is missing in `my/`; return a sentence for each lesson that has changed since its copy was made.

    Raises OSError with a sentence where the folder cannot be written.
    """
    changed = []
    for lesson in sorted((root / "notebooks").glob("*.ipynb")):
        notebook = json.loads(lesson.read_text(encoding="utf-8"))
        version = _version(notebook)
        first = newest = root / FOLDER / lesson.name
        number = 1
        while newest.exists() and _made_from(newest) != version:
            number += 1
            newest = first.with_name(f"{lesson.stem}_{number}.ipynb")
        if not newest.exists():
            _write(newest, _copy(notebook, version, lesson.name, instead_of=first.name if newest != first else None))
        if newest != first:
            changed.append(
                f"{lesson.stem} has changed since your copy was made: the new one is {FOLDER}/{newest.name}, and yours "
                f"stays as it is."
            )
    return changed


def _version(notebook: dict) -> str:
    """What tells one version of a lesson from another: its texts and code, not what came out when it was run."""
    sources = [[cell["cell_type"], "".join(cell["source"])] for cell in notebook["cells"]]
    return hashlib.sha256(json.dumps(sources).encode()).hexdigest()


def _made_from(copy: Path) -> str | None:
    """The version that a copy was made from; None where a file does not say, as one that is not ours."""
    try:
        return json.loads(copy.read_text(encoding="utf-8"))["metadata"]["mlcourse"]["version"]
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _copy(notebook: dict, version: str, name: str, instead_of: str | None) -> dict:
    """The notebook without results; below its title it says what it is, and where the stored page lies."""
    told = any(cell.get("outputs") for cell in notebook["cells"])
    stored = f"[stored page](../notebooks/{name}) {'has all outputs' if told else 'stays as it is'}"
    text = f"*This is your own copy. Run one cell after the other with Shift + Enter; the {stored}.*"
    if instead_of:
        text += f" *The lesson has changed since [your first copy]({instead_of}) was made, which stays as it is.*"
    note = {"cell_type": "markdown", "id": "your-own-copy", "metadata": {}, "source": text}
    cells = [_untold(cell, after) for cell, after in zip_longest(notebook["cells"], notebook["cells"][1:])]
    metadata = notebook["metadata"] | {"mlcourse": {"version": version}}
    return notebook | {"cells": [*cells[:1], note, *cells[1:]], "metadata": metadata}


def _untold(cell: dict, after: dict | None) -> dict:
    """A cell that does not say what it shows: what leads on, to a prediction or to the code below, stays in sight."""
    if cell["cell_type"] == "code":
        return cell | {"outputs": [], "execution_count": None}
    text = "".join(cell["source"])

    def fold(seen: re.Match) -> str:
        said = seen[2].split("\n\n")
        leads_on = seen.end() == len(text) and after and after["cell_type"] == "code"
        n = 1 if "**Predict first.**" in seen[2] else max(1, len(said) - bool(leads_on))
        folded, rest = "\n\n".join(said[:n]), ["", *said[n:]]
        return f"<details><summary><b>{seen[1]}</b></summary>\n\n{folded}\n\n</details>" + "\n\n".join(rest)

    return cell | {"source": SEEN.sub(fold, text)}


def _write(path: Path, notebook: dict) -> None:
    with replacing(path) as file:
        file.write((json.dumps(notebook, ensure_ascii=False, indent=1) + "\n").encode())
