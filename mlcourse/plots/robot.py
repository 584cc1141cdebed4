"""Arms on a table, seen from above: as a row of stills, and as a film that a page without a kernel still shows."""

from io import BytesIO
from itertools import cycle

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image as Pictures

from ..worlds.two_links import LINK, MOMENT, points
from .style import EDGE, LIMB, LINES, QUERY, STYLE, TRACE, TRUTH, colours

REACH, EVERY, PIXELS = 2.2 * LINK, 2, 64  # of the panels, metres; moments from picture to picture; dots an inch


def arms(states: dict, *, goals: dict | None = None, every: int = 4) -> None:
    """A panel for each arm, from title to states (T, 4): the way of the hand, and the arm each `every` moments.

    The poses go from light to dark, a square marks the shoulder, a cross the goal (2,) of the same title.
    """
    with plt.rc_context(STYLE):
        _, axes = plt.subplots(1, len(states), figsize=(2.5 * len(states), 2.8), layout="constrained", squeeze=False)
        for ax, (title, way) in zip(axes[0], states.items(), strict=True):
            _table(ax, title, goals and goals[title])
            joints = points(way).numpy()
            ax.plot(*joints[:, 2].T, color=TRACE, lw=1)
            poses = joints[::-every][::-1]
            for pose, dark in zip(poses, np.linspace(0.15, 1.0, len(poses)), strict=True):
                ax.plot(*pose.T, "o-", color=LIMB, alpha=dark, lw=2, ms=3)
        plt.show()


def film(states: dict, goals: dict, *, caption="{seconds:.1f} s") -> None:
    """Show the arms moving side by side, in a picture that moves (APNG); what shows none shows its first frame.

    states: from title to states (T, 4)    goals: from title to places (2,), or (T, 2) where they change
    """
    from IPython.display import Image, display

    with plt.rc_context(STYLE | {"figure.dpi": PIXELS}):
        fig, axes = plt.subplots(1, len(states), figsize=(2.6 * len(states), 3.2), layout="constrained", squeeze=False)
        fig.get_layout_engine().set(h_pad=0.15)
        moving = []
        for ax, (title, way), colour in zip(axes[0], states.items(), colours(states), strict=True):
            goal = np.asarray(goals[title])
            (cross,) = _table(ax, title, goal.reshape(-1, 2)[0])
            (trace,), (arm,) = ax.plot([], [], color=colour, lw=1.2), ax.plot([], [], "o-", color=LIMB, lw=3, ms=4)
            moving.append((points(way).numpy(), goal, cross, trace, arm))
        pictures, length = [], max(len(joints) for joints, *_ in moving)
        for t in range(0, length, EVERY):
            for joints, goal, cross, trace, arm in moving:
                trace.set_data(*joints[: t + 1, 2].T)
                arm.set_data(*joints[t].T)
                if goal.ndim == 2:
                    cross.set_data(*goal[min(t, len(goal) - 1)][:, None])
            axes[0, 0].set_xlabel(caption.format(seconds=MOMENT * t))
            fig.canvas.draw()
            pictures.append(Pictures.fromarray(np.asarray(fig.canvas.buffer_rgba())).convert("RGB"))
        plt.close(fig)
    palette = pictures[-1].quantize(32)  # one for all, so that no colour changes on the way
    pictures = [picture.quantize(palette=palette, dither=Pictures.Dither.NONE) for picture in pictures]
    file = BytesIO()
    lasting = [round(1000 * MOMENT * EVERY)] * (len(pictures) - 1) + [1500]
    pictures[0].save(file, "PNG", save_all=True, append_images=pictures[1:], duration=lasting, loop=0)
    display(Image(file.getvalue(), format="png"))


def over_time(panels: dict, *, broken: float | None = None, changes=()) -> None:
    """A panel for each quantity, from its name to a dict from label to (n_robots, T): the median robot, and a band.

    The band holds the middle half of the robots. broken: the moment when a motor breaks; changes: when goals change
    """
    with plt.rc_context(STYLE):
        fig, axes = plt.subplots(1, len(panels), figsize=(4.6 * len(panels), 3.6), layout="constrained", squeeze=False)
        for ax, (ylabel, series) in zip(axes[0], panels.items(), strict=True):
            for (label, values), colour, style in zip(series.items(), colours(series), cycle(LINES), strict=False):
                values = np.asarray(values)
                low, middle, high = np.quantile(values, (0.25, 0.5, 0.75), axis=0)
                seconds = MOMENT * np.arange(1, values.shape[1] + 1)
                ax.plot(seconds, middle, color=colour, linestyle=style, label=label)
                ax.fill_between(seconds, low, high, color=colour, alpha=0.15, linewidth=0)
            for moment in changes:
                ax.axvline(MOMENT * moment, color=TRUTH, linestyle=":", lw=1)
            if broken is not None:
                ax.axvline(MOMENT * broken, color=LIMB, linestyle="--", lw=2, label="a motor breaks")
            ax.set(xlabel="seconds", ylabel=ylabel)
            ax.set_ylim(0, None)
        handles, labels = axes[0, 0].get_legend_handles_labels()
        fig.legend(handles, labels, loc="outside lower center", ncols=6)
        plt.show()


def _table(ax, title: str, goal) -> list:
    """An empty table with a shoulder in the middle, and the goal on it; the goal's mark."""
    ax.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), aspect="equal", xticks=[], yticks=[])
    ax.set_title(title, fontsize=10)
    ax.spines[:].set(visible=True, color=EDGE)
    ax.plot(0, 0, "s", color=TRUTH, ms=7)
    return ax.plot(*(() if goal is None else goal[:, None]), "x", color=QUERY, ms=10, mew=3)
