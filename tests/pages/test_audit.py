"""The audit moves every seed of a page, notes every assertion without stopping at it, and README says what it found."""

import builtins
import json
from types import SimpleNamespace

import audit
import nbformat
import pytest
import torch
from nbformat.v4 import new_code_cell, new_notebook


def page(*sources, tags=()):
    return new_notebook(cells=[new_code_cell(source, metadata=dict(tags=list(tags))) for source in sources])


def told(*sources, k=1, tags=(), **known):
    """What the page's assertions come to, without a kernel, and its names afterwards."""
    notebook, claims = audit.moved(page(*sources, tags=tags), k)
    builtins._held = {}
    for cell in notebook.cells[1:-1]:
        exec(cell.source, known)
    held = builtins.__dict__.pop("_held")
    return {claim.text: audit.outcome(held.get(i, [])) for i, claim in enumerate(claims)}, known


@pytest.mark.parametrize(
    "source",
    [
        "drawn = [torch.Generator().manual_seed(n).initial_seed() for n in (3, 5)]",
        "drawn = []\nfor seed in [3, 5]:\n    drawn.append(torch.manual_seed(seed).initial_seed())",
        "drawn = [torch.manual_seed(seed=seed).initial_seed() for seed in range(3, 6, 2)]",
        "def run(seed): return torch.Generator().manual_seed(seed).initial_seed()\ndrawn = [run(3), run(seed=5)]",
        "drawn = [make(n, seed=n) for n in (3, 5)]",
    ],
)
@pytest.mark.parametrize("k", [1, 4])
def test_every_seed_is_moved_once_however_it_is_written(source, k):
    _, names = told(source, k=k, torch=torch, make=lambda _, seed: seed)
    assert names["drawn"] == [3 + 1000 * k, 5 + 1000 * k]


def test_no_seed_stays_none_and_other_numbers_stay():
    _, names = told("a = make(seed=None)\nb = make(seed=2, steps=3)", make=lambda seed, steps=0: (seed, steps))
    assert (names["a"], names["b"]) == ((None, 0), (1002, 3))


def test_a_cell_with_the_tag_keeps_its_seed():
    _, names = told("s = torch.manual_seed(7).initial_seed()", tags=["audit-keep-seed"], torch=torch)
    assert names["s"] == 7


def assert_close(a, b):
    if a != b:
        raise AssertionError


def test_each_assertion_is_noted_and_the_page_goes_on():
    outcomes, names = told(
        "assert 1 + 1 == 2\nassert 1 + 1 == 3, 'a message'\nassert {}['key']",
        "for i in range(3):\n    assert i < 2\nfor i in range(3):\n    assert i < 3",
        "def unused():\n    assert 'never'",
        "testing.assert_close(1, 1)\ntesting.assert_close(1, 2)\nlast = 1",
        testing=SimpleNamespace(assert_close=assert_close),
    )
    assert outcomes == {
        "1 + 1 == 2": "held", "1 + 1 == 3": "false", "{}['key']": "KeyError", "i < 2": "false", "i < 3": "held",
        "'never'": "not reached", "testing.assert_close(1, 1)": "held", "testing.assert_close(1, 2)": "AssertionError",
    }  # fmt: skip
    assert names["last"] == 1


def test_magics_are_understood_and_what_a_cell_ends_with_is_still_shown():
    notebook, claims = audit.moved(page("%precision 3\nassert (1 <\n        2)\n1 + 1;"), 1)
    assert notebook.cells[1].source.startswith("get_ipython()") and notebook.cells[1].source.endswith("1 + 1")
    assert claims == [(0, "1 < 2")]


def test_a_kernel_tells_what_held_and_which_cell_stopped(tmp_path):
    path = tmp_path / "00_lesson.ipynb"
    nbformat.write(page("assert True\nraise ValueError('stopped here')\nassert 'after'", "assert 2 > 1"), path)
    before, cells = path.read_bytes(), []
    claims, stopped = audit.execute(path, 1, lambda: cells.append(1))
    assert [what for _, what in claims] == ["held", "not reached", "held"]
    assert stopped == [(0, "ValueError: stopped here")]
    assert len(cells) == 4 and path.read_bytes() == before


CLAIMS = audit.Claim(3, "a < b"), audit.Claim(5, "b < c")


def found(*trials):
    return dict(seeds=list(range(len(trials)))) | audit.summary(trials)


@pytest.fixture
def two_of_three():
    stop = [(9, "ValueError: no")]
    return found(*(([(CLAIMS[0], "held"), (CLAIMS[1], what)], stop) for what in ("held", "false", "held")))


def test_a_failing_assertion_is_named_with_how_often_it_held(two_of_three):
    assert two_of_three["assertions"][0] == dict(cell=3, assertion="a < b", held=3, of=3)
    assert audit.failures("04", two_of_three) == [
        "04 [5] held in 2 of 3 (false): b < c", "04 [9] stopped, 3 times: ValueError: no"
    ]  # fmt: skip


def test_one_lesson_replaces_its_own_entries_only(two_of_three, tmp_path, monkeypatch):
    monkeypatch.setattr(audit, "AUDIT", tmp_path / "audit.json")
    for name in "README", "CHINESE":
        monkeypatch.setattr(audit, name, tmp_path / f"{name}.md")
        (tmp_path / f"{name}.md").write_text(f"above\n{audit.BEGIN}\n{audit.END}\nbelow\n")
    sound = found(([(CLAIMS[0], "held")], []))
    for lesson, entry in ("05", two_of_three), ("04", two_of_three), ("05", sound):
        audit.write({lesson: entry})
    lessons = json.loads(audit.AUDIT.read_text())["lessons"]
    assert list(lessons) == ["04", "05"] and lessons == {"04": two_of_three, "05": sound}
    text = audit.README.read_text()
    assert text.startswith("above") and text.endswith("below\n")
    assert (
        "With 1 to 3 other sets of seeds, 2 of the 3 assertions of 2 lessons held each time, and 1 cell stopped" in text
    )
    chinese = audit.CHINESE.read_text(encoding="utf-8")
    assert "1～3 组随机种子，2 课的 3 处断言中有 2 处每次都成立，有 1 个单元格中断" in chinese


@pytest.mark.parametrize("chinese", [False, True])
def test_readme_says_what_the_file_says(chinese):
    lessons = json.loads(audit.AUDIT.read_text(encoding="utf-8"))["lessons"]
    readme = (audit.CHINESE if chinese else audit.README).read_text(encoding="utf-8")
    between = readme.partition(audit.BEGIN)[2].partition(audit.END)[0]
    assert between.strip() == audit.sentence(lessons, chinese=chinese)


def test_lessons_that_were_asked_are_still_there():
    lessons = json.loads(audit.AUDIT.read_text(encoding="utf-8"))["lessons"]
    assert all((audit.ROOT / "notebooks" / f"{name}.ipynb").exists() for name in lessons)


def test_a_claim_may_be_a_condition_with_an_else():
    outcomes, _ = told("for n in (1, 5): assert n < 2 if n == 1 else n > 2", "assert 1 > 2 if True else True")
    assert list(outcomes.values()) == ["held", "false"]
