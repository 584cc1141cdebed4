"""Passages: comments against Python's tokenizer, docstrings against its parser; what is taken out; the cache."""

import ast
import io
import json
import sys
import sysconfig
import tokenize
from pathlib import Path

import pytest

from mlcourse.worlds import passages
from mlcourse.worlds.texts import words_of

SOURCE = '''
"""Module about boats. It says that boats and other boats float on water all day."""

# A comment of its own line that goes on
# below as one sentence of many words.
x = 1  # not on a line of its own, so it is left out of everything

def sail_away(wind):
    """Let sail_away use the wind that comes from behind all of us today.

    Parameters
    ----------
    wind : not a sentence that anybody should ever read in here
    """
    text = """
    # no comment at all, but a line inside of a string that is long
    """
    return "# nor is this one, which stands in quotes of another kind"
'''


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Two packages with a module each and hundreds of sentences, and room for a cache."""
    words = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in "aeiou" for c in "bdfgklmnprst"]
    for name, shift in ("harbourtown", 0), ("villagegreen", 300):
        folder = tmp_path / name
        (folder / "tests").mkdir(parents=True)
        (folder / "tests" / "test_boats.py").write_text('"""Tests are no text about what a package does at all."""')
        (folder / "__init__.py").write_text('raise RuntimeError("imported")\n')
        lines = []
        for i in range(160):
            said = " ".join(words[(shift + 7 * i + 13 * j) % len(words)] for j in range(7))
            lines += [
                f"# Note {said} in a comment.",
                "",
                f"def boat_{i}():",
                f'    """Boat_{i} of boats does {said}."""',
                "",
            ]
        lines += ['def shared():\n    """This sentence stands in both of the two modules word by word."""\n']
        (folder / "boats.py").write_text("\n".join(lines))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(passages, "PARTS", {"training": ("harbourtown",), "test": ("villagegreen", "notinstalled")})
    monkeypatch.setattr(passages, "FEWEST", 1)
    return tmp_path


def test_comments_are_those_that_the_tokenizer_finds_on_lines_of_their_own():
    library = Path(sysconfig.get_path("stdlib"))
    for name in ("argparse", "inspect", "textwrap", "ast", "tokenize", "re/_parser", "statistics"):
        file = library / f"{name}.py"
        if not file.is_file():
            continue
        source = file.read_text(encoding="utf-8")
        tokens = tokenize.generate_tokens(io.StringIO(source).readline)
        theirs = [t for t in tokens if t.type == tokenize.COMMENT and not t.line[: t.start[1]].strip()]
        expected = [t.string.strip().lstrip("#!: ") for t in theirs]
        assert " ".join(passages.comments_in(source)).split() == " ".join(expected).split()


def test_docstrings_are_those_of_the_parser_up_to_their_lists():
    found = list(passages.docstrings_in(SOURCE))
    assert found[0].strip() == ast.get_docstring(ast.parse(SOURCE))
    assert found[1].strip() == "Let … use the wind that comes from behind all of us today."
    assert len(found) == 2
    assert list(passages.comments_in(SOURCE)) == [
        "A comment of its own line that goes on below as one sentence of many words."
    ]


def test_a_name_is_taken_out_with_the_words_that_begin_like_it():
    text = "Signals of scipy.signal and a signalling fft; sig_nal, art and Find_Peaks."
    assert passages.without(text, ["signal", "scipy"]) == "… of ….… and a … fft; sig_nal, art and Find_Peaks."
    assert words_of(passages.without("A car in a carpet", ["car"])) == ["in", "carpet"]
    assert passages.without("find_peaks finds peaks", ["find_peaks"]) == "… … …"
    assert passages.without("nothing to do", [""]) == "nothing to do"


def test_short_and_long_sentences_and_code_are_left_out():
    good = "This sentence has as many words as it needs."
    text = f"Too short. {good} x[0] = f(y)[1] + g(z)[2] is not a sentence of many words at all. {'word ' * 50}."
    assert passages.split(text) == [good]


def test_packages_are_read_and_not_imported_and_tests_are_passed_over(package):
    found = passages.collect()
    assert list(found) == list(passages.REGISTERS)
    assert list(found["docstrings"]) == list(found["comments"]) == ["harbourtown.boats", "villagegreen.boats"]
    assert not {"harbourtown", "villagegreen"} & sys.modules.keys()
    for register in found.values():
        for texts in register.values():
            assert passages.LEAST <= len(texts) <= passages.MOST
            said = " ".join(texts)
            assert "boat" not in said.lower() and "Tests are" not in said and "both of the two" not in said


def test_no_sentence_stands_in_two_modules_or_in_both_registers():
    said = {"a": ["One two three.", "four five six", "One, two THREE"], "b": ["one two three", "seven eight nine"]}
    assert passages.without_copies(said, {}) == {"a": ["four five six"], "b": ["seven eight nine"]}
    assert passages.without_copies({"a": ["four"]}, {"a": ["Four."]}) == {"a": []}


def test_the_order_does_not_depend_on_the_order_of_the_files():
    said = [f"sentence number {i} of many" for i in range(200)]
    assert passages.grouped({"a": said}) == passages.grouped({"a": said[::-1]})
    assert len(passages.grouped({"a": said})["a"]) == passages.MOST
    assert passages.grouped({"a": said[: 3 * passages.LEAST - 1]}) == {}


def test_the_cache_is_used_while_versions_are_the_same_and_taken_anew_when_not(package, monkeypatch):
    path = package / "data" / "passages.json"
    found = passages.load(path)
    stored = json.loads(path.read_text())
    assert stored["versions"] == passages.versions() and found == {r: stored[r] for r in passages.REGISTERS}
    with monkeypatch.context() as patch:
        patch.setattr(passages, "collect", lambda: pytest.fail("collected again"))
        assert passages.load(path) == found
    for damaged in (json.dumps(stored | {"versions": {"python": "2.7"}}), "[1]", "{", ""):
        path.write_text(damaged)
        assert passages.load(path) == found
        assert json.loads(path.read_text()) == stored


def test_without_room_for_a_cache_it_goes_on_without(package):
    (package / "file").write_text("in the way")
    assert passages.load(package / "file" / "passages.json")["comments"]


def test_too_little_to_read_is_said_in_a_sentence(package, monkeypatch):
    monkeypatch.setattr(passages, "FEWEST", 2)
    with pytest.raises(ValueError, match="passages of 1 modules for training, and 2 are needed: install"):
        passages.load(package / "passages.json")


def test_the_parts_share_no_package_and_the_standard_library_is_one(package):
    monkey = [set(packages) for packages in passages.PARTS.values()]
    assert not set.intersection(*monkey)
    assert passages.package_of("email.message") == passages.package_of("argparse") == "the standard library"
    assert passages.package_of("torch.nn") == "torch"
    assert passages.part_of("villagegreen.boats") == "test"


def test_the_real_parts_are_disjoint():
    seen = [package for packages in passages.PARTS.values() for package in packages]
    assert len(seen) == len(set(seen))
    assert passages.modules("notinstalled") == {}


def test_a_file_that_cannot_be_read_or_parsed_is_passed_over(package):
    folder = package / "harbourtown"
    before = passages.collect()
    (folder / "boats").mkdir()
    (folder / "boats" / "broken.py").write_text("# A comment that would count, were it not for what follows.\ndef (")
    (folder / "boats" / "latin.py").write_bytes(b'"""\xe9\xff"""')
    assert passages.collect()["docstrings"] == before["docstrings"]
