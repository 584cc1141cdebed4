"""`python -m mlcourse` opens the course: JupyterLab on its first lesson.

Nothing here asks another machine for anything: the news, the check for updates and the catalogue of extensions are off.
"""

import argparse
import contextlib
import json
import os
import secrets
import signal
import sys
import webbrowser
from pathlib import Path

from .files import ROOT

FIRST = "notebooks/00_start_here.ipynb"


def lessons() -> dict[str, str]:
    """The title of each lesson, by file name."""
    return {path.name: title(path) for path in sorted(ROOT.glob("notebooks/*.ipynb"))}


def title(path: Path) -> str:
    """The first heading of a notebook, or nothing where it has none."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    lines = (line for cell in cells if cell["cell_type"] == "markdown" for line in "".join(cell["source"]).splitlines())
    return next((line.removeprefix("# ") for line in lines if line.startswith("# ")), "")


def browser_can_open() -> bool:
    """Whether there is a graphical browser; one in the terminal cannot show JupyterLab."""
    if sys.platform == "linux" and not any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))):
        return False
    with contextlib.suppress(webbrowser.Error):
        return bool(webbrowser.get())
    return False


def make_server(port: int, open_browser: bool, token: str):
    """A Jupyter server on the first free port from `port` on, not yet started."""
    try:
        from jupyterlab.labapp import LabApp
    except ImportError:
        sys.exit("JupyterLab is not installed: run python -m pip install -r requirements.txt in the course's folder.")
    options = [
        f"--ServerApp.root_dir={ROOT}",
        f"--ServerApp.port={port}",
        f"--ServerApp.open_browser={open_browser}",
        "--ServerApp.allow_root=True",  # a container's only user is often root
        f"--IdentityProvider.token={token}",  # ours, so that the address is announced once, by us
        f"--LabApp.default_url=/lab/tree/{FIRST}",
        f"--LabApp.workspaces_dir={ROOT / '.workspaces'}",  # no tabs from the learner's other projects
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
        "--MappingKernelManager.transport_encryption=auto",  # without it every kernel starts with a warning
        "--ServerApp.log_level=ERROR",  # a warning that a lesson is "not trusted" alarms for nothing
        "--LabApp.log_level=ERROR",
    ]
    return LabApp.initialize_server(options, tornado_settings={"page_config_hook": without_announcements})


def without_announcements(handler, page_config: dict) -> dict:
    """JupyterLab's page without the plugin that asks whether one would like to get news."""
    disabled = [*page_config["disabledExtensions"], "@jupyterlab/apputils-extension:announcements"]
    return page_config | {"disabledExtensions": disabled}


def open_course(port: int, open_browser: bool) -> None:
    """Serve the course until Ctrl+C."""
    # Kernels inherit these, and the lessons' stored numbers were made by one thread.
    os.environ |= {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    token = secrets.token_hex(16)
    server = make_server(port, open_browser, token)

    def close(*_):
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a second Ctrl+C does not wait for the kernels
        server.stop(from_signal=True)

    signal.signal(signal.SIGINT, close)  # instead of Jupyter's question whether one is sure
    address = f"{server.connection_url}lab/tree/{FIRST}?token={token}"
    welcome = f"The course is open at {address}\nStop it with Ctrl+C."
    server.io_loop.add_callback(print, welcome, flush=True)  # once the server answers
    server.start()
    print("The course is closed.")


def main() -> None:
    found = lessons()
    parser = argparse.ArgumentParser(
        prog="python -m mlcourse",
        description="Open the course: JupyterLab on its first lesson, served by this machine for this machine only.",
        epilog="lessons:\n" + "\n".join(f"  {name:28}{heading}" for name, heading in found.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=8888, help="first port to try (default: 8888)")
    parser.add_argument("--no-browser", action="store_true", help="only print the address, do not open a browser")
    options = parser.parse_args()
    if not (ROOT / FIRST).is_file():
        sys.exit(f"There are no lessons in {ROOT}: get the whole course, and install it in place with pip install -e .")
    open_course(options.port, open_browser=browser_can_open() and not options.no_browser)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl+C before the server is up
        main()
