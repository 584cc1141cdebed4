"""Numbers over other numbers: curves with their intervals, learning curves, points."""

from itertools import cycle

import matplotlib.pyplot as plt
import numpy as np

from ..evaluation import Evaluation
from .style import LINES, MARKS, METHODS, STYLE, TRUTH, colours, finish


def lines(x, series: dict, **how) -> None:
    """Curves over x, each with a band for its 95% interval where it has one.

    series: from label to numbers, or to `Evaluation`s
    how:    xlabel, ylabel; logx, logy; minima=True marks each curve's lowest point, zero=True draws y = 0;
            bottom, where the y axis begins if all is above 0; styles, of the lines, in turn; without them
            curves of few points differ by their markers, those of many by their lines
    """
    with plt.rc_context(STYLE):
        fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
        _draw(ax, x, series, **how)
        fig.legend(loc="outside lower center", ncols=6)
        plt.show()


def side_by_side(x, panels: dict, *, sharey: bool = False, **how) -> None:
    """Several quantities over the same x, a panel for each: `panels` goes from ylabel to a dict of series.

    sharey: one scale for all panels    how: as for `lines`
    """
    with plt.rc_context(STYLE):
        size = (4.2 * len(panels), 3.6)
        fig, axes = plt.subplots(1, len(panels), figsize=size, sharey=sharey, layout="constrained")
        for ax, (ylabel, series) in zip(axes, panels.items(), strict=True):
            _draw(ax, x, series, ylabel=ylabel, **how)
        if sharey and not how.get("logy"):  # the first panel has fixed the scale before the others came
            axes[0].autoscale(axis="y")
            axes[0].set_ylim(how.get("bottom", 0), None)
        finish(fig, axes[None])


def over_training(curves: dict, **panels: str) -> None:
    """Several results of trainings over the time that they had, a panel for each, all axes logarithmic.

    curves: from a method to points with `seconds`. The line goes through the medians; the dots of one time stand
            around it side by side, method by method and seed by seed, so that none hides another
    panels: from a point's attribute, a list with a number for each seed, to the words at its axis
    """
    with plt.rc_context(STYLE):
        fig, axes = plt.subplots(1, len(panels), figsize=(4.2 * len(panels), 3.8), sharey=True, layout="constrained")
        for ax, (result, ylabel) in zip(axes, panels.items(), strict=True):
            for place, (label, points) in enumerate(curves.items()):
                x = np.array([point.seconds for point in points])
                y = np.array([getattr(point, result) for point in points])
                aside = np.linspace(-0.016, 0.016, y.shape[1]) + 0.05 * (place - (len(curves) - 1) / 2)
                ax.plot(x, np.median(y, axis=1), color=METHODS[label], label=label)
                ax.plot(x[:, None] * 10**aside, y, MARKS[place], color=METHODS[label], ms=3.5, alpha=0.8)
            ax.set(xlabel="seconds of training", ylabel=ylabel, xscale="log", yscale="log")
            ax.set_xticks(x, [f"{seconds:g}" for seconds in x])
            ax.xaxis.set_minor_formatter("")
            ax.yaxis.set_major_formatter("{x:g}")
            ax.yaxis.set_minor_formatter("{x:g}")
        finish(fig, axes[None])


def _draw(
    ax, x, series: dict, *, xlabel: str, ylabel: str, logx=False, logy=False, minima=False, zero=False, bottom=0,
    styles=(),
) -> None:  # fmt: skip
    x = np.asarray(x)
    few = len(x) < 20
    styles = cycle(styles or (LINES[:1] if few else LINES))
    looks = zip(colours(series), styles, cycle(MARKS), strict=False)
    for (label, values), (colour, style, mark) in zip(series.items(), looks, strict=False):
        mean = np.array([v.mean if isinstance(v, Evaluation) else float(v) for v in values])
        ax.plot(x, mean, linestyle=style, color=colour, label=label, marker=mark if few else None, ms=4)
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
        if x[0] == 0:  # a logarithmic axis has no zero: a break in it says so
            white = dict(facecolor="white", edgecolor="none", pad=0.5)
            ax.text(0.5, 0, "//", transform=ax.get_xaxis_transform(), ha="center", va="center", bbox=white)
    if few:
        ax.set_xticks(x, [f"{value:g}" for value in x])
        ax.minorticks_off()
    if logy:
        ax.set_yscale("log")
    elif ax.get_ylim()[0] > 0:
        ax.set_ylim(bottom, None)


def learning_curve(losses: dict, *, window: int = 100, levels: dict) -> None:
    """Training losses, from label to a list, smoothed by a running mean over `window` iterations.

    levels: from a name to a loss to compare them with, a dotted line, then a dashed one
    """
    kernel = np.ones(window) / window
    with plt.rc_context(STYLE):
        _, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
        for (label, values), colour in zip(losses.items(), colours(losses), strict=True):
            smooth = np.convolve(values, kernel, mode="valid")
            ax.plot(np.arange(window, len(values) + 1), smooth, color=colour, label=label)
        for (label, level), style in zip(levels.items(), cycle((":", "--")), strict=False):
            ax.axhline(level, color=TRUTH, linestyle=style, label=label)
        ax.set(xlabel="iteration", ylabel=f"loss, mean of {window} iterations", ylim=(0, None))
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
