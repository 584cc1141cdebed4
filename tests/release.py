"""An archive of the course, tried at once: `make release`, or `make release WHEELS=1` with all packages in it.

Everything that is committed goes in, and no history. The archive is then unpacked into an empty folder and installed
there, without the network where it has the packages, and lesson 00 must say there what it has stored.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).resolve().parents[1]
LESSON = "notebooks/00_start_here.ipynb"


def archive(root: Path, to: Path, wheels: Path | None = None) -> Path:
    """Write what is committed in `root`, in a folder named after its version, and with `wheels` if there are any."""
    version = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    name = f"mlcourse-{version}" + ("-wheels" if wheels else "")
    to.mkdir(parents=True, exist_ok=True)
    path = to / f"{name}.zip"
    command = ["git", "archive", "--format=zip", f"--prefix={name}/", f"--output={path}", "HEAD"]
    subprocess.run(command, cwd=root, check=True)
    with ZipFile(path, "a") as file:
        for wheel in sorted(wheels.iterdir()) if wheels else ():
            file.write(wheel, f"{name}/wheels/{wheel.name}")
    return path


def uncommitted(root: Path) -> list[str]:
    """The files that differ from what is committed, which an archive has not, or has otherwise."""
    told = subprocess.run(["git", "status", "--porcelain"], cwd=root, check=True, capture_output=True, text=True)
    return [line[3:] for line in told.stdout.splitlines()]


def packages(root: Path) -> list[str]:
    """What `requirements.txt` asks for, but for the course itself, and setuptools, with which that is installed."""
    lines = (line.partition("#")[0].strip() for line in (root / "requirements.txt").read_text("utf-8").splitlines())
    return [line for line in lines if line and line != "-e ."] + ["setuptools"]


def pip(*arguments: str, cwd: Path, python: str = sys.executable, **environment: str) -> None:
    command = [python, "-m", "pip", *arguments, "-q", "--disable-pip-version-check"]
    subprocess.run(command, cwd=cwd, check=True, env=clean() | environment)


def clean() -> dict[str, str]:
    """The environment without what would lead to this folder's course."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}


def try_out(path: Path, empty: Path) -> None:
    """Unpack, install and run lesson 00; raises CalledProcessError where something fails."""
    with ZipFile(path) as file:
        file.extractall(empty)
    course = empty / path.stem
    subprocess.run([sys.executable, "-m", "venv", course / ".venv"], check=True)
    python = str(course / ".venv" / ("Scripts" if os.name == "nt" else "bin") / "python")
    offline = dict(PIP_NO_INDEX="1", PIP_FIND_LINKS="wheels") if (course / "wheels").is_dir() else {}
    pip("install", "-r", "requirements.txt", cwd=course, python=python, **offline)
    subprocess.run([python, "-m", "pytest", "-q", LESSON], cwd=course, check=True, env=clean())


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wheels", action="store_true", help="put all packages for this system into it")
    given = parser.parse_args(arguments)
    if changed := uncommitted(ROOT):
        print(f"Not in the archive, since not committed: {', '.join(changed)}")
    with tempfile.TemporaryDirectory() as folder:
        wheels = Path(folder) / "wheels" if given.wheels else None
        if wheels:
            pip("download", *packages(ROOT), "-d", str(wheels), cwd=ROOT)
        path = archive(ROOT, ROOT / "build" / "release", wheels)
        try_out(path, Path(folder) / "empty")
    with ZipFile(path) as file:
        print(f"{path.relative_to(ROOT)}: {len(file.namelist())} entries, {path.stat().st_size / 2**20:.0f} MB.")
    print("Installed in an empty folder, lesson 00 says there what it has stored.")


if __name__ == "__main__":
    main(sys.argv[1:])
