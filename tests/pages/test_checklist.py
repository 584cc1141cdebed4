"""Every lesson has all its parts, and whoever is writing one is told in sentences what is still missing."""

import shutil

import nbformat
import pytest
from checklist import TOPICS
from checklist import plan as plan_of
from lessons import LESSONS
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from mlcourse.files import ROOT


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.__name__)
@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_lacks_nothing(path, topic):
    if lacks := list(topic(path)):
        pytest.fail("\n".join(lacks), pytrace=False)


@pytest.fixture
def course(tmp_path):
    """A copy of the pages, with the lessons 00 and 03."""
    for page in "README.md", "TEACHING.md", "GLOSSARY.md":
        shutil.copy(ROOT / page, tmp_path)
    shutil.copytree(ROOT / "teaching" / "quizzes", tmp_path / "teaching" / "quizzes")
    (tmp_path / "notebooks").mkdir()
    for path in LESSONS[0], LESSONS[3]:
        shutil.copy(path, tmp_path / "notebooks")
    return tmp_path


def lacks(path):
    return [sentence for topic in TOPICS for sentence in topic(path)]


def begun(course, *cells):
    path = course / "notebooks" / "99_tuning.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    return path


SKETCH = (
    new_markdown_cell("# 99 · Tuning\n\n**The question.** Which gadgets matter?\n\nHow a **gadget** is found."),
    new_code_cell("from mlcourse.methods import maml"),
    new_markdown_cell("### Exercise 2 · code (★★, 10 minutes)"),
    new_code_cell("checks.gadget(my_gadget)"),
    new_code_cell("", metadata={"tags": ["solution", "nbval-ignore-output"]}),
)


@pytest.mark.parametrize("cells", [(), SKETCH[:1], SKETCH, SKETCH[1:]], ids=["empty", "title", "sketch", "headless"])
def test_a_lesson_that_is_begun_is_told_in_sentences_what_is_missing(course, cells):
    found = lacks(begun(course, *cells))
    assert len(found) == len(set(found)) >= 20
    for sentence in found:
        assert sentence.endswith(".") and "\n" not in sentence and "99" in sentence
    assert f"99_tuning.ipynb: {len(cells)} cells, a lesson has 25 to 45." in found
    assert "There is no quiz teaching/quizzes/99_tuning.md: copy that of another lesson." in found
    assert "TEACHING.md has no section '## 99 · Tuning': copy that of another lesson." in found
    assert any("neither under 'A third day', by a row 'Lesson 99', nor under" in sentence for sentence in found)
    assert any(sentence.startswith("The map in README.md has no row for 99_tuning") for sentence in found)
    unknown = "GLOSSARY.md has no entry for 'gadget', which 99_tuning.ipynb sets in bold."
    assert (unknown in found) == any("**gadget**" in cell.source for cell in cells)


def test_a_lesson_that_lacks_its_quiz_alone_is_told_that_and_no_more(course):
    path = course / "notebooks" / LESSONS[3].name
    assert lacks(path) == []
    (course / "teaching" / "quizzes" / f"{path.stem}.md").unlink()
    assert lacks(path) == [f"There is no quiz teaching/quizzes/{path.stem}.md: copy that of another lesson."]


DAY = """### A third day

| day 3 | minutes | what |
|---|---|---|
| 9:30 | 50 | Lesson 99 |
| 10:20 | | end |

"""
WEEK = """### A longer seminar

| week | in class | minutes | at home |
|---|---|---|---|
| 7 | 99 (50), talks (70) | 120 | |

"""
SECTION = "## 99 · Tuning\n\n**In class, 50 minutes:** board 10.\n"


@pytest.mark.parametrize("plans", [(DAY,), (WEEK,), (DAY, WEEK)], ids=["day", "week", "both"])
def test_an_elective_has_its_minutes_in_each_plan_that_names_it(course, plans):
    path, page = begun(course, *SKETCH), course / "TEACHING.md"
    without = (plan.replace("Lesson 99", "talks").replace("99 (50), talks (70)", "talks (120)") for plan in (DAY, WEEK))
    text = "".join(plan if plan in plans else other for plan, other in zip((DAY, WEEK), without, strict=True)) + SECTION
    page.write_text(text, encoding="utf-8")
    assert list(plan_of(path)) == []
    page.write_text(text.replace("In class, 50 minutes", "In class, 45 minutes"), encoding="utf-8")
    headings = [heading for plan, heading in ((DAY, "A third day"), (WEEK, "A longer seminar")) if plan in plans]
    assert list(plan_of(path)) == [
        f"TEACHING.md, '{heading}', gives lesson 99 50 minutes, and its section 45." for heading in headings
    ]


PIECES = {
    "notebooks/03_first_order.ipynb": [
        "# 03 · ", "**The question.**", "**You need**", "**Time:**", "**Paper", "- *name*", ".manual_seed(",
        "## Summary", "**Where we departed from the paper", "**References.**", "arXiv:", "**What comes next.**",
        "- You", "*Figure 2.", "### Exercise 1 · predict", "### Exercise 3 · open", "</details>",
        "<details><summary>Answer</summary>", '"solution"', "(my_", "def solution_", "not attempted yet",
        '"correct\\n"', '"source_hidden": true', "python3",
    ],
    "TEACHING.md": [
        "## 03 · First", "50 minutes to read, about a minute to run. Needs 0.5 GB. **In class, 55", "*Name* the term",
        "board 10, the angle", '- *FOMAML is a rougher way to the same place.* Ask: "',
        "(teaching/quizzes/03_first_order.md)",
    ],
    "README.md": ["[first_order]", "50 min | 60 s"],
    "teaching/quizzes/03_first_order.md": [
        "# Quiz 03", "## 3 · ", "](../../notebooks/03_first_order.ipynb)", "- **D.**", "**A is right.**", "- **B** ",
        "</details>",
    ],
}  # fmt: skip


@pytest.mark.parametrize("page, piece", [(page, piece) for page, pieces in PIECES.items() for piece in pieces])
def test_whatever_piece_is_taken_away_is_missed(course, page, piece):
    text = (course / page).read_text(encoding="utf-8")
    assert piece in text
    (course / page).write_text(text.replace(piece, ""), encoding="utf-8")
    assert lacks(course / "notebooks" / "03_first_order.ipynb")


def test_a_cell_that_was_not_run_or_has_no_claim_below_it_is_missed(course):
    path = course / "notebooks" / LESSONS[3].name
    notebook = nbformat.read(path, as_version=4)
    *_, last = (cell for cell in notebook.cells if cell.cell_type == "code")
    last.execution_count, last.metadata["tags"] = None, ["nbval-ignore-output"]
    nbformat.write(notebook, path)
    assert [sentence.split(": ")[0] for sentence in lacks(path)] == [
        f"{path.name} was not executed once from top to bottom",
        f"{path.name} has a cell that may differ, and the next one does not assert and print what holds of it.",
    ]
