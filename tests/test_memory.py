"""No lesson needs more than 1.2 GB: held here for 04, whose tasks are the largest and which runs in half a minute."""

import re
import subprocess
import sys

from mlcourse.files import ROOT


def test_the_lesson_with_the_largest_tasks_keeps_to_its_memory():
    command = [sys.executable, str(ROOT / "tests" / "memory.py"), "04"]  # so that its kernel inherits nothing from here
    told = subprocess.run(command, check=True, capture_output=True, text=True, timeout=600).stdout
    (peak,) = re.findall(r"^04\w+ +(\d+\.\d+) GB$", told, flags=re.M)
    assert float(peak) < 1.25
