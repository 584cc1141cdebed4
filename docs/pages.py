"""What the course's pages ask of Sphinx beyond what it does: a list of pages, code as pages, figures, and folding."""

import re
import shutil
from pathlib import Path

import nbformat
from docutils import nodes
from docutils.parsers import Parser
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

from teaching import captions

FRONT = "README"
LISTS = {"Lessons": "notebooks/", "Beside the lessons": "", "Quizzes": "teaching/quizzes/"}  # where a list's pages lie
WIDGET = "application/vnd.jupyter.widget-view+json"
TOPICS = {path.name[:2]: path.name for path in Path(__file__).parents[1].glob("notebooks/[0-9][0-9]_*.ipynb")}
LEFT = r"\[[^]]*\]\([^)]*\)|`[^`]*`|\$[^$]*\$"  # links, code and formulas
MENTION = re.compile(LEFT + r"|\b([Ll]essons? \d\d(?:(?:, | and | to )\d\d)*)\b|\barXiv:(\d{4}\.\d{5})\b")
ALIVE = "*Here stands something to use with mouse, pen or keyboard. It answers where the lesson runs, in JupyterLab.*"


def read(text: str):
    """A lesson for the site: captions as figures' text alternatives, stills in place of widgets, mentions as links."""
    lesson = captions.describe(nbformat.reads(text, as_version=4))
    for cell in lesson.cells:
        if cell.cell_type == "markdown":
            cell.source = MENTION.sub(link, cell.source)
        for output in captions.pictures(cell):
            cell.metadata["mystnb"] = {"image": {"alt": output.metadata[captions.PICTURE]["alt"]}}
        for output in cell.get("outputs", []):
            if WIDGET in output.get("data", {}):
                still = output.data.get(captions.PICTURE)
                output.data = {captions.PICTURE: still} if still else {"text/markdown": ALIVE}
    return lesson


def link(mention: re.Match) -> str:
    """Numbers of lessons, and a paper's, as links; what is not a mention stays as it is."""
    lessons, paper = mention.groups()
    if lessons:
        return re.sub(r"\d\d", lambda number: f"[{number[0]}]({TOPICS[number[0]]})", lessons)
    return f"[{mention[0]}](https://arxiv.org/abs/{paper})" if paper else mention[0]


class Code(Parser):
    """A file of the course's code is a page of its own: whoever follows a link to it can read it."""

    supported = ("code",)

    def parse(self, inputstring, document):
        env = document.settings.env
        name = Path(document["source"]).relative_to(env.srcdir).as_posix()
        section = nodes.section(ids=[nodes.make_id(name)], names=[name])
        section += [nodes.title(name, name), nodes.literal_block(inputstring, inputstring, language="python")]
        document += section
        env.metadata[env.docname] |= {"orphan": True, "nosearch": True}  # a search is for the lessons


class Fold(SphinxTransform):
    """A solution is folded, with what it shows, as the answers are."""

    default_priority = 500

    def apply(self):
        for cell in list(self.document.findall(nodes.container)):
            if cell.get("nb_element") == "cell_code" and "tag_solution" in cell["classes"]:
                opening = '<details class="solution"><summary>Solution</summary>'
                cell.insert(0, nodes.raw("", opening, format="html"))
                cell += nodes.raw("", "</details>", format="html")


class Folders(SphinxTransform):
    """A link to a folder leads to the first page in it."""

    default_priority = 500

    def apply(self):
        for link in self.document.findall(addnodes.pending_xref):
            folder = Path(self.env.relfn2path(link["reftarget"], self.env.docname)[1])
            if link["reftype"] == "myst" and link["refdomain"] is None and folder.is_dir():
                link["refdomain"], link["reftargetid"] = "doc", None
                link["reftarget"] = self.env.path2doc(str(min(folder.glob("*.md"))))


def list_pages(app, docname, source):
    """The lists that stand beside every page; a lesson or a page that is added later is in them by itself."""
    if docname != FRONT:
        return
    listed = sorted(page for page in app.env.found_docs - {FRONT} if app.env.doc2path(page).suffix != ".py")
    for name, folder in LISTS.items():
        others = tuple(other for other in LISTS.values() if other != folder and other.startswith(folder))
        pages = [page for page in listed if page.startswith(folder) and not page.startswith(others)]
        source[0] += "\n".join(["\n\n```{toctree}", ":hidden:", f":caption: {name}", "", *pages, "```\n"])


def open_the_front(app, exception):
    """A host shows index.html to who names no page."""
    if not exception:
        shutil.copy(app.outdir / f"{FRONT}.html", app.outdir / "index.html")


def setup(app):
    app.add_source_parser(Code)
    app.add_transform(Fold)
    app.add_transform(Folders)
    app.connect("source-read", list_pages)
    app.connect("build-finished", open_the_front)
