"""Numbers over other numbers: curves with their intervals, learning curves, points."""

import matplotlib.pyplot as plt
import numpy as np

from ..evaluation import Evaluation
from .style import METHODS, STYLE, TRUTH, colours, finish


def lines(x, series: dict, **how) -> None:
    """Curves over x, each with a band for its 95% interval where it has one.

    series: from label to numbers, or to `Evaluation`s
    how:    xlabel, ylabel; logx, logy; minima=True marks each curve's lowest point, zero=True draws y = 0
    """
    with plt.rc_context(STYLE):
        fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
        _draw(ax, x, series, **how)
        fig.legend(loc="outside lower center", ncols=6)
        plt.show()


def side_by_side(x, panels: dict, **how) -> None:
    """Several quantities over the same x, a panel for each: `panels` goes from ylabel to a dict of series."""
    with plt.rc_context(STYLE):
        fig, axes = plt.subplots(1, len(panels), figsize=(4.2 * len(panels), 3.6), layout="constrained")
        for ax, (ylabel, series) in zip(axes, panels.items(), strict=True):
            _draw(ax, x, series, ylabel=ylabel, **how)
        finish(fig, axes[None])


def over_training(curves: dict, **axes: str) -> None:
    """Errors of several trainings over their length, measured in several ways, all axes logarithmic.

    curves: from a method to points with `errors`, one for each seed, drawn as dots; the line goes through their median
    axes:   from a point's attribute that measures its length to the words below its axis, a panel for each
    """
    with plt.rc_context(STYLE):
        fig, panels = plt.subplots(1, len(axes), figsize=(4.2 * len(axes), 3.8), sharey=True, layout="constrained")
        for ax, (length, xlabel) in zip(panels, axes.items(), strict=True):
            for (label, points), marker in zip(curves.items(), "osD", strict=False):
                x = np.array([getattr(point, length) for point in points])
                errors = np.array([point.errors for point in points])
                ax.plot(x, np.median(errors, axis=1), color=METHODS[label], label=label)
                ax.plot(x, errors, marker, color=METHODS[label], ms=4, alpha=0.7)
            ax.set(xlabel=xlabel, xscale="log", yscale="log")
            ax.xaxis.set_major_formatter("{x:g}")
            ax.xaxis.set_minor_formatter("")
            ax.yaxis.set_major_formatter("{x:g}")
            ax.yaxis.set_minor_formatter("{x:g}")
        panels[0].set_ylabel("error on unseen waves")
        finish(fig, panels[None])


def _draw(ax, x, series: dict, *, xlabel: str, ylabel: str, logx=False, logy=False, minima=False, zero=False) -> None:
    x = np.asarray(x)
    for (label, values), colour in zip(series.items(), colours(series), strict=True):
        mean = np.array([v.mean if isinstance(v, Evaluation) else float(v) for v in values])
        ax.plot(x, mean, color=colour, label=label, marker="o" if len(x) < 20 else None, ms=4)
        if isinstance(values[0], Evaluation):
            half = np.array([v.interval for v in values])
            ax.fill_between(x, mean - half, mean + half, color=colour, alpha=0.2, linewidth=0)
        if minima:
            ax.plot(x[mean.argmin()], mean.min(), "v", color=colour, markersize=9)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    if zero:
        ax.axhline(0, color=TRUTH, linewidth=0.8)
    if logx:
        ax.set_xscale("symlog", linthresh=1)
    if len(x) < 20:
        ax.set_xticks(x, [f"{value:g}" for value in x])
        ax.minorticks_off()
    if logy:
        ax.set_yscale("log")
    elif ax.get_ylim()[0] > 0:
        ax.set_ylim(0, None)


def learning_curve(losses: dict, *, window: int = 100, guessing: float | None = None) -> None:
    """Training losses, from label to a list, smoothed by a running mean over `window` iterations.

    guessing: the loss of a learner that guesses, a dotted line
    """
    kernel = np.ones(window) / window
    with plt.rc_context(STYLE):
        _, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
        for (label, values), colour in zip(losses.items(), colours(losses), strict=True):
            smooth = np.convolve(values, kernel, mode="valid")
            ax.plot(np.arange(window, len(values) + 1), smooth, color=colour, label=label)
        if guessing is not None:
            ax.axhline(guessing, color=TRUTH, linestyle=":", label="guessing")
        ax.set(xlabel="meta-iteration", ylabel=f"loss, mean of {window} iterations", ylim=(0, None))
        ax.legend()
        plt.show()


def scatter(x, y, *, threshold: float, xlabel: str, ylabel: str) -> None:
    """One point a task, y on a logarithmic axis, with lines at y = 1 and where x changes its meaning."""
    with plt.rc_context(STYLE):
        _, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
        ax.plot(x, y, ".", color=METHODS["MAML"], alpha=0.5)
        ax.axvline(threshold, color=TRUTH, linestyle=":")
        ax.axhline(1, color=TRUTH, linestyle=":")
        ax.set(xlabel=xlabel, ylabel=ylabel, yscale="log")
        plt.show()
