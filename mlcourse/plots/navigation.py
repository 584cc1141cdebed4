"""Learning from rewards: what was tried, how far estimates scatter, and walks on the plane."""

import matplotlib.pyplot as plt
import numpy as np

from .style import CLASSES, METHODS, QUERY, STYLE, SUPPORT, TRUTH, finish


def tries(actions, rewards, *, theta: float, sigma: float) -> None:
    """Actions of a bandit and what they earned; an arrow says where each, weighed by its reward, would move theta.

    actions, rewards: (n,)
    """
    actions, rewards = np.asarray(actions), np.asarray(rewards)
    better = rewards > rewards.mean()
    with plt.rc_context(STYLE):
        fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
        x = np.linspace(theta - 4 * sigma, theta + 4 * sigma, 200)
        low, high = rewards.min(), rewards.max()
        bell = np.exp(-(((x - theta) / sigma) ** 2) / 2)
        ax.fill_between(x, low - 0.3, low - 0.3 + 0.4 * (high - low) * bell, color=TRUTH, alpha=0.15, lw=0)
        ax.axvline(theta, color=TRUTH, linestyle=":", label="theta, and how widely it tries")
        ax.axhline(rewards.mean(), color=TRUTH, linewidth=0.8)
        for which, colour, label in ((better, CLASSES[2], "better than the mean"), (~better, SUPPORT, "worse")):
            ax.plot(actions[which], rewards[which], "o", color=colour, label=label)
        push = (actions - theta) * (rewards - rewards.mean())
        for a, r, p in zip(actions, rewards, 0.5 * push / np.abs(push).max(), strict=True):
            ax.annotate("", (a + p, r), (a, r), arrowprops=dict(arrowstyle="->", color=TRUTH, lw=1))
        ax.set(xlabel="action", ylabel="reward")
        fig.legend(loc="outside lower center", ncols=3)
        plt.show()


def estimates(panels: dict, *, truth: float, xlabel: str) -> None:
    """How estimates of one number scatter, a panel for each kind, on one scale; lines at the mean and the truth."""
    with plt.rc_context(STYLE):
        size = (3.4 * len(panels), 3.2)
        fig, axes = plt.subplots(1, len(panels), figsize=size, sharex=True, sharey=True, layout="constrained")
        everything = np.concatenate([np.asarray(values) for values in panels.values()])
        bins = np.linspace(*np.quantile(everything, (0.005, 0.995)), 60)
        for ax, (title, values) in zip(axes, panels.items(), strict=True):
            values = np.asarray(values)
            ax.hist(values, bins, density=True, color=METHODS["MAML"], alpha=0.4)
            ax.axvline(truth, color=TRUTH, label="the closed form")
            ax.axvline(values.mean(), color=SUPPORT, linestyle="--", label="mean of the estimates")
            ax.set_title(f"{title}\nspread {values.std():.2f}", fontsize=10)
            ax.set_xlabel(xlabel)
        axes[0].set_ylabel("density")
        finish(fig, axes[None])


def trajectories(goals, walks: list) -> None:
    """Walks on the plane, a row for each task and a column for each number of updates so far.

    goals: (n_tasks, 2)    walks: for 0, 1, ... updates the places passed, (n_tasks, n, horizon, 2)
    """
    with plt.rc_context(STYLE):
        size = (2.0 * len(walks), 2.0 * len(goals) + 0.6)
        fig, axes = plt.subplots(len(goals), len(walks), figsize=size, sharex=True, sharey=True, layout="constrained")
        for row, goal in enumerate(goals):
            for updates, places in enumerate(walks):
                ax = axes[row, updates]
                for i, place in enumerate(np.asarray(places[row])):
                    ax.plot(*place.T, color=METHODS["MAML"], alpha=0.4, lw=0.8, label=None if i else "a trajectory")
                    ax.plot(*place[-1], ".", color=SUPPORT, ms=4, label=None if i else "where it ends")
                ax.plot(*goal, "*", color=QUERY, mec="black", ms=9, label="the goal")
                ax.set(xlim=(-0.85, 0.85), ylim=(-0.85, 0.85), aspect="equal", xticks=(-0.5, 0, 0.5))
                if row == 0:
                    ax.set_title(f"after {updates} update" + "s" * (updates != 1), fontsize=10)
        finish(fig, axes)
