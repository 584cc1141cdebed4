"""Results of several learners beside each other, each with its interval."""

import matplotlib.pyplot as plt

from .style import METHODS, STYLE, TRUTH


def bars(results: dict, *, chance: float, xlabel: str = "accuracy") -> None:
    """Horizontal bars with their 95% intervals, from label to `Evaluation`; a dotted line at chance.

    Labels that begin with "transfer" have its colour.
    """
    means, halves = zip(*((result.mean, result.interval) for result in results.values()), strict=True)
    colours = [METHODS["pooled" if name.startswith("transfer") else "MAML"] for name in results]
    with plt.rc_context(STYLE):
        fig, ax = plt.subplots(figsize=(7, 0.5 * len(results) + 1.2), layout="constrained")
        ax.barh(list(results), means, xerr=halves, color=colours, alpha=0.7, capsize=3)
        ax.invert_yaxis()
        ax.axvline(chance, color=TRUTH, linestyle=":", label="chance")
        ax.set(xlabel=xlabel, xlim=(0, 1))
        fig.legend(loc="outside lower center")
        plt.show()
