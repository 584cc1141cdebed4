"""Sine waves, and what learners make of a few points on them."""

from itertools import cycle

import matplotlib.pyplot as plt
import numpy as np
import torch

from ..worlds.sinusoids import X_RANGE
from .style import LINES, METHODS, QUERY, STYLE, SUPPORT, TRUTH, colours, finish


def tasks(waves, task) -> None:
    """Each wave in a panel of its own, with the support and query points drawn on it."""
    with plt.rc_context(STYLE):
        fig, axes = _panels(1, task.n_tasks)
        for t, ax in enumerate(axes[0]):
            _draw_task(ax, waves, task, t, query=True)
        finish(fig, axes)


def predictions(waves, task, rows: dict) -> None:
    """What learners make of a few points: a row of panels for each learner, a column for each wave.

    rows: from the row's title to a dict of curves, from label to predict(x_support, y_support, x_query). Labels that
          name a method have its colour; others, such as numbers of steps, go from light to dark.
    """
    x = torch.linspace(*X_RANGE, 201).view(1, -1, 1).expand(task.n_tasks, -1, -1)
    with plt.rc_context(STYLE):
        fig, axes = _panels(len(rows), task.n_tasks)
        for row, (title, curves) in zip(axes, rows.items(), strict=True):
            for (label, predict), colour, style in zip(curves.items(), colours(curves), cycle(LINES), strict=False):
                with torch.no_grad():
                    y = predict(task.x_support, task.y_support, x)
                for t, ax in enumerate(row):
                    ax.plot(x[t].flatten(), y[t].flatten(), color=colour, linestyle=style, label=label)
            for t, ax in enumerate(row):
                _draw_task(ax, waves, task, t)
            row[0].set_ylabel(f"{title}\n\ny" if title else "y")
        finish(fig, axes)


def spreads(waves, rows: dict, distribution) -> None:
    """How sure a learner is of a few waves, a column for each: its mean, with two spreads to either side.

    rows:         from the row's title to a task on these waves
    distribution: from (x_support, y_support, x_query) to mean and spread, each (n_tasks, n_query, 1)
    """
    x = torch.linspace(*X_RANGE, 201).view(1, -1, 1).expand(len(waves.amplitude), -1, -1)
    with plt.rc_context(STYLE):
        fig, axes = _panels(len(rows), len(x))
        for row, (title, task) in zip(axes, rows.items(), strict=True):
            with torch.no_grad():
                mean, spread = distribution(task.x_support, task.y_support, x)
            for t, ax in enumerate(row):
                place, middle, width = (part[t].flatten() for part in (x, mean, spread))
                colour = METHODS["set encoder"]
                ax.fill_between(place, middle - 2 * width, middle + 2 * width, color=colour, alpha=0.2, linewidth=0)
                ax.plot(place, middle, color=colour, label="mean, and two spreads")
                _draw_task(ax, waves, task, t)
            row[0].set_ylabel(f"{title}\n\ny")
        finish(fig, axes)


def overlay(x, waves, curves: dict) -> None:
    """Many waves in grey with a few named curves on top: x (n, 1), waves (n_waves, n, 1), each curve (n, 1)."""
    with plt.rc_context(STYLE):
        fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
        ax.plot(x.flatten(), waves.squeeze(-1).T, color=TRUTH, alpha=0.2, linewidth=0.8)
        widths = np.linspace(6, 1.5, len(curves))  # wide below, narrow above, so that none hides another
        for (label, y), colour, width in zip(curves.items(), colours(curves), widths, strict=True):
            ax.plot(x.flatten(), y.flatten(), color=colour, linewidth=width, label=label)
        ax.set(xlabel="x", ylabel="y")
        fig.legend(loc="outside lower center", ncols=len(curves))
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
