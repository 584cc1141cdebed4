"""The lessons, as the tests read them: the core, the electives, and the parts of a notebook."""

import re
from functools import cache
from pathlib import Path

import nbformat

from mlcourse.files import ROOT

LESSONS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
CORE = [path for path in LESSONS if int(path.name[:2]) <= 10]  # these build on one another
ELECTIVES = LESSONS[len(CORE) :]  # of these a class chooses


@cache
def read(path: Path):
    """A notebook, not to be changed: it is read once."""
    return nbformat.read(path, as_version=4)


def opening(path: Path) -> str:
    """The first cell; nothing where there is none."""
    return "".join(cell.source for cell in read(path).cells[:1])


def title(path: Path) -> str:
    """`03 · First order`, or what takes its place until the first cell says it."""
    first = opening(path).partition("\n")[0].removeprefix("# ")
    number, topic = path.stem.split("_", 1)
    return first if first.startswith(f"{number} · ") else f"{number} · {topic.replace('_', ' ').capitalize()}"


def time(path: Path) -> str:
    found = re.search(r"\*\*Time:\*\* .*? to read, .*? to run\.", opening(path))
    return found[0] if found else ""


def goals(path: Path) -> list[str]:
    """The verbs."""
    return re.findall(r"^- \*(\w+)\*", opening(path), flags=re.M)


def code(notebook) -> list:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook) -> str:
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def tags(cell) -> list[str]:
    return cell.metadata.get("tags", [])


def printed(cell) -> str:
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


def lines(cell) -> list[str]:
    return [line for line in cell.source.splitlines() if line.strip()]


def figures(notebook) -> list[int]:
    """Positions of the cells that draw, one for each figure."""
    return [
        i
        for i, cell in enumerate(notebook.cells)
        if cell.cell_type == "code"
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]
