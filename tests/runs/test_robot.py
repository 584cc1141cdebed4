"""What lesson 14 records: a record goes on where it stopped, choices are the best, what is stored was measured."""

from functools import partial

import pytest
import torch

from mlcourse.evaluation import evaluate
from mlcourse.methods import last_layer, transfer
from mlcourse.runs import ledger, movement, steering
from mlcourse.runs import robot as record
from mlcourse.worlds import moments


@pytest.fixture
def small(monkeypatch):
    """A record of half an hour in seconds: few robots, few steps."""
    unseen = movement.unseen
    for place, name, value in (
        (record, "SHORT", 0.03),
        (record, "LONG", 0.06),
        (record, "SEEDS", {0.03: (1,), 0.06: (1, 2)}),
        (record, "RIDERS", 3),
        (record, "RIDE", 14),
        (record, "BREAK", 6),
        (record, "LATE", 3),
        (record, "PLENTY", (16, 40)),
        (record, "LENGTHS", (1, 3)),
        (movement, "MANY", (1, 3)),
        (movement, "unseen", lambda seed, n_robots: unseen(seed, 8)),
        (steering, "CANDIDATES", 20),
        (steering, "ELITES", 4),
        (ledger, "milliseconds", lambda *given, **how: {"pooled": 10.0, "MAML": 20.0}),
    ):
        monkeypatch.setattr(place, name, value)
    movement.watched.cache_clear()
    yield
    movement.watched.cache_clear()
    movement.unseen.cache_clear() if hasattr(movement.unseen, "cache_clear") else None
    unseen.cache_clear()


def test_a_record_that_was_stopped_goes_on_and_is_read_back(small, gone_on):
    path, file = gone_on(record, stopped_in="own_models")
    stored = record.weights(path.with_suffix(".npz"))
    for learner in ("pooled", "MAML"):
        best = record.chosen(file, learner)
        _, tried = record.chosen_beta(file, learner, best["alpha"] and 0.1)
        assert len(tried) >= 3
    for mode in (record.ONCE, record.ALWAYS, record.BROKEN):
        runs = record.rides(file, "MAML", mode)
        assert len(runs) == 2 and all(len(run["end"]) == 3 for run in runs)
    torch.set_default_dtype(torch.float32)
    how = record.settings(file, "MAML", 2, always=True)
    assert how["steps"] <= record.AT_ONCE
    thetas = {name: {k: p.float() for k, p in theta.items()} for name, theta in stored[2].items()}
    again = record.ridden(partial(movement.learn, "MAML", thetas, how), **record.ALWAYS)
    assert again["end"] == record.rides(file, "MAML", record.ALWAYS)[1]["end"]


def test_settings_are_those_with_the_lowest_error(small):
    theta, task = movement.NET.init(torch.Generator().manual_seed(0)), movement.unseen(1000, 8)
    (how, error), (held, least) = movement.best_steps(theta, task), movement.best_strength(theta, task)
    said = movement.predict("pooled", {"pooled": theta}, how, *task[:3])
    assert (said - task.y_query).square().mean().item() == pytest.approx(error, rel=1e-9)
    for alpha in movement.RATES:
        each = transfer.errors_on_the_way(movement.NET, theta, task, alpha=alpha, steps=movement.MANY)
        assert all(error <= other.mean + 1e-12 for other in each)
    for strength in movement.STRENGTHS:
        other = evaluate(partial(last_layer.predict, movement.NET, theta, strength=strength), task).mean
        assert least <= other + 1e-12
    assert held["strength"] in movement.STRENGTHS


def test_a_new_robot_starts_at_theta(small):
    """Nothing of one robot's phi survives: adapted after another, or alone, a robot's model is the same."""
    theta = movement.NET.init(torch.Generator().manual_seed(0))
    copy = {name: p.clone() for name, p in theta.items()}
    task, how = movement.unseen(1000, 8), dict(alpha=0.1, steps=3)
    fit = partial(movement.fit, "MAML", {"MAML": theta}, how)
    alone = fit(*task.select([5])[:2])
    fit(*task.select([1])[:2])
    again = fit(*task.select([5])[:2])
    assert all(torch.equal(alone[name], again[name]) for name in theta)
    assert all(torch.equal(theta[name], copy[name]) for name in theta)


def test_batches_are_rows_of_consecutive_moments():
    task = movement.batch(torch.Generator().manual_seed(0), 4)
    k = moments.WINDOW
    assert task.x_support.shape == (4, k, 6) and task.y_query.shape == (4, movement.N_QUERY, 2)
    speeds = torch.cat([task.x_support, task.x_query], 1)[..., 2:4] * moments.FAST
    jolts = torch.cat([task.y_support, task.y_query], 1) * moments.JOLT
    torch.testing.assert_close(speeds[:, 1:], (speeds + jolts)[:, :-1])


def test_the_stored_weights_are_those_that_were_measured():
    """On other robots they err much as the record says, in the same order."""
    file, stored = record.load(), record.weights()
    task = movement.unseen(5, 200)
    for seed in record.SEEDS[record.LONG]:
        said = {}
        for name in movement.CONTESTANTS:
            how = record.settings(file, name, seed, always=True)
            said[name] = evaluate(partial(movement.predict, name, stored[seed], how), task).mean
        recorded = {
            name: errors[record.SEEDS[record.LONG].index(seed)]
            for name, errors in record.errors(file, record.LONG).items()
        }
        assert all(error == pytest.approx(recorded[name], rel=0.5) for name, error in said.items())
        assert said["MAML"] < said["last layer"] < said["pooled"]
    assert record.WEIGHTS.stat().st_size < 500_000


def test_more_steps_than_fine_tuning_may_choose_would_gain_little():
    """It often chooses the most: three times as many gain less than a tenth, and MAML needs thirty to be ahead."""
    thetas, few = record.weights()[1], movement.unseen(5, 200).select(slice(60))
    most, more = transfer.errors_on_the_way(
        movement.NET, thetas["pooled"], few, alpha=0.03, steps=[max(movement.MANY), 3 * max(movement.MANY)]
    )
    (maml,) = transfer.errors_on_the_way(movement.NET, thetas["MAML"], few, alpha=0.1, steps=[30])
    assert more.mean > 0.9 * most.mean and maml.mean < 0.75 * more.mean


def test_no_recorded_choice_lies_at_the_edge_of_what_was_tried():
    file = record.load()
    for learner in ("pooled", "MAML"):
        best = record.chosen(file, learner)
        beta, tried = record.chosen_beta(file, learner, best["alpha"])
        assert tried[0] < beta < tried[-1] and beta == best["beta"]
    assert movement.ALPHAS[0] < record.chosen(file, "MAML")["alpha"] < movement.ALPHAS[-1]
    for seed in record.SEEDS[record.LONG]:
        for name in ("last layer", "MAML, last layer"):
            strength = record.settings(file, name, seed, always=True)["strength"]
            assert movement.STRENGTHS[0] < strength < movement.STRENGTHS[-1]
