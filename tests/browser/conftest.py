"""The course as `make lab` serves it, from a copy that may be changed, and a Chromium that notes what happens in it."""

import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect, sync_playwright

ROOT = Path(__file__).parents[2]
PYTHON = os.environ.get("COURSE_PYTHON", ROOT / ".venv" / "bin" / "python")
PICTURES = ROOT / "build" / "browser"
SETTINGS = {
    # every cell is in the page at once, so that a test can find it
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
}
expect.set_options(timeout=60_000)  # a page under test may have half a core


@pytest.fixture(scope="session")
def course(tmp_path_factory):
    """A running copy of the course: the folder, and the address that it announces."""
    folder = tmp_path_factory.mktemp("course")
    for name in "mlcourse", "notebooks", "data":
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("omniglot*.npz", "__pycache__"))
    for name, settings in SETTINGS.items():
        file = folder / "SETTINGS" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(settings), encoding="utf-8")
    env = os.environ | {f"JUPYTER_{name}_DIR": str(folder / name) for name in ("CONFIG", "RUNTIME")}
    env |= {"JUPYTERLAB_SETTINGS_DIR": str(folder / "SETTINGS"), "PYTHONPATH": str(folder)}  # kernels import the copy
    env.pop("TQDM_DISABLE", None)  # a learner sees the progress bars
    process = subprocess.Popen(
        [PYTHON, "-m", "mlcourse", "--no-browser"],
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline()
        address = re.search(r"http://\S+", line)
        assert address, f"the course did not start: {line}{process.stderr.read()}"
        yield SimpleNamespace(folder=folder, address=address[0])
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
        assert out.endswith("The course is closed.\n")
    finally:
        process.kill()


@pytest.fixture(scope="session")
def chromium():
    """The system's Chromium, which no name but this machine's is told to."""
    names = [os.environ["CHROMIUM"]] if "CHROMIUM" in os.environ else ["chromium", "chromium-browser", "google-chrome"]
    found = next(filter(None, map(shutil.which, names)), None)
    if not found:
        pytest.exit(f"There is no {' or '.join(names)} here: install Chromium, or name one with CHROMIUM=path.", 1)
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost"]
        browser = playwright.chromium.launch(executable_path=found, args=options)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def noted():
    """What a learner should never cause: requests to other hosts, and errors that the browser reports."""
    return SimpleNamespace(requests=[], foreign=[], errors=[])


@pytest.fixture(scope="session")
def page(chromium, course, noted):
    """A window on the course, open where the course's address leads."""
    shutil.rmtree(PICTURES, ignore_errors=True)
    own = urlsplit(course.address).netloc

    def note(url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss"):
            (noted.requests if parts.netloc == own else noted.foreign).append(url)

    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)
    context.on("request", lambda request: note(request.url))
    page = context.new_page()
    page.on("websocket", lambda socket: note(socket.url))
    page.on("console", lambda message: message.type == "error" and noted.errors.append(message.text))
    page.on("pageerror", lambda error: noted.errors.append(str(error)))
    page.goto(course.address)
    yield page
    context.close()


@pytest.fixture
def picture(page):
    """Keeps a screenshot under a name, for a person to look at."""
    return lambda name: page.screenshot(path=PICTURES / f"{name}.png")
