"""What TEACHING.md says of a lesson, part by part."""

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "TEACHING.md"


def notes(number: str) -> dict[str, str]:
    """The parts of a lesson's section by their labels, such as "On the board"; empty where it has no section.

    number: the lesson's, such as "02"
    """
    page = PAGE.read_text(encoding="utf-8")
    section = re.search(rf"^## {number} · .*?(?=^## |\Z)", page, flags=re.M | re.S)
    pieces = re.split(r"^\*\*([A-Z][a-z ]+)[.:]\*\*", section[0] if section else "", flags=re.M)
    return {label: text.strip() for label, text in zip(pieces[1::2], pieces[2::2], strict=True)}
