"""How much memory each lesson's kernel takes at its peak: `make memory`, or `python tests/memory.py 04 08` for some.

Nothing is written. An assertion on times may fail on a busy machine; the lesson goes on, and memory does not mind.
"""

import sys
from pathlib import Path
from subprocess import DEVNULL

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
import conftest  # noqa: E402, F401 - sets the environment that the kernels inherit

PEAK = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"


def peak(path: Path) -> float:
    """The most memory that a kernel held while it executed the lesson, in GB (2^30 bytes)."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(PEAK))
    folder = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(notebook, timeout=600, resources=folder, allow_errors=True)
    client.execute(stderr=DEVNULL)
    unit = 2**30 if sys.platform == "darwin" else 2**20  # it counts in bytes there, in kB elsewhere
    return int(notebook.cells[-1].outputs[0].text) / unit


if __name__ == "__main__":
    for number in sys.argv[1:] or [""]:
        for path in sorted((ROOT / "notebooks").glob(f"{number}*.ipynb")):
            print(f"{path.stem:20}{peak(path):.2f} GB", flush=True)
