"""What keeps the course alive agrees with it: workflows, citation, list of changes, and every `make` on a page."""

import re
import tomllib

import pytest
import yaml

from mlcourse.files import ROOT

WORKFLOWS = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / ".github" / "workflows").glob("*.yml")}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("data/**/*.md"), *ROOT.glob("teaching/*/README.md")]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.M))


def steps(workflow):
    return [step for job in yaml.safe_load(WORKFLOWS[workflow])["jobs"].values() for step in job["steps"]]


def matrix(workflow, job):
    return yaml.safe_load(WORKFLOWS[workflow])["jobs"][job]["strategy"]["matrix"]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_make_knows_every_target_that_a_page_names(page):
    named = set(re.findall(r"(?:`|^)make\s([a-z-]+)", page.read_text(encoding="utf-8"), flags=re.M))
    assert named <= TARGETS, f"{page.name} names {', '.join(sorted(named - TARGETS))}, which the Makefile has not"


def test_workflows_call_targets_of_the_makefile():
    said = {name for workflow in WORKFLOWS for name in re.findall(r"run: make ([a-z-]+)", WORKFLOWS[workflow])}
    assert {"test", "lint"} <= said <= TARGETS
    assert set(matrix("weekly", "slow")["command"]) <= TARGETS


def test_every_system_is_tested_from_the_first_python_that_the_course_takes():
    tested = matrix("test", "test")
    assert tested["os"] == ["ubuntu-latest", "macos-latest", "windows-latest"]
    assert f">={tested['python'][0]}" == PROJECT["requires-python"] and len(tested["python"]) >= 3


def test_windows_is_tested_by_the_lines_of_the_guide():
    lines = [step["run"] for step in steps("test") if step.get("if") == "runner.os == 'Windows'"]
    guide = re.search(r"```\n(python -m venv .*?)```", (ROOT / "GUIDE.md").read_text(encoding="utf-8"), flags=re.S)[1]
    assert lines == [line for line in guide.splitlines() if not line.endswith("-m mlcourse")]  # that one waits


def test_the_version_is_the_same_wherever_it_stands():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    latest = re.search(r"^## (\S+) · (\d+ \w+ \d+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.M)
    assert cited["version"] == latest[1] == PROJECT["version"]
    released = cited["date-released"]
    assert f"{released.day} {released:%B %Y}" == latest[2]
