"""Every lesson is a sound notebook, its checks exist, and its links and pictures lead somewhere.

Its format is on the checklist: see test_checklist.py.
"""

import re
from base64 import b64decode

import nbformat
import pytest
from lessons import CORE, ELECTIVES, LESSONS, code, figures, prose, read

from mlcourse import checks
from mlcourse.files import ROOT

each_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


def test_the_core_is_there_and_an_elective_has_a_number_of_its_own():
    assert [path.name[:2] for path in CORE] == [f"{i:02d}" for i in range(11)]
    numbers = [path.name[:2] for path in ELECTIVES]
    assert len(set(numbers)) == len(numbers), "two lessons have the same number"


@each_lesson
def test_it_is_a_valid_notebook(path):
    nbformat.validate(nbformat.read(path, as_version=4))


@each_lesson
def test_no_cell_stores_an_error_or_a_warning_or_a_widget(path):
    for i, cell in enumerate(code(read(path))):
        for output in cell.outputs:
            assert output.output_type != "error", f"cell {i} of code has stopped at an error"
            assert output.get("name") != "stderr", f"cell {i} of code has printed a warning"
            assert "application/vnd.jupyter.widget-view+json" not in output.get("data", {}), f"cell {i} has a widget"


@each_lesson
def test_the_first_code_imports_the_course_which_sees_to_one_thread(path):
    first = code(read(path))[0].source
    assert re.search(r"^(from|import) mlcourse\b", first, flags=re.M), "import something of mlcourse in the first cell"


def test_every_check_belongs_to_a_lesson():
    sources = [cell.source for path in LESSONS for cell in code(read(path))]
    for name in checks.__all__:
        n_lessons = sum(f"checks.{name}(my_{name})" in source for source in sources)
        assert n_lessons == 1, f"checks.{name} is the exercise of {n_lessons} lessons, and needs one"


@each_lesson
def test_links_lead_to_files(path):
    for target in re.findall(r"\]\(([^)#:]+)\)", prose(read(path))):
        assert (path.parent / target).exists(), f"{target} is not there"


def code_figure(path, number):
    """A stored figure, as the bytes of its PNG."""
    outputs = read(path).cells[figures(read(path))[number]].outputs
    return b64decode(next(output.data["image/png"] for output in outputs if "image/png" in output.get("data", {})))


def test_readme_s_picture_is_the_second_figure_of_lesson_00():
    picture = (ROOT / "docs" / "five_points.png").read_bytes()
    assert picture == code_figure(LESSONS[0], 1), (
        "lesson 00 was executed anew: save its second figure as docs/five_points.png"
    )
