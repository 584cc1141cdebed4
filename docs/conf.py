"""The site: every lesson as it is stored, the quizzes, the other pages, and the code that they link. See `make site`.

The pages stay where they are; Sphinx reads them from the course's folder and executes nothing.
"""

import sys
from importlib.resources import files
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

project = "Meta-learning, page by page"
copyright = "the course's maintainers. Code: MIT licence; text and figures: CC BY 4.0"
language = "en"
extensions = ["myst_nb", "sphinx.ext.mathjax", "sphinx.ext.githubpages", "pages"]

root_doc = "README"
source_suffix = {".md": "myst-nb", ".ipynb": "myst-nb", ".py": "code"}
include_patterns = ["*.md", "data/**.md", "notebooks/[0-9][0-9]_*.ipynb", "teaching/**.md"]
include_patterns += [f"{folder}/**.py" for folder in ("mlcourse", "teaching", "tests", "docs")]
exclude_patterns = [".*", "build", "my", "teaching/handout.md"]  # what a reader has made, and a page for another place

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "off"
nb_custom_formats = {".ipynb": "pages.read"}
nb_merge_streams = True
nb_ipywidgets_js = {}

html_theme = "furo"
html_title = project
html_favicon = "icon.svg"
html_static_path = ["site.css", "site.js", str(files("sphinx-mathjax-offline") / "static" / "mathjax" / "tex-svg.js")]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_show_sourcelink = html_copy_source = html_use_index = False
html_permalinks_icon = "#"
mathjax_path = "tex-svg.js"
pygments_style, pygments_dark_style = "a11y-high-contrast-light", "a11y-high-contrast-dark"
