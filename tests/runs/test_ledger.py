"""Records of many short trainings: a line each, found again, and never half a file."""

import json
import math
import time

import pytest
import torch

from mlcourse.runs import choices, context, curves, doubtful, leak, ledger, pairs_or_episodes, settings, twenty_ways
from mlcourse.training import Trained

RECORDS = (choices, context, curves, doubtful, leak, pairs_or_episodes, settings, twenty_ways)


@pytest.mark.parametrize("record", RECORDS, ids=lambda module: module.__name__)
def test_a_stored_record_is_written_again_byte_by_byte(record):
    assert ledger.written(record.load()) == record.STORED.read_text(encoding="utf-8")


@pytest.mark.parametrize("record", RECORDS, ids=lambda module: module.__name__)
def test_a_new_record_says_where_it_comes_from_as_the_stored_one_does(record, monkeypatch):
    monkeypatch.setattr(ledger, "milliseconds", lambda *given, **how: {})
    assert list(record._new()) == list(record.load())


def test_a_training_is_a_line_and_found_by_any_part_of_it(tmp_path):
    path, file = tmp_path / "record.json", ledger.new("errors", command="make it", steps=3)
    for seed in range(3):
        ledger.add(path, file, dict(seed=seed, error=seed / 10))
    assert json.loads(path.read_text()) == file and file["steps"] == 3
    assert sum(line.startswith("  {") for line in path.read_text().splitlines()) == 3
    assert ledger.find(file, dict(seed=2)) == dict(seed=2, error=0.2)
    assert ledger.find(file, dict(seed=2, error=0.3)) is None
    assert list(tmp_path.iterdir()) == [path]


def test_a_rate_is_chosen_when_a_worse_one_has_been_tried_on_either_side():
    for start in (0.01, 0.3, 5.0):
        errors = {}

        def attempt(rate, errors=errors):
            errors[rate] = abs(math.log(rate / 0.3))

        found = ledger.widened(start, attempt, lambda errors=errors: (min(errors, key=errors.get), sorted(errors)))
        first, *inner, last = sorted(errors)
        assert found in inner and abs(math.log2(found / 0.3)) <= 0.5
        assert len(errors) == round(math.log2(last / first)) + 1


def test_right_answers_go_through_digits_and_back():
    for most in (9, 35):
        right = torch.randint(most + 1, (200,), generator=torch.Generator().manual_seed(0))
        written = ledger.digits(right / most, most)
        torch.testing.assert_close(ledger.shares(written, most), right.double() / most)
        assert len(written) == 200


def test_a_training_that_was_stopped_is_no_training(monkeypatch):
    monkeypatch.setattr(ledger, "meta_train", lambda *given, n_iterations, **how: Trained({"w": 1}, [0.5] * 3))
    assert ledger.train(None, {}, None, n_iterations=3) == {"w": 1}
    with pytest.raises(KeyboardInterrupt):
        ledger.train(None, {}, None, n_iterations=4)


def test_the_time_of_an_iteration_is_that_of_a_training_divided_among_its_own():
    def busy(seconds):
        start = time.process_time()
        while time.process_time() - start < seconds:
            pass

    found = ledger.milliseconds(dict(quick=lambda: busy(0.01), slow=lambda: busy(0.04)), 10, repeat=3)
    assert found["quick"] == pytest.approx(1, rel=0.3) and found["slow"] == pytest.approx(4, rel=0.3)


def test_a_file_without_a_field_is_refused_with_the_command_that_makes_it_anew(tmp_path):
    path = tmp_path / "record.json"
    ledger.add(path, ledger.new("errors", command="make it"), dict(seed=0))
    assert ledger.load(path, command="make it", fields={"seed"})["runs"] == [dict(seed=0)]
    with pytest.raises(ValueError, match="record it anew with `make it`"):
        ledger.load(path, command="make it", fields={"seed", "error"})
