"""No lesson needs more than 1.2 GB, give or take: held for the two that need most."""

import re
import subprocess
import sys

import pytest

from mlcourse.files import ROOT


@pytest.mark.parametrize("lesson", ["04", "05"])
def test_the_two_lessons_that_need_most_keep_to_their_memory(lesson):
    command = [
        sys.executable,
        str(ROOT / "tests" / "memory.py"),
        lesson,
    ]  # nothing is inherited
    told = subprocess.run(command, check=True, capture_output=True, text=True, timeout=900).stdout
    (peak,) = re.findall(rf"^{lesson}\w+ +(\d+\.\d+) GB$", told, flags=re.M)
    assert float(peak) < 1.3
