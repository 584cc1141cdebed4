"""The two valleys to play with: the paths are gradient descent, and the resting place is where Reptile stops."""

import pytest
import torch

from mlcourse.methods import reptile
from mlcourse.plots import two_valleys
from mlcourse.plots.valleys import BOTTOM, CURVATURE, START, Valleys, path, rest, sliders


@pytest.mark.parametrize(("k", "alpha"), [(1, 0.1), (3, 0.2), (2, 0.45)])
def test_paths_are_the_inner_loop_of_the_module(k, alpha):
    """A task of the module's: the loss a / 2 * (w - c)^2, whose example is (a, c)."""

    def net(theta, x):
        return theta["w"].view(-1, 1, 1).expand(len(x), 1, 1)

    def loss(prediction, y):
        return (y[:, 0, 0] / 2) * (prediction[:, 0, 0] - y[:, 0, 1]) ** 2

    y = torch.stack([CURVATURE, BOTTOM], 1).unsqueeze(1)  # (2 tasks, 1 example, 2)
    theta = {"w": torch.tensor([0.3]).double()}
    phi = reptile.adapt(net, theta, torch.zeros(2, 1, 1).double(), y, alpha=alpha, steps=k, loss=loss).phi["w"]
    torch.testing.assert_close(path(torch.full((1, 1), 0.3).double(), k, alpha)[-1, 0], phi.flatten())


@pytest.mark.parametrize(("k", "alpha"), [(1, 0.01), (1, 0.45), (2, 0.3), (30, 0.2)])
def test_where_it_rests_the_pulls_cancel_and_nearby_they_lead_back(k, alpha):
    theta = rest(k, alpha) + torch.tensor([[-0.1], [0.0], [0.1]]).double()
    left, here, right = (path(theta, k, alpha)[-1] - theta).mean(1)
    assert abs(here) < 1e-12
    assert left > 0 > right


def test_one_step_rests_at_the_minimum_of_the_mean_loss_for_every_alpha():
    assert all(abs(rest(1, alpha) - 0.6) < 1e-12 for alpha in (0.01, 0.2, 0.45))


def test_the_figure_draws_the_paths_and_says_where_they_end():
    board = Valleys()
    board.move(k=3, alpha=0.2)
    ends = [line.get_xdata()[-1].item() for line in board.paths]
    assert all(f"{end:+.2f}" in board.losses.get_title() for end in ends)
    assert f"{rest(3, 0.2):+.2f}" in board.pull.get_title()
    assert abs(sum(ends) / 2 - rest(3, 0.2)) < 1e-12  # the ends lie equally far to both sides


def test_a_redrawn_figure_is_the_figure_drawn_at_once():
    moved, at_once = Valleys(), Valleys()
    moved.move(**START)
    start = moved.png()
    moved.move(k=10, alpha=0.1)
    at_once.move(k=10, alpha=0.1)
    assert moved.png() == at_once.png() != start


@pytest.mark.parametrize(("name", "value"), [("k", 30), ("alpha", 0.01)])
def test_every_slider_starts_at_the_still_and_redraws(play, name, value):
    play(Valleys, sliders, START, **{name: value})


def test_outside_a_notebook_the_figure_is_shown(shown):
    two_valleys()
    assert len(shown) == 1
