"""The ball in the parabola goes where gradient descent goes, and follows its sliders."""

import pytest
import torch

from mlcourse.plots import valley as shown_in_lessons
from mlcourse.plots.valley import START, Valley, distances, fate, sliders


@pytest.mark.parametrize("alpha_lambda", [0.0, 0.4, 1.0, 1.7, 2.0, 2.5])
def test_the_ball_goes_where_gradient_descent_goes(alpha_lambda):
    curvature, d, went = 5.0, torch.tensor(1.0), []
    for _ in range(5):
        went.append(d.item())
        d = d.detach().requires_grad_()
        (slope,) = torch.autograd.grad(curvature * d**2 / 2, d)
        d = d - alpha_lambda / curvature * slope
    assert distances(alpha_lambda, 4).tolist() == pytest.approx(went)


@pytest.mark.parametrize(
    "alpha_lambda, becomes",
    [(0.0, "stays"), (0.5, "creeps"), (1.0, "lands"), (1.5, "overshoots"), (2.0, "to and fro"), (2.05, "explodes")],
)
def test_what_becomes_of_the_ball_is_said(alpha_lambda, becomes):
    steps = 0.05 * round(alpha_lambda / 0.05)  # as a slider adds them up
    assert becomes in fate(alpha_lambda) == fate(steps)
    board = Valley()
    board.move(alpha_lambda=alpha_lambda, steps=3)
    assert becomes in board.titles[0].get_text()


def test_both_panels_show_the_same_way():
    board = Valley()
    board.move(alpha_lambda=2.5, steps=2)
    side, time = (way.get_xydata() for way in board.ways)
    assert side.tolist() == [[1, 0.5], [-1.5, 1.125], [2.25, 2.53125]]
    assert time.tolist() == [[0, 1], [1, -1.5], [2, 2.25]]
    assert [ball.get_xydata().tolist() for ball in board.balls] == [[[2.25, 2.53125]], [[2, 2.25]]]


@pytest.mark.parametrize("name, value", [("alpha_lambda", 0.5), ("steps", 1)])
def test_every_slider_starts_at_the_still_and_redraws(play, name, value):
    play(Valley, sliders, START, **{name: value})


def test_outside_a_notebook_the_figure_is_shown(shown):
    shown_in_lessons()
    assert len(shown) == 1
