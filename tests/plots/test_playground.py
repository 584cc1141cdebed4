"""The figure to play with draws what the course's functions say, and has sliders only where a person can move them."""

from functools import partial

import pytest
import torch

from mlcourse.inner_loop import adapt
from mlcourse.methods import maml
from mlcourse.networks import MLP
from mlcourse.plots import playground as shown_in_lessons
from mlcourse.plots.playground import START, Board, place, sliders

NET = MLP(1, 8, 1)


@pytest.fixture
def theta(rng):
    return NET.init(rng)


@pytest.fixture
def learners(theta, rng):
    def fit(theta, steps):
        return partial(maml.predict, NET, theta, alpha=0.01, steps=steps)

    return {"one": partial(fit, theta), "other": partial(fit, NET.init(rng))}


def where(**changes):
    return {name: value for name, value in (START | changes).items() if name != "steps"}


def test_points_lie_on_the_wave_between_the_bounds_and_only_the_last_is_lifted():
    waves, x, y = place(**where(between=(-5.0, 0.0), lift=2.0))
    torch.testing.assert_close(x.flatten(), torch.tensor([-4.5, -3.5, -2.5, -1.5, -0.5]))
    torch.testing.assert_close(waves(x), 3 * torch.sin(x - 1))
    torch.testing.assert_close((y - waves(x)).flatten(), torch.tensor([0, 0, 0, 0, 2.0]))


@pytest.mark.parametrize("steps", [0, 1, 10])
def test_each_panel_draws_its_learner_before_and_after_the_steps(learners, theta, steps):
    board = Board(learners)
    board.move(**where(points=3), steps=steps)
    _, x_support, y_support = place(**where(points=3))
    truth, before, after, support = board.axes["one"].lines
    x = torch.as_tensor(after.get_xdata()).view(1, -1, 1)
    phi = adapt(NET, theta, x_support, y_support, alpha=0.01, steps=steps)
    torch.testing.assert_close(torch.as_tensor(after.get_ydata()), NET(phi, x).flatten())
    torch.testing.assert_close(torch.as_tensor(before.get_ydata()), NET(theta, x).flatten())
    torch.testing.assert_close(torch.as_tensor(support.get_ydata()), y_support.flatten())
    error = ((NET(phi, x).flatten() - torch.as_tensor(truth.get_ydata())) ** 2).mean()
    assert f"squared error {error:.2f}" in board.axes["one"].get_title()
    assert not torch.equal(torch.as_tensor(board.axes["other"].lines[2].get_ydata()), NET(phi, x).flatten())


@pytest.mark.parametrize("name", START)
def test_every_slider_starts_at_the_still_and_redraws(play, learners, name):
    play(lambda: Board(learners), sliders, START, **{name: (-5.0, 0.0) if name == "between" else 2})


IN_A_KERNEL = """
import torch
from functools import partial
from mlcourse import networks, plots
from mlcourse.methods import maml
net = networks.MLP(1, 8, 1)
theta = net.init(torch.Generator().manual_seed(0))
fit = lambda steps: partial(maml.predict, net, theta, alpha=0.01, steps=steps)
plots.playground({"one": fit, "other": fit})
"""


def test_a_person_gets_sliders_a_program_the_still_and_without_ipywidgets_a_sentence(cell):
    assert cell(IN_A_KERNEL, somebody=False)[0] == ["picture"]
    assert cell(IN_A_KERNEL, somebody=True)[0] == ["picture", "controls"]
    kinds, text = cell("import sys; sys.modules['ipywidgets'] = None\n" + IN_A_KERNEL, somebody=True)
    assert kinds == ["picture"] and "pip install ipywidgets" in text


def test_outside_a_notebook_the_figure_is_shown(learners, shown):
    shown_in_lessons(learners)
    assert len(shown) == 1
