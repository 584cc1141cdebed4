"""The lessons in JupyterLab, served for this machine only, which asks no other for anything: no news, no updates."""

import contextlib
import os
import secrets
import signal
import sys
import tempfile
import webbrowser
from pathlib import Path

from .files import ROOT

EXTENSIONS = Path(__file__).parent / "plots" / "labextensions"
FIRST, LAST_PORT = "notebooks/00_start_here.ipynb", 2**16 - 1


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
        # For this machine only, at the address that we announce, whatever the user's own settings of Jupyter say.
        "--ServerApp.ip=localhost",
        "--ServerApp.allow_remote_access=False",
        "--ServerApp.base_url=/",
        *(f"--ServerApp.{name}=" for name in ("sock", "certfile", "keyfile", "client_ca")),
        "--ServerApp.identity_provider_class=jupyter_server.auth.identity.PasswordIdentityProvider",
        f"--ServerApp.root_dir={ROOT}",
        f"--ServerApp.port={port}",
        f"--ServerApp.port_retries={max(0, min(50, (LAST_PORT - port) // 2 - 1))}",  # it looks up to twice as far away
        f"--ServerApp.open_browser={open_browser}",
        "--ServerApp.allow_root=True",  # a container's only user is often root
        f"--IdentityProvider.token={token}",  # ours, so that the address is announced once, by us
        f"--LabApp.default_url=/lab/tree/{FIRST}",
        f"--LabApp.workspaces_dir={ROOT / '.workspaces'}",  # no tabs from the learner's other projects
        f"--LabApp.extra_labextensions_path={EXTENSIONS}",  # figures and sliders say what they are
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


def check_runtime_folder() -> None:
    """End with a sentence and code 2 where Jupyter could not write what its kernels need."""
    from jupyter_core.paths import jupyter_runtime_dir

    folder = Path(jupyter_runtime_dir())
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        print(
            f"JupyterLab cannot write to {folder} ({error.strerror}): make that folder writable, or name another in "
            f"JUPYTER_RUNTIME_DIR.",
            file=sys.stderr,
        )
        sys.exit(2)


def open_course(port: int, open_browser: bool) -> None:
    """Serve the course until Ctrl+C."""
    check_runtime_folder()
    # Kernels inherit these, and the lessons' stored numbers were made by one thread.
    os.environ |= {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    token = secrets.token_hex(16)
    server = make_server(port, open_browser, token)

    def close(*_):
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a second Ctrl+C does not wait for the kernels
        server.stop(from_signal=True)

    signal.signal(signal.SIGINT, close)  # instead of Jupyter's question whether one is sure
    address = f"{server.connection_url}lab/tree/{FIRST}?token={token}"
    server.io_loop.add_callback(print, f"The course is open at {address}\nStop it with Ctrl+C.", flush=True)
    server.start()
    print("The course is closed.")
