"""What `make student` writes has the stubs and the checks, and neither solutions, answers nor outputs."""

import json
import os
import re
import shlex
import subprocess
import sys

import checklist
import nbformat
import pytest

from mlcourse.files import ROOT

LESSONS = checklist.whole(checklist.form, checklist.exercises)


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    """Run the lines of the Makefile, with this Python and into another folder."""
    folder = tmp_path_factory.mktemp("student")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    lines = re.search(r"^student:.*\n((\t.*\n)+)", makefile, flags=re.M)[1].replace("\t@", "\t")
    lines = lines.replace("$(VENV)/bin/python", shlex.quote(sys.executable))
    lines = lines.replace("build/student", shlex.quote(str(folder)))
    subprocess.run(["sh", "-ec", lines], cwd=ROOT, check=True, env=os.environ | {"JUPYTER_PLATFORM_DIRS": "1"})
    return folder / "notebooks"


@pytest.fixture(params=LESSONS, ids=lambda path: path.stem)
def pair(request, copies):
    """A lesson and its copy."""
    return [nbformat.read(path, as_version=4) for path in (request.param, copies / request.param.name)]


def is_solution(cell):
    return "solution" in cell.metadata.get("tags", [])


def test_only_what_is_tagged_is_gone(pair):
    lesson, copy = pair
    assert [cell.source for cell in copy.cells] == [cell.source for cell in lesson.cells if not is_solution(cell)]
    assert len(copy.cells) <= len(lesson.cells) - 2  # an answer and a solution at least
    nbformat.validate(copy)


def test_no_answer_and_no_output_is_left(pair):
    _, copy = pair
    for cell in copy.cells:
        assert "<details>" not in cell.source
        assert "solution_" not in cell.source, "this cell would stop, since the solution is gone"
        assert "fold" not in cell.source, "nothing is folded here"
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
    assert "image/png" not in json.dumps(copy)


def test_stub_and_check_are_there(pair):
    _, copy = pair
    stubs = [cell for cell in copy.cells if re.search(r"^checks\.(\w+)\(my_\1\)$", cell.source, flags=re.M)]
    assert len(stubs) == 1
    assert "return None" in stubs[0].source


def test_links_between_lessons_lead_to_copies(pair, copies):
    for cell in pair[1].cells:
        for target in re.findall(r"\]\(([^)#:]+)\)", cell.source) if cell.cell_type == "markdown" else []:
            assert (copies / target).exists()
