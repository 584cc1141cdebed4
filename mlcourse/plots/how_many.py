"""How many tasks tell two learners apart? A slider for the number of tasks, and one for which of them are drawn."""

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Tensor

from .moving import Moving, show
from .style import QUERY, STYLE, SUPPORT, TRUTH

START = dict(tasks=20, draw=0)
FEWEST = 5


def how_many_tasks(a: Tensor, b: Tensor) -> None:
    """The mean difference of two learners over more and more tasks, with its paired and its separate 95% intervals.

    a, b: one accuracy a task, (n_tasks,), on the same tasks, which each draw takes in another order
    """
    with plt.rc_context(STYLE):
        board = Tasks(a, b)
        show(board, START, lambda ipywidgets: sliders(ipywidgets, board))


def verdict(a: Tensor, b: Tensor) -> tuple[float, float, float]:
    """In points: the mean of a - b, its paired 95% interval, and that from the two separate intervals."""
    scale = 100 * 1.96 / len(a) ** 0.5
    return 100 * (a - b).mean().item(), scale * (a - b).std().item(), scale * (a.var() + b.var()).sqrt().item()


class Tasks(Moving):
    """The figure: two bands that narrow with the number of tasks, and a line at the number that the slider says."""

    def __init__(self, a: Tensor, b: Tensor):
        self.a, self.b = a, b
        self.counts = range(FEWEST, len(a) + 1)
        figure, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
        ax.axhline(0, color=TRUTH, linestyle=":")
        (self.mean,) = ax.plot([], [], color=TRUTH, label="mean difference")
        self.paired = [ax.plot([], [], color=SUPPORT, label="paired interval")[0], ax.plot([], [], color=SUPPORT)[0]]
        how = dict(color=QUERY, linestyle="--")
        self.separate = [ax.plot([], [], label="from two separate intervals", **how)[0], ax.plot([], [], **how)[0]]
        (self.here,) = ax.plot([], [], color=TRUTH, lw=1)
        self.title = ax.set_title("", fontsize=10)
        whole, _, _ = verdict(a, b)
        half = 3.2 * verdict(a[:20], b[:20])[2]
        ax.set(xscale="log", xlabel="tasks (logarithmic)", ylabel="points ahead", ylim=(whole - half, whole + half))
        ticks = [n for n in (5, 10, 20, 50, 100, 200, 500) if n <= len(a)]
        ax.set_xlim(FEWEST, len(a))
        ax.set_xticks(ticks, [str(n) for n in ticks], minor=False)
        ax.minorticks_off()
        figure.legend(loc="outside lower center", ncols=3)
        super().__init__(figure, [self.mean, *self.paired, *self.separate, self.here, self.title])

    def move(self, *, tasks: int, draw: int) -> None:
        """Draw the tasks in the order of `draw`, and read off after so many `tasks`."""
        order = torch.randperm(len(self.a), generator=torch.Generator().manual_seed(draw))
        a, b = self.a[order], self.b[order]
        mean, paired, separate = np.array([verdict(a[:n], b[:n]) for n in self.counts]).T
        self.mean.set_data(self.counts, mean)
        for lines, half in (self.paired, paired), (self.separate, separate):
            lines[0].set_data(self.counts, mean - half)
            lines[1].set_data(self.counts, mean + half)
        self.here.set_data([tasks, tasks], [-100, 100])
        i = tasks - FEWEST
        says = "undecided" if abs(mean[i]) <= paired[i] else "ahead" if mean[i] > 0 else "behind"
        self.title.set_text(
            f"{tasks} tasks: {mean[i]:+.1f} points, ± {paired[i]:.1f} paired: {says} (± {separate[i]:.1f} separately)"
        )


def sliders(ipywidgets, board: Tasks) -> dict:
    """A slider for each argument of `Tasks.move`."""
    return dict(
        tasks=ipywidgets.IntSlider(START["tasks"], min=FEWEST, max=len(board.a), description="tasks"),
        draw=ipywidgets.IntSlider(START["draw"], min=0, max=20, description="draw"),
    )
