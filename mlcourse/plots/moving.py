"""Figures that a person moves by sliders.

Where no person can move a slider (tests, a conversion to HTML, a printed page) they stand still, as at the start.
"""

import io
import sys

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image


class Moving:
    """A figure. Its frame is drawn once, because that is slow; the artists that move are drawn over it.

    A child draws both, names the artists in `moving`, and places them in a method `move`, which takes what the sliders
    say.
    """

    def __init__(self, figure, moving: list):
        self.figure, self.moving, self.frame = figure, moving, None

    def still(self) -> None:
        """What else to show where nobody can move anything: nothing, unless a child says so."""

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


def show(board: Moving, start: dict, sliders) -> None:
    """Show a figure at its start, with sliders below it if somebody is there to move them.

    start:   the arguments of `board.move`
    sliders: from the module ipywidgets to a dict with a slider for each of these arguments
    """
    board.move(**start)
    if not somebody_is_there():
        board.still()
        plt.show()
        return
    try:
        import ipywidgets
    except ImportError:
        board.still()
        plt.show()
        print("To move this figure, run python -m pip install ipywidgets, restart the kernel, and come back.")
        return
    _play(board, sliders(ipywidgets), ipywidgets)


def follow(board: Moving, controls: dict, show) -> None:
    """Whenever a slider moves, move the board and hand its new picture to `show`."""

    def redraw(_change):
        board.move(**{name: slider.value for name, slider in controls.items()})
        show(board.png())

    for slider in controls.values():
        slider.observe(redraw, "value")


def _play(board: Moving, controls: dict, ipywidgets) -> None:
    """Show the figure as an ordinary output, so that a saved page keeps it, and the sliders below it."""
    from IPython import display

    plt.close(board.figure)  # or the end of the cell would show it a second time
    picture = display.display(display.Image(board.png()), display_id=True)
    follow(board, controls, lambda png: picture.update(display.Image(png)))
    grid = ipywidgets.Layout(grid_template_columns="repeat(auto-fit, minmax(320px, 1fr))", max_width="800px")
    display.display(ipywidgets.GridBox(list(controls.values()), layout=grid))


def somebody_is_there() -> bool:
    """Whether a person's page runs this cell: programs that execute notebooks say that they cannot take input."""
    ipython = sys.modules.get("IPython")
    kernel = getattr(ipython and ipython.get_ipython(), "kernel", None)
    return bool(kernel) and kernel.get_parent()["content"].get("allow_stdin", False)
