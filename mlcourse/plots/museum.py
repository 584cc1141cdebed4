"""Figures of the bug museum: a line-up of curves, what was reported beside what was learned, which test caught what."""

import matplotlib.pyplot as plt
import numpy as np

from .style import METHODS, STYLE, SUPPORT, TRUTH


def line_up(losses: dict, *, window: int = 50) -> None:
    """Training losses without a hint: from a letter to a list, smoothed, all in grey, the letter at the end."""
    kernel = np.ones(window) / window
    curves = {letter: np.convolve(values, kernel, mode="valid") for letter, values in losses.items()}
    with plt.rc_context(STYLE):
        _, ax = plt.subplots(figsize=(7, 4.2), layout="constrained")
        ax.set(xlabel="meta-iteration", ylabel=f"reported loss, mean of {window} iterations", yscale="log")
        heights, lowest = {}, -np.inf
        for letter, curve in sorted(curves.items(), key=lambda item: item[1][-1]):
            lowest = heights[letter] = max(np.log(curve[-1]), lowest + 0.17)  # no letter on another
        for letter, curve in curves.items():
            ax.plot(np.arange(window, window + len(curve)), curve, color=TRUTH, alpha=0.6, linewidth=1.2)
            end = (window + len(curve), curve[-1])
            ax.annotate(
                letter,
                end,
                (end[0] + 13, np.exp(heights[letter])),
                va="center",
                fontweight="bold",
                arrowprops=dict(arrowstyle="-", color=TRUTH, linewidth=0.6, shrinkA=1, shrinkB=0),
            )
        ax.set_yticks([0.5, 1, 2, 4, 8, 16], ["0.5", "1", "2", "4", "8", "16"])
        ax.minorticks_off()
        plt.show()


def reported_and_real(results: dict) -> None:
    """From a name to (reported loss, error on unseen tasks), on a logarithmic axis, the first name in MAML's colour."""
    with plt.rc_context(STYLE):
        fig, ax = plt.subplots(figsize=(7, 0.32 * len(results) + 1.2), layout="constrained")
        for row, (reported, real) in enumerate(results.values()):
            ax.plot([reported, real], [row, row], color=TRUTH, linewidth=1, zorder=1)
            ax.plot(real, row, "s", color=METHODS["MAML"] if row == 0 else METHODS["from scratch"])
            ax.plot(reported, row, "o", color=SUPPORT, markersize=8, markerfacecolor="none", markeredgewidth=1.5)
        ax.plot([], [], "o", color=SUPPORT, markerfacecolor="none", markeredgewidth=1.5, label="reported in training")
        ax.plot([], [], "s", color=METHODS["from scratch"], label="after one step, on unseen waves")
        ax.axvline(next(iter(results.values()))[1], color=METHODS["MAML"], linestyle=":")
        ax.set_yticks(range(len(results)), list(results))
        ax.invert_yaxis()
        ax.set(xlabel="mean squared error", xscale="log")
        ax.set_xticks([0.5, 1, 2, 4, 8, 16], ["0.5", "1", "2", "4", "8", "16"])
        ax.minorticks_off()
        fig.legend(loc="outside lower center", ncols=2)
        plt.show()


def caught(verdicts: dict) -> None:
    """Which test catches what: from a program's name to its `Verdict`; a column for each test."""
    tests = [finding.test for finding in next(iter(verdicts.values())).findings]
    with plt.rc_context(STYLE):
        _, ax = plt.subplots(figsize=(7.5, 0.34 * len(verdicts) + 1.8), layout="constrained")
        for row, verdict in enumerate(verdicts.values()):
            for column, test in enumerate(tests):
                marker, size, colour = ("s", 13, SUPPORT) if test in verdict.failed else (".", 3, TRUTH)
                ax.plot(column, row, marker=marker, markersize=size, color=colour)
        ax.set_yticks(range(len(verdicts)), list(verdicts))
        ax.set_xticks(range(len(tests)), tests, rotation=35, ha="left")
        ax.xaxis.tick_top()
        ax.invert_yaxis()
        ax.margins(0.06)
        ax.grid(False)
        plt.show()
