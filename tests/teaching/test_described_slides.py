"""On the slides of every lesson each figure carries its caption as its text alternative."""

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from teaching import slides

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("lesson", sorted(ROOT.glob("notebooks/[0-9][0-9]_*.ipynb")), ids=lambda path: path.stem)
def test_each_figure_says_in_words_what_it_shows(lesson, tmp_path, monkeypatch):
    monkeypatch.setattr(slides, "SCRIPTS", {})  # nobody opens these
    page = BeautifulSoup(slides.write(lesson, tmp_path).read_text(encoding="utf-8"), "html.parser")
    said = [picture["alt"] for picture in page.select(".jp-RenderedImage img")]
    assert len(said) >= 3
    assert all(re.match(rf"Figure {i}[.,] ", text) for i, text in enumerate(said, start=1)), said
