"""Every link lives, every lesson is listed, every figure speaks, and nothing is loaded from elsewhere."""

import hashlib
import json
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from built import LESSONS, PAGES, SITE, source

MATHJAX = "d4295dc33744836935c1399feece5159577b34c5c8ffb9f1c6324cd82e03a882"  # es5/tex-svg.js of npm's mathjax 3.2.2


class Page(HTMLParser):
    """The names that a page's links may end in, what it links, what it loads, and its pictures."""

    def __init__(self, name: str):
        super().__init__()
        self.names, self.links, self.loads, self.pictures = set(), [], [], []
        self.feed((SITE / name).read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.names |= {attrs[key] for key in ("id", "name") if attrs.get(key)}
        self.links += [attrs["href"]] if tag == "a" and "href" in attrs else []
        self.loads += [attrs[key] for key in ("src", "href") if tag in ("script", "img", "link") and key in attrs]
        self.pictures += [attrs] if tag == "img" else []


PARSED = {name: Page(name) for name in PAGES}


def figures(lesson: Path) -> int:
    cells = json.loads(lesson.read_text(encoding="utf-8"))["cells"]
    return sum("image/png" in output.get("data", {}) for cell in cells for output in cell.get("outputs", []))


@pytest.mark.parametrize("name", PAGES)
def test_every_link_within_the_site_lives_and_its_anchor_too(name):
    dead = []
    for link in PARSED[name].links:
        parts = urlsplit(link)
        target = (SITE / name).parent / unquote(parts.path) if parts.path else SITE / name
        there = parts.scheme in ("http", "https", "mailto") or target.is_file()
        if there and parts.fragment and not parts.scheme and target.suffix == ".html":
            there = unquote(parts.fragment) in PARSED[target.resolve().relative_to(SITE).as_posix()].names
        dead += [] if there else [link]
    assert not dead


@pytest.mark.parametrize("name", PAGES)
def test_a_page_loads_nothing_from_elsewhere(name):
    assert [url for url in PARSED[name].loads if urlsplit(url).scheme not in ("", "data")] == []


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_and_its_quiz_are_listed_beside_every_page_and_the_quiz_links_the_lesson(lesson):
    own, quiz = (f"{folder}/{lesson.stem}.html" for folder in ("notebooks", "teaching/quizzes"))
    for page, target in ("index.html", own), ("index.html", quiz), (quiz, own):
        assert any(link.endswith(target) for link in PARSED[page].links), f"{page} does not link {target}"


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_every_figure_of_a_lesson_is_there_and_says_in_words_what_it_shows(lesson):
    said = [picture.get("alt", "") for picture in PARSED[f"notebooks/{lesson.stem}.html"].pictures]
    assert len(said) == figures(lesson) > 0
    assert all(text.startswith("Figure ") and len(text) > 30 for text in said), said
    assert len(set(said)) == len(said)


def test_every_page_stands_for_a_file_of_the_course():
    assert [page for page in PAGES if not source(page)] == ["index.html", "search.html"]


def test_the_formulas_are_set_by_the_mathjax_that_was_looked_at():
    assert hashlib.sha256((SITE / "_static" / "tex-svg.js").read_bytes()).hexdigest() == MATHJAX
