"""Pairs or episodes: the record is whole, what was chosen lies inside its grid, and a stopped record goes on."""

import json

import pytest
import torch

from mlcourse.methods import siamese
from mlcourse.networks import ConvNet
from mlcourse.runs import pairs_or_episodes as record
from mlcourse.worlds import sample_episodes


@pytest.fixture(autouse=True)
def single_precision(exact_arithmetic):  # which puts back what was set before
    torch.set_default_dtype(torch.float32)


@pytest.fixture(scope="module")
def stored():
    return record.load()


def chosen(run):
    return {name: run[name] for name in record.STEP if name in run}


def test_every_way_has_every_seed_after_every_number_of_iterations(stored):
    for way in record.WAYS:
        for n in record.ITERATIONS if way in record.LONG else record.ITERATIONS[:-1]:
            runs = [run for run in stored["runs"] if (run["way"], run["iterations"]) == (way, n)]
            assert [run["seed"] for run in runs if run["seed"] != record.CHOOSING] == list(record.SEEDS)
            for run in runs:
                assert (run.keys() >= set(record.ASKED)) == (run["seed"] != record.CHOOSING)
                assert all(len(run[asked]) == 400 for asked in ("validation", *record.ASKED) if asked in run)


def test_what_was_chosen_has_a_worse_choice_on_either_side(stored):
    for way in record.WAYS:
        runs = [run for run in stored["runs"] if run["way"] == way]
        tried = {tuple(chosen(run).items()): run for run in runs if run["seed"] == record.CHOOSING}
        (best,) = {tuple(chosen(run).items()) for run in runs if run["seed"] != record.CHOOSING}
        reached = {choice: record.accuracy(run["validation"]).mean for choice, run in tried.items()}
        for name in dict(best):
            for step in (-1, 1):
                beside = dict(best) | {name: round(dict(best)[name] * record.STEP[name] ** step, 6)}
                assert reached[tuple(beside.items())] <= reached[best]


def test_an_accuracy_is_the_mean_of_the_digits():
    assert record.accuracy("5050").mean == pytest.approx(0.5)
    assert record.accuracy("134").per_task.tolist() == pytest.approx([0.2, 0.6, 0.8])


def test_the_pairs_of_an_episode_are_pairs_of_query_and_support_with_half_the_weight_on_either_kind(rng):
    characters, _, _ = record.zoo.split()
    task = sample_episodes(characters, 1, n_way=3, k_shot=1, n_query=2, rng=rng)
    net = ConvNet(None, filters=2)
    theta = net.init(rng)
    z_support, z_query = record.embed(net, theta, task.x_support, task.x_query)
    losses = {1: [], 0: []}
    for a, y_a in zip(z_query[0], task.y_query[0], strict=True):
        for b, y_b in zip(z_support[0], task.y_support[0], strict=True):
            y = (y_a == y_b).float()[None]
            losses[int(y)].append(siamese.contrastive_loss(a[None], b[None], y, margin=5.0))
    expected = sum(sum(kind) / len(kind) for kind in losses.values()) / 2
    torch.testing.assert_close(record.pairs_of_an_episode(net, theta, task, margin=5.0)[0], expected)


def test_a_stopped_record_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(
        record,
        "WAYS",
        {name: record.WAYS[name]._replace(net=ConvNet(None, filters=2)) for name in ("pairs", "episodes, 5-way")},
    )
    monkeypatch.setattr(record, "LONG", ["pairs"])
    monkeypatch.setattr(record, "ITERATIONS", (1, 2, 3))
    monkeypatch.setattr(record, "SEEDS", (1,))
    monkeypatch.setattr(record, "right", lambda way, theta, *given, **how: str(int(theta["0.weight"].sum() > 0)))
    path = tmp_path / "record.json"
    record.record(path)
    whole = json.loads(path.read_text())
    rest = whole | dict(runs=whole["runs"][:-1])
    path.write_text(json.dumps(rest))
    record.record(path)
    again = json.loads(path.read_text())
    for run in (*whole["runs"], *again["runs"]):
        del run["seconds"]
    assert again == whole


def test_another_file_is_refused(tmp_path):
    path = tmp_path / "record.json"
    with pytest.raises(FileNotFoundError, match="python -m mlcourse pairs"):
        record.load(path)
    path.write_text("{}")
    with pytest.raises(ValueError, match="python -m mlcourse pairs"):
        record.load(path)
