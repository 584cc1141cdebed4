"""What a check has called correct is remembered where the launcher says, and nowhere else."""

import json
import os
import subprocess
import sys

import pytest

from mlcourse import checks
from mlcourse.files import PLACE, ROOT


def my_mean_squared_error(prediction, y):
    return (prediction - y).square().mean((1, 2))


def solution_mean_squared_error(prediction, y):
    return my_mean_squared_error(prediction, y)


def wrong(prediction, y):
    return prediction.mean((1, 2))


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv(PLACE, str(tmp_path / "my"))
    return tmp_path / "my"


def told(capsys, call, *given):
    capsys.readouterr()
    call(*given)
    return capsys.readouterr().out


def test_a_right_answer_is_remembered_once_with_its_day(place, capsys):
    assert told(capsys, checks.solved) == "Solved so far: none. Next: 00 start_here.\n"
    for _ in range(2):
        assert told(capsys, checks.mean_squared_error, my_mean_squared_error) == "correct\n"
    assert (place / "solved.txt").read_text().startswith("mean_squared_error 20")
    assert len((place / "solved.txt").read_text().splitlines()) == 1
    assert told(capsys, checks.solved) == "Solved so far: 00 start_here. Next: 01 tasks.\n"


@pytest.mark.parametrize("answer", [wrong, solution_mean_squared_error, lambda prediction, y: None])
def test_neither_a_wrong_answer_nor_the_lesson_s_own_solution_is(place, answer):
    checks.mean_squared_error(answer)
    assert not place.exists()


def test_graded_work_is_not(place):
    assert checks.mean_squared_error.passes(my_mean_squared_error)
    assert not place.exists()


def test_without_the_launcher_nothing_is_read_or_written(capsys, tmp_path, monkeypatch):
    assert PLACE not in os.environ
    monkeypatch.chdir(tmp_path)
    opened, watching = [], [True]
    sys.addaudithook(lambda event, given: watching and event == "open" and opened.append(str(given[0])))
    checks.mean_squared_error(my_mean_squared_error)
    assert told(capsys, checks.solved) == "Solved so far: none. Next: 00 start_here.\n"
    watching.clear()  # a hook cannot be taken away
    assert opened and not [path for path in opened if "solved.txt" in path]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("damage", [b"\xff\xfe\x00garbage", b"fine_tu", b"\n\n   \n", b"no_such_check 2020-01-01\n"])
def test_a_damaged_file_costs_no_other_line(place, capsys, damage):
    place.mkdir()
    (place / "solved.txt").write_bytes(b"fine_tune 2020-02-03\n" + damage)
    assert told(capsys, checks.mean_squared_error, my_mean_squared_error) == "correct\n"
    assert told(capsys, checks.solved) == "Solved so far: 00 start_here, 01 tasks. Next: 02 maml.\n"
    assert (place / "solved.txt").read_bytes().startswith(b"fine_tune 2020-02-03\n" + damage)


def test_where_it_cannot_be_written_the_answer_is_right_all_the_same(place, capsys):
    (place / "solved.txt").mkdir(parents=True)  # a folder in its place: who is root may write any file
    first, second = told(capsys, checks.mean_squared_error, my_mean_squared_error).splitlines()
    assert first == "correct"
    assert second.startswith("(This cannot be remembered, as ") and str(place) in second
    assert told(capsys, checks.solved) == "Solved so far: none. Next: 00 start_here.\n"


def test_who_has_solved_all_is_told_to_set_an_exercise(place, capsys):
    place.mkdir()
    (place / "solved.txt").write_text("\n".join(checks.__all__))
    line = told(capsys, checks.solved)
    assert line.endswith("Next: an exercise of your own.\n")
    assert line.count(",") + 1 == len(list((ROOT / "notebooks").glob("*.ipynb")))


def test_lesson_00_stores_what_a_fresh_course_says(capsys):
    notebook = json.loads((ROOT / "notebooks" / "00_start_here.ipynb").read_text(encoding="utf-8"))
    (cell,) = (cell for cell in notebook["cells"] if "".join(cell["source"]) == "checks.solved()")
    assert "".join(cell["outputs"][0]["text"]) == told(capsys, checks.solved)


def test_lessons_that_the_tests_execute_know_nobody_s_place():
    """As in a terminal of JupyterLab that the launcher has opened."""
    code = "import conftest, os; print(os.environ.get('MLCOURSE_PLACE'))"
    process = [sys.executable, "-c", code]
    given = os.environ | {PLACE: "/somebody", "PYTHONPATH": str(ROOT)}
    assert subprocess.run(process, env=given, capture_output=True, text=True, cwd=ROOT).stdout == "None\n"
