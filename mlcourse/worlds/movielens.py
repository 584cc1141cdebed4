"""MovieLens, real ratings of films, from files that somebody has got himself: its terms forbid passing it on.

    F. Maxwell Harper, Joseph A. Konstan, 2015, "The MovieLens Datasets: History and Context",
    ACM Transactions on Interactive Intelligent Systems 5 (4)

Two layouts are read. MovieLens 100K has `u.data` (user, film, stars from 1 to 5, seconds; tabs between them) and
`u.item` (number, title, date, ..., 19 genres as 0 or 1; bars between them, in latin-1). Newer ones have `ratings.csv`,
with a header line and half stars, and `movies.csv`. A header line where there should be none is passed over.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from .ratings import Ratings

WHERE = "get ml-100k.zip from https://grouplens.org/datasets/movielens/100k and name the folder that holds its files"
GENRES = 19  # columns at the end of a line of u.item
OLD, NEW = ("u.data", "u.item"), ("ratings.csv", "movies.csv")
STARS = {"u.data": (1, 2, 3, 4, 5), "ratings.csv": tuple(half / 2 for half in range(1, 11))}


class MovieLens(NamedTuple):
    """Ratings whose users and films are numbered from 0 on without a gap, and what is said of the films.

    features: (n_films, d), decades since 1990 and a column of 0 or 1 for each genre
    """

    table: Ratings
    features: Tensor


def load(folder: Path) -> MovieLens:
    """The ratings in this folder, or in one inside it as the zip makes it.

    Raises FileNotFoundError where they are not there, and ValueError for files that are not whole or something else.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"There is no folder {folder}: {WHERE}.")
    inside = [folder, *sorted(part for part in folder.iterdir() if part.is_dir())]
    for place in inside:
        for names in (OLD, NEW):
            if (place / names[0]).is_file():
                ratings, films = (place / name for name in names)
                return _joined(_ratings(ratings), _films(films), ratings, films)
    raise FileNotFoundError(f"There is no {OLD[0]} and no {NEW[0]} in {folder}: {WHERE}.")


def _joined(rows: list[tuple], described: dict[int, list[float]], ratings: Path, films: Path) -> MovieLens:
    """Renumbered, so that users and films have no gaps."""
    users, seen = ({number: i for i, number in enumerate(sorted({row[of] for row in rows}))} for of in (0, 1))
    if missing := sorted(seen.keys() - described.keys()):
        raise ValueError(f"{films} says nothing of film {missing[0]}, which {ratings.name} has ratings of.")
    if len({row[:2] for row in rows}) < len(rows):
        twice = set()
        user, film = next(row[:2] for row in rows if row[:2] in twice or twice.add(row[:2]))
        raise ValueError(f"{ratings} has two ratings of film {film} by user {user}, and should have one of each.")
    user, film = (torch.tensor([new[row[of]] for row in rows]) for of, new in ((0, users), (1, seen)))
    stars = torch.tensor([row[2] for row in rows], dtype=torch.get_default_dtype())
    features = torch.tensor([described[number] for number in seen], dtype=torch.get_default_dtype())
    return MovieLens(Ratings(user, film, stars, torch.tensor([row[3] for row in rows])), features)


def _ratings(path: Path) -> list[tuple]:
    """User, film, stars and time of each line."""
    rows = []
    for number, fields in _lines(path, {"u.data": "\t"}.get(path.name, ","), encoding="utf-8-sig"):
        try:
            user, film, stars, time = (
                kind(field) for kind, field in zip((int, int, float, float), fields, strict=True)
            )
        except ValueError:
            if number == 1 and not fields[0].isdecimal() and len(fields) == 4:  # a header
                continue
            raise ValueError(
                f"{path}, line {number}: a user, a film, stars and a time are expected, got {_shown(fields)}."
            ) from None
        if user < 1 or film < 1 or not 0 <= time < 2**53 or stars not in STARS[path.name]:
            kinds = f"{STARS[path.name][0]} to {STARS[path.name][-1]}"
            raise ValueError(
                f"{path}, line {number}: numbers from 1 on, stars from {kinds} and a time are expected, "
                f"got {_shown(fields)}."
            )
        rows.append((user, film, stars, int(time)))
    if not rows:
        raise ValueError(f"{path} holds no rating: {WHERE}.")
    return rows


def _films(path: Path) -> dict[int, list[float]]:
    """By film number: decades since 1990, and the genres."""
    if not path.is_file():
        raise FileNotFoundError(f"There is no {path}, which says what the films are: {WHERE}.")
    return _old_films(path) if path.name == OLD[1] else _new_films(path)


def _old_films(path: Path) -> dict[int, list[float]]:
    found = {}
    for number, fields in _lines(path, "|", encoding="latin-1"):
        if number == 1 and not fields[0].isdecimal() and len(fields) > GENRES:  # a header
            continue
        flags = fields[-GENRES:]
        if not fields[0].isdecimal() or len(fields) != 5 + GENRES or not set(flags) <= {"0", "1"}:
            raise ValueError(
                f"{path}, line {number}: a number, a title, two dates, an address and {GENRES} genres as 0 or 1 are "
                f"expected, got {_shown(fields)}."
            )
        found[int(fields[0])] = [_decades(fields[2]), *map(float, flags)]
    return found


def _new_films(path: Path) -> dict[int, list[float]]:
    said = {}
    for number, fields in _lines(path, ",", encoding="utf-8-sig"):
        if number == 1 and not fields[0].isdecimal() and len(fields) == 3:  # a header
            continue
        if not fields[0].isdecimal() or len(fields) != 3:
            raise ValueError(f"{path}, line {number}: a number, a title and genres are expected, got {_shown(fields)}.")
        said[int(fields[0])] = fields[1], set(fields[2].split("|"))
    genres = sorted(set().union(*(kinds for _, kinds in said.values()))) if said else []
    return {
        number: [_decades(title), *(float(genre in kinds) for genre in genres)]
        for number, (title, kinds) in said.items()
    }


def _decades(text: str) -> float:
    """Decades since 1990 of the last year in a date or a title; 0 where there is none."""
    years = re.findall(r"(?:18|19|20)\d\d", text)
    return (int(years[-1]) - 1990) / 10 if years else 0.0


def _lines(path: Path, separator: str, *, encoding: str) -> Iterator[tuple[int, list[str]]]:
    """The number of each line that is not empty, from 1 on, and its fields."""
    try:
        text = path.read_text(encoding=encoding)
    except UnicodeDecodeError:
        raise ValueError(f"{path} is damaged, or another file: it is not text in UTF-8; {WHERE}.") from None
    except OSError as error:
        raise OSError(f"Could not read {path} ({error.strerror or error}): make it readable.") from error
    lines = text.replace("\r\n", "\n").split("\n")  # splitlines would also split at a letter of latin-1
    if separator == "|" and lines and "|" not in lines[0]:
        separator = "\t"
    quoted = csv.QUOTE_MINIMAL if separator == "," else csv.QUOTE_NONE
    try:
        for number, fields in enumerate(csv.reader(lines, delimiter=separator, quoting=quoted), start=1):
            if fields and any(map(str.strip, fields)):
                yield number, fields
    except csv.Error as error:
        raise ValueError(f"{path} is damaged, or another file ({error}): {WHERE}.") from None


def _shown(fields: list[str]) -> str:
    text = ", ".join(fields)
    return repr(text if len(text) <= 60 else text[:57] + "...")
