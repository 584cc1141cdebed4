"""Points in a plane: a task as a learner in two dimensions sees it."""

import matplotlib.pyplot as plt
import numpy as np
import torch

from ..tasks import Task
from .style import CLASSES, INK, STYLE


def regions(panels: dict, *, drawings: dict) -> None:
    """Tasks in the plane, a panel for each, the background coloured by the class that a learner would choose there.

    panels: from a title to (predict, task, stars): a learner, predict(x_support, y_support, x_query); a task of points
            (1, n, 2), with up to five classes; its prototypes (n_way, 2)
    drawings: from a title to an image of each class, (n_way, h, w), to stand below the panel in the class's colour
    Support points are rings, query points dots, in the colour of their own class: a dot on another colour is mistaken.
    All panels have one scale.
    """
    seen = [torch.cat([task.x_support, task.x_query], 1)[0] for _, task, _ in panels.values()]
    half = 0.56 * max(float((points.amax(0) - points.amin(0)).max()) for points in seen)
    with plt.rc_context(STYLE):
        fig, axes = plt.subplots(1, len(panels), figsize=(4 * len(panels), 4), squeeze=False, layout="constrained")
        for ax, points, (title, (predict, task, stars)) in zip(axes[0], seen, panels.items(), strict=True):
            _draw(ax, predict, task, stars, (points.amax(0) + points.amin(0)) / 2, half)
            ax.set_title(title)
            for label, image in enumerate(drawings[title]):
                inset = ax.inset_axes([0.26 * label, -0.27, 0.25, 0.25])
                inset.imshow(image, cmap=INK, interpolation="nearest")
                inset.set(xticks=[], yticks=[])
                inset.grid(False)
                inset.spines[:].set(visible=True, color=CLASSES[label], linewidth=2)
        marks = dict(fillstyle="none", color="black", linestyle="none")
        handles = [
            plt.Line2D([], [], marker="o", label="support", **marks),
            plt.Line2D([], [], marker=".", label="query", **(marks | dict(fillstyle="full"))),
            plt.Line2D([], [], marker="*", markersize=11, label="prototype", **marks),
        ]
        fig.legend(handles=handles, loc="outside lower center", ncols=len(handles))
        plt.show()


def fills(predict, task: Task, x, y) -> np.ndarray:
    """The colour of the class that a learner would choose at each place, (len(y), len(x), 3), between 0 and 1."""
    grid = torch.cartesian_prod(x, y).to(task.x_support.dtype)
    with torch.no_grad():
        chosen = predict(task.x_support, task.y_support, grid[None])[0].argmax(1).view(len(x), len(y))
    shades = [[int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)] for colour in CLASSES]
    return np.array(shades)[chosen.T.numpy()]


def _draw(ax, predict, task: Task, stars, centre, half: float) -> None:
    x, y = (torch.linspace(float(c) - half, float(c) + half, 300) for c in centre)
    edges = [float(e) for e in (x[0], x[-1], y[0], y[-1])]
    ax.imshow(fills(predict, task, x, y), origin="lower", extent=edges, alpha=0.2, interpolation="nearest")
    for label, colour in enumerate(CLASSES[: int(task.y_support.max()) + 1]):
        for z, y_z, style in (task.x_support, task.y_support, "o"), (task.x_query, task.y_query, "."):
            own = z[0, y_z[0] == label]
            ax.plot(*own.T, style, color=colour, fillstyle="none" if style == "o" else "full", markersize=7)
        ax.plot(*stars[label], "*", color=colour, markersize=17, markeredgecolor="black")
    ax.set(xticks=[], yticks=[], aspect="equal")
    ax.spines[:].set_visible(False)
    ax.grid(False)
