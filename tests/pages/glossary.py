"""GLOSSARY.md and the terms of the lessons, as the tests read them."""

import re
from pathlib import Path
from typing import NamedTuple

# Bold is for terms and for labels. A label has a capital first and a full stop or a colon last, or is one of these.
OTHER_LABELS = {"You need", "00 start_here"}
ENTRY = re.compile(r"\*\*(.+?)\*\* · (.+?) · (?:(.+) · )?\[lesson (\d\d)\]\((.+?)\)\\\n((?:.+\n)+)")


class Entry(NamedTuple):
    names: list[str]
    chinese: list[str]
    symbol: str
    lesson: str
    link: str
    definition: str


def entries(root: Path) -> list[Entry]:
    return [
        Entry(names.split(", "), chinese.split("、"), symbol, lesson, link, " ".join(definition.split()))
        for names, chinese, symbol, lesson, link, definition in ENTRY.findall(text(root))
    ]


def text(root: Path) -> str:
    return (root / "GLOSSARY.md").read_text(encoding="utf-8")


def plain(term: str) -> str:
    """Lower case, one space between words."""
    return " ".join(term.casefold().split())


def singular(term: str) -> str:
    return plain(term).removesuffix("s")


def is_label(bold: str) -> bool:
    return bold in OTHER_LABELS or bool(re.fullmatch(r"[A-Z].*[.:]", bold, re.S))


def terms(prose: str) -> list[str]:
    """What prose sets in bold, but for labels."""
    prose = re.sub(r"```.*?```|`[^`]*`", "", prose, flags=re.S)
    return [bold for bold in re.findall(r"\*\*(.+?)\*\*", prose, re.S) if not is_label(bold)]
