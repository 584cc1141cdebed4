"""The repeated evaluations are those of `summarise`, and their slider changes how many tasks each takes."""

import ipywidgets
import pytest
import torch

from mlcourse.evaluation import summarise
from mlcourse.plots import repeats as shown_in_lessons
from mlcourse.plots.repeats import FEW, START, TIMES, Repeats, slider
from mlcourse.plots.style import SUPPORT


@pytest.fixture
def per_task(rng):
    return torch.rand(4000, generator=rng)


@pytest.mark.parametrize("episodes", [5, 25, 100])
def test_each_point_is_one_evaluation_of_so_many_tasks(per_task, episodes):
    board = Repeats(per_task, 0.5)
    board.move(episodes=episodes)
    third = summarise(per_task[2 * episodes : 3 * episodes])
    assert board.points[2].get_ydata() == pytest.approx([third.mean])
    assert board.lines[2].get_ydata() == pytest.approx([third.mean - third.interval, third.mean + third.interval])
    assert board.points[2].get_xdata() == [3]
    results = [summarise(per_task[i * episodes : (i + 1) * episodes]) for i in range(TIMES)]
    misses = [abs(result.mean - 0.5) > result.interval for result in results]
    assert [point.get_color() == SUPPORT for point in board.points] == misses
    assert board.title.get_text() == f"{episodes} episodes each: {sum(misses)} of {TIMES} intervals miss"


def test_the_left_panel_keeps_its_25_tasks_wherever_the_slider_stands(per_task):
    board = Repeats(per_task, 0.5)
    for episodes in 100, 5:
        board.move(episodes=episodes)
        results = [summarise(part) for part in per_task[: TIMES * FEW].split(FEW)]
        misses = sum(abs(result.mean - 0.5) > result.interval for result in results)
        assert board.panels[0].get_title() == f"25 episodes each: {misses} of {TIMES} intervals miss"
        shown = [line.get_ydata()[0] for line in board.panels[0].lines if len(line.get_xdata()) == 1]
        assert shown == pytest.approx([result.mean for result in results])


def test_the_slider_starts_at_the_still_and_redraws(play, per_task):
    board = Repeats(per_task, 0.5)
    assert slider(ipywidgets, board)["episodes"].max == len(per_task) // TIMES
    play(lambda: Repeats(per_task, 0.5), lambda widgets: slider(widgets, board), START, episodes=50)


def test_outside_a_notebook_the_figure_is_shown(per_task, shown):
    shown_in_lessons(per_task, truth=0.5)
    assert len(shown) == 1
