"""Turn a lesson into slides that open without network, from a folder or a memory stick.

nbconvert makes the slides (https://revealjs.com). The scripts that it loads from the network otherwise are copied from
installed packages to `lib`, beside the slides. Solutions are left out.

    python -m teaching.slides notebooks/02_maml.ipynb build/slides
"""

import re
import shutil
import sys
from importlib.resources import as_file, files
from pathlib import Path

import nbformat
from nbconvert.exporters import SlidesExporter
from nbconvert.preprocessors import TagRemovePreprocessor
from nbformat.v4 import new_markdown_cell
from traitlets.config import Config

from teaching.captions import describe

SCRIPTS = {  # from a folder in lib to the package that has it, and where
    "reveal/dist": ("sphinx_revealjs", "_static/revealjs/dist"),
    "reveal/plugin/notes": ("sphinx_revealjs", "_static/revealjs/plugin/notes"),
    "MathJax": ("nbclassic", "static/components/MathJax"),
    "jquery": ("nbclassic", "static/components/jquery"),
    "requirejs": ("nbclassic", "static/components/requirejs"),
}
CONFIG = {
    "TemplateExporter": {"extra_template_basedirs": [str(Path(__file__).parent)], "template_name": "template"},
    "SlidesExporter": {
        "reveal_url_prefix": "lib/reveal",
        "reveal_theme": "white",  # its fonts lie beside it
        "reveal_width": "1280",
        "reveal_height": "760",
    },
    "HTMLExporter": {
        "jquery_url": "lib/jquery/jquery.min.js",
        "require_js_url": "lib/requirejs/require.js",
        "mathjax_url": "lib/MathJax/MathJax.js?config=TeX-AMS-MML_HTMLorMML-full,Safe",
    },
}


def divide(lesson):
    """Say where slides begin: at each heading, to the right; at each other cell, below. A figure keeps its caption."""
    lesson, _ = TagRemovePreprocessor(remove_cell_tags={"solution"}).preprocess(lesson, {})
    cells = []
    for cell in lesson.cells:
        cells += [cell] if cell.cell_type == "code" else map(new_markdown_cell, parts(cell.source))
    for cell in cells:
        heading, caption = cell.source.startswith("#"), cell.source.startswith("*Figure")
        kind = "slide" if heading and cell.cell_type == "markdown" else "-" if caption else "subslide"
        cell.metadata["slideshow"] = {"slide_type": kind}
    return lesson | {"cells": cells}


def parts(text: str) -> list[str]:
    """Prose in pieces for a slide: what stands before a heading, each section, and a caption by itself."""
    pieces = re.split(r"\n\n(?=#{1,3} )", text)
    caption, *rest = pieces[0].split("\n\n", 1) if text.startswith("*Figure") else pieces[:1]
    return [caption, *rest, *pieces[1:]]


def write(lesson_path: Path, folder: Path) -> Path:
    """Write the slides of a lesson into a folder, and beside them what they need to open."""
    lesson = nbformat.from_dict(divide(describe(nbformat.read(lesson_path, as_version=4))))
    page, _ = SlidesExporter(config=Config(CONFIG)).from_notebook_node(lesson, {"metadata": {"name": lesson_path.stem}})
    for name, (package, place) in SCRIPTS.items():
        with as_file(files(package) / place) as source:
            shutil.copytree(source, folder / "lib" / name, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.map"))
    path = folder / f"{lesson_path.stem}.html"
    path.write_text(page, encoding="utf-8")
    return path


if __name__ == "__main__":
    print(write(*map(Path, sys.argv[1:])))
