"""The same evaluation again and again, each time on other tasks, and a slider for how many tasks it takes."""

import matplotlib.pyplot as plt
from torch import Tensor

from ..evaluation import summarise
from .moving import Moving, show
from .style import METHODS, STYLE, SUPPORT, TRUTH

TIMES = 40
START = dict(episodes=25)


def repeats(per_task: Tensor, *, truth: float) -> None:
    """40 evaluations of so many tasks each, cut from one value a task, (n_tasks,), with their 95% intervals.

    Orange where an interval misses the dotted line at the truth.
    """
    with plt.rc_context(STYLE):
        board = Repeats(per_task, truth)
        show(board, START, lambda ipywidgets: slider(ipywidgets, board))


class Repeats(Moving):
    """The figure: a point and its interval for each evaluation, side by side."""

    def __init__(self, per_task: Tensor, truth: float):
        self.per_task, self.truth = per_task, truth
        self.most = len(per_task) // TIMES
        figure, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
        widest = max(abs(end - truth) for result in self.results(**START) for end in _ends(result))
        ax.axhline(truth, color=TRUTH, linestyle=":")
        ax.set(xlabel="number of the evaluation", ylabel="accuracy", xlim=(0, TIMES + 1))
        ax.set_ylim(truth - 1.3 * widest, truth + 1.3 * widest)
        self.lines = [ax.plot([], [], lw=1.5)[0] for _ in range(TIMES)]
        self.points = [ax.plot([], [], "o", ms=4)[0] for _ in range(TIMES)]
        self.title = ax.set_title("", fontsize=10)
        super().__init__(figure, [*self.lines, *self.points, self.title])

    def results(self, episodes: int) -> list:
        """What each evaluation finds."""
        return [summarise(part) for part in self.per_task[: TIMES * episodes].split(episodes)]

    def move(self, *, episodes: int) -> None:
        missed = 0
        for i, result in enumerate(self.results(episodes)):
            hit = abs(result.mean - self.truth) <= result.interval
            missed += not hit
            for artist, heights in (self.lines[i], _ends(result)), (self.points[i], [result.mean]):
                artist.set_data([i + 1] * len(heights), heights)
                artist.set_color(METHODS["MAML"] if hit else SUPPORT)
        self.title.set_text(f"{episodes} episodes each: {missed} of {TIMES} intervals miss")


def _ends(result) -> list[float]:
    return [result.mean - result.interval, result.mean + result.interval]


def slider(ipywidgets, board: Repeats) -> dict:
    """A slider for the argument of `Repeats.move`."""
    return dict(episodes=ipywidgets.IntSlider(START["episodes"], min=5, max=board.most, step=5, description="episodes"))
