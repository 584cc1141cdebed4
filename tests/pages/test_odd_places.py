"""The course works in a folder whose name has spaces, an apostrophe and letters from elsewhere."""

import os
import shutil
import subprocess
import sys

import pytest

from mlcourse.files import ROOT

pytestmark = pytest.mark.skipif(
    not shutil.which("make") or sys.platform == "win32", reason="there is no make here, or there are no links"
)
PARTS = ("Makefile", "LICENSE", ".gitignore", "*.md", "*.toml", "*.txt", "conftest.py", "notebooks/*.ipynb")
FOLDERS = ("mlcourse", "teaching", "tests", "data")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The course, with this environment in the place of its own."""
    course = tmp_path_factory.mktemp("odd") / "my courses" / "ü 字's"
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, course / folder, ignore=shutil.ignore_patterns("__pycache__", "omniglot*.npz"))
    for path in (path for part in PARTS for path in ROOT.glob(part)):
        (course / path.relative_to(ROOT)).parent.mkdir(exist_ok=True)
        shutil.copy(path, course / path.relative_to(ROOT))
    (course / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    return course


def run(course, *command) -> str:
    """What a command prints in that folder, once it has ended well."""
    environment = os.environ | {"PYTHONPATH": str(course), "JUPYTER_PLATFORM_DIRS": "1"}
    ended = subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def make(course, *arguments) -> str:
    """`make`, with the environment as it is."""
    return run(course, "make", "-o", ".venv/.installed", "-o", ".venv-teaching/.installed", *arguments)


def test_make_finds_everything_there(course):
    assert "make student" in make(course, "help")
    for target in "lab", "test", "lint", "student", "class", "slides", "assignment":
        assert ".venv" in make(course, "--dry-run", target, "LESSON=02")


def test_make_class_writes_the_folder_and_its_lessons_there(course):
    make(course, "class")
    for folder in "student", "class":
        copies = sorted(path.name for path in (course / "build" / folder / "notebooks").iterdir())
        assert copies == sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
    assert (course / "build" / "class.zip").is_file()


def test_tests_pass_there(course):
    python = str(course / ".venv" / "bin" / "python")
    tests = "tests/test_architecture.py", "tests/pages/test_student_copies.py"
    assert " passed" in run(course, python, "-m", "pytest", "-q", "-p", "no:nbval", "-o", "addopts=", *tests)
