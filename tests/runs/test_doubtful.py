"""The record of wrong labels and noisy pictures: whole, and asked of everybody alike."""

import torch

from mlcourse import __main__ as command
from mlcourse.runs import doubtful

RECORDED = doubtful.load()


def test_every_method_was_trained_with_and_without_wrong_labels_from_every_seed():
    found = {(run["name"], run["trained"], run["seed"]) for run in RECORDED["runs"]}
    trained = {(n, share, seed) for n in doubtful.METHODS for share in (0.0, doubtful.WRONG) for seed in doubtful.SEEDS}
    assert found == trained | {(doubtful.BASELINE, None, None)}
    assert all(run["right"].keys() == doubtful.ASKED.keys() for run in RECORDED["runs"])
    assert all(len(right) == doubtful.N_TASKS for run in RECORDED["runs"] for right in run["right"].values())


def test_drawings_and_queries_do_not_depend_on_how_the_tasks_are_spoiled():
    clean, wrong = doubtful.episodes(), doubtful.episodes(share=0.3)
    assert torch.equal(clean.x_support, wrong.x_support) and torch.equal(clean.x_query, wrong.x_query)
    assert not torch.equal(clean.y_support, wrong.y_support)
    noisy = doubtful.episodes(sigma=0.5)
    assert torch.equal(clean.y_support, noisy.y_support) and torch.equal(clean.x_query, noisy.x_query)


def test_the_baseline_comes_out_again():
    torch.set_default_dtype(torch.float32)  # as where pictures are trained
    baseline = next(run for run in RECORDED["runs"] if run["name"] == doubtful.BASELINE)
    assert doubtful.ask(doubtful.BASELINE) == baseline["right"]


def test_the_panels_begin_where_nothing_is_spoiled():
    (_, _, labels), (_, _, pictures) = doubtful.panels(RECORDED).values()
    for name in (*doubtful.METHODS, doubtful.BASELINE):
        assert labels[name][0.0].mean == pictures[name][0].mean > 0.6


def test_the_command_records(monkeypatch):
    asked = []
    monkeypatch.setattr(doubtful, "record", asked.append)
    command.main(["noise"])
    assert asked == [doubtful.STORED]
