"""Searching in a small space: where heads lie, how codes move, what a plane of each space looks like, parts' worth."""

import matplotlib.pyplot as plt
import numpy as np
import torch

from .style import CLASSES, HEAT, METHODS, STYLE, TRUTH


def heads(points, one_task, shares) -> None:
    """Left many heads along their first two directions; right how much of their variance the first k directions hold.

    points, one_task: (n, 2), places of many classes' weights, and of the classes of one task
    shares:           (d,), the share of the first 1, 2, ... d directions
    """
    with plt.rc_context(STYLE):
        _, (left, right) = plt.subplots(1, 2, figsize=(8.4, 3.6), layout="constrained")
        left.plot(*np.asarray(points).T, ".", color=TRUTH, alpha=0.25, ms=4, label="classes of all tasks")
        for c, place in enumerate(np.asarray(one_task)):
            left.plot(*place, "o", color=CLASSES[c], ms=8, label="classes of one task" if c == 0 else None)
        left.set(xlabel="first direction", ylabel="second direction", aspect="equal")
        left.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)
        d = len(shares)
        right.plot(range(d + 1), [0, *shares], color=METHODS["ANIL"], label="heads")
        right.plot([0, d], [0, 1], ":", color=TRUTH, label="all directions alike")
        right.set(xlabel="directions", ylabel="share of the variance", ylim=(0, 1.02))
        right.legend()
        plt.show()


def codes(panels: dict) -> None:
    """The codes of one task from the encoder's start along their steps, among those of many other classes.

    panels: from a title to (paths, others): (n_steps + 1, n_way, 2), and (n, 2), where the encoder puts other classes
    """
    with plt.rc_context(STYLE):
        fig, axes = plt.subplots(1, len(panels), figsize=(4.4 * len(panels), 4.0), layout="constrained")
        for ax, (title, (paths, others)) in zip(axes, panels.items(), strict=True):
            ax.plot(*np.asarray(others).T, ".", color=TRUTH, alpha=0.2, ms=4, label="other classes, before any step")
            for c, path in enumerate(np.asarray(paths).swapaxes(0, 1)):
                ax.plot(*path.T, "-", color=CLASSES[c], lw=1.5)
                ax.plot(*path[0], "o", mfc="white", mec=CLASSES[c], mew=2, ms=12, label="start" if c == 0 else None)
                ax.plot(*path[-1], "o", color=CLASSES[c], ms=6, label="after five steps" if c == 0 else None)
            ax.set(title=title, xlabel="first direction", ylabel="second direction" if ax is axes[0] else "")
        fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
        plt.show()


def surfaces(panels: dict) -> None:
    """The losses of one task on the plane that a descent moves in, a panel for each: colour query, lines support.

    panels: from a title to (path, losses): path (n_steps + 1, n_way, size), and a function from points
            (n, n_way, size) to the support and the query loss of each, both (n,)
    The plane holds the last point and the two directions in which the path varies most.
    """
    with plt.rc_context(STYLE):
        fig, axes = plt.subplots(1, len(panels), figsize=(4.6 * len(panels), 4.0), layout="constrained")
        drawn = [_on_plane(*panel) for panel in panels.values()]
        low = min(query.min() for *_, query in drawn)
        shades = np.linspace(low, low + 1.2, 25)
        for ax, title, (way, a, b, support, query) in zip(axes, panels, drawn, strict=True):
            picture = ax.contourf(a, b, query, levels=shades, cmap=HEAT + "_r", extend="max")
            lines = ax.contour(a, b, support, levels=[0.01, 0.03, 0.1, 0.3, 1, 3], colors=TRUTH, linewidths=0.8)
            ax.clabel(lines, fmt="%g", fontsize=7)
            ax.plot(*way.T, "o-", color="black", ms=4, lw=1.2)
            ax.plot(*way[0], "o", mfc="white", mec="black", ms=8)
            ax.set(title=title, xlabel="along the descent", ylabel="across it" if ax is axes[0] else "")
            ax.grid(False)
        fig.colorbar(picture, ax=axes, label="query loss", format="%.1f")
        plt.show()


def _on_plane(path: torch.Tensor, losses, n: int = 41) -> tuple:
    """The path's places on its plane (n_steps + 1, 2), the plane's two axes (n,), and both losses there (n, n)."""
    flat = path.flatten(1) - path[-1].flatten()
    _, _, axes = torch.linalg.svd(flat, full_matrices=False)
    way = flat @ axes[:2].T
    reach = 1.3 * way.abs().max()
    a = b = torch.linspace(-reach, reach, n)
    grid = torch.stack(torch.meshgrid(b, a, indexing="ij"), -1).flatten(0, 1).flip(-1)  # (n * n, 2), a runs fastest
    points = path[-1] + (grid @ axes[:2]).view(-1, *path.shape[1:])
    support, query = (loss.view(n, n).numpy() for loss in losses(points))
    return way.numpy(), a.numpy(), b.numpy(), support, query


def parts(panels: dict) -> None:
    """What taking a part away costs, a panel for each setting: a point with its interval for each budget.

    panels: from a title to a dict from a budget's label to a dict from a contestant to an Evaluation of the difference;
            the first budget of the first panel has all contestants
    """
    names = list(next(iter(next(iter(panels.values())).values())))
    with plt.rc_context(STYLE):
        fig, axes = plt.subplots(
            1, len(panels), figsize=(2 + 2.3 * len(panels), 4.6), sharey=True, layout="constrained"
        )
        for ax, (title, budgets) in zip(axes, panels.items(), strict=True):
            for i, (label, gains) in enumerate(budgets.items()):
                y = np.array([names.index(name) for name in gains]) + 0.18 * (2 * i - 1)
                mean, half = (np.array([100 * getattr(g, of) for g in gains.values()]) for of in ("mean", "interval"))
                colour = (METHODS["ANIL"], TRUTH)[i]
                ax.errorbar(mean, y, xerr=half, fmt="os"[i], color=colour, ms=4, capsize=2, label=label)
            ax.axvline(0, color=TRUTH, linewidth=0.8)
            ax.set_yticks(range(len(names)), names)
            ax.set(title=title, xlabel="points beside LEO")
        axes[0].invert_yaxis()
        fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
        plt.show()
