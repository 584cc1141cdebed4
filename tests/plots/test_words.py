"""Figures of texts: every word is drawn, the rarest the darkest; gains stand where they belong."""

import matplotlib.pyplot as plt
import pytest
import torch

from mlcourse import plots
from mlcourse.evaluation import summarise


@pytest.fixture
def figure(monkeypatch):
    """The figure that was drawn last, left open."""
    monkeypatch.setattr(plt, "show", lambda: None)
    yield plt.gcf
    plt.close("all")


def test_every_word_of_a_passage_is_drawn_and_the_worthiest_is_darkest(figure):
    said = "A rare word, $x$ and the usual ones " * 9
    plots.passages({"support:": said, "query:": "the rare"}, {"rare": 4.0, "the": 0.5})
    (ax,) = figure().axes
    drawn = [text.get_text().replace(r"\$", "$") for text in ax.texts]
    assert drawn == ["support:", *said.split(), "query:", "the", "rare"]
    shades = dict(zip([w for w in drawn if not w.endswith(":")], [p.get_facecolor() for p in ax.patches], strict=True))
    assert sum(shades["rare"][:3]) < sum(shades["the"][:3]) <= sum(shades["usual"][:3])


def test_gains_are_drawn_one_point_each(figure):
    one, two = summarise(torch.tensor([0.01, 0.03])), summarise(torch.tensor([-0.02, 0.0]))
    plots.gains({"1 shot": {"a": [one, two], "b": one}, "5 shots": {"a": two, "b": [one]}}, beside="c")
    left, right = figure().axes
    assert [len(ax.containers) for ax in (left, right)] == [2, 2]
    assert left.containers[0].lines[0].get_xdata().tolist() == pytest.approx([2.0, -1.0])
    assert [t.get_text() for t in left.get_yticklabels()] == ["a", "b"] and "beside c" in right.get_xlabel()


def test_words_are_named_where_there_is_room(figure):
    rarity = torch.tensor([0.1, 0.5, 0.52, 0.9])
    weights = {"once": rarity + 0.1, "often": rarity / 2}
    plots.worths(rarity, weights, idf=1 + rarity, named={"the": 0, "graph": 1, "tree": 2, "torus": 3})
    assert [text.get_text() for text in figure().axes[0].texts] == ["the", "graph", "torus"]
