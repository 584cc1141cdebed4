"""A figure to play with: sliders place points on a wave and take gradient steps, and every panel follows.

Where no person can move a slider (tests, a conversion to HTML, a printed page) it stands still, as at the start.
"""

import io
import sys

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image
from torch import Tensor

from ..worlds.sinusoids import X_RANGE, Waves
from .style import STYLE, SUPPORT, TRUTH, colours

START = dict(amplitude=3.0, phase=1.0, points=5, between=X_RANGE, lift=0.0, steps=1)


def playground(learners: dict) -> None:
    """What learners make of points that you place, before and after some steps: a panel for each, with equal axes.

    learners: from a panel's title to a function from a number of steps to predict(x_support, y_support, x_query)
    """
    with plt.rc_context(STYLE):
        play(Board(learners), START, sliders)


def play(board, start: dict, sliders) -> None:
    """Show a board as at the start, and sliders below it where a person can move them and ipywidgets is installed.

    board:   has a `figure`, `move(**where)`, and `png()`, see `Board`
    start:   what `move` is given first
    sliders: from the module ipywidgets to a slider for each argument of `move`, by its name
    """
    board.move(**start)
    if not _somebody_is_there():
        plt.show()
        return
    try:
        import ipywidgets
    except ImportError:
        plt.show()
        print("To play with the figure, run python -m pip install ipywidgets, restart the kernel, and come back.")
        return
    _with_sliders(board, sliders(ipywidgets), ipywidgets)


def place(*, amplitude: float, phase: float, points: int, between: tuple, lift: float) -> tuple[Waves, Tensor, Tensor]:
    """A wave, and x and y, each (1, points, 1), of points spread evenly between two bounds, the last lifted."""
    waves = Waves(torch.tensor(amplitude).view(1, 1, 1), torch.tensor(phase).view(1, 1, 1))
    low, high = between
    x = (low + (high - low) * (torch.arange(points) + 0.5) / points).view(1, -1, 1)
    y = waves(x)
    y[:, -1] += lift
    return waves, x, y


class Board:
    """The figure. Its frame is drawn once, because that is slow; points, curves and titles are moved over it."""

    def __init__(self, learners: dict):
        self.learners = learners
        width = 4 * len(learners)
        self.figure, axes = plt.subplots(1, len(learners), figsize=(width, 3.6), sharey=True, layout="constrained")
        self.axes = dict(zip(learners, axes, strict=True))
        before, after = colours(["before", "after"])
        for ax in axes:
            ax.plot([], [], color=TRUTH, linestyle=":", label="truth")
            ax.plot([], [], color=before, label="before")
            ax.plot([], [], color=after, label="after the steps")
            ax.plot([], [], "o", color=SUPPORT, label="support")
            ax.set(xlabel="x", xlim=X_RANGE, ylim=(-8, 8), yticks=range(-8, 9, 4))
        axes[0].set_ylabel("y")
        self.figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
        self.moving = [artist for ax in axes for artist in (*ax.lines, ax.title)]
        self.frame = None

    def move(self, *, steps: int, **where) -> None:
        """Place the points, see `place`, let every learner take its steps, and move what shows them."""
        waves, x_support, y_support = place(**where)
        x = torch.linspace(*X_RANGE, 201).view(1, -1, 1)
        truth = waves(x)
        for title, ax in self.axes.items():
            before, after = (self.learners[title](n)(x_support, y_support, x).detach() for n in (0, steps))
            curves = (x, truth), (x, before), (x, after), (x_support, y_support)
            for line, (horizontal, vertical) in zip(ax.lines, curves, strict=True):
                line.set_data(horizontal.flatten(), vertical.flatten())
            error = (after - truth).square().mean()
            ax.set_title(f"{title}\n{steps} step{'s' * (steps != 1)}, squared error {error:.2f}")

    def png(self) -> bytes:
        """The figure as it stands."""
        if self.frame is None:
            canvas = FigureCanvasAgg(self.figure)
            for artist in self.moving:
                artist.set_animated(True)  # left out of the frame
            canvas.draw()
            self.frame = canvas.copy_from_bbox(self.figure.bbox)
        canvas = self.figure.canvas
        canvas.restore_region(self.frame)
        for artist in self.moving:
            self.figure.draw_artist(artist)
        file = io.BytesIO()
        Image.fromarray(np.asarray(canvas.buffer_rgba())).save(file, "png", compress_level=1)
        return file.getvalue()


def sliders(ipywidgets) -> dict:
    """A slider for each argument of `Board.move`, by its name."""
    kinds = {
        "amplitude": ipywidgets.FloatSlider(min=0.1, max=5, step=0.1, readout_format=".1f"),
        "points": ipywidgets.IntSlider(min=1, max=5),
        "phase": ipywidgets.FloatSlider(min=0, max=3.1, step=0.1, readout_format=".1f"),
        "between": ipywidgets.FloatRangeSlider(min=X_RANGE[0], max=X_RANGE[1], step=0.5, readout_format=".1f"),
        "steps": ipywidgets.IntSlider(min=0, max=10),
        "lift": ipywidgets.FloatSlider(min=-3, max=3, step=0.1, readout_format=".1f"),
    }
    for name, slider in kinds.items():
        slider.value, slider.description = START[name], name
    return kinds


def follow(board, controls: dict, show) -> None:
    """Whenever a slider moves, move the board and hand its new picture to `show`."""

    def redraw(_change):
        board.move(**{name: slider.value for name, slider in controls.items()})
        show(board.png())

    for slider in controls.values():
        slider.observe(redraw, "value")


def _with_sliders(board, controls: dict, ipywidgets) -> None:
    """Show the figure as an ordinary output, so that a saved page keeps it, and the sliders below it."""
    from IPython import display

    plt.close(board.figure)  # or the end of the cell would show it a second time
    picture = display.display(display.Image(board.png()), display_id=True)
    follow(board, controls, lambda png: picture.update(display.Image(png)))
    grid = ipywidgets.Layout(grid_template_columns="repeat(auto-fit, minmax(320px, 1fr))", max_width="800px")
    display.display(ipywidgets.GridBox(list(controls.values()), layout=grid))


def _somebody_is_there() -> bool:
    """Whether a person's page runs this cell: programs that execute notebooks say that they cannot take input."""
    ipython = sys.modules.get("IPython")
    kernel = getattr(ipython and ipython.get_ipython(), "kernel", None)
    return bool(kernel) and kernel.get_parent()["content"].get("allow_stdin", False)
