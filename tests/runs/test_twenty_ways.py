"""The record of inner rates on 20-way characters: whole, at equal time, and what the learned rates look like."""

import pytest

from mlcourse import __main__ as command
from mlcourse.runs import twenty_ways

RECORDED = twenty_ways.load()
RUNS = RECORDED["runs"]
BY_HAND = [kind for kind, settings in twenty_ways.RIVALS.items() if len(settings) > 2]
LEARNED = [kind for kind in twenty_ways.RIVALS if kind.startswith("a rate a tensor")]


def test_every_setting_is_tried_and_the_chosen_one_is_trained_again_and_for_longer():
    first, other = twenty_ways.SEEDS
    short, long = twenty_ways.SHORT, 4 * twenty_ways.SHORT
    every = [(kind, setting, first, short) for kind, settings in twenty_ways.RIVALS.items() for setting in settings]
    for kind in twenty_ways.RIVALS:
        setting = twenty_ways.chosen(RECORDED, kind)[0]["setting"]
        every += [(kind, setting, other, short), (kind, setting, first, long)]
    assert [(run["kind"], run["setting"], run["seed"], run["budget"]) for run in RUNS] == every


def test_all_had_as_many_iterations_as_fit_into_the_time():
    for run in RUNS:
        assert run["iterations"] == round(1000 * run["budget"] / RECORDED["milliseconds"][run["kind"]])


@pytest.mark.parametrize("kind", BY_HAND)
def test_no_rate_that_is_best_by_hand_lies_at_the_edge_of_those_tried(kind):
    found = twenty_ways.chosen(RECORDED, kind)[0]["setting"].split(" and ")
    tried = [setting.split(" and ") for setting in twenty_ways.RIVALS[kind]]
    for rate, others in zip(map(float, found), zip(*tried, strict=True), strict=True):
        assert min(map(float, others)) < rate < max(map(float, others))


def test_validation_chooses_at_the_first_seed_and_the_shorter_budget():
    [kind, another, *_] = twenty_ways.RIVALS
    first, second = twenty_ways.SEEDS

    def run(setting, validation, seed=first, budget=twenty_ways.SHORT, kind=kind):
        return dict(kind=kind, setting=setting, seed=seed, budget=budget, validation=validation, test=1 - validation)

    wanted = [run("b", 0.4), run("b", 0.1, seed=second), run("b", 0.1, budget=twenty_ways.LONG)]
    others = [run("a", 0.3), run("a", 0.9, seed=second), run("a", 0.9, budget=twenty_ways.LONG)]
    assert twenty_ways.chosen(dict(runs=[*others, *wanted, run("b", 0.9, kind=another)]), kind) == wanted


def test_learned_rates_differ_from_where_they_started():
    for run in RUNS:
        rates = [rate for step in run["rates"] for rate in step.values()]
        steps = (1, 2)[run["kind"] == twenty_ways.FINEST]
        assert len(rates) == (11 * steps if run["kind"] in LEARNED else 0)
        began = 0.1 if run["setting"] == "from 0.1" else 1.0
        assert all(rate > 0 and abs(rate - began) > 1e-5 for rate in rates)


def test_the_command_records(monkeypatch):
    asked = []
    monkeypatch.setattr(twenty_ways, "record", asked.append)
    command.main(["rates"])
    assert asked == [twenty_ways.STORED]
