"""The environment of every test, and of every kernel that nbval starts, since kernels inherit it.

Assigned, not defaulted: the stored outputs were made under these values, whatever the caller's shell says.
"""

import os
import signal

os.environ["OMP_NUM_THREADS"] = "1"  # the order of a sum, and so its last digits, depends on the number of threads
os.environ["OMP_WAIT_POLICY"] = "PASSIVE"  # idle threads must not spin on the cores that a second worker needs
os.environ["TQDM_DISABLE"] = "1"  # a progress bar shows times, which differ from run to run

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as under `make test &` in a script; programs would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)
