"""What the pages say of the house is so: packages, processes, paths. What is written twice agrees."""

import re
import shlex
import shutil
import subprocess

import nbformat
import pytest

from mlcourse.files import ROOT

PAGES = [*ROOT.glob("*.md"), ROOT / "data" / "README.md", *sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))]
GUIDE = (ROOT / "GUIDE.md").read_text(encoding="utf-8")
PLACES = (".", "data", "data/results", "teaching/server")
LINKING = [path.relative_to(ROOT) for place in PLACES for path in (ROOT / place).glob("*.md")]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
REQUIREMENTS = (ROOT / "requirements.txt").read_text(encoding="utf-8")


def prose(path):
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8")
    return "\n\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_a_file_that_a_page_names_is_there(page):
    named = re.findall(r"`((?:mlcourse|tests|teaching|notebooks|docs)/[\w./]+)`", prose(page))
    gone = [path for path in named if "NN" not in path and not (ROOT / path).exists()]  # NN: any
    assert not gone, f"{page.name} names {', '.join(gone)}, which is not there"


@pytest.mark.parametrize("page", LINKING, ids=str)
def test_a_link_of_a_page_leads_to_a_file(page):
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", (ROOT / page).read_text(encoding="utf-8")):
        assert ((ROOT / page).parent / target).exists(), f"{page} links {target}, which is not there"


def test_the_guide_lists_the_packages_of_requirements_and_repeats_no_version():
    table = re.search(r"^\| package \| reason \|\n.*\n((?:\|.*\n)+)", GUIDE, flags=re.M)[1]
    packages = re.findall(r"^([a-z][\w-]*)", REQUIREMENTS, flags=re.M)
    assert re.findall(r"^\| (.+?) \|", table, flags=re.M) == packages
    assert not re.search(r"\d+\.\d+", table), "a version in this table goes stale when requirements.txt is changed"


def test_the_guide_s_line_without_make_takes_as_many_processes_as_make_test():
    processes = re.search(r"^PROCESSES \?= (\d+)$", MAKEFILE, flags=re.M)[1]
    assert f"python -m pytest -n {processes} --dist loadfile" in GUIDE
    assert MAKEFILE.count("pytest -n ") == MAKEFILE.count("pytest -n $(PROCESSES) ") == 1


@pytest.mark.skipif(not shutil.which("make"), reason="there is no make here")
@pytest.mark.parametrize("line", ["torch==2.13.0", "torch>=2.14", "torch >=2.14,<3", "torch~=2.13.0", "torch"])
def test_the_benchmarks_get_the_torch_of_requirements_whatever_its_range(line, tmp_path):
    (tmp_path / "requirements.txt").write_text(f"torchopt==1\n# torch\n{line}\ntorch-fidelity==1\n")
    (tmp_path / "tests" / "benchmarks").mkdir(parents=True)
    for path in "Makefile", "pyproject.toml", "tests/benchmarks/requirements.txt":
        shutil.copy(ROOT / path, tmp_path / path)
    told = subprocess.run(
        ["make", "--dry-run", ".venv-bench/.installed"], cwd=tmp_path, check=True, text=True, capture_output=True
    ).stdout
    install = next(step for step in told.splitlines() if "pip install" in step)
    assert shlex.split(install)[6:] == [line, "-r", "tests/benchmarks/requirements.txt", "-e", "."]
