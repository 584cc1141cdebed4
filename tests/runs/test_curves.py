"""The recorded curves of lesson 03: the file is what the command would write, and that goes on where it stopped."""

import json

import pytest

from mlcourse import __main__ as command
from mlcourse.runs import curves, ledger

RECORDED = curves.load()


def test_no_rate_that_was_chosen_lies_at_the_edge_of_what_was_tried():
    for method, points in curves.compared().items():
        for point in points:
            best, tried = curves.chosen(RECORDED["runs"], method, point.seconds)
            assert tried[0] < best == point.beta < tried[-1]


def test_every_method_has_every_time_and_every_seed():
    assert {method: [point.seconds for point in points] for method, points in curves.compared().items()} == {
        method: list(curves.BUDGETS) for method in curves.METHODS
    }
    assert RECORDED["settings"] == curves.SETTINGS
    assert {"commit", "torch", "processor", "threads", "command"} <= RECORDED.keys()


def test_an_iteration_counts_for_the_time_it_was_measured_to_take():
    for method, points in curves.compared().items():
        for point in points:
            assert point.iterations == round(1000 * point.seconds / RECORDED["milliseconds"][method])


def test_one_recorded_run_comes_out_again():
    run = next(run for run in RECORDED["runs"] if run["method"] == "MAML" and run["seed"] == 1)
    again = curves.train("MAML", n_iterations=run["iterations"], beta=run["beta"], seed=1)
    assert again["error"] == pytest.approx(run["error"], rel=0.05)


@pytest.fixture
def instead(monkeypatch):
    """Trainings that take no time: the error is least at a rate of its own for each method. Those done are listed."""
    best, done = {"MAML": 0.064, "FOMAML": 0.016, "ANIL": 0.004}, []

    def train(method, *, n_iterations, beta, seed):
        done.append((method, beta, seed))
        error = None if beta > 0.1 else abs(beta - best[method])
        run = dict(method=method, iterations=n_iterations, beta=beta, seed=seed, seconds=0.0)
        return run | dict.fromkeys(["validation", "error", "median"], error)

    monkeypatch.setattr(curves, "train", train)
    monkeypatch.setattr(curves, "milliseconds", lambda: dict.fromkeys(curves.METHODS, 5.0))
    return best, done


def test_the_search_goes_on_until_the_best_rate_has_a_worse_one_on_either_side(instead, tmp_path, capsys):
    best, _ = instead
    curves.record(tmp_path / "curves.json")
    for method, points in curves.compared(tmp_path / "curves.json").items():
        assert [point.beta for point in points] == [pytest.approx(best[method])] * len(curves.BUDGETS)
        assert [len(point.errors) for point in points] == [len(curves.SEEDS)] * len(points)


def test_what_was_recorded_is_not_done_again(instead, tmp_path, capsys):
    path, done = tmp_path / "curves.json", instead[1]
    curves.record(path)
    whole = json.loads(path.read_text())
    path.write_text(ledger.written(whole | dict(runs=whole["runs"][:-2])))
    done.clear()
    curves.record(path)
    assert [(run["method"], run["beta"], run["seed"]) for run in whole["runs"][-2:]] == done
    assert json.loads(path.read_text()) == whole


def test_a_stopped_training_is_not_recorded(monkeypatch):
    def stopped(*given, **how):
        raise KeyboardInterrupt

    monkeypatch.setattr(curves, "sample", stopped)
    with pytest.raises(KeyboardInterrupt):
        curves.train("MAML", n_iterations=3, beta=0.01, seed=0)


def test_another_file_is_refused_with_what_to_do(tmp_path):
    (tmp_path / "curves.json").write_text("{}")
    with pytest.raises(ValueError, match="python -m mlcourse curves"):
        curves.load(tmp_path / "curves.json")


def test_the_command_records(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(curves, "record", asked.append)
    command.main(["curves"])
    command.main(["curves", "--to", str(tmp_path)])
    assert asked == [curves.STORED, tmp_path]
