"""Slides ask before they show: prediction, code, figure; and the notes hold what the audience is not to see yet."""

import re

import checklist
import pytest
from guide import questions
from lessons import LESSONS, read

from mlcourse.files import ROOT
from teaching import lesson_slides, quiz_slides

each_lesson = pytest.mark.parametrize(
    "path", checklist.whole(checklist.form, checklist.exercises, checklist.section), ids=lambda path: path.stem
)
each_quiz = pytest.mark.parametrize("path", checklist.whole(checklist.quiz), ids=lambda path: path.stem)


def kind(cell):
    return cell.metadata.slideshow.slide_type


def is_result(cell):
    return lesson_slides.RESULT in cell.metadata.get("tags", [])


def audience(notebook):
    """What is shown, without the notes."""
    return [cell for cell in notebook.cells if kind(cell) != "notes"]


@each_lesson
def test_code_comes_first_and_its_figure_on_the_next_slide_with_its_caption(path):
    shown = audience(lesson_slides.slides(path))
    figures = [i for i, cell in enumerate(shown) if "image/png" in str(cell.get("outputs"))]
    assert len(figures) >= 3
    for i in figures:
        assert is_result(shown[i]) and kind(shown[i]) == "subslide" and not shown[i].source
        assert shown[i - 1].cell_type == "code" and not shown[i - 1].outputs
        assert shown[i + 1].source.startswith("*Figure") and kind(shown[i + 1]) == "-"


@each_lesson
def test_every_prediction_stands_before_what_it_asks_about_with_a_note_to_wait(path):
    cells = lesson_slides.slides(path).cells
    asked = [i for i, cell in enumerate(cells) if "**Predict first.**" in cell.source]
    assert asked
    for i in asked:
        later = next(cell for cell in cells[i + 1 :] if kind(cell) == "notes" or cell.cell_type == "code")
        assert later.source == lesson_slides.PREDICT


@each_lesson
def test_nothing_is_lost_but_what_is_folded_away_and_that_is_in_the_notes(path):
    notebook = lesson_slides.slides(path)
    lesson, shown = read(path), "\n\n".join(cell.source for cell in audience(notebook))
    told = "\n".join(cell.source for cell in notebook.cells if kind(cell) == "notes")
    for cell in lesson.cells:
        hidden = "solution" in cell.metadata.get("tags", [])
        for line in cell.source.splitlines():
            if "details>" not in line:
                assert line in (told if hidden else shown)
    assert "<details>" not in shown + told
    results = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    stored = [
        output
        for cell in lesson.cells
        if "solution" not in cell.metadata.get("tags", [])
        for output in cell.get("outputs", [])
    ]
    assert [result | {"metadata": {}} for result in results] == [output | {"metadata": {}} for output in stored]


@each_lesson
def test_the_board_appears_line_by_line_and_the_notes_bring_what_teaching_says(path):
    notebook = lesson_slides.slides(path)
    told = "\n".join(cell.source for cell in notebook.cells if kind(cell) == "notes")
    said = lesson_slides.notes(path.name[:2])
    for label in "Time", "Long cells", "On the day", "On the board", "Misconceptions":
        assert f"**{label}.** {said[label]}" in told
    board = next(cell.source for cell in notebook.cells if cell.source.startswith("## On the board"))
    drawn = re.findall(r"^```\n(.*?)\n```$", said["On the board"], flags=re.M | re.S)
    assert board.count('class="fragment"') == sum(bool(line) for text in drawn for line in text.splitlines())


def test_what_is_expected_of_an_open_exercise_is_a_note_below_it():
    cells = lesson_slides.slides(LESSONS[4]).cells
    exercise = next(i for i, cell in enumerate(cells) if cell.source.startswith("### Exercise 3"))
    assert cells[exercise + 1].source.startswith("**Open exercise.** ") and kind(cells[exercise + 1]) == "notes"


@each_quiz
def test_a_quiz_asks_then_votes_then_answers(path):
    quiz = ROOT / "teaching" / "quizzes" / f"{path.stem}.md"
    title, *cells = quiz_slides.slides(quiz).cells
    assert title.source.startswith("# Quiz")
    assert [kind(cell) for cell in cells] == 5 * ["slide", "fragment", "notes", "subslide"]
    for i, (_, options, ((letter, reason),), _) in enumerate(questions(quiz)):
        asked, vote, note, answer = cells[4 * i : 4 * i + 4]
        assert all(f"- **{name}.** {text}" in asked.source for name, text in options)
        assert "Vote" in vote.source and reason not in asked.source and "is right.**" not in asked.source
        assert note.source.startswith(f"{letter} is right") and f"**{letter} is right.** {reason}" in answer.source
