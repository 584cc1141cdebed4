"""Texts and their words: passages with each word shaded by its worth, what words are worth, gains beside a rival."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import MaxNLocator

from ..worlds.texts import words_of
from .style import METHODS, SHADES, STYLE, SUPPORT, TRUTH

WIDTH, SIZE = 104, 8.5  # signs in a line; points
SIGN = 0.602 * SIZE / 72  # inches: how wide a sign of this font is


def passages(texts: dict[str, str], worth: dict[str, float]) -> None:
    """Texts, each under its title, with every word shaded by what it is worth: the darker, the more.

    worth: of each word; words without one are left white
    """
    most = max(worth.values())
    lines = []  # (title,) or (place, sign by sign, worth)
    for title, text in texts.items():
        lines += [title, *_wrapped(text), None]
    with plt.rc_context(STYLE):
        fig = plt.figure(figsize=(SIGN * (WIDTH + 2), 0.19 * len(lines)))
        ax = fig.add_axes((0, 0, 1, 1))
        ax.set(xlim=(-1, WIDTH + 1), ylim=(len(lines) - 0.3, -0.7))
        ax.axis("off")
        shades = plt.colormaps[SHADES]
        how = dict(family="monospace", fontsize=SIZE, va="center")
        for row, line in enumerate(lines):
            if isinstance(line, str):
                ax.text(0, row, line, fontweight="bold", **how)
            for column, token in line if isinstance(line, list) else ():
                share = max((worth.get(word, 0) for word in words_of(token)), default=0) / most
                ax.add_patch(plt.Rectangle((column, row - 0.45), len(token), 0.9, color=shades(0.6 * share**2), lw=0))
                ax.text(column, row, token.replace("$", r"\$"), **how)
        plt.show()


def _wrapped(text: str) -> list[list[tuple[int, str]]]:
    """Lines of words, each word with the place where it begins."""
    lines, column = [[]], 0
    for token in text.split():
        if column + len(token) > WIDTH and lines[-1]:
            lines.append([])
            column = 0
        lines[-1].append((column, token[:WIDTH]))
        column += len(token) + 1
    return lines


def worths(rarity, weights: dict, *, idf, named: dict[str, int]) -> None:
    """What words are worth over their rarity, each as a share of the most: learned, and the inverse document frequency.

    rarity: (n_words,)    weights: from up to three labels to (n_words,)    idf: (n_words,)
    named:  words to be written into the figure, and their positions in these rows
    """
    rarity, most = np.asarray(rarity), max(float(w.max()) for w in weights.values())
    with plt.rc_context(STYLE):
        fig, ax = plt.subplots(figsize=(8, 4.2), layout="constrained")
        colours = (METHODS["MAML"], METHODS["ANIL"], METHODS["ridge"])
        for (label, weight), colour in reversed([*zip(weights.items(), colours, strict=False)]):
            ax.plot(rarity, np.asarray(weight) / most, ".", ms=2.5, alpha=0.35, color=colour, label=label)
        order = np.argsort(rarity)
        ax.plot(rarity[order], (np.asarray(idf) / float(idf.max()))[order], color=SUPPORT, label="idf")
        first, taken = np.asarray(next(iter(weights.values()))) / most, []
        for word, place in sorted(named.items(), key=lambda pair: rarity[pair[1]]):
            if all(abs(rarity[place] - other) > 0.05 for other in taken):
                taken.append(rarity[place])
                ax.plot(rarity[place], first[place], "o", ms=4, color=TRUTH)
                ax.annotate(
                    word, (rarity[place], first[place]), (0, 14), textcoords="offset points", ha="center", rotation=45,
                    fontsize=9,
                )  # fmt: skip
        ax.set(
            xlabel="rarity among the pool's texts: 1 is a word that none has", ylabel="worth, as a share of the most"
        )
        fig.legend(loc="outside lower center", ncols=3, markerscale=4)
        plt.show()


def gains(panels: dict, *, beside: str) -> None:
    """How much more learners get right than a rival, a panel for each kind of task.

    panels: from a title to a dict from a learner to one or several Evaluations of the difference, each a point with its
            interval; all panels have the same learners
    """
    with plt.rc_context(STYLE):
        names = list(next(iter(panels.values())))
        all_found = [found for learners in panels.values() for found in learners.values()]
        most = max(len(found) if isinstance(found, list) else 1 for found in all_found)
        step = min(0.14, 0.8 / most)  # from one evaluation of a learner to the next
        size = (4.6 * len(panels), max(0.36, 0.09 * most) * len(names) + 1.3)
        _, axes = plt.subplots(
            1, len(panels), figsize=size, sharex=True, sharey=True, layout="constrained", squeeze=False
        )
        for ax, (title, learners) in zip(axes[0], panels.items(), strict=True):
            for i, found in enumerate(learners.values()):
                found = found if isinstance(found, list) else [found]
                y = i + step * (np.arange(len(found)) - (len(found) - 1) / 2)
                mean, half = (np.array([100 * getattr(gain, of) for gain in found]) for of in ("mean", "interval"))
                ax.errorbar(mean, y, xerr=half, fmt="o", color=METHODS["MAML"], ms=4, capsize=2)
            ax.axvline(0, color=TRUTH, linewidth=0.8)
            ax.xaxis.set_major_locator(MaxNLocator(6))
            ax.set_yticks(range(len(names)), names)
            ax.set(title=title, xlabel=f"points of accuracy, beside {beside}")
        axes[0, 0].invert_yaxis()
        plt.show()
