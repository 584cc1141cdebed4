"""What tests of figures share: nothing opens a window, sliders are moved, a kernel runs a cell as a page does."""

import ipywidgets
import matplotlib.pyplot as plt
import pytest
from jupyter_client.manager import start_new_kernel

from mlcourse.plots.moving import follow


@pytest.fixture(autouse=True)
def shown(monkeypatch):
    """The figures that a test shows, none in a window, none left over."""
    figures = []
    plt.switch_backend("agg")
    monkeypatch.setattr(plt, "show", lambda: figures.append(plt.gcf()))
    yield figures
    plt.close("all")


@pytest.fixture
def play():
    """Move the controls of a figure: each starts at the still, and the last picture is the one drawn at once."""

    def play(new, sliders, start, **moves):
        board, at_once, pictures = new(), new(), []
        controls = sliders(ipywidgets)
        assert {name: control.value for name, control in controls.items()} == start
        board.move(**start)
        pictures.append(board.png())
        follow(board, controls, pictures.append)
        for name, value in moves.items():
            controls[name].value = value
        assert len(pictures) == len(set(pictures)) == 1 + len(moves)
        at_once.move(**start | moves)
        assert at_once.png() == pictures[-1]

    return play


@pytest.fixture
def cell():
    """Run code in a kernel, with or without a person there; the kinds of what it displays, and all that it prints."""
    manager, client = start_new_kernel()

    def cell(code, *, somebody):
        said = []
        reply = client.execute_interactive(code, output_hook=said.append, timeout=60, allow_stdin=somebody)
        assert reply["content"]["status"] == "ok", reply["content"]["traceback"]
        shown = [message["content"]["data"] for message in said if message["msg_type"] == "display_data"]
        kinds = {"picture": "image/png", "controls": "application/vnd.jupyter.widget-view+json"}
        text = "".join(message["content"].get("text", "") for message in said)
        return [kind for data in shown for kind, mime in kinds.items() if mime in data], text

    yield cell
    client.stop_channels()
    manager.shutdown_kernel(now=True)
