"""The table of real ratings, on files of their size that a test writes: all rows, in time, and kept where asked."""

import json
import time

import pytest
from invented_movielens import write

from mlcourse import __main__ as door
from mlcourse.runs import movielens


def test_files_of_the_real_size_give_the_whole_table_in_time(tmp_path):
    """With a tenth of the iterations, and so with two thirds of the time: two minutes are for all of them."""
    write(tmp_path / "ml-100k")
    began, said = time.process_time(), []
    found = movielens.table(tmp_path, n_iterations=100, show=lambda *text, **_: said.append(text[0]))
    assert time.process_time() - began < 80
    assert found["settings"]["users"] == [600, 100, 243] and "100,000 ratings" in said[0]
    names = {row["name"] for row in found["rows"]}
    assert len(names) == 8 and len(found["rows"]) == 8 * len(movielens.POINTS)
    at = {(row["name"], row["given"]): row for row in found["rows"]}
    assert at["offset, shrunk", 10]["rmse"] < at["item means", 10]["rmse"]
    assert at["closed form, features", 10]["rmse"] < at["offset, shrunk", 10]["rmse"]
    assert at["offset, shrunk", 5]["ndcg"] == at["item means", 5]["ndcg"]
    assert all(0.8 < row["rmse"] < 1.4 and row["interval"] < 0.05 for row in found["rows"])
    honest, leaked = found["leaks"]["users split after sampling"]
    assert leaked < honest - 0.2
    assert all(len(errors) == movielens.QUESTIONS for errors in found["asking"].values())


@pytest.fixture
def small(tmp_path, monkeypatch):
    for name, value in dict(ITERATIONS=3, DRAWS=1, POINTS=(1, 10), WIDTH=4, FACTORS=2).items():
        monkeypatch.setattr(movielens, name, value)
    monkeypatch.setattr(movielens.table, "__kwdefaults__", dict(n_iterations=3, show=print))
    return write(tmp_path / "files", n_users=120, n_films=150, n=5000)


def test_the_command_prints_the_table_and_keeps_it_where_asked(small, tmp_path, capsys):
    door.main(["movielens", "--from", str(small), "--to", str(tmp_path / "kept.json")])
    said, kept = capsys.readouterr().out, json.loads((tmp_path / "kept.json").read_text())
    assert "5,000 ratings" in said and "closed form, factors" in said and "by information" in said
    assert kept["command"] == movielens.COMMAND and len(kept["rows"]) == 16
    for row in kept["rows"]:
        assert f"{row['rmse']:.3f} ± {row['interval']:.3f}" in said


def test_users_with_few_ratings_are_left_out_and_counted(small, capsys):
    lines = (small / "u.data").read_text().splitlines()
    few = [line for line in lines if line.startswith("7\t")][:5]
    (small / "u.data").write_text("\n".join([*(line for line in lines if not line.startswith("7\t")), *few]))
    door.main(["movielens", "--from", str(small)])
    assert "; 1 with less than 20 ratings left out" in capsys.readouterr().out


@pytest.mark.parametrize(("n_users", "words"), [(40, "needs 50 users with 20 ratings each"), (0, "holds no rating")])
def test_what_cannot_be_done_is_a_sentence_and_code_1(tmp_path, capsys, n_users, words):
    folder = write(tmp_path, n_users=40, n_films=60, n=1000)
    if not n_users:
        (folder / "u.data").write_text("")
    with pytest.raises(SystemExit) as stopped:
        door.main(["movielens", "--from", str(folder)])
    assert words in stopped.value.code  # a sentence as the code: printed on stderr, and 1


def test_without_a_folder_the_command_says_what_it_takes(capsys):
    with pytest.raises(SystemExit) as stopped:
        door.main(["movielens"])
    assert stopped.value.code == 2 and "--from" in capsys.readouterr().err
