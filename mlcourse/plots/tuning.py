"""Figures of lesson 11: what knobs do, where a search looks and what it finds, learned rates, and what noise does."""

import warnings

import matplotlib.pyplot as plt
import numpy as np

from .style import HEAT, METHODS, QUERY, SEARCHES, STYLE, SUPPORT, TRUTH, finish


def sensitivity(knobs: dict, *, longer: dict, square, limit: float, sharpness: dict) -> None:
    """What each knob does to the error, and the two rates together.

    knobs:     from a knob's name to a dict from each value to errors, one for each seed
    longer:    the same for alpha, after a longer training
    square:    (alphas, betas, errors): the rates, and the error of each pair, (n, n), alpha along the rows
    limit:     the alpha at which the typical sharpness before training is 2
    sharpness: from a name to numbers over the same alphas
    """
    with plt.rc_context(STYLE | {"font.size": 9}):
        fig = plt.figure(figsize=(9.6, 6.2), layout="constrained")
        rows = fig.add_gridspec(2, 1, height_ratios=(1, 1.25))
        top, bottom = rows[0].subgridspec(1, len(knobs)), rows[1].subgridspec(1, 2, width_ratios=(1.15, 1))
        first = None
        for i, (knob, errors) in enumerate(knobs.items()):
            ax = fig.add_subplot(top[i], sharey=first)
            first = first or ax
            _seeds(ax, errors, METHODS["MAML"], "300 iterations")
            if knob == "alpha":
                _seeds(ax, longer, TRUTH, "1,200 iterations", marker="x")
                ax.axvline(limit, color=SUPPORT, linestyle=":")
                ax.legend(fontsize=7, loc="upper left", borderpad=0)
            ax.set(xlabel=knob, xscale="log", ylabel="" if i else "error", ylim=(0, 6))
            ax.tick_params(labelleft=not i)
            if min(errors) >= 1:
                ax.set_xticks(list(errors), [f"{value:g}" for value in errors])
            else:
                ax.set_xticks([0.001, 0.01, 0.1], ["0.001", "0.01", "0.1"])
            ax.minorticks_off()
        alphas, betas, errors = map(np.asarray, square)
        ax = fig.add_subplot(bottom[0])
        picture = ax.pcolormesh(alphas, betas, errors.T, cmap=HEAT + "_r", vmin=1, vmax=6, shading="nearest")
        fig.colorbar(picture, ax=ax, label="error (6 and more alike)")
        ax.axvline(limit, color=SUPPORT, linestyle=":")
        ax.set(xlabel="alpha", ylabel="beta", xscale="log", yscale="log")
        ax.grid(False)
        ax = fig.add_subplot(bottom[1])
        for (name, values), style in zip(sharpness.items(), ("o-", "s--"), strict=True):
            ax.plot(alphas, values, style, ms=3.5, color=METHODS["MAML"] if style == "s--" else TRUTH, label=name)
        ax.axhline(2, color=SUPPORT, linestyle=":", label="2")
        ax.axvline(limit, color=SUPPORT, linestyle=":")
        ax.set(xlabel="alpha", ylabel="sharpness of the median wave", xscale="log", yscale="log")
        ax.yaxis.set_major_formatter("{x:g}")
        ax.legend()
        plt.show()


def _seeds(ax, errors: dict, colour: str, label: str, marker: str = "o") -> None:
    """A dot for each seed, and a line through the medians."""
    x = np.array(list(errors), dtype=float)
    y = np.array(list(errors.values()))
    ax.plot(x, np.median(y, axis=1), color=colour)
    ax.plot(np.repeat(x, y.shape[1]), y.ravel(), marker, color=colour, ms=3, alpha=0.7, label=label)


def improvement(steps: list, candidates, truth) -> None:
    """A search in one dimension, a column for each moment: above what the process believes, below where it looks next.

    steps: for each moment a dict with tried (positions), x (a fine line), mean and sd there, and gain at the candidates
    candidates, truth: (n,), log10 of the knob and log of the error at each, known only where tried
    """
    with plt.rc_context(STYLE | {"font.size": 9}):
        size = (2.5 * len(steps), 4.2)
        fig, axes = plt.subplots(
            2, len(steps), figsize=size, sharex=True, sharey="row", height_ratios=(2, 1), layout="constrained"
        )
        for (above, below), step in zip(axes.T, steps, strict=True):
            x, mean, sd, tried = step["x"], step["mean"], step["sd"], step["tried"]
            above.fill_between(
                x, mean - 2 * sd, mean + 2 * sd, color=METHODS["MAML"], alpha=0.2, lw=0, label="mean ± 2 sd"
            )
            above.plot(x, mean, color=METHODS["MAML"])
            above.plot(candidates, truth, "o", mfc="none", mec=TRUTH, ms=5, label="not yet looked at")
            above.plot(candidates[tried], truth[tried], "o", color=SUPPORT, ms=6, label="tried")
            below.bar(candidates, step["gain"], width=0.12, color=QUERY, label="expected improvement")
            chosen = int(np.argmax(step["gain"]))
            for ax in (above, below):
                ax.axvline(candidates[chosen], color=QUERY, linestyle=":")
            above.set_title(f"after {len(tried)} trials", fontsize=9)
            below.set_xlabel("log10 of alpha")
        axes[0, 0].set_ylabel("log of the error")
        axes[1, 0].set_ylabel("expected\nimprovement")
        finish(fig, axes)


def searches(found: dict, grids: dict, winner: dict) -> None:
    """Left what searches find by their trials; right what the winner promised, and what it keeps.

    found:  from a search to (n_searches, n_trials) test errors of the best so far
    grids:  from the number of trials of a grid to (n_searches,) test errors of its winner
    winner: from a name to the mean error of the winner after 1, 2, ... trials
    """
    with plt.rc_context(STYLE):
        _, (left, right) = plt.subplots(1, 2, figsize=(9.2, 3.9), layout="constrained")
        for name, errors in found.items():
            errors = np.asarray(errors)
            trials = np.arange(1, errors.shape[1] + 1)
            low, mid, high = np.quantile(errors, (0.1, 0.5, 0.9), axis=0)
            left.plot(trials, mid, color=SEARCHES[name], label=name)
            left.fill_between(trials, low, high, color=SEARCHES[name], alpha=0.15, linewidth=0)
        for i, (n_trials, errors) in enumerate(grids.items()):
            low, mid, high = np.quantile(np.asarray(errors), (0.1, 0.5, 0.9))
            bar = [[mid - low], [high - mid]]
            left.errorbar(n_trials, mid, bar, fmt="s", color=SEARCHES["grid"], label=None if i else "grid")
        left.set(xlabel="trials", ylabel="error of the best so far, on other waves", ylim=(0.8, 4.5))
        left.legend()
        styles = ("-", "--", "-.", ":")
        shades = (TRUTH, METHODS["MAML"], METHODS["FOMAML"], SUPPORT)
        for (name, values), style, colour in zip(winner.items(), styles, shades, strict=False):
            right.plot(np.arange(1, len(values) + 1), values, style, color=colour, label=name)
        right.set(xlabel="trials", ylabel="error of the winner", ylim=(0.8, 4.5))
        right.legend()
        plt.show()


def reports(study) -> None:
    """What the trials of an Optuna study reported on their way, by Optuna's own plot, without a name for each."""
    from optuna.exceptions import ExperimentalWarning
    from optuna.visualization.matplotlib import plot_intermediate_values

    with plt.rc_context(STYLE), warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        ax = plot_intermediate_values(study)
        ax.figure.set_size_inches(7, 3.4)
        ax.set(title="", xlabel="iteration", ylabel="error on validation waves")
        if ax.get_legend():
            ax.get_legend().remove()
        plt.show()


def learned_rates(panels: dict) -> None:
    """Learned inner rates, a bar for each tensor of weights.

    panels: from a title to a dict from the names of tensors to their rates
    """
    with plt.rc_context(STYLE | {"font.size": 9}):
        _, axes = plt.subplots(1, len(panels), figsize=(3.2 * len(panels), 3.1), layout="constrained")
        for ax, (title, rates) in zip(axes, panels.items(), strict=True):
            heads = max(name.split(".")[0] for name in rates)  # the last layer: "head", or the highest number
            colours = [SUPPORT if name.startswith(heads) else METHODS["MAML"] for name in rates]
            ax.scatter(list(rates.values()), list(rates), c=colours, s=30, zorder=3)
            ax.invert_yaxis()
            ax.set(title=title, xscale="log", xlabel="learned inner rate")
        plt.show()


def doubt(panels: dict) -> None:
    """Error or accuracy over how far a support set is spoiled, a panel each.

    panels: from a title to (xlabel, ylabel, a dict from a learner to a dict from a size to a number or an Evaluation)
    The words before a comma choose a line's colour, those after it make it dashed: "MAML, 20 shots" is MAML's.
    """
    with plt.rc_context(STYLE | {"font.size": 9}):
        _, axes = plt.subplots(1, len(panels), figsize=(3.4 * len(panels), 4.4), layout="constrained")
        for ax, (title, (xlabel, ylabel, series)) in zip(axes, panels.items(), strict=True):
            dashes = {}
            for label, values in series.items():
                method = label.split(", ")[0]
                dashes[method] = dashes.get(method, -1) + 1
                y = [getattr(value, "mean", value) for value in values.values()]
                style, marker = (("-", "o"), ("--", "s"), (":", "^"), ("-.", "D"), ((0, (1, 3)), "v"))[dashes[method]]
                colour = METHODS.get(method, TRUTH)
                ax.plot(list(values), y, linestyle=style, marker=marker, ms=3.5, color=colour, label=label)
            ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
            ax.legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=2)
        plt.show()
