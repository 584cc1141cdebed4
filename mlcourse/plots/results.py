"""Results of several learners beside each other, each with its interval."""

import matplotlib.pyplot as plt

from .style import METHODS, STYLE, TRUTH


def bars(results: dict, *, chance: float, xlabel: str = "accuracy", untrained: tuple = ()) -> None:
    """Horizontal bars with their 95% intervals, from label to `Evaluation`; a dotted line at chance.

    Labels that begin with "transfer" have its colour.
    untrained: labels whose bars are grey; then a key names the colours
    """
    means, halves = zip(*((result.mean, result.interval) for result in results.values()), strict=True)
    kinds = {
        "trained on tasks or pairs": METHODS["MAML"],
        "plain transfer": METHODS["pooled"],
        "not trained": METHODS["from scratch"],
    }
    of = ["not trained" if n in untrained else list(kinds)[n.startswith("transfer")] for n in results]
    with plt.rc_context(STYLE):
        fig, ax = plt.subplots(figsize=(7, 0.5 * len(results) + 1.2), layout="constrained")
        ax.barh(list(results), means, xerr=halves, color=[kinds[kind] for kind in of], capsize=3)
        ax.invert_yaxis()
        ax.axvline(chance, color=TRUTH, linestyle=":", label="chance")
        for kind in sorted(set(of), key=list(kinds).index) if untrained else ():
            ax.plot([], [], "s", color=kinds[kind], label=kind)
        ax.set(xlabel=xlabel, xlim=(0, 1))
        fig.legend(loc="outside lower center", ncols=4)
        plt.show()
