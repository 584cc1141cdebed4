"""Recorded results, read: as a summary for README, as tables for the page beside the files, as lines for a lesson.

`python -m mlcourse results NAME` writes one file a run. Nothing is typed by hand: pages print what the files say.
"""

import json
from pathlib import Path

from ..files import DATA, reading
from .departures import TURNED, UPRIGHT
from .plan import FOUR_TURNS, PLAIN, SUPPORT, TRANSDUCTIVE
from .protocols import HARDER_SPLIT
from .registry import METHODS
from .worlds import CHARACTERS, TABLES, WORLDS, Table

RESULTS = DATA / "results"
NONE = "None is recorded yet."
BUDGET = "budget"


def load(table: Table, folder: Path = RESULTS) -> dict[tuple, dict]:
    """What is recorded for a table, by (method, setting, seed): each column's value as text, and the budget in words.

    A column is a way to take batch norm's statistics or, for sine waves, a number of steps. A variant of a setting has
    columns of its own, such as "four turns, budget".
    """
    recorded = {}
    for file, row in measurements(table, folder):
        setting, *column = row["setting"].split(", ")
        if row["statistics"] != PLAIN or not column:
            column.append(row["statistics"])
        entry = recorded.setdefault((row["method"], setting, file["seed"]), {})
        entry[", ".join(column)] = in_words(row)
        entry[", ".join([*column[:-1], BUDGET])] = budget(file)
    return recorded


def measurements(table: Table, folder: Path = RESULTS) -> list[tuple[dict, dict]]:
    """Every measurement for a table with the file it stands in, by method, setting and seed.

    Raises ValueError for a file that is not whole or something else, and for two files with the same measurement.
    """
    order = {title: [(m, setting) for m in METHODS for setting in each.settings] for title, each in TABLES.items()}
    found, origin = [], {}
    for path in sorted(folder.glob("*.json"), key=lambda path: path.stem):  # a variant's name is longer than its run's
        with reading(path, "record its run again with `python -m mlcourse results`") as content:
            file = json.load(content)
            title = WORLDS[file["settings"]["data"]][1].title
            for row in file["results"]:
                place = order[title].index((row["method"], row["setting"].split(", ")[0])), file["seed"]
                if title == table.title:
                    found.append((place, file, row))
                in_words(row), budget(file)  # what they need must be there
        for row in file["results"]:
            key = title, row["method"], row["setting"], row["statistics"], file["seed"]
            first = origin.setdefault(key, path)
            if first != path:
                raise ValueError(f"{first} and {path} have results of the same run: delete one of them.")
    return [(file, row) for _, file, row in sorted(found, key=lambda entry: entry[0])]


def in_words(row: dict) -> str:
    """The value with its interval, and the paper's in brackets if it has one."""
    percent, digits = ("%", 1) if row["measure"] == "accuracy in %" else ("", 2)
    paper = "" if row["paper"] is None else f" ({row['paper']}{percent})"
    return f"{row['value']:.{digits}f}{percent} ± {row['interval']:.{digits}f}{paper}"


def budget(file: dict) -> str:
    """For how long a run trained, beside its paper."""
    if not file["iterations"]:
        return "no training"
    share = file.get("of the paper's budget")
    if share == 1:
        return "the paper's"
    return f"{file['iterations']:,} iterations" + (f", {100 * share:.2g}% of the paper's tasks" if share else "")


def tables(folder: Path = RESULTS) -> str:
    """All that is recorded, in Markdown, a table for each kind of world, with who is short of the paper."""
    written = []
    for table in TABLES.values():
        rows = []
        for (method, setting, seed), entry in load(table, folder).items():
            for variant, found in variants(entry).items():
                values = [found.get(field, found.get(PLAIN, "")) for field in table.columns.values()]
                name, where = (
                    f"{method} (seed {seed})" if seed else method,
                    f"{setting}, {variant}" if variant else setting,
                )
                rows.append([name, where, *values, found[BUDGET]])
        if rows:
            written.append(markdown(["method", table.title, *table.columns, BUDGET], rows))
            if table is CHARACTERS:
                written.append(beside_the_papers(folder))
    return "\n\n".join(written) or NONE


def variants(entry: dict) -> dict[str, dict[str, str]]:
    """The texts of an entry of `load` by column, for each variant of the setting, such as "upright"; "" for itself."""
    found = {}
    for column, text in entry.items():
        variant, _, column = column.rpartition(", ")
        found.setdefault(variant, {})[column] = text
    return found


def summary(folder: Path = RESULTS) -> str:
    """All that is recorded on characters in one small table: a row a method, accuracies in %, the paper's in brackets.

    Of the two ways to take batch norm's statistics, the one that the paper's figure is for, transductive where it has
    both, marked with a t, and support statistics where it has none; of turned and upright characters those that the
    paper tests; of several seeds the lowest and the highest.
    """
    found, minutes = {}, {}
    for file, row in measurements(CHARACTERS, folder):
        setting, *variant = row["setting"].split(", ")
        if variant == (["upright"] if UPRIGHT in file["remarks"] else []):
            place = row["method"], setting
            found.setdefault(place, {}).setdefault((row["paper"] is not None, row["statistics"]), []).append(row)
            minutes.setdefault(row["method"], []).append(file["seconds"]["training"] / 60)
    rows = []
    for method in minutes:
        cells = [_cell(found.get((method, setting), {})) for setting in CHARACTERS.settings]
        rows.append([method, *cells, _minutes(minutes[method])])
    return markdown(["method", *CHARACTERS.settings, "training"], rows) if rows else NONE


def _cell(found: dict[tuple[bool, str], list[dict]]) -> str:
    """A method in one setting; found: the rows of all seeds, by whether the paper has a figure, and by statistics."""
    if not found:
        return ""
    has_figure = max(figure for figure, _ in found)
    order = (TRANSDUCTIVE, SUPPORT, PLAIN) if has_figure else (SUPPORT, PLAIN)
    statistics = next(each for each in order if (has_figure, each) in found)
    rows = found[has_figure, statistics]
    values = sorted(row["value"] for row in rows)
    said = " to ".join(f"{value:.1f}" for value in dict.fromkeys([values[0], values[-1]]))
    said += " t" if statistics == TRANSDUCTIVE else ""
    return f"{said} ({rows[0]['paper']})" if has_figure else said


def _minutes(minutes: list[float]) -> str:
    low, high = round(min(minutes)), round(max(minutes))
    return "none" if high == 0 else f"{low} to {high} min" if low < high else f"{high} min"


def beside_the_papers(folder: Path = RESULTS) -> str:
    """Which accuracies come within a point of their papers' figures by a like protocol, and how far others are off."""
    near, unlike, short = ({setting: [] for setting in CHARACTERS.settings} for _ in range(3))
    for file, row in measurements(CHARACTERS, folder):
        if row["paper"] is not None:
            setting, *which = row["setting"].split(", ")
            if row["method"].startswith("Reptile"):  # its paper has a figure for each
                which.append(row["statistics"])
            if file["seed"]:
                which.append(f"seed {file['seed']}")
            name = f"{row['method']} ({', '.join(which)})" if which else row["method"]
            behind = round(row["paper"] - row["value"], 4)
            if behind <= 1:
                (near if _like(file, row) else unlike)[setting].append(name)
            else:
                short[setting].append(f"{name} {behind:.1f}")
    groups = {
        "Within one point of the paper under a like protocol, or above it.": near,
        "Near its figure or above it, but not comparable: an easier split, turned characters, or four turns.": unlike,
        "Further below it, by so many points.": short,
    }
    lines = []
    for title, group in groups.items():
        said = "; ".join(f"{setting}: {', '.join(names)}" for setting, names in group.items() if names) or "None"
        lines.append(f"- **{title}** {said}.")
    return "\n".join(lines)


def _like(file: dict, row: dict) -> bool:
    """Whether the paper splits the characters and turns those that it tests on as we do, and none is averaged."""
    turned = "upright" not in row["setting"] and {TURNED, UPRIGHT} & set(file["remarks"])
    return row["source"] not in HARDER_SPLIT and not turned and FOUR_TURNS not in row["setting"]


def markdown(head: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


def lines(*methods: str, settings: tuple[str, ...] = CHARACTERS.settings, folder: Path = RESULTS) -> str:
    """What is recorded of some methods on characters, in plain lines for a lesson; of variants upright characters only.

    Raises ValueError for the name of a method or a setting that there is not.
    """
    for what, given, known in ("method", methods, METHODS), ("setting", settings, CHARACTERS.settings):
        if unknown := [name for name in given if name not in known]:
            raise ValueError(f"there is no {what} {unknown[0]} in the records: choose from {', '.join(known)}")
    trainings = {}  # of each method in each setting, by seed
    for (method, setting, _), entry in load(CHARACTERS, folder).items():
        if method in methods and setting in settings:
            trainings.setdefault((method, setting), []).append(entry)
    width, written = max([13, *(len(method) + 1 for method, _ in trainings)]), []
    for (method, setting), (first, *others) in trainings.items():
        for variant, values in variants(first).items():
            if variant not in ("", "upright"):
                continue
            rest = [variants(other)[variant] for other in others]
            last = "" if variant else f"; {values[BUDGET]}"
            said = "; ".join(_beside_other_seeds(how, text, rest) for how, text in values.items() if how != BUDGET)
            written.append(f"{method:{width}}{variant or setting:14}{said}{last}")
    return "\n".join(["Recorded on the real Omniglot (in brackets the paper's figure):", *(written or [NONE])])


def _beside_other_seeds(how: str, text: str, others: list[dict[str, str]]) -> str:
    """A value with its statistics before it and, behind it, the values of other trainings."""
    more = f", other seeds {', '.join(other[how].split()[0] for other in others)}" if others else ""
    return (text if how == PLAIN else f"{how} {text}") + more
