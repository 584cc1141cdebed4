"""What was chosen on characters held back: the candidates, their tests, and what is recorded of them."""

import math

import pytest
import torch

from mlcourse import __main__ as command
from mlcourse.runs import choices, worlds
from mlcourse.runs.experiments import BEGIN, EXPERIMENTS, TABLES
from mlcourse.worlds import alphabets, omniglot

ALL = [(name, what) for name, otherwise in choices.OTHERWISE.items() for what in (choices.AS_RECORDED, *otherwise)]


@pytest.mark.parametrize(("name", "what"), ALL)
def test_a_candidate_is_a_recorded_run_with_one_thing_otherwise_on_other_characters(name, what):
    found, run = choices.candidate(name, what), EXPERIMENTS[name]
    differing = {field for field in run._fields if getattr(found, field) != getattr(run, field)}
    assert differing - {"split"} == set(choices.OTHERWISE[name].get(what, ())) and found.split == (1000, 200)


def test_the_run_as_recorded_is_tested_after_several_numbers_of_steps_and_the_others_after_its_own():
    shapes = ("20-way 1-shot", "20-way 5-shot")
    every = [f"{shape}, {steps} steps" for shape in shapes for steps in (2, 5, 10, 20)]
    assert list(choices.tests("maml-20way", choices.AS_RECORDED)) == every
    slow = choices.tests("maml-20way", "5 steps of 0.1")
    assert [(test.how["alpha"], test.how["steps"]) for test in slow.values()] == [(0.1, 10)] * 2
    assert list(choices.tests("rates-20way", choices.AS_RECORDED)) == list(shapes)
    assert list(choices.tests("maml-5way-1shot", choices.AS_RECORDED)) == ["5-way 1-shot, 3 steps"]


def test_nothing_is_chosen_by_the_characters_that_the_runs_are_tested_on(monkeypatch):
    everything = alphabets.load().select(slice(1300))
    ink = {drawing.numpy().tobytes(): c for c, drawings in enumerate(everything.images) for drawing in drawings}
    monkeypatch.setattr(omniglot, "load", lambda: everything)
    seen, splits = [], worlds.split_by_class

    def watched(characters, *sizes, rng):
        if sizes == (1200, 423):
            sizes = (1100, 200)
        elif sizes == (1000, 200):
            sizes = (900, 200)
        parts = splits(characters, *sizes, rng=rng)
        seen.append([{ink[part.images[c, 0].numpy().tobytes()] for c in range(part.n_classes)} for part in parts])
        return parts

    monkeypatch.setattr(worlds, "split_by_class", watched)
    for name in "maml-5way-1shot", "maml-20way":
        worlds.unseen_characters(EXPERIMENTS[name], torch.Generator().manual_seed(0))
        worlds.characters_held_back(choices.candidate(name, ""), torch.Generator().manual_seed(0))
        (training, tested), (again, also), (train_on, choose_by) = seen[-3:]
        assert (training, tested) == (again, also) and not training & tested
        assert train_on | choose_by == training and not train_on & choose_by


def test_a_training_becomes_a_line_with_a_value_for_each_test_and_a_row_of_the_table(tmp_path, monkeypatch):
    monkeypatch.setattr(omniglot, "load", alphabets.load)
    monkeypatch.setattr(worlds, "split_by_class", lambda characters, *_, rng: (characters, characters))
    monkeypatch.setattr(choices, "SECONDS", 0.1)
    monkeypatch.setattr(choices, "LONGER", 0.2)
    monkeypatch.setattr(choices, "EPISODES", {5: 4, 20: 2})
    for name, otherwise in choices.OTHERWISE.items():
        run = EXPERIMENTS[name]
        monkeypatch.setitem(EXPERIMENTS, name, run._replace(net=run.net | dict(filters=2)))
        monkeypatch.setitem(choices.OTHERWISE, name, dict(list(otherwise.items())[-1:]))
    choices.record(tmp_path / "choices.json")
    file = choices.load(tmp_path / "choices.json")
    for run in file["runs"]:
        asked = list(choices.tests(run["run"], run["otherwise"]))
        trained = ["trained"] if "trained" in run else []
        assert list(run) == ["run", "otherwise", *trained, "iterations", "seconds", *asked]
        assert all(0 <= mean <= 100 and interval >= 0 for mean, interval in (run[each] for each in asked))
    assert len(file["runs"]) == 2 * len(choices.OTHERWISE) + 2  # two are trained for longer, too
    rows = choices.table(file).splitlines()
    assert len(rows) == 2 + 14 + 3 + 2  # maml-20way and FOMAML have three and two more, for their other steps
    assert rows[-2].startswith("| `rates-20way` | as recorded, trained for 0.2 s |")
    assert rows[4].startswith("| `maml-20way` | as recorded, tested after 2 steps |")


def test_the_command_records(monkeypatch):
    asked = []
    monkeypatch.setattr(choices, "record", asked.append)
    command.main(["choices"])
    assert asked == [choices.STORED]


def test_every_candidate_is_recorded_and_the_page_says_what_came_out():
    file = choices.load()
    assert all(key.items() <= run.items() for key, run in zip(choices.plan(), file["runs"], strict=True))
    page = TABLES.read_text(encoding="utf-8")
    assert page.split(choices.BEGIN)[1].split(choices.END)[0].strip() == choices.table(file)
    assert page.index(BEGIN) < page.index(choices.BEGIN)


@pytest.mark.parametrize(
    ("name", "called", "decided", "level"),
    [
        ("maml-5way-1shot", "5-way 1-shot, 3 steps", {"outer rate 0.001"}, {"outer rate 0.01"}),
        ("maml-20way", "20-way 1-shot, 10 steps", set(choices.OTHERWISE["maml-20way"]), set()),
        ("maml-20way", "20-way 5-shot, 10 steps", set(choices.OTHERWISE["maml-20way"]), set()),
        ("rates-20way", "20-way 5-shot", set(), set(choices.FIVE_SHOTS)),
        ("fomaml-5way-1shot", "5-way 1-shot, 20 steps", set(), {"1 step of 0.4", "3 steps of 0.4"}),
        ("fomaml-5way-5shot", "5-way 5-shot, 3 steps", set(), {"1 step of 0.4", "5 steps of 0.1"}),
        ("siamese", "20-way 1-shot", {"strided net"}, set(choices.OTHERWISE["siamese"]) - {"strided net"}),
        ("siamese", "5-way 1-shot", {"strided net"}, set(choices.OTHERWISE["siamese"]) - {"strided net"}),
    ],
)
def test_what_a_minute_decides_and_what_it_leaves_level_is_as_the_page_says(name, called, decided, level):
    runs = {run["otherwise"]: run for run in choices.load()["runs"] if run["run"] == name and "trained" not in run}
    for what in decided | level:
        assert (behind(runs, what, called) > 1) == (what in decided), what
        assert abs(behind(runs, what, called)) < 1 or what in decided, what


def behind(runs, what, called):
    """By how much a candidate is worse than the run as recorded, in half-widths of the difference's interval."""
    (best, one), (mean, other) = (runs[each][called] for each in (choices.AS_RECORDED, what))
    return (best - mean) / math.hypot(one, other)


def test_ten_steps_in_the_test_are_better_than_five_and_level_with_twenty():
    runs = choices.load()["runs"]
    run = next(run for run in runs if (run["run"], run["otherwise"]) == ("maml-20way", choices.AS_RECORDED))
    five, ten, twenty = (run[f"20-way 5-shot, {steps} steps"] for steps in (5, 10, 20))
    assert ten[0] - five[0] > math.hypot(ten[1], five[1]) and abs(ten[0] - twenty[0]) < math.hypot(ten[1], twenty[1])


def test_in_four_minutes_five_shots_in_training_fall_three_points_behind():
    runs = {run["otherwise"]: run for run in choices.load()["runs"] if "trained" in run}
    one, five = runs[choices.AS_RECORDED]["20-way 5-shot"][0], runs[next(iter(choices.FIVE_SHOTS))]["20-way 5-shot"][0]
    assert 2.5 < one - five < 3.5
