"""The house has floors: a file imports only from lower ones. CONTRIBUTING prints the list, and here it is read."""

import ast
import re
from itertools import chain
from pathlib import Path

import pytest

from mlcourse.files import ROOT

PACKAGE = ROOT / "mlcourse"
FILES = sorted(PACKAGE.rglob("*.py"))
ROOMS = ("networks", "worlds", "methods", "runs", "checks", "plots", "museum")
DOORS = ("__main__", "lab", "copies", "experiments")  # what a person calls, and sees; they may open any room


def name(path: Path) -> str:
    """A file as CONTRIBUTING names it: `weights`, `networks/mlp`, and `networks` for the room's own __init__."""
    return str(path.relative_to(PACKAGE).with_suffix("")).removesuffix("/__init__")


def room(file: str) -> str:
    """The room that a file is in; nothing for the spine."""
    first = file.split("/")[0]
    return first if first in ROOMS else ""


def floors() -> dict[str, float]:
    """The floor of each file, from the table in CONTRIBUTING: `checks/*` stands for files without a row of their own.

    A room's __init__, which offers what is in it, lies above all of that.
    """
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| (`.+?`) \|", page, flags=re.M)
    listed = {file: int(floor) for floor, files in rows for file in re.findall(r"`([^`]+)`", files)}
    whole_rooms = {room.removesuffix("/*"): listed.pop(room) for room in list(listed) if room.endswith("/*")}
    rest = {name(path): whole_rooms[room(name(path))] for path in FILES if room(name(path)) in whole_rooms}
    found = rest | listed
    return found | {room: 0.5 + max(floor for file, floor in found.items() if file.startswith(room)) for room in ROOMS}


FLOORS = floors()


def imports(path: Path) -> set[str]:
    """The files of the house that a file imports from, by name; a room's __init__ where it takes what that offers."""
    here, found = path.relative_to(PACKAGE.parent).with_suffix("").parts, set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            targets = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = [*here[: len(here) - node.level]] if node.level else []
            base += node.module.split(".") if node.module else []
            targets = [[*base, alias.name] for alias in node.names]
        else:
            continue
        found |= {file for first, *rest in targets if first == "mlcourse" and (file := _file(rest))}
    return found


def _file(parts: list[str]) -> str:
    """The file behind a dotted name: `worlds.pairs.sample_pairs` lies in worlds/pairs."""
    while parts and not (PACKAGE.joinpath(*parts).with_suffix(".py").is_file() or PACKAGE.joinpath(*parts).is_dir()):
        parts = parts[:-1]
    return "/".join(parts)


each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))


def test_contributing_lists_every_file_and_no_other():
    assert set(FLOORS) == {name(path) for path in FILES} - {"__init__"}


def test_the_spine_is_short():
    assert len({path.stem for path in PACKAGE.glob("*.py")} - set(DOORS)) <= 11
    assert {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"} == set(ROOMS)


@each_file
def test_a_file_imports_only_from_lower_floors(path):
    for other in imports(path) - {name(path)}:
        assert FLOORS[other] < FLOORS.get(name(path), 99), f"{name(path)} imports {other}, which is not below it"


@each_file
def test_the_spine_knows_no_room_and_a_method_neither_a_world_nor_another_method(path):
    file, rooms = name(path), {room(other) for other in imports(path)}
    if not room(file) and file not in DOORS:
        assert rooms <= {""}
    if room(file) == "methods":
        assert rooms <= {"", "networks"}


def test_no_arrow_runs_back_between_two_rooms():
    arrows = {(room(name(path)), room(other)) for path in FILES for other in imports(path) if name(path) not in DOORS}
    assert not [(a, b) for a, b in arrows if a != b and (b, a) in arrows]


def test_the_reader_of_imports_sees_them():
    assert imports(PACKAGE / "methods" / "maml.py") == {"embedding", "inner_loop", "losses", "tasks", "weights"}
    assert imports(PACKAGE / "checks" / "way_back.py") >= {"methods/maml", "inner_loop", "checks/waves"}
    assert imports(PACKAGE / "checks" / "waves.py") >= {"networks", "worlds/sinusoids"}
    assert imports(PACKAGE / "worlds" / "alphabets.py") >= {"files", "worlds/characters", "worlds/strokes"}
    assert imports(PACKAGE / "networks" / "__init__.py") >= {"weights", "networks/mlp"}


def test_the_tests_mirror_the_rooms():
    tests = ROOT / "tests"
    for path in chain.from_iterable((tests / room).glob("test_*.py") for room in ROOMS):
        subject = path.stem.removeprefix("test_")
        assert any(subject.startswith(file.stem) for file in (PACKAGE / path.parent.name).glob("*.py")) or (
            path.parent.name in ("checks", "museum")
        ), f"{path} tests no file of its room"
    for path in (PACKAGE / "methods").glob("[a-z]*.py"):
        assert (tests / "methods" / f"test_{path.stem}.py").is_file(), f"{path.stem} has no test"


@each_file
def test_a_file_is_one_idea(path):
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 280, "this file has grown too long for one idea"
    assert ast.get_docstring(ast.parse(source)), "a file says at its top what it is"
