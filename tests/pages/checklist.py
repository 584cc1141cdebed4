"""What a lesson still lacks, topic by topic, each in a sentence for whoever is writing it.

Every function takes the path of a notebook and looks at the course in which it lies. None of them raises where
something is missing, so that a lesson can be begun with its title.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import glossary
import guide
from lessons import CORE, LESSONS, code, figures, goals, lines, opening, printed, prose, read, tags, time, title

from mlcourse import checks

RUNS = {
    "20 s": "20 seconds",
    "30 s": "30 seconds",
    "60 s": "a minute",
    "90 s": "a minute and a half",
    "2 min": "two minutes",
}


def form(path: Path) -> Iterator[str]:
    """Its size, its cells and its figures."""
    notebook, name = read(path), path.name
    cells, drawn = code(notebook), figures(notebook)
    for what, n, low, high in (
        ("cells", len(notebook.cells), 25, 45),
        ("cells of code", len(cells), 12, 20),
        ("words", len(prose(notebook).split()), 1200, 2200),
        ("figures", len(drawn), 3, 6),
    ):
        if not low <= n <= high:
            yield f"{name}: {n} {what}, a lesson has {low} to {high}."
    if max((len(lines(cell)) for cell in cells), default=0) > 25:
        yield f"{name} has a cell of more than 25 lines of code."
    if median([len(lines(cell)) for cell in cells[1:]] or [0]) > 8:  # the first one imports
        yield f"{name} has more than 8 lines in half of its cells of code."
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        yield f"{name} does not name python3 as its kernel: save it in JupyterLab with that kernel."
    if [cell.execution_count for cell in cells] != list(range(1, len(cells) + 1)):
        yield f"{name} was not executed once from top to bottom: run `make update-outputs LESSON={name[:2]}`."
    for i in drawn:
        if not "".join(cell.source for cell in notebook.cells[i + 1 : i + 2]).startswith("*Figure"):
            yield f"{name} has no sentence '*Figure N. What to see.*' under the figure of cell {i}."
    for i, cell in enumerate(cells):
        if "nbval-ignore-output" in tags(cell):
            claim = next((other for other in cells[i + 1 :] if "nbval-ignore-output" not in tags(other)), None)
            if not (claim and "assert" in claim.source and printed(claim)):
                yield f"{name} has a cell that may differ, and the next one does not assert and print what holds of it."


def opening_and_closing(path: Path) -> Iterator[str]:
    """What every reader finds at the top and at the end."""
    notebook, name, first = read(path), path.name, opening(path)
    last = notebook.cells[-1].source if len(notebook.cells) > 1 else ""
    if not first.startswith(f"# {name[:2]} · "):
        yield f"{name} does not begin with '# {name[:2]} · ' and its title."
    for part in "**The question.**", "you can\n- *", "**You need**", "**Time:**", "**Paper":
        if part not in first:
            yield f"{name} lacks '{' '.join(part.split())}' in its first cell."
    if not 3 <= len(goals(path)) <= 5:
        yield f"{name} has {len(goals(path))} goals '- *verb* ...', a lesson has 3 to 5."
    start = code(notebook)[0] if code(notebook) else None
    if not start or "torch.Generator().manual_seed(" not in start.source:
        yield f"{name} lacks the seed, 'rng = torch.Generator().manual_seed(0)', in its first cell of code."
    if start and len([line for line in lines(start) if re.match("(from|import) ", line)]) > 10:
        yield f"{name} imports in more than 10 lines."
    for part in "## Summary", "**Where we departed from the paper", "**References.**", "arXiv:", "**What comes next.**":
        if part not in last:
            yield f"{name} lacks {part!r} in its last cell."
    mirrored = re.findall(r"^- You", last, flags=re.M)
    if len(mirrored) != len(goals(path)):
        yield f"{name} has {len(goals(path))} goals, and {len(mirrored)} lines '- You ...' in its summary."


def exercises(path: Path) -> Iterator[str]:
    """One to predict, one to code, one that is open; the answers folded, in cells that a student's copy leaves out."""
    notebook, name = read(path), path.name
    headings = re.findall(r"^### Exercise (\d) · (\w+) \(★+, \d+ minutes\)$", prose(notebook), flags=re.M)
    for number, kind, size in ("1", "predict", "★, 5"), ("2", "code", "★★, 10"), ("3", "open", "★★★, 20"):
        if headings.count((number, kind)) != 1:
            yield f"{name} lacks '### Exercise {number} · {kind} ({size} minutes)', with its own stars and minutes."
    if [number for number, _ in headings] != sorted(set("123") & {number for number, _ in headings}):
        yield f"{name} has other exercises than 1, 2 and 3, in this order."
    answers = [cell for cell in notebook.cells if "<details>" in cell.source]
    if not any(cell.source.startswith("<details><summary>Answer</summary>") for cell in answers):
        yield f"{name} has no cell that begins with '<details><summary>Answer</summary>', for exercise 1."
    for cell in answers:
        whole = r"(<details><summary>[^<]+</summary>((?!</?details>).)*</details>\s*)+"
        if tags(cell) != ["solution"] or not re.fullmatch(whole, cell.source, re.S):
            yield f"{name} has a folded answer in a cell that holds more, or is not tagged 'solution'."
    yield from coding_exercise(path)


def coding_exercise(path: Path) -> Iterator[str]:
    """A stub, its check, and the solution."""
    cells, name = code(read(path)), path.name
    answers = (i for i, cell in enumerate(cells) if i and "solution" in tags(cell))
    solution = next((i for i in answers if "checks." in cells[i - 1].source), None)
    if solution is None:
        yield f"{name} has no cell of code tagged 'solution', below the stub of exercise 2."
        return
    stub, solution = cells[solution - 1], cells[solution]
    asked = re.search(r"^checks\.(\w+)\(my_\1\)$", stub.source, flags=re.M)
    if not asked:
        yield f"{name} has no stub above its solution that ends in 'checks.NAME(my_NAME)'."
        return
    check = asked[1]
    if check not in checks.__all__:
        yield f"{name} calls checks.{check}, which mlcourse/checks does not have."
    if not printed(stub).startswith("not attempted yet"):
        yield f"{name} stores another answer to the stub of exercise 2 than 'not attempted yet'."
    if not solution.metadata.get("jupyter", {}).get("source_hidden"):
        yield f"{name} does not hide the source of its solution ('jupyter.source_hidden')."
    end = f"checks.{check}(solution_{check})"
    if solution.source.splitlines()[-1:] != [end] or f"def solution_{check}(" not in solution.source:
        yield f"{name} has a solution that does not define solution_{check} and end in {end}."
    if printed(solution) != "correct\n":
        yield f"{name} stores another answer to its solution than 'correct'."


def maps(path: Path) -> Iterator[str]:
    """The rows of README and of lesson 00."""
    topic, said = path.stem.split("_", 1)[1], "**Time:** {} minutes to read, about {} to run."
    readme, first = path.parents[1] / "README.md", path.parent / "00_start_here.ipynb"
    for page, text in (readme.name, readme.read_text(encoding="utf-8")), (first.name, prose(read(first))):
        named = rf"^\| .*\b{path.stem[:2]}\b.{{1,4}}\b{topic}\b[^|\n]*"
        row = re.search(rf"{named}\|[^|\n]+\| (\d+) min \| ([^|\n]+) \|", text, flags=re.M)
        if not row:
            yield f"The map in {page} has no row for {path.stem}, with 'NN min' to read and 'NN s' to run."
        elif row[2] not in RUNS:
            yield f"The map in {page} gives {row[2]} to {path.stem}, and not one of {', '.join(RUNS)}."
        elif said.format(row[1], RUNS[row[2]]) != time(path):
            want = said.format(row[1], RUNS[row[2]])
            yield f"The map in {page} gives {row[1]} min and {row[2]}: {path.name} says {time(path)!r}, not {want!r}."


def section(path: Path) -> Iterator[str]:
    """What TEACHING.md says of it."""
    root, here = path.parents[1], f"TEACHING.md, '## {title(path)}',"
    text = guide.section(root, path.stem[:2])
    if text.partition("\n")[0] != title(path):
        yield f"TEACHING.md has no section '## {title(path)}': copy that of another lesson."
    if not text:
        return
    parts = re.findall(r"^\*\*([A-Z][a-z ]+)[.:]\*\*", text, flags=re.M)
    if [part for part in parts if part != guide.OPEN] != guide.PARTS:
        yield f"{here} has the parts {', '.join(parts) or 'none'}, and needs {', '.join(guide.PARTS)}."
        return
    if not time(path) or time(path) not in text:
        yield f"{here} does not give the time of the notebook, {time(path)!r}."
    verbs = re.findall(r"\*(\w+)\*", re.search(r"^\*\*Goals\.\*\*(.*)$", text, flags=re.M)[1])
    if [verb.lower() for verb in verbs] != goals(path):
        yield f"{here} has the goals {', '.join(verbs)}, and the notebook {', '.join(goals(path))}."
    rows = text.split("**Misconceptions.**")[1].split("\n\n**")[0].strip().splitlines()
    if not 2 <= len(rows) <= 3:
        yield f"{here} has {len(rows)} misconceptions, and needs 2 or 3."
    for row in rows:
        if not re.fullmatch(r'- \*[^*]+\.\* Ask: ".+[?:.]" Who holds this \w+ .+\. .+\.', row):
            yield f"{here} has a misconception that is not '- *One.* Ask: \"...?\" Who holds this says ... It is ...'."
    parts = re.findall(r" (\d+)(?=[,.])", text.partition(" minutes:**")[2].partition("\n")[0])
    if len(parts) < 3 or sum(map(int, parts)) != guide.class_minutes(root, path.stem[:2]):
        yield f"{here} has no '**In class, NN minutes:**' with three parts or more that add up to them."
    if not answered(path) and f"**{guide.OPEN}.**" not in text:
        yield f"{here} has no '**{guide.OPEN}.** ...', what to expect of exercise 3, and the lesson has no answer."
    if f"**Quiz.** [{path.stem}](teaching/quizzes/{path.stem}.md)" not in text:
        yield f"{here} does not link its quiz, '**Quiz.** [{path.stem}](teaching/quizzes/{path.stem}.md)'."


def answered(path: Path) -> bool:
    """Whether an answer is folded away below the open exercise."""
    after = prose(read(path)).partition("### Exercise 3 ")[2]
    return "<details>" in after


def plan(path: Path) -> Iterator[str]:
    """An elective has its minutes in a plan for electives; test_teaching.py looks at the core."""
    root, number = path.parents[1], path.stem[:2]
    if path.name in [core.name for core in CORE]:
        return
    days, weeks = guide.minutes_of_days(root, "A third day"), guide.minutes_of_weeks(root, "A longer seminar")
    due = guide.class_minutes(root, number)
    if number not in days | weeks:
        day, seminar = f"'A third day', by a row 'Lesson {number}',", f"'A longer seminar', as '{number} (50)'"
        yield f"TEACHING.md names lesson {number} neither under {day} nor under {seminar}."
    for heading, minutes in ("A third day", days), ("A longer seminar", weeks):
        if number in minutes and minutes[number] != due:
            yield f"TEACHING.md, '{heading}', gives lesson {number} {minutes[number]} minutes, and its section {due}."


def quiz(path: Path) -> Iterator[str]:
    """Five questions, each with four options, one answer, and a reason for each option."""
    name = f"teaching/quizzes/{path.stem}.md"
    page = path.parents[1] / name
    if not page.exists():
        yield f"There is no quiz {name}: copy that of another lesson."
        return
    text = page.read_text(encoding="utf-8")
    if not text.startswith(f"# Quiz {title(path)}\n"):
        yield f"{name} does not begin with '# Quiz {title(path)}'."
    if re.findall(r"^## (\d) · ", text, flags=re.M) != list("12345"):
        yield f"{name} has not the five questions '## 1 · ' to '## 5 · '."
    if not re.search(r"\]\(([^)#:]+)\)", text):
        yield f"{name} does not link its lesson."
    for shown, options, right, reasons in guide.questions(page):
        here = f"{name}, {shown.partition(chr(10))[0]!r},"
        if [letter for letter, _ in options] != list("ABCD") or len({option for _, option in options}) != 4:
            yield f"{here} has not four different options '- **A.** ...' to '- **D.** ...'."
        if len(right) != 1 or sorted(letter for letter, _ in reasons) != list("ABCD"):
            yield f"{here} has no folded answer with one '**A is right.** ...' and reasons '- **B** ...' for the rest."
        if any(len(reason.split()) < 5 for _, reason in reasons):
            yield f"{here} has a reason of less than five words."


def terms(path: Path) -> Iterator[str]:
    """Bold is for labels, and for terms that the glossary explains."""
    known = {glossary.singular(name) for entry in glossary.entries(path.parents[1]) for name in entry.names}
    for term in glossary.terms(prose(read(path))):
        if glossary.singular(term) not in known:
            yield f"GLOSSARY.md has no entry for {' '.join(term.split())!r}, which {path.name} sets in bold."


TOPICS = (form, opening_and_closing, exercises, maps, section, plan, quiz, terms)


def whole(*topics) -> list[Path]:
    """The lessons that lack nothing in these topics: tests of details may take all parts as given."""
    return [path for path in LESSONS if not any(lack for topic in topics for lack in topic(path))]
