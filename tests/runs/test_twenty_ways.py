"""The record of inner rates on 20-way characters: whole, at equal time, and what the learned rates look like."""

from mlcourse import __main__ as command
from mlcourse.runs import twenty_ways

RECORDED = twenty_ways.load()


def test_every_rival_has_every_seed():
    found = {(run["name"], run["seed"]) for run in RECORDED["runs"]}
    assert found == {(name, seed) for name in twenty_ways.RIVALS for seed in twenty_ways.SEEDS}
    assert len(RECORDED["runs"]) == len(found)


def test_all_had_as_many_iterations_as_fit_into_the_time():
    for run in RECORDED["runs"]:
        assert run["iterations"] == round(1000 * twenty_ways.SECONDS / RECORDED["milliseconds"][run["name"]])


def test_no_rate_that_is_best_by_hand_lies_at_the_edge_of_those_tried():
    by_hand = {run["name"]: run["validation"] for run in RECORDED["runs"] if "2 steps" in run["name"]}
    by_hand.pop(twenty_ways.LEARNED)
    assert max(by_hand, key=by_hand.get) not in (min(by_hand), max(by_hand))


def test_learned_rates_differ_from_where_they_started():
    for run in RECORDED["runs"]:
        rates = [rate for step in run["rates"] for rate in step.values()]
        assert len(rates) == (22 if run["name"] == twenty_ways.LEARNED else 0)
        assert all(rate > 0 and abs(rate - 0.1) > 1e-5 for rate in rates)


def test_the_command_records(monkeypatch):
    asked = []
    monkeypatch.setattr(twenty_ways, "record", asked.append)
    command.main(["rates"])
    assert asked == [twenty_ways.STORED]
