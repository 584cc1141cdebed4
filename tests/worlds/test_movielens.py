"""MovieLens from files: the real size and both layouts are read, and what is not whole is one sentence."""

import re

import pytest
import torch
from invented_movielens import write

from mlcourse.worlds import movielens, ratings


@pytest.fixture(scope="module")
def real_size(tmp_path_factory):
    return write(tmp_path_factory.mktemp("ml") / "ml-100k")


@pytest.fixture
def small(tmp_path):
    return write(tmp_path, n_users=30, n_films=60, n=800)


def lines(folder, name):
    return (folder / name).read_bytes().decode("latin-1").splitlines()


def put(folder, name, content):
    (folder / name).write_bytes("\n".join([*content, ""]).encode("latin-1"))


def test_files_of_the_real_size_are_read_line_by_line(real_size):
    table, features = movielens.load(real_size)
    assert len(table.user.unique()) == 943 and len(table.user) == 100_000
    assert table.user.bincount().min() >= 20 and table.stars.unique().tolist() == [1, 2, 3, 4, 5]
    user, film, stars, time = map(int, lines(real_size, "u.data")[77].split("\t"))
    numbers = sorted({int(line.split("\t")[1]) for line in lines(real_size, "u.data")})
    row = [table.user[77] + 1, numbers[int(table.film[77])], table.stars[77], table.time[77]]
    assert [int(number) for number in row] == [user, film, stars, time]
    assert features.shape == (len(numbers), 20)
    fields = lines(real_size, "u.item")[film - 1].split("|")
    said = features[table.film[77]].tolist()
    assert said[1:] == [float(flag) for flag in fields[-19:]]
    assert said[0] == pytest.approx((int(fields[2][-4:]) - 1990) / 10)


def test_the_zips_own_folder_inside_is_found(real_size):
    inside = movielens.load(real_size.parent)
    assert torch.equal(inside.table.stars, movielens.load(real_size).table.stars)


def test_a_header_line_is_passed_over(tmp_path, small):
    with_header = write(tmp_path / "other", n_users=30, n_films=60, n=800, header=True)
    for mine, other in zip(movielens.load(with_header).table, movielens.load(small).table, strict=True):
        assert torch.equal(mine, other)


def test_lines_may_end_as_on_windows_and_films_be_separated_by_tabs(small):
    expected = movielens.load(small)
    data, films = lines(small, "u.data"), lines(small, "u.item")
    (small / "u.data").write_bytes("\r\n".join([*data, ""]).encode())
    put(small, "u.item", [line.replace("|", "\t") for line in films])
    found = movielens.load(small)
    assert torch.equal(found.table.film, expected.table.film) and torch.equal(found.features, expected.features)


def newer(folder):
    """The same ratings in the newer layout, with half stars, quoted titles and gaps in the numbers."""
    rows = [line.split("\t") for line in lines(folder, "u.data")]
    rated = ["userId,movieId,rating,timestamp", *(f"{u},{10 * int(f)},{int(s) - 0.5},{t}" for u, f, s, t in rows)]
    films = ["movieId,title,genres"]
    films += [f'{10 * i},"Night, The {i} (1994)",Drama|War' if i % 2 else f"{10 * i},Day {i},(no genres listed)"
              for i in range(1, 61)]  # fmt: skip
    for name in ("u.data", "u.item", "u.user"):
        (folder / name).unlink()
    (folder / "ratings.csv").write_text("\n".join(rated), encoding="utf-8-sig")
    (folder / "movies.csv").write_text("\n".join(films), encoding="utf-8")
    return folder


def test_the_newer_layout_is_read_with_half_stars_and_gaps(small):
    old = movielens.load(small)
    table, features = movielens.load(newer(small))
    assert torch.equal(table.stars, old.table.stars - 0.5) and torch.equal(table.film, old.table.film)
    assert features.shape[1] == 1 + 3 and features[0].tolist() == pytest.approx([0.4, 0, 1, 1])


def test_the_parts_of_its_users_can_be_split_and_sampled(small, rng):
    table = movielens.load(small).table
    first, second = (table.by(users) for users in ratings.split_users(table, 0.6, 0.4, rng=rng))
    assert not set(first.user.tolist()) & set(second.user.tolist())
    assert ratings.sample_tasks(ratings.histories(second), None, 5, 10, rng=rng).x_query.shape == (12, 10)


def change(name, number, line):
    def damage(folder):
        content = lines(folder, name)
        content[number] = line
        put(folder, name, content)

    return damage


def twice(folder):
    put(folder, "u.data", [*(content := lines(folder, "u.data")), content[3]])


def as_csv(name, old, new):
    def damage(folder):
        newer(folder)
        text = (folder / name).read_bytes()
        (folder / name).write_bytes(text.replace(old, new, 1))

    return damage


BROKEN = {
    "empty": (lambda folder: put(folder, "u.data", []), "holds no rating"),
    "a header and nothing else": (
        lambda folder: put(folder, "u.data", ["user\titem\trating\ttime"]),
        "holds no rating",
    ),
    "a line cut short": (change("u.data", 9, "12\t30\t4"), "line 10: a user, a film, stars and a time"),
    "words for numbers": (change("u.data", 4, "1\tfive\t3\t874724710"), "line 5: a user"),
    "commas in u.data": (change("u.data", 0, "1,2,3,874724710"), "line 1: a user"),
    "six stars": (change("u.data", 2, "1\t2\t6\t874724710"), "line 3.*stars from 1 to 5"),
    "half a star": (change("u.data", 2, "1\t2\t3.5\t874724710"), "line 3.*stars from 1 to 5"),
    "not a number of stars": (change("u.data", 2, "1\t2\tnan\t874724710"), "line 3.*stars from 1 to 5"),
    "user zero": (change("u.data", 2, "0\t2\t3\t874724710"), "line 3: numbers from 1 on"),
    "a time before time": (change("u.data", 2, "1\t2\t3\t-5"), "line 3"),
    "endless time": (change("u.data", 2, "1\t2\t3\tinf"), "line 3"),
    "a page of the web": (lambda folder: put(folder, "u.data", ["<!DOCTYPE html>", "<html>"]), "line 1: a user"),
    "the same rating twice": (twice, "has two ratings of film"),
    "a film nobody describes": (change("u.data", 2, "1\t999\t3\t874724710"), "says nothing of film 999"),
    "a film without its genres": (change("u.item", 5, "6|Title|01-Jan-1990||http://x"), "u.item, line 6: a number"),
    "a genre that is two": (change("u.item", 5, "6|Title|01-Jan-1990||x|2" + "|0" * 18), "u.item, line 6"),
    "no u.item": (lambda folder: (folder / "u.item").unlink(), "no .*u.item, which says what the films are"),
    "bytes": (lambda folder: (folder / "u.data").write_bytes(bytes(range(256)) * 20), "not text in UTF-8"),
    "latin-1 in ratings.csv": (as_csv("ratings.csv", b"userId", b"us\xe9rId"), "ratings.csv.*not text in UTF-8"),
    "no stars in ratings.csv": (as_csv("ratings.csv", b"rating,", b""), "ratings.csv, line 1"),
    "five and a half": (as_csv("ratings.csv", b".5,", b".75,"), "stars from 0.5 to 5.0"),
    "a damaged movies.csv": (as_csv("movies.csv", b"20,Day", b"x20,Day"), "movies.csv, line 3"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_not_whole_is_one_sentence_that_names_the_file(small, name):
    damage, words = BROKEN[name]
    damage(small)
    with pytest.raises((ValueError, OSError)) as error:
        movielens.load(small)
    said = str(error.value)
    assert re.search(words, said), said
    assert str(small) in said and "\n" not in said and len(said) < 400


def test_a_folder_without_the_files_says_where_they_are_from(tmp_path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(FileNotFoundError, match=r"grouplens\.org"):
            movielens.load(folder)
