"""PyTorch takes one thread however a lesson is started, unless OMP_NUM_THREADS says more."""

import os
import subprocess
import sys

import pytest
from jupyter_client.manager import start_new_kernel

UNSET = {name: value for name, value in os.environ.items() if not name.startswith("OMP_")}
TELL = "print(torch.get_num_threads())"


@pytest.mark.parametrize("said, threads", [({}, "1"), ({"OMP_NUM_THREADS": "2"}, "2")], ids=["unset", "two"])
@pytest.mark.parametrize("order", ["import torch, mlcourse", "import mlcourse, torch"])
def test_one_thread_unless_more_are_asked_for_whichever_is_imported_first(order, said, threads):
    told = subprocess.run([sys.executable, "-c", f"{order}\n{TELL}"], env=UNSET | said, capture_output=True, text=True)
    assert (told.stdout, told.stderr) == (f"{threads}\n", "")


def test_a_plain_kernel_has_one_thread():
    """As `jupyter lab` starts it, or an editor: the launcher, which sets the same, has no part in it."""
    told = []
    manager, client = start_new_kernel(env=UNSET)
    try:
        code = f"import torch\nfrom mlcourse.networks import MLP\n{TELL}"
        client.execute_interactive(code, timeout=60, output_hook=lambda message: told.append(message["content"]))
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert "1\n" in [content.get("text") for content in told]
