"""Many learners beside each other: paired differences, accuracy over training time and over cost, a table of worlds."""

import matplotlib.pyplot as plt
import numpy as np

from ..runs.registry import LEARNERS
from .style import HEAT, METHODS, STYLE, TRUTH

TRANSFER = {"class mean": "o", "new head": "s", "all weights": "D"}  # one colour, so a marker for each


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


def training_time(curves: dict) -> None:
    """Accuracy over training time, with 95% bands: `curves` goes from a name to (seconds, Evaluations)."""
    with plt.rc_context(STYLE):
        fig, ax = plt.subplots(figsize=(7, 3.8), layout="constrained")
        for name, (seconds, accuracy) in curves.items():
            mean, half = (np.array([getattr(a, part) for a in accuracy]) for part in ("mean", "interval"))
            ax.plot(seconds, mean, color=_colour(name), marker="o", ms=3, label=name)
            ax.fill_between(seconds, mean - half, mean + half, color=_colour(name), alpha=0.12, linewidth=0)
        ax.set(xlabel="seconds of training", ylabel="accuracy", ylim=(0.15, 1))
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
    return TRANSFER.get(name.rpartition(", ")[2], "^" if name == "pixels" else "o")
