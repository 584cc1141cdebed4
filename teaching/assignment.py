"""Make graded work from a lesson's three exercises: the source notebook of an nbgrader course.

nbgrader takes away the model answers and the hidden tests, collects what students hand in, and grades it. It knows the
parts of a notebook by their metadata, so nothing here imports it:
https://nbgrader.readthedocs.io/en/stable/contributor_guide/metadata.html

    python -m teaching.assignment notebooks/02_maml.ipynb build/assignment
"""

import ast
import random
import re
import sys
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from .notes import notes

INTRODUCTION = """# Assignment: lesson {title}

Keep the lesson open beside this page. The texts are the lesson's: the names that they use, a figure, and what stands
above are there. What the lesson has below a text, to run and to change, is printed here in grey: run it there.

Run the cells here from top to bottom, and once more (*Kernel → Restart Kernel and Run All Cells*) before you hand in.
Leave the names of functions as they are, and write between the texts, not into them.

The code earns points by tests. Some stand here. The others call your function with numbers and sizes that you do not
see: do what the text asks, and they pass."""
CONFIGURATION = r"""c = get_config()  # noqa: F821, a name that nbgrader gives
c.CourseDirectory.course_id = "meta-learning"
c.ClearSolutions.code_stub = {"python": "return None"}
c.ClearSolutions.text_stub = "*Your answer.*"
c.ExecutePreprocessor.timeout = 240  # seconds for a cell
# Who handed in what, by the names that learning platforms give: NAME_lesson_02.ipynb, or with more between the two, or
# a folder NAME_... with the notebook in it.
c.FileNameCollectorPlugin.named_regexp = (
    r".*[/\\](?P<student_id>[^/\\_]+)_[^/\\]*[/\\]?(?P<file_id>lesson_\d\d)[^/\\]*\.ipynb"
)
"""


def assignment(lesson, *, rng: random.Random):
    """The source notebook, with model answers and hidden tests; rng draws the numbers that these use."""
    title = lesson.cells[0].source.splitlines()[0].removeprefix("# ")
    texts, cells = exercises(lesson)
    stub, solution, *_ = (cell.source for cell in cells["code"] if cell.cell_type == "code")
    name = re.search(r"^checks\.(\w+)\(", stub, flags=re.M)[1]
    passes = f"assert checks.{name}.passes(my_{name}"
    expected = model_answer(cells["open"]) or notes(title[:2])["Open exercise"]
    seed, other_seed = rng.sample(range(1, 1_000_000), 2)
    imports = next(cell for cell in lesson.cells if cell.cell_type == "code")
    return new_notebook(
        metadata={"kernelspec": lesson.metadata.kernelspec},
        cells=[
            new_markdown_cell(INTRODUCTION.format(title=title)),
            new_code_cell(imports.source),
            new_markdown_cell(texts["predict"] + to_run(cells["predict"])),
            graded(new_markdown_cell(model_answer(cells["predict"])), "predict", points=2, answer=True),
            new_markdown_cell(texts["code"]),
            graded(new_code_cell(with_solution(stub, solution)), f"my_{name}", answer=True),
            graded(new_code_cell(f"{passes})"), "check", points=2),
            graded(hidden("other numbers", f"{passes}, seed={seed})"), "other_numbers", points=1),
            graded(hidden("other sizes, too", f"{passes}, seed={other_seed}, more=2)"), "other_sizes", points=2),
            new_markdown_cell(texts["open"] + to_run(cells["open"])),
            new_markdown_cell("Report here: what you changed and why, what you measured, and what you conclude."),
            graded(new_markdown_cell(expected), "report", points=3, answer=True),
        ],
    )


def exercises(lesson) -> tuple[dict, dict]:
    """For each kind of exercise (predict, code, open) its text, and the cells that follow it."""
    texts, cells, kind = {}, {}, None
    for cell in lesson.cells:
        start = re.search(r"^### Exercise \d · (\w+) ", cell.source, flags=re.M)
        if cell.cell_type == "markdown" and start:
            kind = start[1]
            texts[kind], cells[kind] = cell.source[start.start() :], []
        elif kind:
            cells[kind].append(cell)
    return texts, cells


def to_run(cells) -> str:
    """The code that the lesson has below a text, which may speak of it, to be read."""
    code = [c.source for c in cells if c.cell_type == "code" and "solution" not in c.metadata.get("tags", [])]
    return "".join(f"\n\n```python\n{source}\n```" for source in code)


def model_answer(cells) -> str:
    """What the lesson folds away, as a help for who marks; nbgrader takes it out of the students' version."""
    folded = [cell.source for cell in cells if cell.source.startswith("<details>")]
    return re.sub(r"</?details>|</?summary>", "", "\n\n".join(folded)).strip()


def with_solution(stub: str, solution: str) -> str:
    """The stub, with the body of the lesson's solution in the place of `return None`, marked as such."""
    body = ast.parse(solution).body[0].body
    lines = solution.splitlines()[body[0].lineno - 1 : body[-1].end_lineno]
    return stub.replace("    return None", "\n".join(["    ### BEGIN SOLUTION", *lines, "    ### END SOLUTION"]))


def hidden(what: str, test: str):
    """A test that students do not see; the comment stays."""
    return new_code_cell(
        f"# Here your function is called with {what}.\n### BEGIN HIDDEN TESTS\n{test}\n### END HIDDEN TESTS"
    )


def graded(cell, grade_id: str, *, points: int = 0, answer: bool = False):
    """Mark a cell for nbgrader: a student's answer, or a test that is locked; with points it is graded."""
    cell.metadata["nbgrader"] = {
        "schema_version": 3,
        "grade_id": grade_id,
        "cell_type": cell.cell_type,
        "solution": answer,
        "locked": not answer,
        "grade": points > 0,
        "task": False,
    } | ({"points": points} if points else {})
    return cell


def write(lesson_path: Path, course: Path, rng: random.Random) -> Path:
    """Write the assignment into a course folder; a FileExistsError if it is there, perhaps edited."""
    name = f"lesson_{lesson_path.name[:2]}"
    path = course / "source" / name / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    notebook = assignment(nbformat.read(lesson_path, as_version=4), rng=rng)
    with open(path, "x", encoding="utf-8") as file:
        nbformat.write(notebook, file)
    configuration = course / "nbgrader_config.py"
    if not configuration.exists():
        configuration.write_text(CONFIGURATION, encoding="utf-8")
    return path


if __name__ == "__main__":
    lesson_path, course = map(Path, sys.argv[1:])
    try:
        print(write(lesson_path, course, random.SystemRandom()))
    except FileExistsError as error:
        sys.exit(f"{error.filename} is there already. It may be yours: delete it to have it made anew.")
