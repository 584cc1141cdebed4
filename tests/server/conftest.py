"""A hub on the loopback as teaching/server configures it, over a copy of the course, for five students of its own."""

import contextlib
import grp
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from student import Student

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "teaching" / "server"))
import accounts  # noqa: E402

CONFIG = "teaching/server/jupyterhub_config.py"
NAMES = [f"mlc-test-{letter}" for letter in "abcde"]
PASSWORD = "a wave of five points"
SETTINGS = {"MLCOURSE_GB": "2", "MLCOURSE_PROCESSES": "150"}


def why_not() -> str:
    """What is missing for this test here, in a sentence, or nothing."""
    if os.geteuid() != 0:
        return "Making Linux accounts needs root: sudo make server-test."
    if not shutil.which("useradd"):
        return "There is no useradd here, which makes Linux accounts."
    if not accounts.can_start(sys.executable):
        return f"Students cannot start {sys.executable}: make server-test PYTHON=/usr/bin/python3."
    if taken := [user.pw_name for user in pwd.getpwall() if user.pw_name in NAMES]:
        return f"There are accounts named {', '.join(taken)} already: a test that was killed left them."
    return ""


@pytest.fixture(scope="session")
def place():
    """A folder that students can enter, with a copy of the course, and of student notebooks without solutions."""
    if reason := why_not():
        pytest.skip(reason)
    with tempfile.TemporaryDirectory(prefix="mlcourse-") as folder:
        folder = Path(folder)
        folder.chmod(0o755)
        skipped = shutil.ignore_patterns(".git", ".venv*", "build", "__pycache__", "trials")
        shutil.copytree(ROOT, folder / "course", ignore=skipped)
        subprocess.run(
            ["make", "-o", ".venv/.installed", f"VENV={sys.prefix}", "-o", f"{sys.prefix}/.installed", "student"],
            cwd=folder / "course",
            check=True,
            capture_output=True,
        )
        settings = folder / "course" / "teaching" / "server" / "jupyter" / "jupyter_server_config.json"
        of_a_class = json.loads(settings.read_text())
        of_a_class["MappingKernelManager"] |= dict(cull_idle_timeout=20, cull_interval=2)
        settings.write_text(json.dumps(of_a_class))
        yield folder


@pytest.fixture(scope="session")
def hub(place):
    """The hub's address; at the end it is stopped, and accounts and homes that it made are removed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    (place / "state").mkdir(mode=0o700)
    (place / "state" / "students.txt").write_text("\n".join([*NAMES, "daemon"]) + "\n")
    had_group = any(group.gr_name == "mlcourse" for group in grp.getgrall())
    environment = os.environ | SETTINGS | {"MLCOURSE_STATE": str(place / "state"), "MLCOURSE_ADDRESS": address}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    environment.pop("PYTHONPATH", None)
    with open(place / "log", "w") as log:
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name("jupyterhub")), "-f", str(place / "course" / CONFIG)],
            **dict(cwd=place / "state", env=environment, stdout=log, stderr=log, start_new_session=True),
        )
    try:
        wait_for(address, process, place / "log")
        yield address
        process.terminate()
        process.wait(timeout=300)
        left = [name for name in NAMES if pids(name)]
        assert not left, f"servers of {', '.join(left)} go on after the hub has ended"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # the hub, its proxy and the culler, whatever is left of them
        for name in NAMES:
            for pid in pids(name):
                os.kill(pid, signal.SIGKILL)
            if any(user.pw_name == name for user in pwd.getpwall()):
                subprocess.run(["userdel", "--force", "--remove", name], check=True, capture_output=True)
        if not had_group and any(group.gr_name == "mlcourse" for group in grp.getgrall()):
            subprocess.run(["groupdel", "mlcourse"], check=True)


def wait_for(address, process, log):
    for _ in range(120):
        assert process.poll() is None, f"the hub ended:\n{log.read_text()}"
        with contextlib.suppress(requests.ConnectionError):
            if requests.get(f"{address}/hub/health", timeout=5).ok:
                return
        time.sleep(0.5)
    raise AssertionError(f"the hub does not answer:\n{log.read_text()}")


def pids(name: str) -> list[int]:
    """The processes of a Linux account."""
    uid = next((user.pw_uid for user in pwd.getpwall() if user.pw_name == name), None)
    folders = [path for path in Path("/proc").iterdir() if path.name.isdecimal()]
    found = []
    for folder in folders:
        try:
            if uid is not None and folder.stat().st_uid == uid:
                found.append(int(folder.name))
        except FileNotFoundError:  # it has ended meanwhile
            continue
    return found


@pytest.fixture(scope="session")
def students(hub):
    """Five students whose servers run."""
    found = [Student(hub, name, PASSWORD) for name in NAMES]
    assert all(student.logged_in for student in found)
    with ThreadPoolExecutor() as pool:
        list(pool.map(Student.begin, found))
    return found
