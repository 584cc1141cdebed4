"""The archive of a release has what is committed, in a folder of its own, and neither history nor anything else."""

import subprocess
from zipfile import ZipFile

import pytest
import release

from mlcourse.files import ROOT

WHO = ("-c", "user.name=Nobody", "-c", "user.email=nobody@example.org")


@pytest.fixture
def course(tmp_path):
    """A folder under git, with a committed page, an ignored folder, and a file that nobody has committed."""
    course = tmp_path / "a course"
    (course / "build").mkdir(parents=True)
    files = {"pyproject.toml": '[project]\nversion = "1.2"\n', "notebooks/page.ipynb": "{}", ".gitignore": "build\n"}
    for name, text in files.items():
        (course / name).parent.mkdir(exist_ok=True)
        (course / name).write_text(text)
    for command in ("init", "-q"), ("add", "-A"), (*WHO, "commit", "-qm", "All"):
        subprocess.run(["git", *command], cwd=course, check=True)
    (course / "build" / "old.zip").write_text("")
    (course / "new.txt").write_text("")
    return course


def test_an_archive_has_what_is_committed_and_nothing_else(course, tmp_path):
    path = release.archive(course, tmp_path / "out")
    assert path.name == "mlcourse-1.2.zip"
    with ZipFile(path) as file:
        names = {name for name in file.namelist() if not name.endswith("/")}
    assert names == {f"mlcourse-1.2/{name}" for name in ("pyproject.toml", "notebooks/page.ipynb", ".gitignore")}


def test_wheels_lie_beside_the_requirements(course, tmp_path):
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "torch.whl").write_text("large")
    with ZipFile(release.archive(course, tmp_path / "out", tmp_path / "wheels")) as file:
        assert file.read("mlcourse-1.2-wheels/wheels/torch.whl") == b"large"


def test_every_package_is_downloaded_and_the_course_is_not(course):
    (course / "requirements.txt").write_text("torch==2.13.0\n# For lesson 11.\noptuna==5.0.0  # exact\n\n-e .\n")
    assert release.packages(course) == ["torch==2.13.0", "optuna==5.0.0", "setuptools"]


def test_what_is_not_committed_is_named(course):
    (course / "pyproject.toml").write_text("")
    assert release.uncommitted(course) == ["pyproject.toml", "new.txt"]


def test_nothing_of_this_folder_reaches_the_new_one(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    assert "PYTHONPATH" not in release.clean() and "PATH" in release.clean()
