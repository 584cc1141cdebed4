"""The class list, Linux accounts for those on it, and which of the course's files they may read."""

import grp
import os
import pwd
import re
import subprocess
from pathlib import Path

GROUP = "mlcourse"


def class_list(path: Path) -> tuple[set[str], set[str]]:
    """All names on the list, a line each, and those of them that have `admin` behind their name.

    Raises ValueError for a name that cannot be an account's, and FileNotFoundError where there is no list.
    """
    if not path.is_file():
        raise FileNotFoundError(f"There is no class list {path}: write one, with a name on each line.")
    names, admins = set(), set()
    for line in path.read_text(encoding="utf-8").splitlines():
        name, *role = line.split() or [""]
        if not name or name.startswith("#"):
            continue
        if not re.fullmatch("[a-z][a-z0-9-]{0,30}", name) or role not in ([], ["admin"]):
            raise ValueError(f"{path} has the line {line!r}: a name has small letters, digits and -, then maybe admin.")
        names.add(name)
        admins |= {name} if role else set()
    return names, admins


def account(name: str) -> None:
    """Make the Linux account of somebody on the list, if there is none, with a home for nobody else.

    Raises PermissionError where the machine has an account of this name that is not the class's, such as root.
    """
    home = Path("/home") / name
    if not any(group.gr_name == GROUP for group in grp.getgrall()):
        subprocess.run(["groupadd", GROUP], check=True)
    if not any(user.pw_name == name for user in pwd.getpwall()):
        same = ["--uid", str(home.stat().st_uid), "--no-create-home"] if home.exists() else ["--create-home"]
        command = ["useradd", "--gid", GROUP, "--home-dir", str(home), "--shell", "/bin/bash", *same, name]
        subprocess.run(command, check=True)
    found = pwd.getpwnam(name)
    if found.pw_gid != grp.getgrnam(GROUP).gr_gid:
        raise PermissionError(f"{name} is an account of this machine, and not of the class: choose another name.")
    os.chmod(home, 0o700)


def can_start(python: str) -> bool:
    """Whether others than root can start this Python; only root can find out."""
    try:
        subprocess.run([python, "-I", "-c", ""], user="nobody", capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def close(folder: Path, open_paths: list[Path]) -> None:
    """Leave to others what lies in the open paths, and nothing else of a folder."""
    for path in folder.iterdir():
        if path in open_paths or path.is_symlink():
            continue
        below = [each for each in open_paths if path in each.parents]
        path.chmod(path.stat().st_mode & 0o700 | (0o011 if below else 0))
        if below:
            close(path, below)
