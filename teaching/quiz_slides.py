"""A quiz as slides: a question with its letters, the vote, and below it the answer with the thought behind each."""

import re
from pathlib import Path

import nbformat
from nbformat.v4 import new_markdown_cell, new_notebook

from .lesson_slides import placed

HOW = "Show your letter with your fingers, all at the same moment: one for A, four for D."
VOTE = "**Vote.** Then two who disagree argue, and all vote again."


def slides(path: Path):
    """The quiz as a notebook, each cell marked with its place in the slides."""
    title, *questions = re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.M)
    cells = [placed(new_markdown_cell(f"{title.splitlines()[0]}\n\n{HOW}"), "slide")]
    for question in questions:
        asked, answer = question.replace("</details>", "").split("<details><summary>Answer</summary>")
        name, right = asked.splitlines()[0], re.search(r"\*\*([A-D]) is right", answer)[1]
        cells += [
            placed(new_markdown_cell(f"## {asked.strip()}"), "slide"),
            placed(new_markdown_cell(VOTE), "fragment"),
            placed(new_markdown_cell(f"{right} is right; the next slide says why."), "notes"),
            placed(new_markdown_cell(f"### {name}: the answer\n\n{answer.strip()}"), "subslide"),
        ]
    return nbformat.from_dict(new_notebook(cells=cells))
