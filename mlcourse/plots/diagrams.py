"""A diagram of one inner step: what is computed from what, and the factor that each arrow brings to a gradient."""

import matplotlib.pyplot as plt

from .style import METHODS, QUERY, STYLE, SUPPORT, TRUTH


def two_paths() -> None:
    """The two paths from theta to the query loss: straight on, and by way of the support gradient."""
    with plt.rc_context(STYLE):
        _, ax = plt.subplots(figsize=(7, 2.4), layout="constrained")
        ax.set(xlim=(0, 10), ylim=(-0.6, 1.5))
        ax.axis("off")
        theta = _box(ax, 0.6, 0, r"$\theta$", TRUTH)
        slope = _box(ax, 3.1, 1.1, r"$g = \nabla L_{\mathrm{support}}(\theta)$", SUPPORT)
        phi = _box(ax, 5.6, 0, r"$\phi = \theta - \alpha\, g$", TRUTH)
        loss = _box(ax, 9.1, 0, r"$L_{\mathrm{query}}(\phi)$", QUERY)
        _arrow(ax, theta, phi, r"$I$", below=True)
        _arrow(ax, phi, loss, r"$\nabla L_{\mathrm{query}}(\phi)$", below=True)
        kept = dict(color=METHODS["MAML"], linestyle="--")
        _arrow(ax, theta, slope, r"$H$", **kept)
        _arrow(ax, slope, phi, r"$-\alpha$", **kept)
        ax.text(4.75, 0.7, "the path that create_graph keeps", color=METHODS["MAML"], va="center")
        plt.show()


def _box(ax, x: float, y: float, name: str, edge: str):
    """A quantity in its box."""
    box = dict(boxstyle="round,pad=0.5", facecolor="white", edgecolor=edge, linewidth=1.5)
    return ax.text(x, y, name, ha="center", va="center", fontsize=12, bbox=box)


def _arrow(ax, start, end, factor: str, *, color=TRUTH, linestyle="-", below=False) -> None:
    """An arrow from one box to the next, with its factor beside it."""
    boxes = dict(patchA=start.get_bbox_patch(), patchB=end.get_bbox_patch(), shrinkA=2, shrinkB=2)
    (x0, y0), (x1, y1) = start.get_position(), end.get_position()
    ax.annotate(
        "", (x1, y1), (x0, y0), arrowprops=dict(arrowstyle="-|>", color=color, linestyle=linestyle, lw=1.5, **boxes)
    )
    ax.text((x0 + x1) / 2, (y0 + y1) / 2 + (-0.3 if below else 0.25), factor, color=color, ha="center", va="center")
