"""What lesson 13 records: a record goes on where it stopped, choices are the best, budgets are equal."""

import math

import pytest
import torch

from mlcourse.methods import policy_gradient
from mlcourse.runs import navigation as record


@pytest.fixture
def small(monkeypatch):
    """A record of twenty minutes in seconds: a tiny network, few and short trajectories, few goals."""
    goals = record.goals
    for name, value in dict(
        BATCHES=8,
        WIDTH=3,
        HOW=dict(n=3, horizon=4, discount=0.9),
        N_TASKS=2,
        UPDATES=3,
        FALLS=(0.5,),
        SEEDS=(1, 2),
        goals=lambda seed, n_tasks, **how: goals(seed, 4, **how),
        choices=lambda name, theta: dict(
            quick=dict(alpha=0.01, fall=0.5, std=None), sparing=dict(alpha=0.01, fall=1.0, std=0.2), grid=[1.0]
        ),
    ).items():
        monkeypatch.setattr(record, name, value)


def test_a_record_that_was_stopped_goes_on_and_is_read_back(small, gone_on):
    _, file = gone_on(record)
    for name, learner in record.LEARNERS.items():
        assert record.of(file, name, "returns").shape == (2, 1 if learner.told else 4)
        if learner.trained:
            beta, tried = record.chosen(file["runs"], name)
            assert tried[0] < beta < tried[-1]


def test_the_same_seed_trains_the_same_weights(small):
    first, again, other = (record.train("MAML", beta=0.01, seed=seed) for seed in (1, 1, 2))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


def test_every_contestant_is_trained_on_equally_many_trajectories(small, monkeypatch):
    drawn, rollout = [], policy_gradient.rollout

    def counted(*given, **how):
        drawn.append(1)
        return rollout(*given, **how)

    monkeypatch.setattr(policy_gradient, "rollout", counted)
    for name, learner in record.LEARNERS.items():
        drawn.clear()
        record.train(name, beta=0.01, seed=1)
        assert len(drawn) == (8 if learner.trained else 0)


def test_rates_fall_twice_and_updates_needed_are_counted_to_the_first_arrival():
    assert record.rates(0.8, 0.5, 4) == [0.8, 0.4, 0.2, 0.2]
    distances = torch.tensor([[0.05, 0.3, 0.3], [0.3, 0.09, 0.3], [0.3, 0.3, 0.3]])
    assert record.needed(distances).tolist() == [0, 1, math.inf]


def test_a_rate_that_throws_the_policy_away_is_not_chosen(monkeypatch):
    seen = []

    def follow(theta, world, *, alpha, fall, std, updates):
        seen.append(alpha)
        if alpha > 1.5 * record.ALPHA:
            raise ValueError("no finite number")
        good = -abs(math.log2(alpha / record.ALPHA))
        last = 0.05 if alpha == record.ALPHA / 2 else 0.2
        return torch.full((updates + 1, 2), good), torch.full((updates + 1, 2), last)

    monkeypatch.setattr(record, "follow", follow)
    found = record.choices("MAML", {})
    assert found["quick"]["alpha"] == record.ALPHA and found["sparing"]["alpha"] == record.ALPHA / 2
    assert (
        found["grid"] == [0.25, 0.5, 1.0, 2.0] and found["falls"] == [1.0, 0.5, 0.25] and max(seen) > 1.5 * record.ALPHA
    )


def test_in_what_is_stored_no_choice_lies_at_the_edge_of_its_grid():
    file = record.load()
    for run in file["runs"]:
        if "grid" in run:
            wide = [std for std in record.LEARNERS[run["learner"]].stds if std]
            assert all(run[which]["std"] not in (*wide[:1], *wide[-1:]) for which in ("quick", "sparing"))
            assert all(run["grid"][0] < times < run["grid"][-1] for times in run["times"])
            assert all(run[which]["fall"] > min(run.get("falls", record.FALLS)) for which in ("quick", "sparing"))
            assert len(run["returns"]) == 4 and len(run["reached"]) == record.UPDATES + 1
    for name, learner in record.LEARNERS.items():
        assert len(record.of(file, name, "returns")) == len(record.SEEDS)
        if learner.trained:
            beta, tried = record.chosen(file["runs"], name)
            assert tried[0] < beta < tried[-1]


def test_what_is_stored_comes_out_again_for_the_contestant_that_is_not_trained():
    file, seed = record.load(), record.SEEDS[0]
    run = record.ledger.find(file, dict(learner="random start", seed=seed))
    torch.set_default_dtype(torch.float32)
    returns, _ = record.follow(
        record.train("random start", beta=0.01, seed=seed), record.goals(1001, 200), **run["quick"], updates=1
    )
    assert returns.mean(1).tolist() == pytest.approx(run["returns"][:2], abs=0.05)
