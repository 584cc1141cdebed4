"""What lesson 17 records: a record goes on where it stopped, worlds are the seed's own, choices are the best."""

import pytest
import torch

from mlcourse.networks import MLP
from mlcourse.runs import ladder
from mlcourse.runs import taste as record


@pytest.fixture
def small(monkeypatch):
    """A record of a quarter of an hour in seconds: few viewers, two worlds, three iterations, a net of two."""
    for name, value in dict(
        USERS=60, SHORT=2, LONG=3, BENDS={2: (0.0, 1.0), 3: (1.0,)}, SEEDS=(1, 2), POINTS=(1, 5), NET=MLP(2, 2, 1)
    ).items():
        monkeypatch.setattr(record, name, value)
    monkeypatch.setattr(ladder, "RATES", (0.05, 0.1))


def test_a_record_that_was_stopped_goes_on_and_is_read_back(small, gone_on):
    _, file = gone_on(record, stopped_in="trained")
    for name in record.TRAINED:
        beta, tried = record.chosen(file, name)
        assert tried[0] < beta < tried[-1]
    for bend, n_iterations in ((0.0, 2), (1.0, 2), (1.0, 3)):
        for name in record.NAMES:
            errors = record.numbers(file, name, bend, n_iterations)
            assert errors.shape == (2, 2) and (errors > 0).all()
            assert (record.numbers(file, name, bend, n_iterations, "ndcg") <= 1).all()
    assert (record.numbers(file, "item means", 1.0, 2)[:, 0] == record.numbers(file, "item means", 1.0, 2)[:, 1]).all()
    assert torch.equal(record.numbers(file, "closed form", 1.0, 2), record.numbers(file, "closed form", 1.0, 3))


def test_a_world_is_its_seeds_own_and_its_viewers_are_split(small):
    first, again, other = (record.setting(0.5, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(first.table.stars, again.table.stars)
    assert not torch.equal(first.world.x, other.world.x)
    sizes = [len(part.count) for part in (first.known.training, first.known.validation, first.test)]
    assert sizes == [30, 10, 20]


def test_few_ratings_are_the_first_of_many(small):
    tasks = record.asked(record.setting(0.5, seed=1).test, seed=1)
    assert torch.equal(tasks[1].x_support, tasks[5].x_support[:, :1])
    assert torch.equal(tasks[1].x_query, tasks[5].x_query)


def test_newcomers_are_others_in_the_same_world(small, rng):
    at = record.setting(0.5, seed=1)
    given = record.newcomers(at, n=12, n_each=70, rng=rng)
    assert given.film.shape == (12, 70) and (given.count == 70).all() and given.film.max() < len(at.world.x)


def test_what_comes_with_the_course_chose_nothing_at_the_edge_of_its_grid():
    file = record.load()
    for name in record.TRAINED:
        beta, tried = record.chosen(file, name)
        assert tried[0] < beta < tried[-1]
    for run in file["runs"]:
        for choices in run.get("choices", []):
            assert ladder.STRENGTHS[0] < choices["ridge"] < ladder.STRENGTHS[-1]
            for name in record.TRAINED:
                assert ladder.RATES[0] < choices[name]["alpha"] < ladder.RATES[-1]
