"""TEACHING.md agrees with the lessons and with itself, and every quiz has one answer and a reason for each option."""

import re
from collections import Counter
from itertools import pairwise

import nbformat
import pytest

from mlcourse.files import ROOT

LESSONS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
QUIZZES = [ROOT / "teaching" / "quizzes" / f"{path.stem}.md" for path in LESSONS]
GUIDE = (ROOT / "TEACHING.md").read_text(encoding="utf-8")
PLANS, *SECTIONS = re.split(r"^## (?=\d\d · )", GUIDE, flags=re.M)
for_each_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
for_each_quiz = pytest.mark.parametrize("path", QUIZZES, ids=lambda path: path.stem)


def opening(path):
    """The first cell of a lesson."""
    return nbformat.read(path, as_version=4).cells[0].source


def section(path):
    """What TEACHING.md says of a lesson, from its title on."""
    (found,) = (part for part in SECTIONS if part.startswith(path.stem[:2]))
    return found


def class_minutes(path):
    return int(re.search(r"\*\*In class, (\d+) minutes:\*\*", section(path))[1])


def table(heading):
    """The cells of the rows of all tables under a heading of TEACHING.md, without the tables' own headings."""
    text = re.search(rf"^### {heading}$(.*?)(?=^##)", PLANS, flags=re.M | re.S)[1]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return [row for row in rows if "minutes" not in row and set(row[0]) != {"-"}]


def clock(time):
    hours, minutes = time.split(":")
    return 60 * int(hours) + int(minutes)


def questions(path):
    """Of each question: the part to show, its options, the letter that is right, and a reason for each letter."""
    _, *parts = re.split(r"^## \d · ", path.read_text(encoding="utf-8"), flags=re.M)
    found = []
    for part in parts:
        shown, answer = re.fullmatch(
            r"(.*?)\n<details><summary>Answer</summary>\n(.*)\n</details>\s*", part, flags=re.S
        ).groups()
        options = re.findall(r"^- \*\*([A-D])\.\*\* (.+)$", shown, flags=re.M)
        right = re.findall(r"^\*\*([A-D]) is right\.\*\* (.+)$", answer, flags=re.M)
        found.append((shown, options, right, right + re.findall(r"^- \*\*([A-D])\*\* (.+)$", answer, flags=re.M)))
    return found


# --- the guide --------------------------------------------------------------------------------------------------------


def test_there_is_one_section_for_each_lesson_under_its_title():
    assert [part.splitlines()[0] for part in SECTIONS] == [
        opening(path).splitlines()[0].removeprefix("# ") for path in LESSONS
    ]


@for_each_lesson
def test_a_section_has_its_parts_in_order(path):
    parts = re.findall(r"^\*\*([A-Z][a-z ]+)[.:]\*\*", section(path), flags=re.M)
    assert parts == ["Time", "Goals", "On the board", "Misconceptions", "Long cells", "On the day", "Quiz"]


@for_each_lesson
def test_the_times_are_those_of_the_notebook(path):
    time = re.search(r"\*\*Time:\*\* .*? to read, .*? to run\.", opening(path))[0]
    assert time in section(path)


@for_each_lesson
def test_the_goals_are_those_of_the_notebook(path):
    goals = re.search(r"^\*\*Goals\.\*\* (.+)$", section(path), flags=re.M)[1]
    verbs = re.findall(r"^- \*(\w+)\*", opening(path), flags=re.M)
    assert [verb.lower() for verb in re.findall(r"\*(\w+)\*", goals)] == verbs


@for_each_lesson
def test_a_misconception_comes_with_a_question_and_a_wrong_answer(path):
    block = re.search(r"\*\*Misconceptions\.\*\*\n\n(.*?)\n\n\*\*", section(path), flags=re.S)[1]
    rows = block.splitlines()
    assert 2 <= len(rows) <= 3
    for row in rows:
        assert re.fullmatch(r'- \*[^*]+\.\* Ask: ".+[?:.]" Who holds this \w+ .+\. .+\.', row), row


@for_each_lesson
def test_the_minutes_of_a_lesson_add_up(path):
    total, parts = re.search(r"\*\*In class, (\d+) minutes:\*\* (.+)$", section(path), flags=re.M).groups()
    minutes = [int(number) for number in re.findall(r" (\d+)(?=[,.])", parts)]
    assert len(minutes) >= 3
    assert sum(minutes) == int(total)


@for_each_lesson
def test_the_quiz_of_a_lesson_is_linked(path):
    assert f"**Quiz.** [{path.stem}](teaching/quizzes/{path.stem}.md)" in section(path)


# --- the plans --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("heading, ends", [("One class, 90 minutes", 1), ("Two days", 2)])
def test_a_plan_keeps_its_times(heading, ends):
    rows = table(heading)
    for (now, minutes, *_), (later, *_) in pairwise(rows):
        assert not minutes or clock(now) + int(minutes) == clock(later), f"after {now}"
    assert [row[2] for row in rows if not row[1]] == ["end"] * ends


def test_the_class_takes_90_minutes():
    assert sum(int(minutes) for _, minutes, *_ in table("One class, 90 minutes") if minutes) == 90


def test_the_two_days_give_each_lesson_its_minutes():
    minutes = Counter()
    for _, taken, what in table("Two days"):
        if lesson := re.match(r"Lesson (\d\d)", what):
            minutes[lesson[1]] += int(taken)
    assert minutes == {path.stem[:2]: class_minutes(path) for path in LESSONS}


def test_the_six_weeks_give_each_lesson_its_minutes():
    rows = table("Six weeks")
    assert len(rows) == 6
    minutes = dict(re.findall(r"\b(\d\d) \((\d+)\)", " ".join(row[1] for row in rows)))
    assert {lesson: int(taken) for lesson, taken in minutes.items()} == {p.stem[:2]: class_minutes(p) for p in LESSONS}
    for _, what, total, _ in rows:
        assert sum(int(number) for number in re.findall(r"\((\d+)\)", what)) == int(total) == 120


# --- the quizzes ------------------------------------------------------------------------------------------------------


def test_every_quiz_belongs_to_a_lesson():
    assert sorted((ROOT / "teaching" / "quizzes").iterdir()) == QUIZZES


@for_each_quiz
def test_a_quiz_names_its_lesson(path):
    title = opening(ROOT / "notebooks" / f"{path.stem}.ipynb").splitlines()[0].removeprefix("# ")
    assert path.read_text(encoding="utf-8").startswith(f"# Quiz {title}\n")


@for_each_quiz
def test_five_questions_with_four_options_and_one_answer(path):
    numbers = re.findall(r"^## (\d) · ", path.read_text(encoding="utf-8"), flags=re.M)
    assert numbers == list("12345")
    for shown, options, right, _ in questions(path):
        assert [letter for letter, _ in options] == list("ABCD"), shown
        assert len({text for _, text in options}) == 4, shown
        assert len(right) == 1, shown


@for_each_quiz
def test_every_option_has_a_reason(path):
    for shown, _, _, reasons in questions(path):
        assert sorted(letter for letter, _ in reasons) == list("ABCD"), shown
        assert all(len(reason.split()) >= 5 for _, reason in reasons), shown


def test_neither_the_letter_nor_the_length_gives_the_answer_away():
    letters, longest = Counter(), 0
    for path in QUIZZES:
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
    targets = re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8"))
    assert targets
    for target in targets:
        assert (path.parent / target).exists(), f"{target} is not there"


@for_each_lesson
def test_students_do_not_stumble_over_a_quiz(path):
    assert "teaching/" not in path.read_text(encoding="utf-8")
