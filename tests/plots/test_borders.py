"""The borders that follow a point are those of the rules, and there are sliders only where a person can move them."""

from functools import partial

import numpy as np
import pytest
import torch

from mlcourse.methods import matching, prototypical
from mlcourse.plots import borders as shown_in_lessons
from mlcourse.plots.borders import EDGES, Borders, moved, sliders_for, start
from mlcourse.tasks import Task


def identity(theta, x):
    return x


RULES = {
    "matching": (partial(matching.predict, identity, {}), None),
    "prototypical": (partial(prototypical.predict, identity, {}), prototypical.prototypes),
}


@pytest.fixture
def task(rng):
    centres, labels = torch.tensor([[1.0, 0.6], [3.0, 1.4], [1.2, 2.6]]), torch.arange(3).repeat_interleave(2)[None]
    x_support, x_query = ((centres[labels] + 0.3 * torch.randn(1, 6, 2, generator=rng)).round(decimals=1) for _ in "sq")
    return Task(x_support, labels, x_query, labels)


def ground(board, title):
    return np.asarray(board.grounds[title].get_array())


def test_only_the_first_support_point_moves(task):
    there = moved(task, x=4.0, y=0.5)
    assert there.x_support[0, 0].tolist() == [4.0, 0.5]
    assert torch.equal(there.x_support[:, 1:], task.x_support[:, 1:])
    assert torch.equal(there.x_query, task.x_query)
    assert task.x_support[0, 0].tolist() != [4.0, 0.5]


def test_each_place_has_the_colour_of_the_class_that_the_rule_chooses_there(task):
    board = Borders(RULES, task)
    board.move(x=4.0, y=0.5)
    line, seen = torch.linspace(*EDGES, 200), {}
    for title, (predict, _) in RULES.items():
        for across, up in (10, 20), (150, 40), (60, 190), (199, 0):
            place = torch.stack([line[across], line[up]]).double().view(1, 1, 2)
            chosen = int(predict(*moved(task, x=4.0, y=0.5)[:2], place).argmax())
            shade = tuple(ground(board, title)[up, across])
            assert seen.setdefault(chosen, shade) == shade
    assert len(set(seen.values())) == len(seen) > 1


def test_the_titles_count_the_mistakes_and_the_stars_are_the_means(task):
    board = Borders(RULES, task)
    board.move(x=4.0, y=0.5)
    there = moved(task, x=4.0, y=0.5)
    for title, (predict, _) in RULES.items():
        wrong = int((predict(*there[:3]).argmax(2) != task.y_query).sum())
        assert board.axes[title].get_title() == f"{title}: {wrong} of 6 queries wrong"
    stars = np.array([star.get_xydata()[0] for star in board.stars["prototypical"]])
    np.testing.assert_allclose(stars[0], (there.x_support[0, 0] + there.x_support[0, 1]) / 2)
    assert all(len(star.get_xydata()) == 0 for star in board.stars["matching"])


def test_away_from_the_origin_only_the_prototypes_follow(task):
    x, y = task.x_support[0, 0].tolist()
    pictures = []
    for far in 1.0, 2.0:
        board = Borders(RULES, task)
        board.move(x=far * x, y=far * y)
        pictures.append({title: ground(board, title).copy() for title in RULES})
    changed = {title: (pictures[0][title] != pictures[1][title]).any(2).mean() for title in RULES}
    assert changed["matching"] < 1e-3 < 0.01 < changed["prototypical"]  # but for rounding at the wedges' edges


@pytest.mark.parametrize("name", ["x", "y"])
def test_every_slider_starts_at_the_still_and_redraws(play, task, name):
    play(lambda: Borders(RULES, task), sliders_for(task), start(task), **{name: 4.0})


def test_outside_a_notebook_the_figure_is_shown(task, shown):
    shown_in_lessons(RULES, task)
    assert len(shown) == 1
