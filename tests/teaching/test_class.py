"""What `make class` packs works alone: unpacked in an empty folder, it opens, and its lessons run in own copies."""

import json
import os
import re
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.request import urlopen

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """The zip in an empty folder, with no way back to the course."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "JUPYTER_PLATFORM_DIRS": "1"}
    make = ["make", f"VENV={sys.prefix}", "-o", f"{sys.prefix}/.installed", "class"]
    subprocess.run(make, cwd=ROOT, env=environment, check=True)
    folder = tmp_path_factory.mktemp("a student's")
    with zipfile.ZipFile(ROOT / "build" / "class.zip") as packed:
        packed.extractall(folder)
    return folder / "class"


@pytest.fixture(scope="module")
def opened(unpacked):
    """What the course says once it is open, and a lesson as its server hands it out."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-m", "mlcourse", "--no-browser", "--port=0"]
    process = subprocess.Popen(command, cwd=unpacked, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        said = (re.search(r"http://(\S+?)/lab/tree/(\S+)\?(\S+)", line) for line in process.stdout)
        host, page, token = next(filter(None, said)).groups()
        with urlopen(f"http://{host}/api/contents/{page}?{token}") as answer:
            yield page, json.load(answer)["content"]
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    finally:
        process.kill()


def test_it_opens_a_student_s_own_copy(unpacked, opened):
    page, lesson = opened
    assert page == "my/00_start_here.ipynb"
    assert "".join(lesson["cells"][0]["source"]).startswith("# 00 · Start here")
    assert len(list((unpacked / "my").glob("*.ipynb"))) == len(list((ROOT / "notebooks").glob("*.ipynb")))


@pytest.mark.parametrize("name", ["00_start_here", "09_head_to_head"])
def test_a_lesson_runs_to_its_end_with_the_package_that_came_with_it(unpacked, opened, name, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(unpacked))  # as the launcher tells its kernels: see tests/test_main.py
    monkeypatch.setenv("MLCOURSE_PLACE", str(unpacked / "my"))
    notebook = nbformat.read(unpacked / "my" / f"{name}.ipynb", as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell("import mlcourse\nprint(mlcourse.__file__)"))
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(unpacked / "my")}}).execute()
    assert notebook.cells[-1].outputs[0].text.strip() == str(unpacked / "mlcourse" / "__init__.py")
    shown = "".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []))
    assert "not attempted yet" in shown
