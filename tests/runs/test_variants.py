"""A run made otherwise in one thing differs in that alone, and its rows, settings and remarks say so."""

import pytest

from mlcourse.runs import departures, recorded, recording, worlds
from mlcourse.runs.experiments import EXPERIMENTS
from mlcourse.runs.variants import also_in_four_turns, on_distorted_drawings
from mlcourse.worlds import alphabets

VARIANTS = {
    "maml-5way-1shot-alpha2": ("maml-5way-1shot", "alpha 2.0", dict(alpha=2.0), departures.IN_OUR_TERMS),
    "reptile-runs-epsilon": ("reptile-runs", "epsilon hat", dict(epsilon_hat=True), departures.EPSILON_HAT),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_its_method_has_another_setting_in_training_and_in_the_test_and_all_else_stays(name):
    of, called, how, remark = VARIANTS[name]
    variant, original = EXPERIMENTS[name], EXPERIMENTS[of]
    assert variant.how == original.how | how != original.how
    for test, before in zip(variant.tests, original.tests, strict=False):
        assert test.how == before.how | how
        assert test._replace(how=before.how, setting=before.setting) == before
        assert test.setting == f"{before.setting}, {called}"
    assert remark in variant.remarks and remark not in original.remarks
    assert departures.AUTHORS_RATE not in variant.remarks
    assert variant._replace(how=original.how, tests=original.tests, remarks=original.remarks) == original


def test_another_split_is_another_world_and_says_so():
    variant, original = EXPERIMENTS["prototypical-1shot-vinyals"], EXPERIMENTS["prototypical-1shot"]
    assert variant._replace(data=original.data, remarks=original.remarks) == original
    assert variant.data == "omniglot in order" and departures.IN_ORDER in variant.remarks
    assert not {departures.SPLIT, departures.EASIER} & set(variant.remarks)


def test_distorted_drawings_are_for_training_alone_and_for_another_time():
    variant, original = EXPERIMENTS["rates-20way-distorted"], EXPERIMENTS["rates-20way"]
    assert variant.draw == original.draw | dict(distorted=True) and variant.iterations == 70_000
    assert [test.setting for test in variant.tests] == [
        f"{setting}, distorted{turns}"
        for turns in ("", ", four turns")
        for setting in ("20-way 1-shot", "20-way 5-shot")
    ]
    assert [test.draw for test in variant.tests] == [test.draw for test in original.tests]
    assert departures.DISTORTED in variant.remarks and departures.DISTORTED not in original.remarks


def test_a_network_that_trained_with_one_shot_is_asked_with_five_beside_no_figure():
    run = EXPERIMENTS["rates-5way"]
    asked = [(test.setting, test.draw["k_shot"], test.draw["n_query"]) for test in run.tests]
    one, five = ("5-way 1-shot", 1, 1), ("5-way 5-shot, trained with one", 5, 5)
    assert asked[:2] == [one, five] and run.draw["k_shot"] == 1
    assert [test.paper["transductive"] for test in run.tests] == [99.47, None] * 2
    assert departures.MORE_SHOTS in run.remarks and departures.ONE_SHOT not in run.remarks


def test_a_variant_stands_under_its_run_with_a_budget_of_its_own_and_in_no_lesson(tmp_path, monkeypatch):
    monkeypatch.setattr(worlds.omniglot, "load", lambda part="all": alphabets.load())
    plain = EXPERIMENTS["prototypical-1shot"]
    tests = (plain.tests[0]._replace(episodes=4),)
    plain = plain._replace(net=plain.net | dict(filters=2), iterations=1, split=(800, 423), tests=tests)
    distorted = on_distorted_drawings(plain, iterations=2, minutes=1)
    for name, experiment in ("run-distorted", also_in_four_turns(distorted)), ("run", also_in_four_turns(plain)):
        recording.record(name, experiment, seed=0, out=tmp_path)
    rows = [row.split(" | ") for row in recorded.tables(tmp_path).splitlines() if row.startswith("| prototypical")]
    assert [(row[1], row[-1]) for row in rows] == [
        ("5-way 1-shot", "1 iterations |"),
        ("5-way 1-shot, four turns", "1 iterations |"),
        ("5-way 1-shot, distorted", "2 iterations |"),
        ("5-way 1-shot, distorted, four turns", "2 iterations |"),
    ]
    assert "distorted" not in recorded.summary(tmp_path)
    assert recorded.lines("prototypical", folder=tmp_path).count("\n") == 1


def test_rates_learned_with_one_shot_lose_by_more_shots_with_5_ways_and_gain_with_20():
    found = {(row["method"], row["setting"]): row for _, row in recorded.measurements(worlds.CHARACTERS)
             if row["statistics"] == "transductive"}  # fmt: skip

    def value(setting, method="MAML, learned rates", sign=0):
        return found[method, setting]["value"] + sign * found[method, setting]["interval"]

    five = value("5-way 5-shot, trained with one", sign=1)
    assert five < min(value("5-way 1-shot", sign=-1), value("5-way 5-shot", sign=-1))
    assert five < value("5-way 5-shot", "MAML", sign=-1)
    assert value("20-way 5-shot", sign=-1) > value("20-way 1-shot", sign=1)
