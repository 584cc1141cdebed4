"""Turn a lesson or a quiz into slides that open without network, from a folder or a memory stick.

nbconvert makes the slides (https://revealjs.com). The scripts that it loads from the network otherwise are copied from
installed packages to `lib`, beside the slides.

    python -m teaching.slides notebooks/02_maml.ipynb build/slides
    python -m teaching.slides teaching/quizzes/02_maml.md build/slides
"""

import shutil
import sys
from importlib.resources import as_file, files
from pathlib import Path

from nbconvert.exporters import SlidesExporter
from traitlets.config import Config

from . import lesson_slides, quiz_slides

SCRIPTS = {  # from a folder in lib to the package that has it, and where
    "reveal/dist": ("sphinx_revealjs", "_static/revealjs/dist"),
    "reveal/plugin/notes": ("sphinx_revealjs", "_static/revealjs/plugin/notes"),
    "MathJax": ("nbclassic", "static/components/MathJax"),
    "jquery": ("nbclassic", "static/components/jquery"),
    "requirejs": ("nbclassic", "static/components/requirejs"),
}
CONFIG = {
    "TemplateExporter": {"extra_template_basedirs": [str(Path(__file__).parent)], "template_name": "template"},
    "TagRemovePreprocessor": {"enabled": True, "remove_input_tags": {lesson_slides.RESULT}},
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


def write(source: Path, folder: Path) -> Path:
    """Write the slides of a lesson (.ipynb) or a quiz (.md) into a folder, and beside them what they need to open."""
    quiz = source.suffix == ".md"
    notebook = quiz_slides.slides(source) if quiz else lesson_slides.slides(source)
    name = f"{source.stem}_quiz" if quiz else source.stem
    page, _ = SlidesExporter(config=Config(CONFIG)).from_notebook_node(notebook, {"metadata": {"name": name}})
    for place, (package, inside) in SCRIPTS.items():
        with as_file(files(package) / inside) as scripts:
            shutil.copytree(scripts, folder / "lib" / place, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.map"))
    path = folder / f"{name}.html"
    path.write_text(page, encoding="utf-8")
    return path


if __name__ == "__main__":
    print(write(*map(Path, sys.argv[1:])))
