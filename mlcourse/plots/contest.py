"""Many learners beside each other: on the same tasks, over training time, in many worlds."""

import matplotlib.pyplot as plt
import numpy as np

from ..runs.registry import LEARNERS
from .style import HEAT, MARKS, METHODS, STYLE, TRUTH


def together(per_task: dict, pairs: list[tuple[str, str]]) -> None:
    """Two learners on the same tasks: a dot for each pair of accuracies, larger where several tasks share it.

    per_task: from a name to one accuracy a task    pairs: the names for the two axes of each panel
    """
    lowest = min(per_task[name].min().item() for pair in pairs for name in pair) - 0.03
    with plt.rc_context(STYLE):
        _, axes = plt.subplots(1, len(pairs), figsize=(3.6 * len(pairs), 3.5), layout="constrained")
        for ax, (down, up) in zip(axes, pairs, strict=True):
            points, times = np.unique(np.stack([per_task[down], per_task[up]]), axis=1, return_counts=True)
            ax.scatter(*points, s=8 * times, color=_colour(up), alpha=0.6, linewidth=0)
            ax.axline((1, 1), slope=1, color=TRUTH, linestyle=":")
            ax.set(xlabel=down, ylabel=up, xlim=(lowest, 1.03), ylim=(lowest, 1.03), aspect="equal")
            together = np.corrcoef(per_task[down], per_task[up])[0, 1]
            ax.set_title(f"correlation {together:.2f}", fontsize=10)
        plt.show()


def over_seeds(curves: dict, *, levels: dict) -> None:
    """Accuracy over the time of training, a dot for each training and a line through the means.

    curves: from a learner to {seconds of the budget: one accuracy a seed}
    levels: from a name to an accuracy without training, a dashed line
    """
    last = {name: np.mean(list(points.values())[-1]) for name, points in curves.items()}
    with plt.rc_context(STYLE):
        fig, ax = plt.subplots(figsize=(7, 4.2), layout="constrained")
        for i, name in enumerate(sorted(last, key=last.get, reverse=True)):
            points = curves[name]
            how = dict(color=_colour(name), marker=MARKS[i % len(MARKS)])
            ax.plot(list(points), [np.mean(seeds) for seeds in points.values()], ms=6, label=name, **how)
            for seconds, seeds in points.items():
                ax.plot([seconds] * len(seeds), seeds, ms=4, linestyle="", alpha=0.5, **how)
        for name, level in levels.items():
            ax.axhline(level, color=_colour(name), linestyle="--", label=name)
        budgets = sorted({seconds for points in curves.values() for seconds in points})
        ax.set(xscale="log", xlabel="seconds of training (logarithmic)", ylabel="accuracy")
        ax.set_xticks(budgets, [f"{seconds:g}" for seconds in budgets], minor=False)
        ax.minorticks_off()
        fig.legend(loc="outside right center")
        plt.show()


def worlds(table: dict, *, recorded: tuple = ()) -> None:
    """A heat table: `table` goes from a world to {learner: Evaluation, or None where it cannot be asked}.

    Each column is shaded from its lowest to its highest accuracy. Columns named in `recorded` get a star.
    """
    names = list(next(iter(table.values())))
    with plt.rc_context(STYLE | {"axes.grid": False}):
        _, ax = plt.subplots(figsize=(1.05 * len(table) + 2, 0.34 * len(names) + 0.9), layout="constrained")
        means = np.array([[np.nan if c[n] is None else 100 * c[n].mean for c in table.values()] for n in names])
        low, high = np.nanmin(means, 0), np.nanmax(means, 0)
        ax.imshow((means - low) / (high - low), cmap=HEAT, vmin=-0.1, vmax=1.5, aspect="auto")
        for (row, column), mean in np.ndenumerate(means):
            text = "–" if np.isnan(mean) else f"{mean:.0f}"
            ax.text(column, row, text, ha="center", va="center")
        ax.set_xticks(range(len(table)), [world + " *" * (world in recorded) for world in table])
        ax.xaxis.tick_top()
        ax.set_yticks(range(len(names)), names)
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        plt.show()


def _colour(name: str) -> str:
    return METHODS.get(LEARNERS.get(name, name), METHODS["from scratch"])
