"""Words that the course does not use, and the places in which one of them is left."""

import re
from collections.abc import Iterator
from pathlib import Path

import glossary
import nbformat

ROW = r"^\| (.+) \| (.+) \|$"  # of the only table in the glossary


def retired(root: Path) -> dict[str, str]:
    """Each such word, with the term that is used instead."""
    return dict(re.findall(ROW, glossary.text(root), flags=re.M)[1:])  # the first is the table's own heading


def texts(root: Path) -> Iterator[tuple[str, str]]:
    """Pages, quizzes, code and the cells of the lessons, each with its name; the glossary without that table."""
    files = [*root.glob("*.md"), *root.glob("data/*.md"), *root.glob("teaching/quizzes/*.md")]
    files += [path for room in ("mlcourse", "teaching", "tests") for path in (root / room).rglob("*.py")]
    for path in sorted(files):
        text = path.read_text(encoding="utf-8")
        is_glossary = path == root / "GLOSSARY.md"
        yield path.relative_to(root).as_posix(), re.sub(ROW, "", text, flags=re.M) if is_glossary else text
    for path in sorted(root.glob("notebooks/*.ipynb")):
        for i, cell in enumerate(nbformat.read(path, as_version=4).cells):
            yield f"{path.relative_to(root).as_posix()}, cell {i}", cell.source


def spellings(word: str) -> re.Pattern:
    """One or many, in capitals or not, over the end of a line, or within a name (`my_word`), but not within a word."""
    stem = re.escape(word.removesuffix("y")).replace(r"\ ", r"[\s_]+").replace(r"\-", r"[-\s_]*")
    ending = "(?:y|ies)" if word.endswith("y") else "s?"
    return re.compile(rf"(?<![a-z]){stem}{ending}(?![a-z])", re.I)


def leftovers(root: Path, word: str) -> list[str]:
    """Every place in which a word stands, once."""
    found = spellings(word)
    places = (
        f"{name}, line {text.count(chr(10), 0, match.start()) + 1}"
        for name, text in texts(root)
        for match in found.finditer(text)
    )
    return list(dict.fromkeys(places))
