"""Execute lessons again, store what comes out, and show which stored texts changed: `make update-outputs LESSON=03`.

`python tests/update_outputs.py 03 05` takes some lessons, and without numbers all of them. They run with the settings
of the tests. A lesson that stops at an error is left as it was.
"""

import difflib
import sys
from pathlib import Path
from subprocess import DEVNULL

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
import conftest  # noqa: E402, F401 - sets the environment that the kernels inherit


def execute(path: Path) -> nbformat.NotebookNode:
    """The notebook with the outputs of a fresh kernel; raises CellExecutionError."""
    notebook = nbformat.read(path, as_version=4)
    metadata = notebook.metadata.copy()
    folder = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(notebook, timeout=600, resources=folder, record_timing=False, coalesce_streams=True)
    client.execute(stderr=DEVNULL)  # what the kernel says of itself; what a cell says there is an output
    notebook.metadata = metadata  # the kernel writes its Python's version there
    return notebook


def texts(cell) -> list[str]:
    """What a code cell has printed or returned, line by line."""
    outputs = cell.get("outputs", [])
    shown = [output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs]
    return [line for text in shown if not text.startswith("<Figure") for line in text.splitlines()]


def changes(old, new) -> str:
    """The lines that changed, under the first line of their cell."""
    written = []
    for i, (before, after) in enumerate(zip(old.cells, new.cells, strict=True)):
        difference = list(difflib.unified_diff(texts(before), texts(after), lineterm="", n=0))
        if difference:
            may_differ = "nbval-ignore-output" in after.metadata.get("tags", [])
            written.append(
                f"  cell {i}{', whose output may differ' if may_differ else ''}: {after.source.splitlines()[0]}"
            )
            written += [f"    {line}" for line in difference[2:] if not line.startswith("@@")]
    return "\n".join(written)


def update(path: Path) -> bool:
    """Execute one lesson, store it, and print what changed; False if it stopped at an error."""
    print(path.stem, flush=True)
    try:
        new = execute(path)
    except CellExecutionError as error:
        print(f"  stopped, and left as it was: {error}")
        return False
    print(changes(nbformat.read(path, as_version=4), new) or "  no text changed", flush=True)
    nbformat.write(new, path)
    return True


if __name__ == "__main__":
    numbers = sys.argv[1:] or [""]
    lessons = [path for number in numbers for path in sorted((ROOT / "notebooks").glob(f"{number}*.ipynb"))]
    if not lessons:
        sys.exit(f"There is no lesson {' '.join(numbers)}.")
    sys.exit(not all([update(path) for path in lessons]))
