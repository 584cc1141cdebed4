"""The same colours and the same look in every figure: they are chosen here, and nowhere else.

Curves of a figure differ by their lines or markers, too, for whoever cannot tell their colours. Colours that stand
alone differ for the colour-blind as well (tests/plots/test_style_for_everybody.py).

Importing this changes no setting of matplotlib: figures are drawn inside `plt.rc_context(STYLE)`.
"""

import matplotlib.pyplot as plt
import numpy as np

from ..runs import registry

SUPPORT, QUERY, TRUTH = "#B34700", "#C28500", "#555555"
METHODS = {name: method.colour for name, method in registry.METHODS.items()} | {
    "from scratch": "#737373",
    "smoother": "#737373",
    "limit": "#000000",
    "pretrained": "#CC79A7",
    "random start": "#737373",
    "oracle": "#000000",
    "ridge": "#000000",
    "physics": "#000000",
    "last layer": QUERY,
    "fine-tuned": "#999933",
    "MAML, last layer": "#009E73",
    "item means": "#737373",
    "offset": "#999933",
    "closed form": "#D55E00",
    "MAML, head": "#2F96D2",
    "on MAML's features": "#009E73",
    "on untrained features": "#CC79A7",
    "84 pixels": "#D55E00",
    "28 pixels": "#2F96D2",
    "grey": "#737373",
    "colours": "#B38600",
    "leaking tasks": SUPPORT,
    "84 pixels, augmented": "#000000",
    "classifier": "#CC79A7",
    "28 pixels, augmented": "#005F86",
    "classifier, augmented": "#8E0152",
    "MAML, augmented": "#3B1E87",
}
SEARCHES = {"grid": "#CC79A7", "random": QUERY, "expected improvement": "#0072B2"}
CLASSES = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000"]
LINES = "-", "--", "-.", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)), (0, (2, 1))  # of curves, in turn; truths are dotted
MARKS = "osD^vPX*<>"
TRACE, LIMB, EDGE = "#0072B2", "#333333", "#CCCCCC"  # of an arm: the way of its hand, its links, the rim of the table
# Colormaps: of drawings, of tables of numbers, of curves without a colour of their own, of beliefs.
INK, HEAT, SHADES, BELIEF = "Greys", "YlGnBu", "Blues", "PRGn"
STYLE = {
    "figure.dpi": 100,
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "legend.frameon": False,
}


def colours(labels) -> list:
    """A method's own colour for a label that names one; shades, light to dark, for the rest."""
    shades = iter(plt.colormaps[SHADES](np.linspace(0.6, 1.0, sum(label not in METHODS for label in labels) or 1)))
    return [METHODS[label] if label in METHODS else next(shades) for label in labels]


def finish(fig, axes) -> None:
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
