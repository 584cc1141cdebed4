"""What a figure shows, in words, for who does not see it: the paragraph that stands below it, its caption."""

import re

PICTURE = "image/png"


def caption(cells: list, position: int) -> str:
    """The text of the first caption below a cell, without its signs of markdown; nothing where there is none."""
    for cell in cells[position + 1 :]:
        if cell.cell_type == "markdown" and cell.source.startswith("*Figure"):
            text = cell.source.partition("\n\n")[0]
            return " ".join(re.sub(r"[*`$\\]|\[([^]]*)\]\([^)]*\)", r"\1", text).split())
        if cell.cell_type == "code" and pictures(cell):
            break  # the next figure
    return ""


def pictures(cell) -> list:
    """The outputs of a code cell that are pictures."""
    return [output for output in cell.get("outputs", []) if PICTURE in output.get("data", {})]


def describe(notebook):
    """The notebook, each of its figures with its caption as the metadata `alt`, where nbconvert looks for it."""
    for position, cell in enumerate(notebook.cells):
        for output in pictures(cell):
            output.metadata.setdefault(PICTURE, {})["alt"] = caption(notebook.cells, position)
    return notebook
