"""Drawings of characters: contact sheets, episodes, mistakes."""

import matplotlib.pyplot as plt
import numpy as np
import torch

from .style import INK, QUERY, STYLE, SUPPORT, TRUTH


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
            ax.set_title(name)
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


def _tile(ax, images) -> None:
    """Draw images (n_rows, n_columns, h, w) side by side, ink black, with a thin line between them."""
    n_rows, n_columns, h, w = images.shape
    ax.imshow(images.permute(0, 2, 1, 3).reshape(n_rows * h, n_columns * w).numpy(), cmap=INK, interpolation="nearest")
    ax.set(xticks=[], yticks=[])
    for edge in range(1, n_rows):
        ax.axhline(edge * h - 0.5, color=TRUTH, linewidth=0.5)
    for edge in range(1, n_columns):
        ax.axvline(edge * w - 0.5, color=TRUTH, linewidth=0.5)
    ax.grid(False)
