"""Points that a person moves: where the borders between classes lie under several rules, and how they follow."""

import matplotlib.pyplot as plt
import torch

from ..tasks import Task
from .moving import Moving, show
from .points import fills
from .style import CLASSES, STYLE

EDGES = -0.5, 4.5  # of the picture, both ways


def borders(rules: dict, task: Task) -> None:
    """A task of points in the plane under several rules, and sliders for the place of its first support point.

    rules: from a panel's title to (predict, stars): predict(x_support, y_support, x_query), and from (x_support,
           y_support) to the points (1, n_way, 2) that it decides by, or None
    task:  points (1, n, 2) between 0 and 4, with up to five classes; the first support point at tenths
    """
    with plt.rc_context(STYLE):
        show(Borders(rules, task), start(task), sliders_for(task))


def start(task: Task) -> dict:
    """Where the first support point is, as arguments of `Borders.move`."""
    return dict(zip("xy", (round(z, 1) for z in task.x_support[0, 0].tolist()), strict=True))


def moved(task: Task, *, x: float, y: float) -> Task:
    """The task with its first support point at (x, y)."""
    x_support = task.x_support.clone()
    x_support[0, 0] = torch.tensor([x, y])
    return task._replace(x_support=x_support)


class Borders(Moving):
    """The figure: grounds, points and titles move, though only one point does so by itself."""

    def __init__(self, rules: dict, task: Task):
        self.rules, self.task, n = rules, task, len(rules)
        figure, axes = plt.subplots(1, n, figsize=(4 * n, 4.5), layout="constrained")
        figure.get_layout_engine().set(rect=(0, 0, 1, 0.95))  # what moves has no place of its own: here are the titles
        self.axes = dict(zip(rules, axes, strict=True))
        axes[0].set_ylabel("second coordinate")
        colours = CLASSES[: int(task.y_support.max()) + 1]
        self.grounds, self.stars, self.hands, points = {}, {}, {}, []
        ring, black = dict(fillstyle="none", linestyle="none"), dict(color="black", linestyle="none")
        for title, ax in self.axes.items():
            ax.set(xlim=EDGES, ylim=EDGES, aspect="equal", xticks=range(5), yticks=range(5), xlabel="first coordinate")
            ax.grid(False)
            how = dict(origin="lower", extent=(*EDGES, *EDGES), alpha=0.2, interpolation="nearest")
            self.grounds[title] = ax.imshow([[[1.0, 1.0, 1.0]]], **how)
            points += ax.plot(0, 0, "+", markersize=10, label="origin", **black)
            sets = (task.x_support[0, 1:], task.y_support[0, 1:], "o"), (task.x_query[0], task.y_query[0], ".")
            for label, colour in enumerate(colours):
                for z, y, style in sets:
                    how = dict(color=colour, fillstyle="none" if style == "o" else "full", markersize=7)
                    points += ax.plot(*z[y == label].T.numpy(), style, **how)
            self.hands[title] = ax.plot([], [], "D", color=colours[int(task.y_support[0, 0])], mec="black", ms=8)[0]
            self.stars[title] = [
                ax.plot([], [], "*", color=colour, markersize=17, markeredgecolor="black")[0] for colour in colours
            ]
            ax.set_title("")
        handles = [
            plt.Line2D([], [], marker="o", color="black", label="support", **ring),
            plt.Line2D([], [], marker="D", label="the one that moves", **black),
            plt.Line2D([], [], marker=".", label="query", **black),
            plt.Line2D([], [], marker="*", markersize=11, label="prototype", color="black", **ring),
            plt.Line2D([], [], marker="+", label="origin", **black),
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
        stars = [star for group in self.stars.values() for star in group]
        titles = [ax.title for ax in axes]
        super().__init__(figure, [*self.grounds.values(), *points, *stars, *self.hands.values(), *titles])

    def move(self, **place) -> None:
        """Put the first support point at (x, y), ask every rule anew, and count the queries that it gets wrong."""
        task = moved(self.task, **place)
        line = torch.linspace(*EDGES, 200)
        for title, (predict, stars) in self.rules.items():
            self.grounds[title].set_data(fills(predict, task, line, line))
            self.hands[title].set_data(*task.x_support[0, :1].T.numpy())
            if stars:
                for star, c in zip(self.stars[title], stars(task.x_support, task.y_support)[0], strict=True):
                    star.set_data(c[:1].numpy(), c[1:].numpy())
            wrong = int((predict(*task[:3]).argmax(2) != task.y_query).sum())
            self.axes[title].set_title(f"{title}: {wrong} of {task.y_query.numel()} queries wrong")


def sliders_for(task: Task):
    """From ipywidgets to a slider for each argument of `Borders.move`, by its name."""

    def sliders(ipywidgets) -> dict:
        how = dict(min=-0.4, max=4.4, step=0.1, readout_format=".1f")
        return {name: ipywidgets.FloatSlider(value=z, description=name, **how) for name, z in start(task).items()}

    return sliders
