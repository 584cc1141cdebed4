"""A figure to play with: sliders place points on a wave and take gradient steps, and every panel follows."""

import matplotlib.pyplot as plt
import torch
from torch import Tensor

from ..worlds.sinusoids import X_RANGE, Waves
from .moving import Moving, show
from .style import STYLE, SUPPORT, TRUTH, colours

START = dict(amplitude=3.0, phase=1.0, points=5, between=X_RANGE, lift=0.0, steps=1)


def playground(learners: dict) -> None:
    """What learners make of points that you place, before and after some steps: a panel for each, with equal axes.

    learners: from a panel's title to a function from a number of steps to predict(x_support, y_support, x_query)
    """
    with plt.rc_context(STYLE):
        show(Board(learners), START, sliders)


def place(*, amplitude: float, phase: float, points: int, between: tuple, lift: float) -> tuple[Waves, Tensor, Tensor]:
    """A wave, and x and y, each (1, points, 1), of points spread evenly between two bounds, the last lifted."""
    waves = Waves(torch.tensor(amplitude).view(1, 1, 1), torch.tensor(phase).view(1, 1, 1))
    low, high = between
    x = (low + (high - low) * (torch.arange(points) + 0.5) / points).view(1, -1, 1)
    y = waves(x)
    y[:, -1] += lift
    return waves, x, y


class Board(Moving):
    """The figure: points, curves and titles move."""

    def __init__(self, learners: dict):
        self.learners = learners
        width = min(4 * len(learners), 10)
        figure, axes = plt.subplots(1, len(learners), figsize=(width, 3.6), sharey=True, layout="constrained")
        self.axes = dict(zip(learners, axes, strict=True))
        before, after = colours(["before", "after"])
        for ax in axes:
            ax.plot([], [], color=TRUTH, linestyle=":", label="truth")
            ax.plot([], [], color=before, linestyle="--", label="before")
            ax.plot([], [], color=after, label="after the steps")
            ax.plot([], [], "o", color=SUPPORT, label="support")
            ax.set(xlabel="x", xlim=X_RANGE, ylim=(-8, 8), yticks=range(-8, 9, 4))
        axes[0].set_ylabel("y")
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
        super().__init__(figure, [artist for ax in axes for artist in (*ax.lines, ax.title)])

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
