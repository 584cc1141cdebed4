"""Every lesson makes an assignment that nbgrader can read and that its model answer passes."""

import random
import re

import checklist
import nbformat
import pytest

from mlcourse.files import ROOT
from teaching import assignment

PACKAGE = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "mlcourse").rglob("*.py"))
LESSONS = checklist.whole(checklist.form, checklist.exercises)


@pytest.fixture(params=LESSONS, ids=lambda path: path.stem)
def lesson(request):
    return nbformat.read(request.param, as_version=4)


@pytest.fixture
def notebook(lesson):
    return assignment.assignment(lesson, rng=random.Random(0))


def parts(notebook):
    """What nbgrader knows of each cell that it knows, by name."""
    cells = [cell.metadata.nbgrader for cell in notebook.cells if "nbgrader" in cell.metadata]
    return {cell.grade_id: cell for cell in cells}


def is_test(cell):
    return cell.cell_type == "code" and "assert" in cell.source


def run(notebook):
    """Run the code as a kernel would; the tests of a wrong answer raise."""
    names = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            exec(cell.source, names)


def test_it_is_a_valid_notebook_with_ten_points(notebook):
    nbformat.validate(notebook)
    known = parts(notebook)
    assert len(known) == sum("nbgrader" in cell.metadata for cell in notebook.cells) == 6
    assert {name: part.points for name, part in known.items() if part.grade} == {
        "predict": 2, "check": 2, "other_numbers": 1, "other_sizes": 2, "report": 3,
    }  # fmt: skip
    assert all(part.locked != part.solution for part in known.values())


def test_the_model_answer_passes_every_test(notebook):
    run(notebook)


def test_a_stub_passes_none(notebook):
    answer = next(cell for cell in notebook.cells if "### BEGIN SOLUTION" in cell.source)
    begin, end = (answer.source.index(f"    ### {side} SOLUTION") for side in ("BEGIN", "END"))
    answer.source = answer.source[:begin] + "    return None\n" + answer.source[end:]
    for cell in [cell for cell in notebook.cells if is_test(cell)]:
        others = [other for other in notebook.cells if not is_test(other)]
        with pytest.raises(AssertionError):
            run(nbformat.v4.new_notebook(cells=[*others, cell]))


def test_each_exercise_is_there_with_a_place_for_the_answer(notebook):
    text = [cell.source for cell in notebook.cells]
    for kind in "predict", "code", "open":
        assert sum(f" · {kind} (" in source for source in text) == 1
    assert "solution" not in "\n".join(text)
    assert "<details>" not in "\n".join(text)


def test_a_text_points_at_nothing_that_is_left_out(lesson, notebook):
    """What is shown below a text in the lesson is printed, and the names in it are a student's to look up."""
    texts = [cell.source for cell in notebook.cells if cell.source.startswith("### Exercise")]
    known = [cell for cell in lesson.cells if "solution" not in cell.metadata.get("tags", [])]
    known = "\n".join(cell.source for cell in known if cell.cell_type == "code")
    for text in texts:
        prose, *printed = text.split("\n\n```python\n")
        assert all(code.removesuffix("\n```") in known for code in printed)
        for name in re.findall(r"`([A-Za-z_]\w+)", prose):
            assert re.search(rf"\b{name}\b", known) or re.search(rf"\b{name}\b", PACKAGE)
    *_, last = texts
    assert "```python" in last, "the cell to start from"


def test_who_marks_the_report_is_told_what_to_expect(notebook):
    *_, report = notebook.cells
    assert report.metadata.nbgrader.grade_id == "report"
    assert len(report.source.split()) > 20


def test_the_hidden_numbers_are_drawn_anew():
    lesson = nbformat.read(LESSONS[0], as_version=4)
    one, other = (assignment.assignment(lesson, rng=random.Random(seed)).cells for seed in (1, 2))
    differ = [a.source for a, b in zip(one, other, strict=True) if a.source != b.source]
    assert len(differ) == 2
    assert all("### BEGIN HIDDEN TESTS" in source for source in differ)


def test_what_a_teacher_has_edited_is_not_written_over(tmp_path):
    path = assignment.write(LESSONS[2], tmp_path, random.Random(0))
    assert path == tmp_path / "source" / "lesson_02" / "lesson_02.ipynb"
    path.write_text("mine")
    (tmp_path / "nbgrader_config.py").write_text("mine")
    with pytest.raises(FileExistsError):
        assignment.write(LESSONS[2], tmp_path, random.Random(0))
    assert path.read_text() == (tmp_path / "nbgrader_config.py").read_text() == "mine"
