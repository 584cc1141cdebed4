"""Does a learner know how sure it may be? What it promises, and what comes true."""

import matplotlib.pyplot as plt

from .style import MARKS, STYLE, TRUTH, colours


def calibration(promised, kept: dict) -> None:
    """How often the answer lay within an interval, over how often it should have: on the diagonal both are the same.

    promised: probabilities of the intervals    kept: from a label to the shares of answers that lay inside
    """
    with plt.rc_context(STYLE):
        fig, ax = plt.subplots(figsize=(4.6, 4.2), layout="constrained")
        ax.plot([0, 1], [0, 1], color=TRUTH, linestyle=":", label="as promised")
        for (label, shares), colour, mark in zip(kept.items(), colours(kept), MARKS, strict=False):
            ax.plot(promised, shares, color=colour, marker=mark, ms=4, label=label)
        ax.set(xlabel="share promised", ylabel="share inside", xlim=(0, 1), ylim=(0, 1.02), aspect="equal")
        fig.legend(loc="outside right center")
        plt.show()
