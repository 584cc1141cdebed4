"""A course on meta-learning. Importing it sets one thing: PyTorch takes one thread, unless OMP_NUM_THREADS says more.

The networks are small, and a second thread gains little. Where two kernels share a machine it costs almost everything:
idle threads that wait for each other keep the cores from those that work.
"""

import os
import sys

if "OMP_NUM_THREADS" not in os.environ:
    os.environ |= {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}  # read when PyTorch is loaded
    if "torch" in sys.modules:  # too late for that
        sys.modules["torch"].set_num_threads(1)
