"""`python -m mlcourse` as a learner meets it: a process, an address, Ctrl+C; and the commands, from help to refusal."""

import contextlib
import json
import os
import re
import runpy
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from mlcourse import __main__ as command
from mlcourse.files import ROOT
from mlcourse.runs import checkpoints, experiments, resumable
from mlcourse.worlds import alphabets, download

COMMANDS = ("lab", "omniglot", "clinc150", "results", "zoo", *command.RECORDS, "alphabets", "classify")
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
    for name in ("__main__.py", "copies.py", "files.py", "lab.py"):
        shutil.copy(ROOT / "mlcourse" / name, package)
    (package / "__init__.py").touch()
    lesson = tmp_path / "notebooks" / command.FIRST
    lesson.parent.mkdir()
    lesson.write_text(json.dumps(LESSON), encoding="utf-8")
    return tmp_path


def start(course: Path, *options: str, **environment: str) -> subprocess.Popen:
    jupyter = {f"JUPYTER_{name}_DIR": str(course / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    return subprocess.Popen(
        [sys.executable, "-m", "mlcourse", *options],
        cwd=course,
        env=os.environ | jupyter | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen) -> tuple[int, str, str]:
    try:
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
    return process.returncode, out, err


@pytest.fixture
def taken_port():
    with socket.create_server(("localhost", 0)) as server:
        yield server.getsockname()[1]


# Of somebody who serves notebooks to a whole laboratory.
SETTINGS = """
c = get_config()
c.ServerApp.ip = "0.0.0.0"
c.ServerApp.allow_remote_access = True
c.ServerApp.base_url = "/laboratory/"
c.ServerApp.certfile = c.ServerApp.keyfile = c.ServerApp.client_ca = "/no/such/file.pem"
c.ServerApp.sock = "/no/such/socket"
c.ServerApp.port_retries = 0
c.ServerApp.token = ""
c.ServerApp.password = "argon2:..."
c.ServerApp.identity_provider_class = "jupyter_server.auth.identity.LegacyIdentityProvider"
c.ServerApp.custom_display_url = "http://laboratory.example"
"""


@pytest.fixture(params=[(), ("config", "server_config", "lab_config")], ids=["stored", "settings"])
def opened(request, course, taken_port):
    """The running course and its address; its first choice of a port is taken. The user has settings, or no copies."""
    (course / "CONFIG").mkdir()
    for name in request.param:
        (course / "CONFIG" / f"jupyter_{name}.py").write_text(SETTINGS, encoding="utf-8")
    process = start(course, "--no-browser", f"--port={taken_port}", *([] if request.param else ["--stored"]))
    try:
        line = process.stdout.readline()
        found = re.search(r"http://localhost:\S+", line)
        if not found:
            process.kill()
        assert found, line + process.stderr.read()
        assert process.stdout.readline() == "Stop it with Ctrl+C.\n"
        yield process, found[0]
    finally:
        process.kill()


def test_help_names_every_lesson_and_option(course):
    code, out, _ = finish(start(course, "--help"))
    assert code == 0
    assert re.search(r"00_start_here\.ipynb +Start here\n", out)
    assert "--port" in out and "--no-browser" in out and "--stored" in out


def test_a_package_without_its_lessons_says_so_in_a_sentence(course):
    shutil.rmtree(course / "notebooks")
    code, _, err = finish(start(course, "--no-browser"))
    assert code == 1
    assert err.startswith("There are no lessons in") and len(err.splitlines()) == 1


@pytest.mark.parametrize("port", ["-1", "65536", "70000", "lots"])
def test_a_port_that_there_cannot_be_is_refused_with_those_there_are(course, port):
    code, out, err = finish(start(course, "--no-browser", "--port", port))
    assert (code, out) == (2, "")
    assert err.endswith(f"argument --port: a port is a number from 0 to 65535: got {port}\n")


def test_where_the_last_port_is_taken_no_address_is_announced_that_nobody_listens_on(course):
    with contextlib.closing(socket.socket()) as last:
        try:
            last.bind(("localhost", 65535))
        except OSError:
            pytest.skip("somebody else is using the last port")
        last.listen()
        code, out, err = finish(start(course, "--no-browser", "--port", "65535"))
    assert (code, out) == (1, "") and "port 65535 is not available" in err


@pytest.mark.parametrize("where", ["HOME", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"])
def test_where_jupyter_cannot_write_a_sentence_names_the_folder(course, where):
    """A file in the place of the folder: who is root may write to any folder."""
    blocked = course / "blocked"
    blocked.touch()
    places = {"HOME": str(blocked), "XDG_DATA_HOME": "", "JUPYTER_DATA_DIR": "", "JUPYTER_RUNTIME_DIR": ""}
    code, out, err = finish(start(course, "--no-browser", **places | {where: str(blocked)}))
    assert (code, out) == (2, "")
    assert re.fullmatch(
        rf"JupyterLab cannot write to {blocked}\S* \(.+\): make that folder writable, or .*_DIR\.\n", err
    )


def test_where_no_copies_can_be_made_the_stored_lessons_are_offered(course):
    (course / "my").touch()
    code, out, err = finish(start(course, "--no-browser"))
    assert (code, out) == (2, "")
    assert err.startswith("Could not write ") and err.endswith("stored lessons instead: python -m mlcourse --stored\n")


KERNEL = """
import os, sys
from mlcourse import lab
lab.make_server = lambda *given: sys.exit(0)
try:
    lab.open_course(0, open_browser=False, stored={stored})
except SystemExit:
    print(os.environ.get("MLCOURSE_PLACE"), os.environ["PYTHONPATH"].split(os.pathsep)[0])
"""


@pytest.mark.parametrize("stored", [False, True])
def test_kernels_import_the_package_beside_the_lessons_and_know_whose_copies_they_run(course, stored):
    (course / "my").mkdir()
    (course / "my" / command.FIRST).touch()
    code = [sys.executable, "-c", KERNEL.format(stored=stored)]
    known = os.environ | {"MLCOURSE_PLACE": "/of/an/outer/course"}
    told = subprocess.run(code, cwd=course, env=known, capture_output=True, text=True, check=True).stdout
    *changed, place = told.splitlines()
    assert place == f"{None if stored else course / 'my'} {course}"
    assert [sentence.split(":")[0] for sentence in changed] == (
        [] if stored else ["00_start_here has changed since your copy was made"]
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_a_line_in_the_list(course, name):
    code, out, _ = finish(start(course, name, "--help"))
    assert code == 0 and out.startswith(f"usage: python -m mlcourse {name} ")
    _, out, _ = finish(start(course, "--help"))
    assert re.search(rf"^  {name} +[A-Z].+\.$", out, flags=re.M)


def test_an_unknown_command_is_refused_with_the_names_of_those_there_are(course):
    code, out, err = finish(start(course, "lap"))
    assert (code, out) == (2, "") and all(name in err for name in ("'lap'", *COMMANDS))


IMPORTS = """
import sys
from mlcourse import __main__ as command
command.open_course = lambda *given, **how: None
for arguments in [[], ["lab"], ["--help"], *([name, "--help"] for name in {commands})]:
    try:
        command.main(arguments)
    except SystemExit as stopped:
        assert stopped.code == 0
assert not sys.modules.keys() & {{"torch", "numpy", "mlcourse.worlds", "mlcourse.runs"}}
"""


def test_help_and_the_lab_enter_no_room_and_import_no_torch():
    subprocess.run([sys.executable, "-c", IMPORTS.format(commands=COMMANDS)], check=True, capture_output=True)


def test_the_lab_opens_without_its_name_too(monkeypatch):
    opened = []
    monkeypatch.setattr(command, "open_course", lambda *given, **how: opened.append((*given, *how.values())))
    for name in [], ["lab"]:
        command.main([*name, "--port", "9", "--no-browser"])
        command.main([*name, "--no-browser", "--stored"])
    assert opened == 2 * [(9, False, False), (8888, False, True)]


def outcome(capsys, call) -> tuple:
    """The exit code or sentence, and what was printed."""
    with pytest.raises(SystemExit) as stopped:
        sys.exit(call())
    return stopped.value.code, *capsys.readouterr()


@pytest.mark.parametrize(
    "arguments", [[], ["--help"], ["mamal"], ["anil-runs", "--iterations", "0"], ["--seed", "one"]]
)
def test_the_name_that_recorded_files_cite_is_the_command_results(capsys, monkeypatch, arguments):
    monkeypatch.setattr(sys, "argv", ["experiments", *arguments])
    old = outcome(capsys, lambda: runpy.run_module("mlcourse.experiments", run_name="__main__") and None)
    assert old == outcome(capsys, lambda: command.main(["results", *arguments]))
    assert any(old)


def failing(error: BaseException):
    def fail(*_, **__):
        raise error

    return fail


@pytest.mark.parametrize(
    "kind",
    [download.FetchError, checkpoints.CheckpointError, resumable.Stopped, OSError, ValueError, FloatingPointError],
)
def test_what_cannot_be_done_ends_with_its_sentence_said_once(monkeypatch, kind):
    monkeypatch.setattr(alphabets, "store", failing(kind("There is no ink.")))
    with pytest.raises(SystemExit, match=r"^There is no ink\.$"):
        command.main(["alphabets"])
    monkeypatch.setenv("RANK", "1")  # as torchrun has it for its second process
    with pytest.raises(SystemExit, match=r"^1$"):
        command.main(["alphabets"])


def test_a_mistake_in_the_program_keeps_its_traceback(monkeypatch):
    monkeypatch.setattr(alphabets, "store", failing(KeyError("ink")))
    with pytest.raises(KeyError):
        command.main(["alphabets"])


def test_ctrl_c_says_how_the_command_is_taken_up_again(monkeypatch):
    monkeypatch.setattr(alphabets, "store", failing(KeyboardInterrupt()))
    monkeypatch.setattr(experiments, "listing", failing(KeyboardInterrupt()))
    for name, then in ("alphabets", "starts anew"), ("results", "goes on"):
        with pytest.raises(SystemExit, match=f"^Stopped: run the command again, which {then}\\.$"):
            command.main([name])


def test_every_lesson_of_the_course_has_a_title():
    assert all(command.lessons().values())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send Ctrl+C to one process alone")
def test_the_course_opens_for_this_machine_on_a_free_port_asks_no_other_and_ends_on_ctrl_c(opened, course, taken_port):
    process, address = opened
    url = urlsplit(address)
    assert url.port != taken_port
    folder = "notebooks" if "--stored" in process.args else "my"
    assert url.path == f"/lab/tree/{folder}/{command.FIRST}"
    assert (course / "my").is_dir() == (folder == "my")

    with urlopen(address) as page:
        assert page.status == 200
        settings = json.loads(re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page.read().decode(), re.S)[1])
    assert "@jupyterlab/apputils-extension:announcements" in settings["disabledExtensions"]
    assert settings["extensionManager"]["can_install"] is False

    lesson = f"http://{url.netloc}/api/contents/{folder}/{command.FIRST}"
    with urlopen(f"{lesson}?{url.query}") as answer:
        assert json.load(answer)["content"]["cells"][0]["source"] == "# Start here\nWelcome."
    with pytest.raises(HTTPError, match="403"):  # the address is of no use without its token
        urlopen(lesson)
    if sys.platform == "linux":  # where this is the same machine, by an address other than localhost's
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", url.port))
    with pytest.raises(HTTPError, match="403"):  # nor by a name that leads here from elsewhere
        urlopen(Request(address, headers={"Host": "laboratory.example"}))

    process.send_signal(signal.SIGINT)
    assert finish(process) == (0, "The course is closed.\n", "")
