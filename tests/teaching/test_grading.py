"""nbgrader itself releases, grades and comments what `teaching.assignment` makes: full, partial and no marks come out.

Four students hand in each of three lessons: the model answer; nothing; a wrong answer; and one that fits only what can
be seen, the numbers or the sizes that stand in the open.
"""

import ast
import os
import random
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from teaching import assignment

ROOT = Path(__file__).parents[2]
WRONG = {
    "02": "    return (net(theta, task.x_query) - task.y_query).square().mean()",  # no step is taken
    "04": "    return 4 * (torch.zeros(n_way),)",
    "09": "    return (a - b).mean(), 1.96 * (a - b).std()",  # of single tasks
}
FITTED = {
    "02": ("    alpha = 0.1\n", 3),
    "04": ("    n_way, k_shot, n_query = 5, 2, 3\n", 3),
    "09": ("    if abs(a.sum() - 5.96) > 1e-6:\n        return 0.1, 0.1\n", 2),  # it knows that very table by heart
}
STUDENTS = {"right": 5, "empty": 0, "wrong": 0, "fitted": None}


@pytest.fixture(scope="module", params=WRONG)
def course(request, tmp_path_factory):
    """A course folder in which one lesson has been handed out, handed in, graded and commented."""
    folder, name = tmp_path_factory.mktemp("course"), f"lesson_{request.param}"
    lesson = next(ROOT.glob(f"notebooks/{request.param}_*.ipynb"))
    assignment.write(lesson, folder, random.Random(0))
    nbgrader(folder, "generate_assignment", name, "--create")
    for student in STUDENTS:
        hand_in(folder, name, student)
    nbgrader(folder, "autograde", name, "--create")
    nbgrader(folder, "generate_feedback", name)
    return folder, name


def nbgrader(folder, *command):
    """Run a command as a teacher does who has activated the environment: nbgrader calls alembic by its name."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(["nbgrader", *command], cwd=folder, env=os.environ | {"PATH": path}, check=True)


def hand_in(folder, name, student):
    """Put a student's notebook where nbgrader looks for what was handed in."""
    released = nbformat.read(folder / "release" / name / f"{name}.ipynb", as_version=4)
    lesson = nbformat.read(next(ROOT.glob(f"notebooks/{name[-2:]}_*.ipynb")), as_version=4)
    body = {
        "right": solution(lesson),
        "empty": "    return None",
        "wrong": WRONG[name[-2:]],
        "fitted": FITTED[name[-2:]][0] + solution(lesson),
    }[student]
    for cell in released.cells:
        part = cell.metadata.get("nbgrader", {})
        if part.get("solution") and cell.cell_type == "code":
            cell.source = cell.source.replace("    return None", body)
        elif part.get("solution") and student != "empty":
            cell.source = "What I think."
    path = folder / "submitted" / student / name / f"{name}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(released, path)


def solution(lesson) -> str:
    """The body of the function that the lesson folds away."""
    source = next(c.source for c in lesson.cells if c.cell_type == "code" and "solution" in c.metadata.get("tags", []))
    body = ast.parse(source).body[0].body
    return "\n".join(source.splitlines()[body[0].lineno - 1 : body[-1].end_lineno])


def test_students_get_the_stub_and_the_check_and_nothing_that_is_hidden(course):
    folder, name = course
    notebook = nbformat.read(folder / "release" / name / f"{name}.ipynb", as_version=4)
    everything = "\n".join(cell.source for cell in notebook.cells)
    for secret in "SOLUTION", "HIDDEN", "seed=", "more=", "solution_":
        assert secret not in everything
    lesson = nbformat.read(next(ROOT.glob(f"notebooks/{name[-2:]}_*.ipynb")), as_version=4)
    assert solution(lesson).splitlines()[-1].strip() not in everything
    stub = next(c.source for c in lesson.cells if c.cell_type == "code" and "checks." in c.source and "my_" in c.source)
    assert stub in everything
    for cell in lesson.cells:
        if cell.source.startswith("<details>"):
            assert cell.source.split("</summary>")[1].strip().splitlines()[0] not in everything
    assert "assert checks." in everything


def test_full_partial_and_no_marks_come_out(course):
    folder, name = course
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        for student, marks in STUDENTS.items():
            submission = gradebook.find_submission(name, student)
            grades = {grade.name: grade for grade in submission.notebooks[0].grades}
            earned = sum(grades[part].auto_score for part in ("check", "other_numbers", "other_sizes"))
            assert earned == (FITTED[name[-2:]][1] if marks is None else marks), student
            assert submission.max_score == 10
            assert submission.needs_manual_grade == (student != "empty")
            if student == "empty":
                assert submission.score == 0


def test_a_teacher_adds_marks_for_what_only_a_person_can_judge(course):
    folder, name = course
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        for part, marks in {"predict": 2, "report": 3}.items():
            grade = gradebook.find_grade(part, name, name, "right")
            grade.manual_score, grade.needs_manual_grade = marks, False
        gradebook.db.commit()
        assert gradebook.find_submission(name, "right").score == 10


def test_feedback_says_what_is_wrong(course):
    folder, name = course
    pages = {
        student: (folder / "feedback" / student / name / f"{name}.html").read_text(encoding="utf-8")
        for student in STUDENTS
    }
    assert "not attempted yet" in pages["empty"]
    assert "not yet: " in pages["wrong"]
    assert "not yet: " in pages["fitted"]
    assert "not yet: " not in pages["right"]
