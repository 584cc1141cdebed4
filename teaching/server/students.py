"""What every student's server is like, whatever the hub: one thread a kernel, the course as it lies here, no news.

The folder `jupyter` has what their Jupyter reads: idle kernels end after an hour, and there is no terminal.
jupyterhub_config.py loads this file; The Littlest JupyterHub takes it from its own folder (see README.md).
"""

from pathlib import Path

HERE = Path(__file__).resolve().parent
COURSE = HERE.parents[1]

c = get_config()  # noqa: F821 - JupyterHub defines it
c.Spawner.environment = {
    "OMP_NUM_THREADS": "1",  # with two, kernels wait for each other until nobody gets on
    "OMP_WAIT_POLICY": "PASSIVE",
    "PYTHONPATH": str(COURSE),
    "JUPYTER_CONFIG_PATH": str(HERE / "jupyter"),
}
c.Spawner.args = [f"--LabApp.extra_labextensions_path={COURSE}/mlcourse/plots/labextensions"]  # what figures show
