"""What lies beside the lessons for whoever teaches, as the tests read it: TEACHING.md and the quizzes."""

import re
from collections import Counter
from pathlib import Path

PARTS = ["Time", "Goals", "On the board", "Misconceptions", "Long cells", "On the day", "Quiz"]
OPEN = "Open exercise"  # what to expect, where the lesson itself does not fold it away


def sections(root: Path) -> list[str]:
    """What TEACHING.md says of each lesson, from its title on."""
    return re.split(r"^## (?=\d\d · )", (root / "TEACHING.md").read_text(encoding="utf-8"), flags=re.M)[1:]


def section(root: Path, number: str) -> str:
    """What it says of one lesson; nothing where it has no such section."""
    return next((part for part in sections(root) if part.startswith(f"{number} · ")), "")


def class_minutes(root: Path, number: str) -> int:
    found = re.search(r"\*\*In class, (\d+) minutes:\*\*", section(root, number))
    return int(found[1]) if found else 0


def table(root: Path, heading: str) -> list[list[str]]:
    """The cells of the rows of all tables under a heading of TEACHING.md, without the tables' own headings."""
    plans = re.split(r"^## \d\d · ", (root / "TEACHING.md").read_text(encoding="utf-8"), flags=re.M)[0]
    text = re.search(rf"^### {heading}$(.*?)(?=^##|\Z)", plans, flags=re.M | re.S)[1]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return [row for row in rows if "minutes" not in row and set(row[0]) != {"-"}]


def minutes_of_days(root: Path, heading: str) -> Counter:
    """What a plan by the clock gives each lesson, by number; a lesson may be cut in two."""
    minutes = Counter()
    for _, taken, what in table(root, heading):
        if lesson := re.match(r"Lesson (\d\d)", what):
            minutes[lesson[1]] += int(taken)
    return minutes


def minutes_of_weeks(root: Path, heading: str) -> Counter:
    """What a plan by the week gives each lesson, by number: `02 (105), homework (15)`."""
    rows = " ".join(row[1] for row in table(root, heading))
    return Counter({number: int(taken) for number, taken in re.findall(r"\b(\d\d) \((\d+)\)", rows)})


def questions(quiz: Path) -> list[tuple]:
    """Of each question: the part to show, its options, the letters that are right, and a reason for each letter.

    Where no answer is folded away below a question, the last three are empty.
    """
    found = []
    for part in re.split(r"^## \d · ", quiz.read_text(encoding="utf-8"), flags=re.M)[1:]:
        folded = re.fullmatch(r"(.*?)\n<details><summary>Answer</summary>\n(.*)\n</details>\s*", part, flags=re.S)
        shown, answer = folded.groups() if folded else (part, "")
        options = re.findall(r"^- \*\*([A-D])\.\*\* (.+)$", shown, flags=re.M)
        right = re.findall(r"^\*\*([A-D]) is right\.\*\* (.+)$", answer, flags=re.M)
        found.append((shown, options, right, right + re.findall(r"^- \*\*([A-D])\*\* (.+)$", answer, flags=re.M)))
    return found
