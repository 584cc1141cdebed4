"""Many learners beside each other: paired differences, accuracy over training time and over cost, a table of worlds."""

import matplotlib.pyplot as plt
import numpy as np

from ..runs.registry import LEARNERS
from .style import HEAT, METHODS, STYLE, TRUTH

TRANSFER = {"class mean": "o", "new head": "s", "all weights": "D"}  # one colour, so a marker for each
MARKERS = "osD^vPX*<>"  # for whoever cannot tell the colours


def differences(results: dict, *, reference: str) -> None:
    """A forest plot: each learner's paired difference to the reference with its 95% interval, in points."""
    with plt.rc_context(STYLE):
        _, ax = plt.subplots(figsize=(7, 0.34 * len(results) + 1.1), layout="constrained")
        for row, (name, result) in enumerate(results.items()):
            mean, half = 100 * result.mean, 100 * result.interval
            ax.errorbar(mean, row, xerr=half, fmt=_marker(name), ms=5, color=_colour(name), capsize=3)
        ax.axvline(0, color=TRUTH, linestyle=":")
        ax.set_yticks(range(len(results)), list(results))
        ax.invert_yaxis()
        ax.set(xlabel=f"points of accuracy ahead of {reference}")
        plt.show()


def together(per_task: dict, pairs: list[tuple[str, str]]) -> None:
    """Two learners on the same tasks: a dot for each pair of accuracies, larger where several tasks share it.

    per_task: from a name to one accuracy a task    pairs: the names for the two axes of each panel
    """
    with plt.rc_context(STYLE):
        _, axes = plt.subplots(1, len(pairs), figsize=(3.6 * len(pairs), 3.5), layout="constrained")
        for ax, (down, up) in zip(axes, pairs, strict=True):
            points, times = np.unique(np.stack([per_task[down], per_task[up]]), axis=1, return_counts=True)
            ax.scatter(*points, s=8 * times, color=_colour(up), alpha=0.6, linewidth=0)
            ax.axline((0, 0), slope=1, color=TRUTH, linestyle=":")
            ax.set(xlabel=down, ylabel=up, xlim=(0.15, 1.03), ylim=(0.15, 1.03), aspect="equal")
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
            how = dict(color=_colour(name), marker=MARKERS[i % len(MARKERS)])
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


def cost(milliseconds: dict, kilobytes: dict, accuracy: dict) -> None:
    """Accuracy over the time for one new task, on a logarithmic axis; the area of a dot is the memory for its learning.

    All three go from a name to a number, or `Evaluation` for the accuracy.
    """
    with plt.rc_context(STYLE):
        fig, ax = plt.subplots(figsize=(7, 4), layout="constrained")
        for name, time in milliseconds.items():
            area = 30 + kilobytes[name] / 8
            ax.errorbar(time, accuracy[name].mean, accuracy[name].interval, color=_colour(name), capsize=2, lw=1)
            full = dict(color=_colour(name)) if kilobytes[name] else dict(facecolor="white", edgecolor=_colour(name))
            ax.scatter(time, accuracy[name].mean, area, marker=_marker(name), alpha=0.75, zorder=3, label=name, **full)
        ax.set(xscale="log", xlabel="milliseconds for one new task (logarithmic)", ylabel="accuracy")
        legend = fig.legend(loc="outside right center")
        for handle in legend.legend_handles:
            handle.set_sizes([40])
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


def _marker(name: str) -> str:
    return TRANSFER.get(name.rpartition(", ")[2], "^" if name.endswith("pixels") else "o")
