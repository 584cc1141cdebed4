"""What `make student` and `make class` write has the stubs and checks, and neither solutions, answers nor outputs."""

import json
import os
import re
import shlex
import subprocess
import sys
import zipfile

import checklist
import nbformat
import pytest
from guide import questions

from mlcourse.files import ROOT
from teaching import handout

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
        assert not re.search(r"\b(un)?fold(s|ed)?\b", cell.source), "nothing is folded here"
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


# --- the folder for a class -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def given(copies):
    """The folder that a class gets, with its zip beside it."""
    folder = copies.parents[1] / "class"
    assert handout.write(copies.parent, folder) == folder.with_suffix(".zip")
    return folder


def test_a_class_gets_the_lessons_what_they_need_and_nothing_else(given):
    assert {path.name for path in given.iterdir()} == {
        "notebooks", "mlcourse", "data", "README.md", "GLOSSARY.md", "LICENSE", "requirements.txt", "pyproject.toml",
    }  # fmt: skip
    for folder in "notebooks", "mlcourse":
        assert {path.relative_to(given) for path in (given / folder).rglob("*") if path.is_file()} == {
            path.relative_to(ROOT)
            for path in (ROOT / folder).rglob("*.*")
            if path.is_file()
            and path.suffix in (".ipynb", ".py", ".js", ".json", ".css")
            and ".ipynb_" not in str(path)
        }


def test_a_class_gets_every_file_that_the_course_reads_and_does_not_have_to_fetch(given):
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "mlcourse").rglob("*.py"))
    named = set(re.findall(r'DATA / "([\w.]+)"', code))
    fetched = {"omniglot.npz", "clinc150.json", "passages.json", "trials"}
    assert len(named) > 15 and {name for name in named if not (given / "data" / name).exists()} == fetched
    assert len(list((given / "data" / "results").iterdir())) == len(list((ROOT / "data" / "results").glob("*.json")))


@pytest.fixture(scope="module")
def readable(given):
    """All text of the notebooks and pages that a class gets."""
    notebooks = [nbformat.read(path, as_version=4) for path in given.rglob("*.ipynb")]
    cells = [cell.source for notebook in notebooks for cell in notebook.cells]
    return "\n".join([*cells, *(path.read_text(encoding="utf-8") for path in given.rglob("*.md"))])


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_a_class_can_read_no_solution_answer_or_quiz(readable, lesson):
    hidden = [cell for cell in nbformat.read(lesson, as_version=4).cells if is_solution(cell)]
    solutions = [cell.source.partition(":\n")[2] for cell in hidden if "def solution_" in cell.source]
    answers = [max(cell.source.splitlines(), key=len) for cell in hidden if cell.cell_type == "markdown"]
    asked = questions(ROOT / "teaching" / "quizzes" / f"{lesson.stem}.md")
    quiz = [reason for *_, reasons in asked for _, reason in reasons]
    assert len(solutions) == 1 and answers and len(quiz) == 20
    for secret in [*solutions, *answers, *quiz, "<details>", "solution_"]:
        assert secret not in readable


def test_links_of_the_class_s_pages_lead_to_what_it_has(given):
    for page in given.rglob("*.md"):
        text = page.read_text(encoding="utf-8")
        links = re.findall(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)", text)
        assert links and all((page.parent / target).exists() for target in links), page
        assert "tests/" not in text and "make bench" not in text


def test_the_zip_holds_the_same_files(given):
    with zipfile.ZipFile(given.with_suffix(".zip")) as packed:
        names = {name for name in packed.namelist() if not name.endswith("/")}
    assert names == {str(path.relative_to(given.parent)) for path in given.rglob("*") if path.is_file()}


def test_a_folder_that_is_there_is_not_written_over_and_a_missing_lesson_is_named(given, tmp_path):
    with pytest.raises(FileExistsError):
        handout.write(given, given)
    with pytest.raises(FileNotFoundError, match="00_start_here"):
        handout.write(tmp_path, tmp_path / "class")
