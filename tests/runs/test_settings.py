"""The table of lesson 11: the file is what the command would write, and that goes on where it stopped."""

import json

import pytest
import torch

from mlcourse import __main__ as command
from mlcourse.runs import ledger, settings

RECORDED = settings.load()


def test_the_table_holds_all_trainings_and_no_other():
    assert len(RECORDED["runs"]) == len(settings.planned())
    assert all(ledger.find(RECORDED, key) for key in settings.planned())
    assert {"commit", "torch", "processor", "threads", "command"} <= RECORDED.keys()


def test_rates_are_drawn_log_uniformly():
    places = settings.trials("random").places
    assert places.shape == (settings.N_RANDOM, 2) and places.min() > -3 and places.max() < 0
    shares = (places < -2).double().mean(0)
    assert ((shares - 1 / 3).abs() < 0.1).all()


def test_the_grid_is_whole_and_stored_twice():
    grid = settings.trials("grid")
    first, again = grid.places.view(2, settings.SIDE**2, 2)
    torch.testing.assert_close(first, again)
    assert len(first[:, 0].unique()) == len(first[:, 1].unique()) == settings.SIDE
    assert len({each["seed"] for each in grid.settings}) == 2 * settings.SIDE**2
    assert grid.blocks.shape == (2 * settings.SIDE**2, settings.N_BLOCKS)


def test_each_knob_has_every_value_and_every_seed():
    for knob, values in settings.KNOBS.items():
        assert {value: len(errors) for value, errors in settings.moved(knob).items()} == dict.fromkeys(
            values, len(settings.SEEDS)
        )


def test_one_recorded_training_comes_out_again():
    run = next(run for run in RECORDED["runs"] if run["part"] == "one" and run["n_tasks"] == 1)
    again = settings.train(**{name: run[name] for name in ("seed", *settings.BASE)})
    assert again["blocks"] == pytest.approx(run["blocks"], rel=0.05)
    assert again["sharpness"][0] == pytest.approx(run["sharpness"][0], rel=0.01)


def test_a_training_that_diverges_counts_as_the_ceiling(monkeypatch):
    def diverges(*given, **how):
        raise FloatingPointError

    monkeypatch.setattr(settings.ledger, "train", diverges)
    run = settings.train(**settings.BASE | dict(seed=0))
    assert run["diverged"] and set(run["blocks"]) == set(run["watched"]) == {settings.CEILING}


def test_a_wave_that_explodes_counts_as_the_ceiling():
    waves = settings.waves(3, 5, seed=0)
    for far in (torch.inf, torch.nan, 1e300):
        error = settings.capped(lambda *given, far=far: torch.full_like(waves.y_query, far), waves)
        assert error.tolist() == [settings.CEILING] * 3


def test_what_was_recorded_is_not_done_again(monkeypatch, tmp_path, capsys):
    path, done = tmp_path / "tuning.json", []
    path.write_text(ledger.written(RECORDED | dict(runs=RECORDED["runs"][:-2])))
    found = {name: RECORDED["runs"][-1][name] for name in settings.FIELDS - {"part", "seed", *settings.BASE}}
    monkeypatch.setattr(settings, "train", lambda **key: done.append(key) or found)
    settings.record(path)
    assert len(done) == 2 and len(json.loads(path.read_text())["runs"]) == len(RECORDED["runs"])


def test_the_command_records(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(settings, "record", asked.append)
    command.main(["tuning"])
    command.main(["tuning", "--to", str(tmp_path)])
    assert asked == [settings.STORED, tmp_path]
