"""A class on a machine of your own, or in a container: `make server`, as root. README.md beside this file says how.

Students are Linux accounts, made when they first log in, with a home that nobody else can enter. The course lies here
once, and is nobody's to write; its solutions, quizzes and tests are closed to them.
"""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import accounts  # noqa: E402

# What you may set, as in `make server MLCOURSE_GB=2`.
STATE = Path(os.environ.get("MLCOURSE_STATE", "/srv/mlcourse-state"))  # the class list, passwords, the hub's memory
HANDOUT = Path(os.environ.get("MLCOURSE_HANDOUT", "build/student"))  # what students get a copy of
ADDRESS = os.environ.get("MLCOURSE_ADDRESS", "http://:8000")
GB = os.environ.get("MLCOURSE_GB", "3")  # for each process of a student
PROCESSES = os.environ.get("MLCOURSE_PROCESSES", "200")  # and threads, of a student

COURSE = HERE.parents[1]
HANDOUT = COURSE / HANDOUT
BIN = Path(sys.executable).parent

if os.geteuid() != 0:
    sys.exit("The hub starts servers for others, and so needs root: sudo make server.")
if not accounts.can_start(sys.executable):
    sys.exit(f"Students cannot start {sys.executable}: make the environment with a Python outside of /root.")
if not (HANDOUT / "notebooks").is_dir():
    sys.exit(f"There are no lessons in {HANDOUT}: make student writes them.")
STATE.mkdir(parents=True, exist_ok=True, mode=0o700)
names, admins = accounts.class_list(STATE / "students.txt")
accounts.close(COURSE, [COURSE / "mlcourse", COURSE / "data", Path(sys.prefix), HERE, HANDOUT])

load_subconfig(str(HERE / "students.py"))  # noqa: F821 - JupyterHub defines it
c = get_config()  # noqa: F821

c.JupyterHub.bind_url = ADDRESS
c.JupyterHub.db_url = f"sqlite:///{STATE}/jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = str(STATE / "cookie_secret")
c.ConfigurableHTTPProxy.pid_file = str(STATE / "proxy.pid")
if (proxy := Path(sys.prefix) / "node_modules" / ".bin" / "configurable-http-proxy").exists():
    c.ConfigurableHTTPProxy.command = [str(proxy)]

# The password that somebody on the list chooses when they first log in is theirs.
c.JupyterHub.authenticator_class = "firstuseauthenticator.FirstUseAuthenticator"
c.FirstUseAuthenticator.dbm_path = str(STATE / "passwords")
c.FirstUseAuthenticator.create_users = False
c.FirstUseAuthenticator.min_password_length = 8
c.Authenticator.allowed_users = names
c.Authenticator.allow_existing_users = False  # who is struck off the list stays outside
c.Authenticator.admin_users = admins

c.JupyterHub.spawner_class = "jupyterhub.spawner.LocalProcessSpawner"
c.Spawner.pre_spawn_hook = lambda spawner: accounts.account(spawner.user.name)
begin = [sys.executable, "-I", str(HERE / "begin.py"), str(HANDOUT), GB, PROCESSES]
c.Spawner.cmd = [*begin, str(BIN / "jupyterhub-singleuser")]
c.Spawner.default_url = "/lab/tree/course/notebooks/00_start_here.ipynb"
c.Spawner.start_timeout = c.Spawner.http_timeout = 180  # a room that logs in at the same moment

# A server that nobody has used for two hours ends; what its student saved is there the next time.
c.JupyterHub.services = [
    {"name": "idle-culler", "command": [sys.executable, "-m", "jupyterhub_idle_culler", "--timeout=7200"]}
]
scopes = ["list:users", "read:users:activity", "read:servers", "delete:servers"]
c.JupyterHub.load_roles = [{"name": "idle-culler", "scopes": scopes, "services": ["idle-culler"]}]
