"""The command that refreshes stored outputs says which texts changed, and keeps a lesson that fails."""

import nbformat
import pytest
import update_outputs
from nbformat.v4 import new_code_cell, new_notebook, new_output

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def printing(*sources, stored):
    cells = [new_code_cell(source, outputs=[new_output("stream", text=stored)]) for source in sources]
    return new_notebook(cells=cells, metadata=KERNEL)


@pytest.fixture
def lesson(tmp_path):
    def write(*sources, stored):
        path = tmp_path / "00_lesson.ipynb"
        nbformat.write(printing(*sources, stored=stored), path)
        return path

    return write


def test_a_changed_text_is_shown_and_stored(lesson, capsys):
    path = lesson("print(1 + 1)", "print(6 // 2)", stored="3\n")
    assert update_outputs.update(path)
    assert capsys.readouterr().out == "00_lesson\n  cell 0: print(1 + 1)\n    -3\n    +2\n"
    stored = nbformat.read(path, as_version=4)
    assert [cell.outputs[0].text for cell in stored.cells] == ["2\n", "3\n"]
    assert [cell.execution_count for cell in stored.cells] == [1, 2]
    assert stored.metadata == KERNEL
    assert update_outputs.update(path)
    assert capsys.readouterr().out.endswith("no text changed\n")


def test_a_lesson_that_stops_at_an_error_is_left_as_it_was(lesson, capsys):
    path = lesson("print(1)", "1 / 0", stored="3\n")
    before = path.read_bytes()
    assert not update_outputs.update(path)
    assert path.read_bytes() == before
    assert "ZeroDivisionError" in capsys.readouterr().out


def test_a_cell_that_may_differ_is_named_as_such_and_a_figure_is_no_text():
    old, new = (printing("timing()", stored=text) for text in ("1 s\n", "2 s\n"))
    for notebook in (old, new):
        notebook.cells[0].metadata["tags"] = ["nbval-ignore-output"]
    figure = {"image/png": "iVBO", "text/plain": "<Figure size 1x1 with 1 Axes>"}
    new.cells[0].outputs.append(new_output("display_data", data=figure))
    assert update_outputs.changes(old, new).splitlines() == [
        "  cell 0, whose output may differ: timing()", "    -1 s", "    +2 s"
    ]  # fmt: skip
