"""The environment of every test, and of every kernel that nbval starts, since kernels inherit it.

Assigned, not defaulted: the stored outputs were made under these values, whatever the caller's shell says.
"""

import os
import re
import signal
from pathlib import Path

import pytest

MEMORY = 2.0  # GB (2^30 bytes), the most that a lesson's kernel may take; what each takes stands in TEACHING.md

os.environ["OMP_NUM_THREADS"] = "1"  # the order of a sum, and so its last digits, depends on the number of threads
os.environ["OMP_WAIT_POLICY"] = "PASSIVE"  # idle threads must not spin on the cores that a second worker needs
os.environ["TQDM_DISABLE"] = "1"  # a progress bar shows times, which differ from run to run
os.environ.pop("MLCOURSE_PLACE", None)  # the tests know nobody's solved exercises, even in a terminal of JupyterLab

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as under `make test &` in a script; programs would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)  # before the kernel is stopped
def pytest_runtest_teardown(item, nextitem):
    """After a lesson's last cell: ask the system what its kernel took at its peak (on Linux alone)."""
    kernel = getattr(item.parent, "kernel", None)
    if kernel and (nextitem is None or nextitem.parent is not item.parent):
        status = Path(f"/proc/{kernel.km.provisioner.pid}/status")
        if status.is_file():
            peak = int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1]) / 2**20
            assert peak < MEMORY, f"the kernel of {item.parent.name} took {peak:.2f} GB"
