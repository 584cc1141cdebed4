"""The figure of how many tasks it takes says what the formula says, and follows its sliders."""

import pytest
import torch

from mlcourse.evaluation import summarise
from mlcourse.plots import how_many_tasks
from mlcourse.plots.how_many import FEWEST, START, Tasks, sliders, verdict


@pytest.fixture
def pair(rng):
    hard = torch.rand(60, generator=rng)
    return hard + 0.05 + 0.1 * torch.rand(60, generator=rng), hard


def test_the_paired_interval_is_that_of_the_differences_and_the_separate_one_leaves_out_the_covariance(pair):
    a, b = pair
    mean, paired, separate = verdict(a, b)
    result = summarise(a - b)
    assert (mean, paired) == pytest.approx((100 * result.mean, 100 * result.interval), rel=1e-4)
    assert separate == pytest.approx(100 * (summarise(a).interval ** 2 + summarise(b).interval ** 2) ** 0.5, rel=1e-4)
    assert paired < separate / 3


def test_the_bands_are_the_verdicts_after_so_many_tasks(pair):
    board = Tasks(*pair)
    board.move(tasks=20, draw=3)
    order = torch.randperm(60, generator=torch.Generator().manual_seed(3))[:20]
    mean, paired, separate = verdict(pair[0][order], pair[1][order])
    at = 20 - FEWEST
    assert board.mean.get_ydata()[at] == pytest.approx(mean)
    assert [line.get_ydata()[at] for line in board.paired] == pytest.approx([mean - paired, mean + paired])
    assert [line.get_ydata()[at] for line in board.separate] == pytest.approx([mean - separate, mean + separate])
    assert f"20 tasks: {mean:+.1f} points" in board.title.get_text()


def test_all_tasks_give_the_same_whatever_the_draw(pair):
    board = Tasks(*pair)
    said = set()
    for draw in range(3):
        board.move(tasks=60, draw=draw)
        said.add(board.title.get_text())
    assert len(said) == 1


def test_who_is_ahead_is_said_only_where_the_paired_interval_leaves_zero(pair):
    board = Tasks(*pair)
    board.move(tasks=60, draw=0)
    assert ": ahead" in board.title.get_text()
    turned = Tasks(*pair[::-1])
    turned.move(tasks=60, draw=0)
    assert ": behind" in turned.title.get_text()
    same = Tasks(pair[0], pair[0])
    same.move(tasks=60, draw=0)
    assert ": undecided" in same.title.get_text()


@pytest.mark.parametrize("name, value", [("tasks", 55), ("draw", 4)])
def test_every_slider_starts_at_the_still_and_redraws(play, pair, name, value):
    board = Tasks(*pair)
    play(lambda: Tasks(*pair), lambda widgets: sliders(widgets, board), START, **{name: value})


def test_outside_a_notebook_the_figure_is_shown(pair, shown):
    how_many_tasks(*pair)
    assert len(shown) == 1
