"""Every lesson has been executed, keeps the format, and its exercises can be checked."""

import re
from base64 import b64decode
from statistics import median

import nbformat
import pytest

from mlcourse import checks
from mlcourse.files import ROOT

LESSONS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))


@pytest.fixture(params=LESSONS, ids=lambda path: path.stem)
def lesson(request):
    notebook = nbformat.read(request.param, as_version=4)
    notebook.path = request.param
    return notebook


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def tags(cell):
    return cell.metadata.get("tags", [])


def printed(cell):
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


def lines(cell):
    return [line for line in cell.source.splitlines() if line.strip()]


def figures(notebook):
    """Positions of the cells that draw, one for each figure."""
    return [
        i
        for i, cell in enumerate(notebook.cells)
        if cell.cell_type == "code"
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]


def test_there_are_lessons():
    assert [path.name[:2] for path in LESSONS] == [f"{i:02d}" for i in range(len(LESSONS))]
    assert len(LESSONS) >= 4


def test_it_is_a_valid_notebook_for_any_python(lesson):
    nbformat.validate(nbformat.read(lesson.path, as_version=4))
    assert lesson.metadata.kernelspec.name == "python3"


def test_every_cell_was_executed_once_from_top_to_bottom(lesson):
    assert [cell.execution_count for cell in code(lesson)] == list(range(1, len(code(lesson)) + 1))


def test_no_cell_stores_an_error_or_a_warning_or_a_widget(lesson):
    for cell in code(lesson):
        for output in cell.outputs:
            assert output.output_type != "error"
            assert output.get("name") != "stderr"
            assert "application/vnd.jupyter.widget-view+json" not in output.get("data", {})


def test_length_and_shape(lesson):
    cells = code(lesson)
    assert 25 <= len(lesson.cells) <= 45
    assert 12 <= len(cells) <= 20
    assert median(len(lines(cell)) for cell in cells[1:]) <= 8  # the first one imports
    assert max(len(lines(cell)) for cell in cells) <= 25
    assert 1200 <= len(prose(lesson).split()) <= 2200
    assert 3 <= len(figures(lesson)) <= 5


def test_it_opens_with_question_goals_needs_time_and_paper(lesson):
    opening = lesson.cells[0].source
    assert opening.startswith(f"# {lesson.path.name[:2]} · ")
    for part in "**The question.**", "you can\n- *", "**You need**", "**Time:**", "**Paper":
        assert part in opening, f"the opening lacks {part}"
    assert "torch.Generator().manual_seed(" in code(lesson)[0].source
    assert len([line for line in lines(code(lesson)[0]) if re.match("(from|import) ", line)]) <= 10


def test_it_closes_with_a_summary_that_mirrors_the_goals(lesson):
    closing = lesson.cells[-1].source
    for part in "## Summary", "**Where we departed from the paper", "**References.**", "arXiv:", "**What comes next.**":
        assert part in closing, f"the closing lacks {part}"
    goals = re.findall(r"^- \*", lesson.cells[0].source, flags=re.M)
    mirrored = re.findall(r"^- You", closing, flags=re.M)
    assert 3 <= len(goals) <= 5
    assert len(mirrored) == len(goals)


def test_every_figure_has_a_sentence_under_it(lesson):
    for i in figures(lesson):
        assert re.match(r"\*Figure", lesson.cells[i + 1].source), f"no caption under cell {i}"


def test_a_cell_that_may_differ_is_followed_by_an_asserted_claim(lesson):
    """The next cell that is compared says what holds of it, by an assertion and in a sentence."""
    cells = code(lesson)
    for i, cell in enumerate(cells):
        if "nbval-ignore-output" in tags(cell):
            claim = next(other for other in cells[i + 1 :] if "nbval-ignore-output" not in tags(other))
            assert "assert" in claim.source
            assert printed(claim)


def test_three_exercises_one_to_predict_one_to_code_one_open(lesson):
    headings = re.findall(r"^### Exercise (\d) · (\w+) \((★+), (\d+) minutes\)$", prose(lesson), flags=re.M)
    assert [(number, kind) for number, kind, *_ in headings] == [("1", "predict"), ("2", "code"), ("3", "open")]


def test_answers_are_folded_in_cells_that_a_student_copy_leaves_out(lesson):
    answers = [cell for cell in lesson.cells if "<details>" in cell.source]
    assert any(cell.source.startswith("<details><summary>Answer</summary>") for cell in answers)
    for cell in answers:
        assert tags(cell) == ["solution"]
        assert re.fullmatch(r"(<details><summary>[^<]+</summary>((?!</?details>).)*</details>\s*)+", cell.source, re.S)


def test_the_coding_exercise_has_a_stub_a_check_and_a_folded_solution(lesson):
    cells = code(lesson)
    solutions = [i for i, cell in enumerate(cells) if "solution" in tags(cell)]
    stub, solution = cells[solutions[0] - 1], cells[solutions[0]]  # lesson 06 has a cell that uses it, too
    name = re.search(r"^checks\.(\w+)\(my_\1\)$", stub.source, flags=re.M)[1]
    assert name in checks.__all__
    assert printed(stub).startswith("not attempted yet")
    assert solution.metadata["jupyter"]["source_hidden"]
    assert f"def solution_{name}(" in solution.source
    assert solution.source.splitlines()[-1] == f"checks.{name}(solution_{name})"
    assert printed(solution) == "correct\n"


def test_every_check_belongs_to_a_lesson():
    sources = [cell.source for path in LESSONS for cell in code(nbformat.read(path, as_version=4))]
    for name in checks.__all__:
        assert sum(f"checks.{name}(my_{name})" in source for source in sources) == 1


def test_links_lead_to_files(lesson):
    for target in re.findall(r"\]\(([^)#:]+)\)", prose(lesson)):
        assert (lesson.path.parent / target).exists(), f"{target} is not there"


@pytest.mark.parametrize("page", ["README.md", "notebooks/00_start_here.ipynb"])
def test_the_map_names_every_lesson(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    for path in LESSONS:
        assert path.stem.split("_", 1)[1] in text


RUNS = {
    "20 s": "20 seconds",
    "30 s": "30 seconds",
    "60 s": "a minute",
    "90 s": "a minute and a half",
    "2 min": "two minutes",
}


@pytest.mark.parametrize("page", ["README.md", "notebooks/00_start_here.ipynb"])
def test_the_map_says_how_long_a_lesson_takes(page, lesson):
    topic = lesson.path.stem.split("_", 1)[1]
    text = (ROOT / page).read_text(encoding="utf-8")
    row = re.search(rf"\b{topic}\b[^|]*\|[^|]+\| (\d+) min \| ([^|]+) \|", text)
    assert f"**Time:** {row[1]} minutes to read, about {RUNS[row[2]]} to run." in lesson.cells[0].source


def code_figure(notebook, number):
    """A stored figure, as the bytes of its PNG."""
    outputs = notebook.cells[figures(notebook)[number]].outputs
    return b64decode(next(output.data["image/png"] for output in outputs if "image/png" in output.get("data", {})))


def test_readme_s_picture_is_the_second_figure_of_lesson_00():
    lesson = nbformat.read(LESSONS[0], as_version=4)
    figure = code_figure(lesson, 1)
    picture = (ROOT / "docs" / "five_points.png").read_bytes()
    assert picture == figure, "lesson 00 was executed anew: save its second figure as docs/five_points.png"
