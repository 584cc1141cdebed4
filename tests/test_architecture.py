"""The house has floors: a file imports only from lower ones, and no method imports another."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "mlcourse"
FLOORS = [
    {"tasks", "networks", "losses", "characters", "strokes", "download"},
    {"checkpoints", "distributed"},
    {"convnet", "sinusoids", "alphabets", "omniglot", "digits", "episodes", "pairs", "verification"},
    {"inner_loop", "embedding"},
    {"maml", "reptile", "transfer", "nearest", "siamese", "matching", "prototypical"},
    {"training", "evaluation", "cost"},
    {"contestants"},
    {"zoo"},
    {"plots", "checks", "museum", "resumable", "protocols"},
    {"recording", "recorded"},
    {"experiments"},
    {"__main__", "__init__"},
]
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}


def room(path: Path) -> str:
    """The file, or for a package's file the package."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    """The rooms of the house that a file imports from."""
    found = set()
    depth = len(path.relative_to(PACKAGE).parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = "mlcourse." * (node.level == depth) + (node.module or "")
            names = [f"{base.rstrip('.')}.{alias.name}" for alias in node.names]
        else:
            continue
        found |= {name.split(".")[1] for name in names if name.startswith("mlcourse.")}
    return found


FILES = sorted(PACKAGE.rglob("*.py"))


def test_every_file_lives_on_a_floor():
    assert {room(path) for path in FILES} == set(FLOOR)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_imports_only_from_lower_floors(path):
    for other in imported_rooms(path) - {room(path)}:
        assert FLOOR[other] < FLOOR[room(path)], f"{room(path)} imports {other}, which is not below it"


def test_the_reader_of_imports_sees_them():
    assert imported_rooms(PACKAGE / "maml.py") == {"inner_loop", "losses", "networks", "tasks"}
    assert imported_rooms(PACKAGE / "checks" / "meta_gradients.py") >= {"maml", "inner_loop", "checks"} - {"checks"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_is_one_idea(path):
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 280, "this file has grown too long for one idea"
    assert ast.get_docstring(ast.parse(source)), "a file says at its top what it is"
