"""A lesson as slides: the prediction before the code, the code before its figure, and what a speaker wants to know.

Notes, which the audience does not see, come from TEACHING.md and from what the lesson folds away.
"""

import html
import re
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell

from .captions import describe
from .notes import notes

RESULT = "result"  # the tag of a cell of which only the outputs are shown
LINES = 18  # of code and of what it prints, that stand on a slide in letters of a readable size
PREDICT = "Everybody writes down an answer. Then the next slide, and only then its figure or numbers."


def slides(path: Path):
    """The lesson's notebook, each cell marked with its place in the slides.

    A slide begins at each heading, to the right; at each other cell, below. A figure keeps its caption.
    """
    lesson = describe(nbformat.read(path, as_version=4))
    said = notes(path.name[:2])
    first, *rest = lesson.cells
    cells = [
        *in_pieces(first),
        note(said, "Time", "Long cells", "On the day"),
        *board(said),
        *(piece for cell in rest for piece in in_pieces(cell)),
    ]
    open_exercise = next(i for i, cell in enumerate(cells) if cell.source.startswith("### Exercise 3 "))
    cells[open_exercise + 1 : open_exercise + 1] = [note(said, "Open exercise")] if "Open exercise" in said else []
    return nbformat.from_dict(lesson | {"cells": cells})


def in_pieces(cell) -> list:
    """What becomes of a cell: pieces of prose; code, then what it shows; a note from what is folded away."""
    if "solution" in cell.metadata.get("tags", []):
        text = f"```python\n{cell.source}\n```" if cell.cell_type == "code" else re.sub(r"</?details>", "", cell.source)
        return [placed(new_markdown_cell(text), "notes")]
    if cell.cell_type == "markdown":
        pieces = [placed(new_markdown_cell(text), place_of(text)) for text in parts(cell.source)]
        return [*pieces, placed(new_markdown_cell(PREDICT), "notes")] if "**Predict first.**" in cell.source else pieces
    code = placed(new_code_cell(cell.source), "subslide")
    shown = new_code_cell(outputs=cell.outputs, metadata={"tags": [RESULT]})
    return [code, placed(shown, "subslide" if apart(cell) else "fragment")] if cell.outputs else [code]


def apart(cell) -> bool:
    """Whether what the code shows takes a slide of its own: a figure, or more lines than fit below the code."""
    printed = "".join(output.get("text", "") for output in cell.outputs)
    lines = cell.source.count("\n") + printed.count("\n")
    return lines > LINES or any("image/png" in output.get("data", {}) for output in cell.outputs)


def parts(text: str) -> list[str]:
    """Prose in pieces for a slide: what stands before a heading, each section, and a caption by itself."""
    pieces = re.split(r"\n\n(?=#{1,3} )", text)
    caption, *rest = pieces[0].split("\n\n", 1) if text.startswith("*Figure") else pieces[:1]
    return [caption, *rest, *pieces[1:]]


def place_of(text: str) -> str:
    return "slide" if text.startswith("#") else "-" if text.startswith("*Figure") else "subslide"


def board(said: dict[str, str]) -> list:
    """The drawing for the board, which appears line by line, with what to say and which misconceptions to expect."""
    text = said.get("On the board", "")
    drawings = re.findall(r"^```\n(.*?)\n```$", text, flags=re.M | re.S)
    lines = html.escape("\n\n".join(drawings)).splitlines()
    shown = "\n".join(f'<span class="fragment">{line}</span>' if line.strip() else "" for line in lines)
    slide = new_markdown_cell(f'## On the board\n\n<pre class="board">{shown}</pre>' if drawings else "## On the board")
    return [placed(slide, "slide"), note(said, "On the board", "Misconceptions")] if text else []


def note(said: dict[str, str], *labels: str):
    text = "\n\n".join(f"**{label}.** {said[label]}" for label in labels if label in said)
    return placed(new_markdown_cell(text), "notes")


def placed(cell, kind: str):
    cell.metadata["slideshow"] = {"slide_type": kind}
    return cell
