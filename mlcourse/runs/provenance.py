"""Where a recorded number comes from: the program's commit, and the machine."""

import contextlib
import platform
import subprocess
from pathlib import Path

import torch

from ..files import ROOT


def commit() -> str:
    """The commit that runs, "-dirty" if a file of the program differs from it; "unknown" where there is no git.

    What lies in data/ may differ, since a record that is written does.
    """

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", "-C", ROOT, *arguments], check=True, capture_output=True, text=True
        ).stdout.strip()

    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        changed = git("status", "--porcelain", "--untracked-files=no", "--", "mlcourse", "requirements.txt")
        return git("rev-parse", "HEAD") + ("-dirty" if changed else "")
    return "unknown"


def processor(device) -> str:
    """The GPU's name, or the processor's."""
    if torch.device(device).type == "cuda":
        return torch.cuda.get_device_name(device)
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return platform.processor() or platform.machine()
