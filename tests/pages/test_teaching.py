"""TEACHING.md agrees with the lessons and with itself, and no quiz gives its answers away.

What TEACHING.md must say of a lesson, and what a quiz must have, is on the checklist: see test_checklist.py.
"""

import re
from collections import Counter
from itertools import pairwise

import checklist
import pytest
from guide import class_minutes, minutes_of_days, minutes_of_weeks, questions, sections, table
from lessons import CORE, LESSONS, prose, read, title

from mlcourse.files import ROOT

QUIZZES = sorted((ROOT / "teaching" / "quizzes").iterdir())


def clock(time):
    hours, minutes = time.split(":")
    return 60 * int(hours) + int(minutes)


# --- the guide --------------------------------------------------------------------------------------------------------


def test_sections_are_those_of_lessons_in_their_order():
    titles = [part.partition("\n")[0] for part in sections(ROOT)]
    assert titles == [title(path) for path in LESSONS if title(path) in titles]


def test_each_lesson_says_beside_its_time_how_much_memory_it_needs_and_that_is_little():
    for part in sections(ROOT):
        needs = re.search(r"^\*\*Time:\*\* .*? to run\. Needs (\d\.\d) GB\. ", part, flags=re.M)
        assert needs and float(needs[1]) <= 1.2, part.partition("\n")[0]


# --- the plans --------------------------------------------------------------------------------------------------------


def minutes_of_the_core():
    return {path.name[:2]: class_minutes(ROOT, path.name[:2]) for path in CORE}


@pytest.mark.parametrize(
    "heading, ends", [("One class, 90 minutes", 1), ("Two afternoons", 2), ("Two days", 2), ("A third day", 1)]
)
def test_a_plan_keeps_its_times(heading, ends):
    rows = table(ROOT, heading)
    for (now, minutes, *_), (later, *_) in pairwise(rows):
        assert not minutes or clock(now) + int(minutes) == clock(later), f"after {now}"
    assert [row[2] for row in rows if not row[1]] == ["end"] * ends


def test_the_class_takes_90_minutes():
    assert sum(int(minutes) for _, minutes, *_ in table(ROOT, "One class, 90 minutes") if minutes) == 90


def test_the_two_days_give_each_lesson_of_the_core_its_minutes():
    assert minutes_of_days(ROOT, "Two days") == minutes_of_the_core()


def test_the_two_days_have_time_for_coding_as_long_as_the_lessons_say():
    rows = {what: minutes for _, minutes, what in table(ROOT, "Two days")}
    for path in CORE[1:]:  # lesson 00 has it in its own minutes
        said = re.search(r"### Exercise 2 · code \(★+, (\d+) minutes\)", prose(read(path)))[1]
        given = [rows[what] for what in rows if what.startswith(f"Exercise 2 of lesson {path.name[:2]}, in pairs")]
        assert given == [said], path.stem


def test_without_what_may_be_dropped_the_two_days_end_when_the_page_says():
    ends, dropped = [], 0
    for now, minutes, what in table(ROOT, "Two days"):
        dropped += int(minutes) if "○" in what else 0
        if what == "end":
            ends.append("{}:{:02d}".format(*divmod(clock(now) - dropped, 60)))
            dropped = 0
    page = (ROOT / "TEACHING.md").read_text(encoding="utf-8")
    assert f"without them day 1 ends at {ends[0]}, and day 2 at {ends[1]}." in page


def test_the_six_weeks_give_each_lesson_of_the_core_its_minutes():
    assert len(table(ROOT, "Six weeks")) == 6
    assert minutes_of_weeks(ROOT, "Six weeks") == minutes_of_the_core()


@pytest.mark.parametrize("heading, first", [("Six weeks", 1), ("A longer seminar", 7)])
def test_a_week_has_two_hours(heading, first):
    for number, (week, what, total, _) in enumerate(table(ROOT, heading), start=first):
        assert int(week) == number
        assert sum(int(taken) for taken in re.findall(r"\((\d+)\)", what)) == int(total) == 120, f"week {week}"


@pytest.mark.parametrize("minutes, heading", [(minutes_of_days, "A third day"), (minutes_of_weeks, "A longer seminar")])
def test_plans_for_electives_name_no_other_lesson(minutes, heading):
    assert set(minutes(ROOT, heading)) <= {path.name[:2] for path in LESSONS} - set(minutes_of_the_core())


# --- the quizzes ------------------------------------------------------------------------------------------------------


def test_every_quiz_belongs_to_a_lesson():
    assert [path.name for path in QUIZZES if path.stem not in {lesson.stem for lesson in LESSONS}] == []


def test_neither_the_letter_nor_the_length_gives_the_answer_away():
    letters, longest = Counter(), 0
    for lesson in checklist.whole(checklist.quiz):
        path = ROOT / "teaching" / "quizzes" / f"{lesson.stem}.md"
        in_this = Counter()
        for shown, options, ((letter, _),), _ in questions(path):
            lengths = {name: len(text) for name, text in options}
            assert max(lengths.values()) <= 1.5 * min(lengths.values()) + 4, shown
            longest += lengths[letter] > max(length for name, length in lengths.items() if name != letter)
            in_this[letter] += 1
        assert max(in_this.values()) <= 2, path.stem
        letters += in_this
    assert max(letters.values()) - min(letters.values()) <= 2
    assert longest <= 0.35 * sum(letters.values())


# --- where things lie -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [ROOT / "TEACHING.md", *QUIZZES], ids=lambda path: path.stem)
def test_links_lead_to_files(path):
    for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), f"{target} is not there"


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_students_do_not_stumble_over_a_quiz(path):
    assert "teaching/" not in path.read_text(encoding="utf-8")
