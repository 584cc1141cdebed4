"""The map to play with shows what is believed once films are rated, and has choices only where a person can choose."""

from functools import partial

import numpy as np
import pytest
import torch

from mlcourse.plots import film_maps
from mlcourse.plots import rate_films as shown_in_lessons
from mlcourse.plots.films import SIDE, START, Board, choices, places

X = torch.tensor([[-0.5, 0.2], [0.4, 0.4], [0.0, -0.9]])
TITLES = ["Quiet Harbour", "Red Garden", "Lost Letter"]


def believe(rated, where):
    """Stars rise to the right with the first film's, and the map grows surer with each film."""
    next_one = next((i for i in range(3) if i not in rated), None)
    return (rated.get(0, 0) - 3) * where[0, :, 0], torch.full((SIDE**2,), 1 / (1 + len(rated))), next_one


def test_places_are_a_grid_from_below_row_by_row():
    grid = places()
    assert grid.shape == (1, SIDE**2, 2)
    assert grid[0, 0].tolist() == [-1, -1] and grid[0, 1, 1] == -1 and grid[0, 1, 0] > -1
    assert grid[0, SIDE - 1].tolist() == [1, -1] and grid[0, -1].tolist() == [1, 1]


def test_the_maps_show_what_is_believed_and_the_title_what_to_ask_next():
    board = Board(X, TITLES, believe)
    board.move(film_1=5, film_2=0, film_3=1)
    mean, spread = (np.asarray(image.get_array()) for image in board.images)
    np.testing.assert_allclose(mean[7], 2 * np.linspace(-1, 1, SIDE), atol=1e-12)
    np.testing.assert_allclose(spread, 1 / 3)
    assert board.title.get_text() == "2 rated; next: 2, Red Garden"
    colours = [mark.get_bbox_patch().get_facecolor() for mark in board.marks[0]]
    assert colours[0] == colours[2] != colours[1]


def test_when_all_are_rated_nothing_is_asked():
    board = Board(X, TITLES, believe)
    board.move(film_1=5, film_2=2, film_3=1)
    assert board.title.get_text() == "all rated"


@pytest.mark.parametrize("name", ["film_1", "film_3"])
def test_every_choice_starts_at_the_still_and_redraws(play, name):
    start = {f"film_{i + 1}": START.get(i, 0) for i in range(3)}
    play(lambda: Board(X, TITLES, believe), partial(choices, titles=TITLES), start, **{name: 4})


def test_outside_a_notebook_the_figures_are_shown(shown):
    shown_in_lessons(X, TITLES, believe)
    felt = {
        "a slope": lambda where: where @ torch.tensor([1.0, 0.5]),
        "a hill": lambda where: -where.square().sum(1)[None],
    }
    film_maps(X, torch.zeros(3), torch.randn(5, 2), X[0], felt)
    assert len(shown) == 2 and len(shown[1].axes) == 4
