"""The course's figures, one call each, with the same colours everywhere.

Every function draws and shows its figure and returns nothing. Importing this file changes no setting of matplotlib.
"""

import matplotlib.pyplot as plt
import numpy as np
import torch

from .evaluation import Evaluation
from .sinusoids import X_RANGE

SUPPORT, QUERY, TRUTH = "#D55E00", "#E69F00", "#555555"
METHODS = {
    "MAML": "#0072B2",
    "FOMAML": "#009E73",
    "ANIL": "#7A4FBF",
    "pooled": "#CC79A7",
    "from scratch": "#999999",
}
STYLE = {
    "figure.dpi": 100,
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "legend.frameon": False,
}


def tasks(waves, task) -> None:
    """Each wave in a panel of its own, with the support and query points drawn on it."""
    with plt.rc_context(STYLE):
        fig, axes = _panels(1, task.n_tasks)
        for t, ax in enumerate(axes[0]):
            _draw_task(ax, waves, task, t, query=True)
        _finish(fig, axes)


def predictions(waves, task, rows: dict) -> None:
    """What learners make of a few points: a row of panels for each learner, a column for each wave.

    rows: from the row's title to a dict of curves, from label to predict(x_support, y_support, x_query). Labels that
          name a method have its colour; others, such as numbers of steps, go from light to dark.
    """
    x = torch.linspace(*X_RANGE, 201).view(1, -1, 1).expand(task.n_tasks, -1, -1)
    with plt.rc_context(STYLE):
        fig, axes = _panels(len(rows), task.n_tasks)
        for row, (title, curves) in zip(axes, rows.items(), strict=True):
            for (label, predict), colour in zip(curves.items(), _colours(curves), strict=True):
                with torch.no_grad():
                    y = predict(task.x_support, task.y_support, x)
                for t, ax in enumerate(row):
                    ax.plot(x[t].flatten(), y[t].flatten(), color=colour, label=label)
            for t, ax in enumerate(row):
                _draw_task(ax, waves, task, t)
            row[0].set_ylabel(f"{title}\n\ny" if title else "y")
        _finish(fig, axes)


def lines(
    x, series: dict, *, xlabel: str, ylabel: str, logx=False, logy=False, minima=False, zero=False, ax=None
) -> None:
    """Curves over x, each with a band for its 95% interval where it has one.

    series: from label to numbers, or to `Evaluation`s; minima marks each curve's lowest point, zero draws y = 0.
    """
    if ax is None:
        with plt.rc_context(STYLE):
            fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
            lines(x, series, xlabel=xlabel, ylabel=ylabel, logx=logx, logy=logy, minima=minima, zero=zero, ax=ax)
            fig.legend(loc="outside lower center", ncols=6)
            plt.show()
        return
    x = np.asarray(x)
    for (label, values), colour in zip(series.items(), _colours(series), strict=True):
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


def side_by_side(x, panels: dict, *, xlabel: str, logx=False, logy=False) -> None:
    """Several quantities over the same x, a panel for each: `panels` goes from ylabel to a dict of series."""
    with plt.rc_context(STYLE):
        fig, axes = plt.subplots(1, len(panels), figsize=(4.2 * len(panels), 3.6), layout="constrained")
        for ax, (ylabel, series) in zip(axes, panels.items(), strict=True):
            lines(x, series, xlabel=xlabel, ylabel=ylabel, logx=logx, logy=logy, ax=ax)
        _finish(fig, axes[None])


def overlay(x, waves, curves: dict) -> None:
    """Many waves in grey with a few named curves on top: x (n, 1), waves (n_waves, n, 1), each curve (n, 1)."""
    with plt.rc_context(STYLE):
        fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
        ax.plot(x.flatten(), waves.squeeze(-1).T, color=TRUTH, alpha=0.2, linewidth=0.8)
        widths = np.linspace(6, 1.5, len(curves))  # wide below, narrow above, so that none hides another
        for (label, y), colour, width in zip(curves.items(), _colours(curves), widths, strict=True):
            ax.plot(x.flatten(), y.flatten(), color=colour, linewidth=width, label=label)
        ax.set(xlabel="x", ylabel="y")
        fig.legend(loc="outside lower center", ncols=len(curves))
        plt.show()


def scatter(x, y, *, threshold: float, xlabel: str, ylabel: str) -> None:
    """One point a task, y on a logarithmic axis, with a line at the threshold where x changes its meaning."""
    with plt.rc_context(STYLE):
        _, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
        ax.plot(x, y, ".", color=METHODS["MAML"], alpha=0.5)
        ax.axvline(threshold, color=TRUTH, linestyle=":")
        ax.set(xlabel=xlabel, ylabel=ylabel, yscale="log")
        plt.show()


def characters(images) -> None:
    """A contact sheet: images (n_rows, n_columns, h, w), a class in each row."""
    with plt.rc_context(STYLE):
        _, ax = plt.subplots(figsize=(8, 8 * len(images) / images.shape[1]), layout="constrained")
        _tile(ax, images)
        plt.show()


def episode(task) -> None:
    """The first task of a batch, a row for each class: its support drawings on the left, its queries on the right."""
    labels = task.y_support[0].unique()
    support, query = (
        torch.stack([x[0, y[0] == label, 0] for label in labels])
        for x, y in ((task.x_support, task.y_support), (task.x_query, task.y_query))
    )
    widths = [support.shape[1], query.shape[1]]
    size = (0.7 * sum(widths) + 1, 0.7 * len(labels) + 0.4)
    with plt.rc_context(STYLE):
        _, axes = plt.subplots(1, 2, figsize=size, width_ratios=widths, layout="constrained")
        for ax, images, name, colour in zip(
            axes, (support, query), ("support", "query"), (SUPPORT, QUERY), strict=True
        ):
            _tile(ax, images)
            ax.set_title(name, color=colour)
            for spine in ax.spines.values():
                spine.set(visible=True, color=colour, linewidth=2)
        axes[0].set_yticks(28 * np.arange(len(labels)) + 14, [f"class {label}" for label in labels.tolist()])
        plt.show()


def mistakes(task, guess, *, n: int = 10) -> None:
    """Wrongly labelled queries of one-shot tasks, one of each of n tasks: the query, what it was taken for, what it is.

    guess: (n_tasks, n_query), the label that each query was given; the support set must be sorted by label
    """
    wrong = guess != task.y_query
    tasks = wrong.any(1).nonzero()[:n, 0]
    queries = wrong[tasks].int().argmax(1)  # the first of each task
    taken_for = task.x_support[tasks, guess[tasks, queries], 0]
    is_really = task.x_support[tasks, task.y_query[tasks, queries], 0]
    with plt.rc_context(STYLE):
        _, ax = plt.subplots(figsize=(0.8 * len(tasks) + 1.2, 2.8), layout="constrained")
        _tile(ax, torch.stack([task.x_query[tasks, queries, 0], taken_for, is_really]))
        ax.set_yticks(28 * np.arange(3) + 14, ["query", "taken for", "is really"])
        plt.show()


def bars(results: dict, *, chance: float, xlabel: str = "accuracy") -> None:
    """Horizontal bars with their 95% intervals, from label to `Evaluation`; a dotted line at chance."""
    means, halves = zip(*((result.mean, result.interval) for result in results.values()), strict=True)
    with plt.rc_context(STYLE):
        fig, ax = plt.subplots(figsize=(7, 0.5 * len(results) + 1.2), layout="constrained")
        ax.barh(list(results), means, xerr=halves, color=METHODS["MAML"], alpha=0.7, capsize=3)
        ax.invert_yaxis()
        ax.axvline(chance, color=TRUTH, linestyle=":", label="chance")
        ax.set(xlabel=xlabel, xlim=(0, 1))
        fig.legend(loc="outside lower center")
        plt.show()


def intervals(results, *, truth: float, xlabel: str, ylabel: str = "accuracy") -> None:
    """Each `Evaluation` as a point with its 95% interval, in orange where that misses the dotted line at the truth."""
    with plt.rc_context(STYLE):
        _, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
        for i, result in enumerate(results, start=1):
            hit = abs(result.mean - truth) <= result.interval
            colour = METHODS["MAML"] if hit else SUPPORT
            ax.errorbar(i, result.mean, result.interval, fmt="o", ms=4, color=colour, capsize=3)
        ax.axhline(truth, color=TRUTH, linestyle=":")
        ax.set(xlabel=xlabel, ylabel=ylabel)
        plt.show()


def _tile(ax, images) -> None:
    """Draw images (n_rows, n_columns, h, w) side by side, ink black, with a thin line between them."""
    n_rows, n_columns, h, w = images.shape
    ax.imshow(images.permute(0, 2, 1, 3).reshape(n_rows * h, n_columns * w), cmap="Greys", interpolation="nearest")
    ax.set(xticks=[], yticks=[])
    for edge in range(1, n_rows):
        ax.axhline(edge * h - 0.5, color=TRUTH, linewidth=0.5)
    for edge in range(1, n_columns):
        ax.axvline(edge * w - 0.5, color=TRUTH, linewidth=0.5)
    ax.grid(False)


def learning_curve(losses: dict, *, window: int = 100) -> None:
    """Training losses, from label to a list, smoothed by a running mean over `window` iterations."""
    kernel = np.ones(window) / window
    with plt.rc_context(STYLE):
        _, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
        for (label, values), colour in zip(losses.items(), _colours(losses), strict=True):
            smooth = np.convolve(values, kernel, mode="valid")
            ax.plot(np.arange(window, len(values) + 1), smooth, color=colour, label=label)
        ax.set(xlabel="meta-iteration", ylabel=f"loss, mean of {window} iterations", ylim=(0, None))
        ax.legend()
        plt.show()


def _panels(n_rows: int, n_columns: int):
    return plt.subplots(
        n_rows,
        n_columns,
        figsize=(3.1 * n_columns, 2.5 * n_rows + 0.4),
        sharex=True,
        sharey=True,
        squeeze=False,
        layout="constrained",
    )


def _draw_task(ax, waves, task, t: int, *, query=False) -> None:
    x = torch.linspace(*X_RANGE, 201).view(1, -1, 1)
    ax.plot(x.flatten(), waves(x)[t].flatten(), color=TRUTH, linestyle=":", label="truth")
    ax.plot(task.x_support[t].flatten(), task.y_support[t].flatten(), "o", color=SUPPORT, label="support")
    if query:
        ax.plot(task.x_query[t].flatten(), task.y_query[t].flatten(), "x", color=QUERY, label="query")


def _colours(labels) -> list:
    """A method's own colour for a label that names one; shades of blue, light to dark, for the rest."""
    shades = iter(plt.cm.Blues(np.linspace(0.4, 1.0, sum(label not in METHODS for label in labels) or 1)))
    return [METHODS[label] if label in METHODS else next(shades) for label in labels]


def _finish(fig, axes) -> None:
    """Name the x axes, put one legend for all panels below them, and show the figure."""
    handles = {}
    for ax in axes.flat:
        handles |= dict(zip(*reversed(ax.get_legend_handles_labels()), strict=True))
    for ax in axes[-1]:
        if not ax.get_xlabel():
            ax.set_xlabel("x")
    for ax in axes[:, 0]:
        if not ax.get_ylabel():
            ax.set_ylabel("y")
    fig.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=6)
    plt.show()
