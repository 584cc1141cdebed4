"""README is a front door of a screen and a half, and README.zh-CN.md is the same page in Chinese."""

import re
from collections import Counter

import glossary
import pytest

from mlcourse.files import ROOT
from mlcourse.runs import chinese, recorded

ENGLISH, CHINESE = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md"))
HAN = re.compile("[\u4e00-\u9fff]")
SAME_NAME = {"MAML", "ANIL", "Reptile"}  # in both languages


def sections(page):
    return re.split(r"^## .+\n", page, flags=re.M)


PAIRS = list(zip(sections(ENGLISH), sections(CHINESE), strict=False))
PLACES = ["the top", *re.findall(r"^## (.+)$", ENGLISH, flags=re.M)]
each_section = pytest.mark.parametrize("here, there", PAIRS, ids=PLACES)


def shape(section):
    """The kinds of its blocks in their order, with the sizes of lists and tables."""
    kinds = []
    for block in re.split(r"\n\n+", section.strip()):
        first, lines = block[:1], block.splitlines()
        rows = [line.count("|") for line in lines if line.startswith("|")]
        items = sum(line.startswith("- ") for line in lines)
        mark = re.match(r"```|!\[|<!-- \w+", block)
        kinds.append((mark[0] if mark else "-" if first == "-" else "", rows, items))
    return kinds


def links(section):
    """Where its links and pictures lead, but for the way to the other language, and whatever the place on the page."""
    return Counter(target for target in re.findall(r"\]\(([^)#]+)", section) if not target.startswith("README"))


def numbers(section):
    """Its figures, such as 98.5, 00 and 5, without those of addresses and of comments."""
    return Counter(re.findall(r"\d+(?:\.\d+)?", re.sub(r"\]\([^)]*\)|<!--.*?-->", "]", section)))


def words(page):
    return [word for word in page.split() if re.search("[A-Za-z]{2}", word)]


def test_readme_is_a_screen_and_a_half():
    assert len(ENGLISH.splitlines()) <= 120 and len(words(ENGLISH)) <= 900


def test_each_readme_leads_to_the_other():
    assert "](README.zh-CN.md)" in ENGLISH and "](README.md)" in CHINESE


def test_both_readmes_have_the_same_sections():
    assert [len(re.findall(r"^#+ ", page, flags=re.M)) for page in (ENGLISH, CHINESE)] == [len(PAIRS)] * 2
    assert all(HAN.search(heading) for heading in re.findall(r"^#+ (.+)$", CHINESE, flags=re.M))


@each_section
def test_both_have_the_same_paragraphs_lists_and_tables(here, there):
    assert shape(there) == shape(here)


@each_section
def test_both_link_the_same_pages(here, there):
    assert links(there) == links(here)


@each_section
def test_both_say_the_same_numbers(here, there):
    assert numbers(there) == numbers(here)


@each_section
def test_both_give_the_same_commands(here, there):
    def commands(section):
        return [re.sub("#.*", "", code) for code in re.findall(r"```\n.*?```|`[^`]+`", section, flags=re.S)]

    assert commands(there) == commands(here)


@each_section
def test_terms_have_the_names_that_the_glossary_gives_them_in_chinese(here, there):
    prose = glossary.plain(re.sub(r"\[[^]]*\]\(http[^)]*\)|\]\([^)]*\)|<!--.*?-->|`[^`]*`", "", here))
    for entry in glossary.entries(ROOT):
        name = entry.names[0]
        if " " in name or "-" in name:  # a single word, such as "task" or "run", often means nothing special
            said = re.search(rf"\b{re.escape(glossary.plain(name))}", prose)
            names = [re.sub(r" \(.*\)", "", each) for each in entry.chinese]
            assert not said or any(each in there for each in names), f"{name} is {' or '.join(names)} in Chinese"


def test_every_method_of_the_results_has_a_chinese_name_or_keeps_its_own():
    methods = {row.split(" | ")[0].strip("| ") for row in recorded.summary().splitlines()[2:]}
    assert methods - SAME_NAME <= chinese.WORDS.keys()
    names = {each for entry in glossary.entries(ROOT) for each in entry.chinese}
    for word in methods & chinese.WORDS.keys():
        assert any(name in chinese.WORDS[word] for name in names), f"GLOSSARY.md has no {chinese.WORDS[word]}"


def test_a_table_in_chinese_keeps_its_cells_and_their_numbers():
    table = "| method | 5-way 1-shot | training |\n| --- | --- | --- |\n| pixels | 1.0 to 2.0 t (3.1) | 8 to 9 min |"
    table += "\n| new | | none |"
    assert chinese.in_chinese(table).splitlines() == [
        "| 方法 | 5-way 1-shot | 训练时间 |",
        "| --- | --- | --- |",
        "| 像素基线 | 1.0～2.0 t (3.1) | 8～9 分钟 |",
        "| new | | 无 |",
    ]
