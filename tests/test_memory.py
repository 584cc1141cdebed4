"""No lesson needs more memory than a laptop can spare: each kernel is asked after its last cell, see conftest.py."""

import subprocess
import sys

import nbformat
import pytest

from mlcourse.files import ROOT


@pytest.mark.parametrize(("limit", "held"), [("2.0", True), ("0.2", False)])
def test_a_lesson_that_takes_more_than_the_limit_fails(tmp_path, limit, held):
    code = "some = bytearray(b'1') * 2**28  # a quarter of a GB"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    nbformat.write(notebook, tmp_path / "lesson.ipynb")
    rules = (ROOT / "conftest.py").read_text(encoding="utf-8")
    (tmp_path / "conftest.py").write_text(rules.replace("MEMORY = 2.0", f"MEMORY = {limit}"), encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "--nbval", str(tmp_path)]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100)
    assert (told.returncode == 0) == held, told.stdout
    assert ("the kernel of lesson.ipynb took 0." in told.stdout) == (not held)
