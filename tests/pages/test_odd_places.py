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
PARTS = ("Makefile", "*.md", "*.toml", "*.txt", "conftest.py", "data/README.md", "notebooks/*.ipynb")
FOLDERS = ("mlcourse", "teaching", "tests")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The course, with this environment in the place of its own."""
    course = tmp_path_factory.mktemp("odd") / "my courses" / "ü 字's"
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, course / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (path for part in PARTS for path in ROOT.glob(part)):
        (course / path.relative_to(ROOT)).parent.mkdir(exist_ok=True)
        shutil.copy(path, course / path.relative_to(ROOT))
    (course / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    return course


def run(course, *command) -> str:
    """What a command prints in that folder, once it has ended well."""
    environment = os.environ | {"PYTHONPATH": str(course), "JUPYTER_PLATFORM_DIRS": "1"}
    ended = subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def make(course, *arguments) -> str:
    """`make`, with the environment as it is."""
    return run(course, "make", "-o", ".venv/.installed", "-o", ".venv-teaching/.installed", *arguments)


def test_make_finds_everything_there(course):
    assert "make student" in make(course, "help")
    for target in "lab", "test", "lint", "student", "slides", "assignment":
        assert ".venv" in make(course, "--dry-run", target, "LESSON=02")


def test_make_student_writes_the_copies_there(course):
    make(course, "student")
    copies = sorted(path.name for path in (course / "build" / "student" / "notebooks").iterdir())
    assert copies == sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))


def test_tests_pass_there(course):
    python = str(course / ".venv" / "bin" / "python")
    tests = "tests/test_architecture.py", "tests/pages/test_student_copies.py"
    assert " passed" in run(course, python, "-m", "pytest", "-q", "-p", "no:nbval", "-o", "addopts=", *tests)
