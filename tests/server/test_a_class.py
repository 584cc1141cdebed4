"""Five students log in at a hub and run lesson 02 at the same time; nobody gets into another's place."""

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from student import Student

from conftest import NAMES, PASSWORD, ROOT, SETTINGS, pids

LESSON = "notebooks/02_maml.ipynb"


@pytest.mark.parametrize("name", ["mlc-test-z", "root"])
def test_who_is_not_on_the_list_stays_outside(hub, name):
    assert not Student(hub, name, PASSWORD).logged_in


def test_the_first_password_is_the_only_one(hub, students):
    assert not Student(hub, NAMES[0], "another password").logged_in


def test_an_account_of_the_machine_gets_no_server(hub, students):
    daemon = Student(hub, "daemon", PASSWORD)
    with pytest.raises(AssertionError, match="did not start"):
        daemon.begin()


def test_everybody_has_a_copy_without_solutions_and_answers(students):
    for student in students:
        folder = student.ask("get", "api/contents/course/notebooks").json()["content"]
        assert {Path(LESSON).name} < {each["name"] for each in folder}
        for cell in lesson(student):
            assert "solution" not in cell["metadata"].get("tags", []) and not cell.get("outputs")


def lesson(student):
    return student.ask("get", f"api/contents/course/{LESSON}").json()["content"]["cells"]


def work_through(student):
    """Run lesson 02: its errors, what its cells print, by their place among the student's cells, and the seconds."""
    begun, kernel, errors, printed = time.monotonic(), student.kernel(), [], {}
    for i, cell in enumerate(lesson(student)):
        if cell["cell_type"] == "code":
            printed[i], error = kernel.run(cell["source"])
            errors += [f"cell {i}: {error}"] if error else []
    return errors, printed, time.monotonic() - begun


def memory(name):
    """What a student's processes take, in GB, each shared page divided by those who share it."""
    found = 0
    for pid in pids(name):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            continue
        found += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return found / 2**20


def seconds(name):
    """What a student's processes that are still there have computed, in seconds of one core."""
    stats = [Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split() for pid in pids(name)]
    return sum(int(fields[i]) for fields in stats for i in (11, 12)) / os.sysconf("SC_CLK_TCK")


def test_all_five_run_the_lesson_at_once_and_get_what_it_has_stored(students, capsys):
    peaks, before = dict.fromkeys(NAMES, 0.0), sum(map(seconds, NAMES))
    with ThreadPoolExecutor() as pool:
        running = [pool.submit(work_through, student) for student in students]
        while not all(job.done() for job in running):
            peaks = {name: max(peak, memory(name)) for name, peak in peaks.items()}
            time.sleep(3)
    computed = (sum(map(seconds, NAMES)) - before) / len(NAMES)
    stored = [
        cell for cell in json.loads((ROOT / LESSON).read_text(encoding="utf-8"))["cells"]
        if "solution" not in cell["metadata"].get("tags", [])
    ]  # fmt: skip
    compared = 0
    for errors, printed, _ in (job.result() for job in running):
        assert not errors, errors
        for i, text in printed.items():
            if "nbval-ignore-output" not in stored[i]["metadata"].get("tags", []):
                outputs = stored[i]["outputs"]
                assert text == "".join(
                    line for out in outputs if out.get("name") == "stdout" for line in out["text"]
                ), f"cell {i}"
                compared += bool(text)
    assert compared >= 5 * len(students)
    longest = max(job.result()[2] for job in running)
    with capsys.disabled():
        print(
            f"\nlesson 02, {len(students)} at once on {os.cpu_count()} cores: {longest:.0f} s, of which each computed"
        )
        print(f"{computed:.0f}; at most {max(peaks.values()):.2f} GB each, {sum(peaks.values()):.2f} GB together")


# --- from the kernel of one student ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kernel(students):
    return students[0].kernel()


def refused(kernel, code):
    printed, error = kernel.run(code)
    return error.startswith("PermissionError") and not printed


def test_nobody_reads_or_writes_another_s_home(kernel):
    for name in NAMES[1:]:
        assert refused(kernel, f"import os; print(os.listdir('/home/{name}'))")
        assert refused(kernel, f"print(open('/home/{name}/course/{LESSON}').read())")
        assert refused(kernel, f"open('/home/{name}/course/{LESSON}', 'a')")
        assert refused(kernel, f"open('/home/{name}/new', 'w')")


def test_nobody_gets_into_another_s_server(students):
    mine, other = students[0], students[1].name
    assert students[1].ask("get", "api/contents").status_code == 200
    for verb, what in ("get", "api/contents"), ("post", "api/kernels"), ("delete", f"api/contents/course/{LESSON}"):
        assert mine.ask(verb, what, of=other).status_code in (302, 403)


def test_solutions_quizzes_answers_and_the_hub_s_own_files_are_closed(kernel, place):
    closed = [LESSON, "teaching/quizzes/02_maml.md", "tests/checks/answers/meta_gradient.py", "TEACHING.md"]
    for path in [*(place / "course" / name for name in closed), place / "state" / "students.txt"]:
        assert path.is_file()
        assert refused(kernel, f"print(open({str(path)!r}).read())")


def test_what_all_share_is_nobody_s_to_write(kernel, place):
    course = place / "course"
    shared = [course / name for name in ("mlcourse", "data", "build/student/notebooks", "teaching/server")]
    for folder in [course, place, *shared]:
        assert refused(kernel, f"open({str(folder / 'new')!r}, 'w')")
    assert refused(kernel, f"open({str(course / 'mlcourse' / 'losses.py')!r}, 'a')")
    look = f"import os; [print(p) for p, *_ in os.walk({str(place)!r}) if os.access(p, os.W_OK)]"
    assert kernel.run(look) == ("", "")


def test_the_course_is_the_one_that_is_served_and_computes_with_one_thread(kernel, place):
    look = "import torch; print(torch.get_num_threads()); import mlcourse; print(mlcourse.__file__)"
    assert kernel.run(look) == (f"1\n{place}/course/mlcourse/__init__.py\n", "")


def test_a_process_that_wants_too_much_memory_is_told_so_and_lives(kernel):
    gb = int(SETTINGS["MLCOURSE_GB"])
    _, error = kernel.run(f"import numpy as np; np.ones({gb} * 2**27)")
    assert "MemoryError" in error
    assert kernel.run("print('still here')") == ("still here\n", "")


def test_there_is_an_end_to_processes_and_the_limit_cannot_be_raised(kernel):
    most = int(SETTINGS["MLCOURSE_PROCESSES"])
    code = "import subprocess\nstarted = []\ntry:\n    for _ in range(1000):\n        started.append(subprocess.Popen("
    code += "['sleep', '60']))\nexcept BlockingIOError:\n    print(len(started))\nfor each in started: each.kill()"
    printed, error = kernel.run(code)
    assert not error and 0 < int(printed) < most
    _, error = kernel.run("import resource; resource.setrlimit(resource.RLIMIT_NPROC, (10000, 10000))")
    assert "not allowed to raise maximum limit" in error


def test_there_is_no_terminal_and_no_question_about_news(students):
    assert students[0].ask("post", "api/terminals").status_code == 404
    page = students[0].ask("get", "lab").text
    assert "@jupyterlab/apputils-extension:announcements" in page.split('"disabledExtensions"')[1].split("]")[0]


def test_figures_say_what_they_show(students):
    described = json.loads((ROOT / "mlcourse/plots/labextensions/described/package.json").read_text())["name"]
    page = students[0].ask("get", "lab").text
    assert described in page.split('"federated_extensions"')[1].split("]")[0]


def test_work_is_there_after_a_new_start_and_lessons_that_are_new_arrive(students, place):
    student, path = students[4], f"course/{LESSON}"
    mine = dict(type="file", format="text", content="my work")
    assert student.ask("put", f"api/contents/{path}", json=mine).ok
    (place / "course" / "build" / "student" / "notebooks" / "99_new.ipynb").write_text("{}")
    student.hub("delete", "server")
    while student.hub("get").json()["servers"]:
        time.sleep(0.5)
    student.begin()
    found = student.ask("get", f"api/contents/{path}?type=file&format=text").json()
    assert found["content"] == "my work"
    assert student.ask("get", "api/contents/course/notebooks/99_new.ipynb?content=0").ok


def test_kernels_that_nobody_uses_end(students):
    until = time.monotonic() + 60  # twenty seconds here, an hour in a class
    while students[1].ask("get", "api/kernels").json():
        assert time.monotonic() < until, "an idle kernel is still there"
        time.sleep(1)
