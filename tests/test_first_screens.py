"""Whoever opens a file of a method or a network sees at once how it is called, and the call works as it stands."""

import ast
import re
import time

import pytest

from mlcourse.files import ROOT

PACKAGE = ROOT / "mlcourse"
FILES = [path for room in ("methods", "networks") for path in sorted((PACKAGE / room).glob("[a-z]*.py"))]


def example(source: str) -> str:
    """The lines below `Example` in a file's docstring, as they would stand in a notebook's cell."""
    docstring = (ast.get_docstring(ast.parse(source)) or "") + "\n"
    found = re.search(r"^Example\n((?:    .+\n|\n)+)", docstring, flags=re.M)
    assert found, "this file's docstring needs a line `Example` and below it, indented by four spaces, a call to try"
    return "\n".join(line.removeprefix("    ") for line in found[1].splitlines())


def shown(cell: str):
    """What a notebook shows below a cell: the value of its last line."""
    *before, last = ast.parse(cell).body
    assert isinstance(last, ast.Expr), f"the example ends in a value worth seeing: got `{ast.unparse(last)}`"
    namespace = {}
    exec(compile(ast.Module(before, []), "the example", "exec"), namespace)
    return eval(compile(ast.Expression(last.value), "the example", "eval"), namespace)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_file_shows_on_its_first_screen_a_call_that_works(path):
    source = path.read_text(encoding="utf-8")
    cell = example(source)
    assert f"mlcourse.{path.parent.name} import" in cell, "the example imports what this file offers"
    assert 5 <= sum(bool(line) for line in cell.splitlines()) <= 10, "an example has five to ten lines"
    assert ast.parse(source).body[0].end_lineno <= 40, "the docstring with its example fits on a first screen"
    assert shown(cell) is not None
    begun = time.process_time()  # the second time, when all is loaded that it needs; busy machines are slow
    shown(cell)
    assert time.process_time() - begun < 4, "an example takes about a second at most: make it smaller"


def test_a_file_without_an_example_and_an_example_without_a_value_get_a_sentence():
    with pytest.raises(AssertionError, match="docstring needs a line `Example`"):
        example('"""A method.\n\n    theta = 1\n"""\n')
    with pytest.raises(AssertionError, match="ends in a value worth seeing: got `b = a`"):
        shown("a = 1\nb = a")
