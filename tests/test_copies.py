"""A place of one's own: a copy of every lesson without its outputs, made once, and never written over."""

import copy
import json
import re
import shutil

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from mlcourse.copies import make_copies
from mlcourse.files import ROOT

LESSON = new_notebook(
    cells=[
        new_markdown_cell("# 01 · Waves\n\nOn to [pictures](02_pictures.ipynb), or see the [words](../GLOSSARY.md)."),
        new_code_cell("1 + 1", execution_count=1, outputs=[new_output("stream", text="2\n")]),
        new_code_cell("solution", metadata={"tags": ["solution"], "jupyter": {"source_hidden": True}}),
    ]
)
LATER = copy.deepcopy(LESSON)
LATER.cells[1].source = "2 + 2"


@pytest.fixture
def course(tmp_path):
    (tmp_path / "notebooks").mkdir()
    for name in "01_waves", "02_pictures":
        store(tmp_path, LESSON, name)
    return tmp_path


def store(course, notebook, name="01_waves"):
    nbformat.write(notebook, course / "notebooks" / f"{name}.ipynb")


def own(course, name="01_waves"):
    return nbformat.read(course / "my" / f"{name}.ipynb", as_version=4)


def files(course):
    return {path.name: path.read_bytes() for path in (course / "my").iterdir()}


def test_a_copy_is_the_lesson_without_outputs_and_a_line_that_leads_to_the_stored_page(course):
    assert make_copies(course) == []
    assert sorted(files(course)) == ["01_waves.ipynb", "02_pictures.ipynb"]
    mine = own(course)
    nbformat.validate(mine)
    note = mine.cells.pop(1)
    assert "[stored page](../notebooks/01_waves.ipynb) has all outputs" in note.source
    assert [cell.source for cell in mine.cells] == [cell.source for cell in LESSON.cells]
    assert [cell.metadata for cell in mine.cells] == [cell.metadata for cell in LESSON.cells]
    assert all(not cell.outputs and cell.execution_count is None for cell in mine.cells if cell.cell_type == "code")


SEEN = "*Figure 1. A wave.*\n\n**What we saw.** It falls,\n- then rises.\n\nTwice."


@pytest.mark.parametrize(
    "text, after, in_sight",
    [
        (SEEN, new_markdown_cell("More."), ""),
        (SEEN, None, ""),
        (SEEN, new_code_cell("1"), "\n\nTwice."),  # it leads on to the code
        (f"{SEEN}\n\n## Next\n\nMore.", new_code_cell("1"), "\n\n## Next\n\nMore."),
        (f"{SEEN}\n\n**Predict first.** Again?", new_markdown_cell("More."), "\n\nTwice.\n\n**Predict first.** Again?"),
    ],
)
def test_what_was_seen_is_folded_and_what_leads_on_is_not(course, text, after, in_sight):
    cells = [new_markdown_cell("# 01 · Waves"), new_markdown_cell(text), *([after] if after else [])]
    store(course, new_notebook(cells=cells))
    make_copies(course)
    before, folded, rest = re.split(r"</?details>", own(course).cells[2].source)
    assert (before, rest) == ("*Figure 1. A wave.*\n\n", in_sight)
    twice = "" if "Twice" in in_sight else "\n\nTwice."
    assert folded == f"<summary><b>What we saw</b></summary>\n\nIt falls,\n- then rises.{twice}\n\n"


def test_where_the_stored_page_has_no_outputs_as_in_a_class_none_are_promised(course):
    bare = copy.deepcopy(LESSON)
    bare.cells[1].outputs = []
    store(course, bare)
    make_copies(course)
    assert "stored page](../notebooks/01_waves.ipynb) stays as it is" in own(course).cells[1].source


@pytest.mark.parametrize("mine", [b"not a notebook", b"", b"[]", b'{"cells": []}', b"\xff"])
def test_what_lies_in_the_place_of_a_copy_is_never_written_over(course, mine):
    (course / "my").mkdir()
    (course / "my" / "01_waves.ipynb").write_bytes(mine)
    for _ in range(2):
        assert [sentence.split()[0] for sentence in make_copies(course)] == ["01_waves"]
        assert (course / "my" / "01_waves.ipynb").read_bytes() == mine
    assert sorted(files(course)) == ["01_waves.ipynb", "01_waves_2.ipynb", "02_pictures.ipynb"]


def test_a_copy_that_one_has_worked_in_stays_as_it_is(course):
    make_copies(course)
    mine = own(course)
    mine.cells[2].source, mine.metadata["language_info"] = "my work", {"name": "python", "version": "3.99"}
    nbformat.write(mine, course / "my" / "01_waves.ipynb")
    before = files(course)
    assert make_copies(course) == []
    assert files(course) == before


def test_a_lesson_that_changed_says_so_and_the_new_one_lies_beside_the_old(course):
    make_copies(course)
    before = files(course)
    store(course, LATER)
    for _ in range(2):  # it says so each time, and makes one copy only
        (sentence,) = make_copies(course)
        assert sentence.startswith("01_waves has changed since your copy was made: the new one is my/01_waves_2.ipynb")
    assert files(course).items() > before.items()
    new = own(course, "01_waves_2")
    assert new.cells[2].source == "2 + 2"
    assert "changed since [your first copy](01_waves.ipynb)" in new.cells[1].source
    store(course, LESSON)
    assert make_copies(course) == [], "the lesson is again the one that the first copy was made from"


def test_a_lesson_that_changed_twice_has_two_new_copies_and_one_that_was_put_first_is_enough(course):
    make_copies(course)
    store(course, LATER)
    make_copies(course)
    store(course, new_notebook(cells=[*LATER.cells, new_markdown_cell("More.")]))
    (sentence,) = make_copies(course)
    assert "my/01_waves_3.ipynb" in sentence
    (course / "my" / "01_waves_3.ipynb").replace(course / "my" / "01_waves.ipynb")
    assert make_copies(course) == []


def test_other_outputs_are_no_change(course):
    make_copies(course)
    other = copy.deepcopy(LESSON)
    other.cells[1].outputs[0].text, other.cells[1].execution_count = "3\n", 7
    store(course, other)
    assert make_copies(course) == []


def test_where_no_copy_can_be_written_a_sentence_says_so(course):
    (course / "my").touch()
    with pytest.raises(OSError, match=r"^Could not write .*01_waves\.ipynb \(.+\): make room there.*\.$"):
        make_copies(course)


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    course = tmp_path_factory.mktemp("course")
    shutil.copytree(ROOT / "notebooks", course / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    shutil.copy(ROOT / "GLOSSARY.md", course)
    make_copies(course)
    return course


def test_every_lesson_has_a_copy_whose_links_lead_to_copies_and_pages(real):
    copies = sorted((real / "my").iterdir())
    assert [path.name for path in copies] == sorted(path.name for path in (real / "notebooks").glob("*.ipynb"))
    for path in copies:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        prose = "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
        for target in re.findall(r"\]\(((?:\.\./|\d\d_)[^)#:]+)\)", prose):
            assert (path.parent / target).is_file(), f"{target} in {path.name}"
        assert "image/png" not in path.read_text(encoding="utf-8")


def test_what_one_does_there_is_no_part_of_the_course():
    assert "/my/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
