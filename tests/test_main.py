"""`python -m mlcourse` as a learner meets it: a process, an address, Ctrl+C."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from mlcourse import __main__ as command
from mlcourse.files import ROOT

LESSON = {
    "cells": [{"cell_type": "markdown", "id": "0", "metadata": {}, "source": ["# Start here\n", "Welcome."]}],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 5,
}


@pytest.fixture
def course(tmp_path):
    """A course with one lesson, away from the real one and from the settings of whoever runs the tests."""
    package = tmp_path / "mlcourse"
    package.mkdir()
    for name in ("__main__.py", "files.py"):
        shutil.copy(ROOT / "mlcourse" / name, package)
    (package / "__init__.py").touch()
    lesson = tmp_path / command.FIRST
    lesson.parent.mkdir()
    lesson.write_text(json.dumps(LESSON), encoding="utf-8")
    return tmp_path


def start(course: Path, *options: str) -> subprocess.Popen:
    jupyter = {f"JUPYTER_{name}_DIR": str(course / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    return subprocess.Popen(
        [sys.executable, "-m", "mlcourse", *options],
        cwd=course,
        env=os.environ | jupyter,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=20)
    return process.returncode, out, err


@pytest.fixture
def taken_port():
    with socket.create_server(("localhost", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def opened(course, taken_port):
    """The running course and its address; its first choice of a port is taken."""
    process = start(course, "--no-browser", f"--port={taken_port}")
    try:
        line = process.stdout.readline()
        found = re.search(r"http://localhost:\S+", line)
        assert found, line + process.stderr.read()
        assert process.stdout.readline() == "Stop it with Ctrl+C.\n"
        yield process, found[0]
    finally:
        process.kill()


def test_help_names_every_lesson_and_option(course):
    code, out, _ = finish(start(course, "--help"))
    assert code == 0
    assert re.search(r"00_start_here\.ipynb +Start here\n", out)
    assert "--port" in out and "--no-browser" in out


def test_a_package_without_its_lessons_says_so_in_a_sentence(course):
    shutil.rmtree(course / "notebooks")
    code, _, err = finish(start(course, "--no-browser"))
    assert code == 1
    assert err.startswith("There are no lessons in") and len(err.splitlines()) == 1


def test_every_lesson_of_the_course_has_a_title():
    assert all(command.lessons().values())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send Ctrl+C to one process alone")
def test_the_course_opens_on_a_free_port_asks_no_other_machine_and_closes_on_ctrl_c(opened, taken_port):
    process, address = opened
    url = urlsplit(address)
    assert url.port != taken_port
    assert url.path == f"/lab/tree/{command.FIRST}"

    with urlopen(address) as page:
        assert page.status == 200
        settings = json.loads(re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page.read().decode(), re.S)[1])
    assert "@jupyterlab/apputils-extension:announcements" in settings["disabledExtensions"]
    assert settings["extensionManager"]["can_install"] is False

    lesson = f"http://{url.netloc}/api/contents/{command.FIRST}"
    with urlopen(f"{lesson}?{url.query}") as answer:
        assert json.load(answer)["content"]["cells"][0]["source"] == "# Start here\nWelcome."
    with pytest.raises(HTTPError, match="403"):  # the address is of no use without its token
        urlopen(lesson)

    process.send_signal(signal.SIGINT)
    assert finish(process) == (0, "The course is closed.\n", "")
