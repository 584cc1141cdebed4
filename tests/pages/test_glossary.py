"""Every entry of the glossary is whole and leads to its lesson; no retired word is left.

That it explains every term which a lesson sets in bold is on the checklist: see test_checklist.py.
"""

import re

import glossary
import nbformat
import pytest
from glossary import ENTRY, plain, singular, terms
from lessons import LESSONS, prose, read
from retired import leftovers, retired

from mlcourse.files import ROOT

GLOSSARY, ENTRIES = glossary.text(ROOT), glossary.entries(ROOT)
BY_NUMBER = {path.name[:2]: path for path in LESSONS}
STAY_ENGLISH = {"ANIL", "MAML", "Meta-SGD", "Reptile"}
CHINESE = re.compile("[\u4e00-\u9fff]")


def signs(formula):
    """A formula without its spaces, of either kind, and without the size of its brackets."""
    return re.sub(r"\\,|\\big\b|\s", "", formula)


BOLD = {lesson: terms(prose(read(path))) for lesson, path in BY_NUMBER.items()}
PROSE = {lesson: plain(prose(read(path))) for lesson, path in BY_NUMBER.items()}
SOURCES = "\n".join(cell.source for path in LESSONS for cell in read(path).cells)
SIGNS = signs(SOURCES)


def test_labels_are_told_from_terms():
    text = "**The question.** Why? **You need** a **support set** and a\n**query\nset**, `2**3**4`. **Time:** 1 minute."
    assert terms(text) == ["support set", "query\nset"]
    assert sum(len(bold) for bold in BOLD.values()) > 60


def test_every_paragraph_in_bold_is_an_entry():
    starts = re.findall(r"^\*\*(.+?)\*\*", GLOSSARY.split("\n## 中文索引\n")[0], re.M)
    assert starts == [", ".join(entry.names) for entry in ENTRIES]


def test_entries_are_in_order_under_their_letters():
    first = [entry.names[0].casefold() for entry in ENTRIES]
    assert first == sorted(first)
    for letter, section in re.findall(r"^## ([A-Z])\n(.*?)(?=^## )", GLOSSARY, re.M | re.S):
        assert {names[0].upper() for names, *_ in ENTRY.findall(section)} == {letter}


def test_no_name_stands_twice():
    names = [singular(name) for entry in ENTRIES for name in entry.names]
    assert sorted(names) == sorted(set(names))


def test_an_entry_has_a_definition_of_a_sentence_or_a_few():
    for entry in ENTRIES:
        assert 6 <= len(entry.definition.split()) <= 60, entry
        assert entry.definition.endswith((".", ".)")), entry
        for name in entry.names:
            itself = rf"(an? |the )?{re.escape(plain(name))}\b"
            assert not re.match(itself, plain(entry.definition)), f"{name} is explained by itself"


def test_an_entry_links_to_a_lesson_that_has_the_term():
    for entry in ENTRIES:
        assert ROOT / entry.link == BY_NUMBER.get(entry.lesson), f"there is no {entry.link}"
        found = [name for name in entry.names if re.search(rf"\b{re.escape(singular(name))}s?\b", PROSE[entry.lesson])]
        assert found, f"lesson {entry.lesson} never says {entry.names}"


def test_a_bold_term_links_to_the_first_lesson_that_sets_it_in_bold():
    for entry in ENTRIES:
        names = {singular(name) for name in entry.names}
        introduced = [lesson for lesson, bold in BOLD.items() if names & {singular(term) for term in bold}]
        first = (introduced or [entry.lesson])[0]
        assert entry.lesson == first, f"{entry.names[0]} is first in bold in lesson {first}: let the entry link that"


def test_an_entry_has_a_chinese_name_or_stays_english():
    for entry in ENTRIES:
        assert all(CHINESE.search(name) or name in STAY_ENGLISH for name in entry.chinese), entry


def test_symbols_and_code_names_are_those_of_the_lessons():
    for entry in ENTRIES:
        for code in re.findall(r"`([^`]+)`", entry.symbol):
            assert re.search(rf"\b{re.escape(code)}\b", SOURCES), f"no lesson has {code}"
        for formula in re.findall(r"\$([^$]+)\$", entry.symbol):
            assert signs(formula) in SIGNS, f"no lesson has {formula}"


@pytest.mark.parametrize("word, now", retired(ROOT).items())
def test_a_word_that_the_course_does_not_use_is_left_nowhere(word, now):
    if places := leftovers(ROOT, word):
        pytest.fail(f"GLOSSARY.md says {now!r} for {word!r}, which is left in " + "; ".join(places), pytrace=False)


def test_what_a_retired_word_makes_room_for_is_an_entry():
    names = {name for entry in ENTRIES for name in entry.names}
    for word, now in retired(ROOT).items():
        assert now in names, f"{now!r} has no entry in GLOSSARY.md: rename that of {word!r} first"
        assert word not in names, f"{word!r} has an entry in GLOSSARY.md, though it is retired"


def test_a_retired_word_is_found_in_pages_lessons_quizzes_and_code(tmp_path):
    files = {
        "GLOSSARY.md": "**body** · 骨干网络\nIt has a torso.\n\n| not | but |\n|---|---|\n| torso | body |\n",
        "TEACHING.md": "Nobody, somebody, a nobody torsoed: nothing here.\n",
        "teaching/quizzes/03_first_order.md": "What is\nin a Torso?\n",
        "mlcourse/networks/mlp.py": "head, torsos = split()\nmy_torso_2 = 1\n",
        "mlcourse/weights.py": "body = 1\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "notebooks").mkdir()
    cells = [nbformat.v4.new_markdown_cell("A head."), nbformat.v4.new_code_cell("head\ntorso = net")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "notebooks" / "03_first_order.ipynb")
    assert retired(tmp_path) == {"torso": "body"}
    assert leftovers(tmp_path, "torso") == [
        "GLOSSARY.md, line 2", "mlcourse/networks/mlp.py, line 1", "mlcourse/networks/mlp.py, line 2",
        "teaching/quizzes/03_first_order.md, line 2", "notebooks/03_first_order.ipynb, cell 1, line 2",
    ]  # fmt: skip


def test_a_retired_word_is_found_in_the_plural_and_over_the_end_of_a_line(tmp_path):
    page = "Bodies\nsomebody\nthe worn\nout shoes\npre worn_shoe\n"
    (tmp_path / "README.md").write_text(page, encoding="utf-8")
    assert leftovers(tmp_path, "body") == ["README.md, line 1"]
    assert leftovers(tmp_path, "worn out shoe") == ["README.md, line 3"]
    assert leftovers(tmp_path, "pre-worn shoe") == ["README.md, line 5"]


def pinyin(name):
    """A key that sorts by pinyin: the order of GB 2312, but for three signs, which get the place of a common one."""
    return name.casefold().translate(str.maketrans("阈暹校", "域先较")).encode("gb18030")


def test_the_index_leads_from_every_chinese_name_to_its_entry_in_order():
    index = GLOSSARY.split("\n## 中文索引\n")[1]
    lines = [" ".join(line.split()) for line in re.findall(r"^\*\*\S+\*\* ((?:.+\n)+)", index, re.M)]
    found = [re.fullmatch(r"(.+) \*(.+)\*", item).groups() for line in lines for item in line.split(" · ")]
    expected = [(name, entry.names[0]) for entry in ENTRIES for name in entry.chinese if CHINESE.search(name)]
    assert sorted(found) == sorted(expected)
    assert [name for name, _ in found] == sorted((name for name, _ in found), key=pinyin)
