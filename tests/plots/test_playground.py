"""The figure to play with draws what the course's functions say, and has sliders only where a person can move them."""

from functools import partial

import ipywidgets
import matplotlib.pyplot as plt
import pytest
import torch
from jupyter_client.manager import start_new_kernel

from mlcourse.inner_loop import adapt
from mlcourse.methods import maml
from mlcourse.networks import MLP
from mlcourse.plots import playground as shown_in_lessons
from mlcourse.plots.moving import follow
from mlcourse.plots.playground import START, Board, place, sliders

NET = MLP(1, 8, 1)


@pytest.fixture(autouse=True)
def no_window(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: None)
    plt.switch_backend("agg")
    yield
    plt.close("all")


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


def test_a_redrawn_figure_is_the_figure_drawn_at_once(learners):
    moved, at_once = Board(learners), Board(learners)
    moved.move(**START)
    start = moved.png()
    moved.move(**START | {"lift": 3.0})
    at_once.move(**START | {"lift": 3.0})
    assert moved.png() == at_once.png() != start


@pytest.mark.parametrize("name", START)
def test_every_slider_starts_at_the_still_and_redraws(learners, name):
    board, pictures = Board(learners), []
    controls = sliders(ipywidgets)
    assert {other: slider.value for other, slider in controls.items()} == START
    board.move(**START)
    pictures.append(board.png())
    follow(board, controls, pictures.append)
    controls[name].value = (-5.0, 0.0) if name == "between" else 2
    assert len(pictures) == 2
    assert pictures[0] != pictures[1]


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
PICTURE, SLIDERS = "image/png", "application/vnd.jupyter.widget-view+json"


def test_a_person_gets_sliders_a_program_the_still_and_without_ipywidgets_a_sentence():
    manager, client = start_new_kernel()
    try:
        outputs = []

        def run(code, **how):
            outputs.clear()
            reply = client.execute_interactive(code, output_hook=outputs.append, timeout=60, **how)
            assert reply["content"]["status"] == "ok", reply["content"]["traceback"]
            shown = [message["content"]["data"] for message in outputs if message["msg_type"] == "display_data"]
            return [kind for data in shown for kind in (PICTURE, SLIDERS) if kind in data]

        assert run(IN_A_KERNEL, allow_stdin=False) == [PICTURE]
        assert run(IN_A_KERNEL, allow_stdin=True) == [PICTURE, SLIDERS]
        assert run("import sys; sys.modules['ipywidgets'] = None\n" + IN_A_KERNEL, allow_stdin=True) == [PICTURE]
        assert any("pip install ipywidgets" in message["content"].get("text", "") for message in outputs)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_outside_a_notebook_the_figure_is_shown(learners, monkeypatch):
    shown = []
    monkeypatch.setattr(plt, "show", lambda: shown.append(plt.gcf()))
    shown_in_lessons(learners)
    assert len(shown) == 1
