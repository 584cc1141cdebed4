"""What lesson 18 records: a record goes on where it stopped, parts share no thing, tasks are the same for all."""

import pytest
import torch

from mlcourse.runs import camera as record


@pytest.fixture
def small(monkeypatch):
    """A record of an hour in seconds: few small photographs, few tasks, a few iterations."""
    torch.set_default_dtype(torch.float32)
    load = record.photographs.load
    monkeypatch.setattr(record.photographs, "load", lambda n, seed: load(n, 3, 4, side=32, seed=seed))
    things = dict(training=11, validation=5, test=6)
    ways = record.WAYS | {"classifier": record.WAYS["classifier"]._replace(n_out=11, sizes=6)}
    learners = {
        name: learner._replace(n_iterations=16, size=min(learner.size, 32))
        for name, learner in record.LEARNERS.items()
        if name in ("84 pixels, augmented", "28 pixels", "grey", "classifier", "MAML")
    }
    for name, value in dict(
        N_THINGS=things, WAYS=ways, LEARNERS=learners, SEEDS=(1, 2), N_TEST=4, AT_ONCE=2, FILTERS=4, PARTS=(4, 1)
    ).items():
        monkeypatch.setattr(record, name, value)
    monkeypatch.setattr(record.ledger, "widened", lambda rate, attempt, chosen: (attempt(rate), chosen()[0])[1])
    record.split.cache_clear()
    yield
    record.split.cache_clear()


def test_a_record_that_was_stopped_goes_on_and_is_read_back(small, gone_on):
    _, file = gone_on(record)
    for name in [*record.UNTRAINED, *record.LEARNERS]:
        for asked in ("one", "five", "leaking"):
            assert [len(right) for right in record.accuracies(file, name, asked)] == [4, 4]
    for name in record.LEARNERS:
        for seconds, accuracies in record.curves(file, name):
            assert len(seconds) == len(accuracies) == 2 and seconds == sorted(seconds)
    end = record.curves(file, "grey")[0][1][-1]
    assert end == pytest.approx(record.accuracies(file, "grey")[0].mean().item())  # the same tasks, at the end


def test_the_parts_share_no_thing_and_a_seed_has_things_of_its_own(small):
    of = record.split(3)
    things = [set(part.labels.tolist()) for part in of.values()]
    assert [len(t) for t in things] == [11, 5, 6] and len(set.union(*things)) == 22
    assert not torch.equal(of["test"].images, record.split(4)["test"].images)


def test_looks_keep_the_mean_and_lose_what_they_say(small):
    photos = record.split(1)["test"]
    shrunk, grey = record.shrunk(photos), record.grey(photos)
    assert shrunk.images.shape[1:] == (3, 28, 28) and grey.images.shape[1:] == (1, 32, 32)
    for look in (shrunk, grey):
        assert abs(look.images.float().mean() - photos.images.float().mean()) < 0.5
        assert torch.equal(look.labels, photos.labels) and torch.equal(look.bursts, photos.bursts)


def test_the_stored_record_chose_its_rates_inside_their_grids():
    file = record.load()
    for name in record.LEARNERS:
        rate, tried = record.chosen(file["runs"], name)
        assert tried[0] < rate < tried[-1]
        used = {run["rate"] for run in file["runs"] if run["name"] == name and "curve" in run}
        assert used == {rate}
