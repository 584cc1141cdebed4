"""nbgrader releases, collects, grades and comments what `teaching.assignment` makes, by the lines of TEACHING.md.

Four students hand in each of three lessons: the model answer; nothing; a wrong answer; and one that fits only what can
be seen, the numbers or the sizes that stand in the open. A teacher then marks by hand, in Formgrader.
"""

import ast
import contextlib
import csv
import json
import os
import random
import re
import shlex
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

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
UPLOADS = {  # as learning platforms name what was handed in: three in one zip, and one that came by mail
    "right": "right_4711_assignsubmission_file_{name}.ipynb",
    "empty": "empty_4712_assignsubmission_file_/{name}.ipynb",
    "wrong": "wrong_4713_998877_{name} (1).ipynb",
    "fitted": "fitted_{name}.ipynb",
}
TEACHING = (ROOT / "TEACHING.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module", params=WRONG)
def course(request, tmp_path_factory):
    """A course folder in which one lesson has been handed out, handed in, collected, graded and commented."""
    folder, name = tmp_path_factory.mktemp("course"), f"lesson_{request.param}"
    lesson = next(ROOT.glob(f"notebooks/{request.param}_*.ipynb"))
    assignment.write(lesson, folder, random.Random(0))
    as_taught(folder, name, "generate_assignment")
    archive = folder / "downloaded" / name / "archive"
    archive.mkdir(parents=True)
    with zipfile.ZipFile(archive / f"Meta-learning 101-{name}-2.zip", "w") as packed:
        for student, upload in UPLOADS.items():
            text, path = nbformat.writes(answered(folder, name, student)), upload.format(name=name)
            packed.writestr(path, text) if student != "fitted" else (archive / path).write_text(text, encoding="utf-8")
    for step in "zip_collect", "autograde", "generate_feedback":
        as_taught(folder, name, step)
    return folder, name


def as_taught(folder, name, step):
    """Run the line of TEACHING.md for a step, for this lesson, as a teacher does who has activated the environment."""
    line = re.search(rf"^nbgrader {step}.*?(?=  +#|$)", TEACHING, flags=re.M)[0].replace("lesson_02", name)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # nbgrader calls alembic by its name
    subprocess.run(shlex.split(line), cwd=folder, env=os.environ | {"PATH": path}, check=True)


def answered(folder, name, student):
    """The notebook that a student hands in."""
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
    return released


def solution(lesson) -> str:
    """The body of the function that the lesson folds away."""
    source = next(c.source for c in lesson.cells if c.cell_type == "code" and "solution" in c.metadata.get("tags", []))
    body = ast.parse(source).body[0].body
    return "\n".join(source.splitlines()[body[0].lineno - 1 : body[-1].end_lineno])


def test_students_get_the_stub_and_the_check_and_nothing_that_is_hidden(course):
    folder, name = course
    notebook = nbformat.read(folder / "release" / name / f"{name}.ipynb", as_version=4)
    everything = "\n".join(cell.source for cell in notebook.cells)
    for secret in "SOLUTION", "HIDDEN", "more=", "solution_":
        assert secret not in everything
    assert not re.search(r"passes\(.*seed", everything)
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


def test_what_was_handed_in_is_collected_by_the_names_of_the_files(course):
    folder, name = course
    assert {path.name for path in (folder / "submitted").iterdir()} == set(STUDENTS)
    assert all((folder / "submitted" / student / name / f"{name}.ipynb").is_file() for student in STUDENTS)


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


@contextlib.contextmanager
def formgrader(folder):
    """`jupyter lab` in the course's folder, as a function that asks its Formgrader."""
    port, token = 8000 + os.getpid() % 1000, "teaching"
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", f"--port={port}"]
    process = subprocess.Popen([*command, f"--IdentityProvider.token={token}"], cwd=folder)

    def ask(path, **body):
        data, method = (json.dumps(body).encode(), "PUT") if body else (None, "GET")
        headers = {"Authorization": f"token {token}"}
        url = f"http://localhost:{port}/formgrader{path}"
        with urlopen(Request(url, data, headers, method=method), timeout=60) as answer:
            return answer.read().decode()

    try:
        for _ in range(120):
            with contextlib.suppress(URLError):
                ask("")
                break
            time.sleep(0.5)
        yield ask
    finally:
        process.terminate()
        process.wait()


def test_a_teacher_marks_by_hand_in_formgrader_and_feedback_and_export_follow(course):
    folder, name = course
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        notebook = gradebook.find_submission(name, "right").notebooks[0].id
    with formgrader(folder) as ask:
        page = ask(f"/submissions/{notebook}/?index=0")
        assert "What I think." in page
        grades = json.loads(ask(f"/api/grades?submission_id={notebook}"))
        by_hand = {grade["name"]: grade["id"] for grade in grades if grade["needs_manual_grade"]}
        assert set(by_hand) == {"predict", "report"}
        for part, marks in {"predict": 2, "report": 3}.items():
            ask(f"/api/grade/{by_hand[part]}", manual_score=marks)
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        assert gradebook.find_submission(name, "right").score == 10
    feedback = folder / "feedback" / "right" / name / f"{name}.html"
    before = feedback.read_text(encoding="utf-8")
    for step in "generate_feedback", "export":
        as_taught(folder, name, step)
    after = feedback.read_text(encoding="utf-8")
    assert "Score: 5.0 / 10.0" in before and "Score: 10.0 / 10.0" in after
    with open(folder / "grades.csv", encoding="utf-8") as file:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert scores == {student: 10 if student == "right" else scores[student] for student in STUDENTS}
    assert scores["empty"] == 0
