"""The figures of lesson 13 show the numbers that they are given."""

import pytest
import torch

from mlcourse import plots


def test_every_try_has_its_dot_on_the_right_side(shown):
    plots.tries([0.0, 1.0, 2.0], [-4.0, -1.0, 0.0], theta=1.0, sigma=0.5)
    (ax,) = shown[0].axes
    better, worse = ax.lines[-2:]
    assert list(better.get_xdata()) == [1.0, 2.0] and list(worse.get_ydata()) == [-4.0]
    ends = [text.xy[0] - x for text, x in zip(ax.texts, (0.0, 1.0, 2.0), strict=True)]
    assert ends[0] > 0 and ends[1] == 0 and ends[2] > 0  # away from the bad one on the left, towards the good one


def test_estimates_have_their_mean_and_their_spread(shown, rng):
    wide, narrow = 3 * torch.randn(1000, generator=rng) - 2, torch.randn(1000, generator=rng) - 2
    plots.estimates({"wide": wide, "narrow": narrow}, truth=-2.0, xlabel="slope")
    for ax, values in zip(shown[0].axes, (wide, narrow), strict=True):
        assert ax.lines[0].get_xdata()[0] == -2.0
        assert ax.lines[1].get_xdata()[0] == pytest.approx(values.mean().item())
        assert f"{values.numpy().std():.2f}" in ax.get_title()


def test_a_walk_stands_in_the_row_of_its_task_and_the_column_of_its_update(shown):
    goals = torch.tensor([[0.3, 0.1], [-0.2, 0.4]])
    walks = [torch.full((2, 3, 5, 2), value) for value in (0.0, 0.1, 0.2)]
    plots.trajectories(goals, walks)
    axes = shown[0].axes
    assert len(axes) == 6
    for place, ax in enumerate(axes):
        row, updates = divmod(place, 3)
        assert ax.lines[0].get_xdata()[0] == pytest.approx(0.1 * updates)
        assert (ax.lines[-1].get_xdata()[0], ax.lines[-1].get_ydata()[0]) == pytest.approx(tuple(goals[row].tolist()))
