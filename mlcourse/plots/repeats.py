"""The same evaluation again and again, each time on other tasks, and a slider for how many tasks it takes."""

import matplotlib.pyplot as plt
from torch import Tensor

from ..evaluation import summarise
from .moving import Moving, show
from .style import METHODS, STYLE, SUPPORT, TRUTH

TIMES = 40
FEW = 25
START = dict(episodes=100)


def repeats(per_task: Tensor, *, truth: float) -> None:
    """40 evaluations of so many tasks each, cut from one value a task, (n_tasks,), with their 95% intervals.

    Orange where an interval misses the dotted line at the truth. On the left 25 tasks each; the slider moves the right.
    """
    with plt.rc_context(STYLE):
        board = Repeats(per_task, truth)
        show(board, START, lambda ipywidgets: slider(ipywidgets, board))


class Repeats(Moving):
    """The figure: two panels, a point and its interval for each evaluation, side by side."""

    def __init__(self, per_task: Tensor, truth: float):
        self.per_task, self.truth = per_task, truth
        self.most = len(per_task) // TIMES
        figure, self.panels = plt.subplots(1, 2, figsize=(9, 3.2), sharey=True, layout="constrained")
        widest = max(abs(end - truth) for result in self.results(FEW) for end in _ends(result))
        for ax in self.panels:
            ax.axhline(truth, color=TRUTH, linestyle=":")
            ax.set(xlabel="number of the evaluation", xlim=(0, TIMES + 1))
        self.panels[0].set(ylabel="accuracy", ylim=(truth - 1.3 * widest, truth + 1.3 * widest))
        self._draw(self.panels[0], FEW, *_artists(self.panels[0]))
        self.lines, self.points = _artists(self.panels[1])
        self.title = self.panels[1].set_title("", fontsize=10)
        super().__init__(figure, [*self.lines, *self.points, self.title])

    def results(self, episodes: int) -> list:
        """What each evaluation finds."""
        return [summarise(part) for part in self.per_task[: TIMES * episodes].split(episodes)]

    def move(self, *, episodes: int) -> None:
        self._draw(self.panels[1], episodes, self.lines, self.points)

    def _draw(self, ax, episodes: int, lines: list, points: list) -> None:
        missed = 0
        for i, result in enumerate(self.results(episodes)):
            hit = abs(result.mean - self.truth) <= result.interval
            missed += not hit
            for artist, heights in (lines[i], _ends(result)), (points[i], [result.mean]):
                artist.set_data([i + 1] * len(heights), heights)
                artist.set_color(METHODS["MAML"] if hit else SUPPORT)
        ax.set_title(f"{episodes} episodes each: {missed} of {TIMES} intervals miss", fontsize=10)


def _artists(ax) -> tuple[list, list]:
    """A line and a point for each evaluation, still empty."""
    lines = [ax.plot([], [], lw=1.5)[0] for _ in range(TIMES)]
    return lines, [ax.plot([], [], "o", ms=4)[0] for _ in range(TIMES)]


def _ends(result) -> list[float]:
    return [result.mean - result.interval, result.mean + result.interval]


def slider(ipywidgets, board: Repeats) -> dict:
    """A slider for the argument of `Repeats.move`."""
    return dict(episodes=ipywidgets.IntSlider(START["episodes"], min=5, max=board.most, step=5, description="episodes"))
