"""A figure to play with: in two valleys, where k steps at rate alpha lead, and where Reptile rests.

As every figure of `moving`, it stands still where no person can move a slider.
"""

import matplotlib.pyplot as plt
import torch
from torch import Tensor

from .moving import Moving, show
from .style import METHODS, STYLE, SUPPORT, TRUTH

CURVATURE, BOTTOM = torch.tensor([1.0, 4.0]).double(), torch.tensor([-1.0, 1.0]).double()
START = dict(k=3, alpha=0.2)
COLOURS, NAMES = (METHODS["MAML"], SUPPORT), ("flat", "sharp")


def two_valleys() -> None:
    """The steps from Reptile's resting place into each of lesson 02's two valleys, and the mean pull everywhere."""
    with plt.rc_context(STYLE):
        show(Valleys(), START, sliders)


def path(theta: Tensor, k: int, alpha: float) -> Tensor:
    """theta (n, 1) and where each of k steps leads in each valley: (k + 1, n, 2)."""
    phi = [theta.expand(-1, 2)]
    for _ in range(k):
        phi.append(phi[-1] - alpha * CURVATURE * (phi[-1] - BOTTOM))
    return torch.stack(phi)


def rest(k: int, alpha: float) -> float:
    """Where the mean of phi - theta is zero."""
    q = 1 - (1 - alpha * CURVATURE) ** k
    return ((q * BOTTOM).sum() / q.sum()).item()


class Valleys(Moving):
    """Left the two losses, and the steps from where Reptile rests; right the mean pull over theta."""

    def __init__(self):
        figure, (self.losses, self.pull) = plt.subplots(1, 2, figsize=(8.4, 3.6), layout="constrained")
        theta = torch.linspace(-1.6, 1.6, 161).double()
        self.theta = theta[:, None]
        for a, c, colour, name in zip(CURVATURE, BOTTOM, COLOURS, NAMES, strict=True):
            self.losses.plot(theta, a / 2 * (theta - c) ** 2, color=colour, alpha=0.4)
            self.losses.plot([], [], "o-", ms=4, color=colour, label=f"steps in the {name} valley")
        self.paths = self.losses.lines[1::2]
        self.losses.set(xlabel="θ, and the steps from it", ylabel="loss", xlim=(-1.6, 1.6), ylim=(-0.15, 3.5))
        self.pull.axhline(0, color=TRUTH, linewidth=0.8)
        (self.curve,) = self.pull.plot([], [], color=METHODS["Reptile"], label="mean pull")
        self.pull.set(xlabel="θ", ylabel="mean of φ - θ", xlim=(-1.6, 1.6), ylim=(-1.6, 1.6))
        self.stops = [ax.axvline(0, color=METHODS["Reptile"], linestyle=":") for ax in (self.losses, self.pull)]
        self.stops[1].set_label("here Reptile rests")
        handles = [handle for ax in (self.losses, self.pull) for handle in ax.get_legend_handles_labels()[0]]
        figure.legend(handles=handles, loc="outside lower center", ncols=4)
        super().__init__(figure, [*self.paths, self.curve, *self.stops, self.losses.title, self.pull.title])

    def move(self, *, k: int, alpha: float) -> None:
        """Take k steps at rate alpha, from everywhere, and from where Reptile rests with them."""
        place = rest(k, alpha)
        steps = path(torch.full((1, 1), place).double(), k, alpha)[:, 0]  # (k + 1, 2)
        for line, phi, a, c in zip(self.paths, steps.T, CURVATURE, BOTTOM, strict=True):
            line.set_data(phi, a / 2 * (phi - c) ** 2)
        self.curve.set_data(self.theta[:, 0], (path(self.theta, k, alpha)[-1] - self.theta).mean(1))
        for stop in self.stops:
            stop.set_xdata([place, place])
        ends = ", ".join(f"{phi:+.2f}" for phi in steps[-1].tolist())
        self.losses.set_title(f"k = {k}, α = {alpha:.2f}: φ at {ends}")
        self.pull.set_title(f"Reptile rests at {place:+z.2f}")


def sliders(ipywidgets) -> dict:
    """A slider for each argument of `Valleys.move`, by its name; α stays where the sharp valley is not left."""
    kinds = {
        "k": ipywidgets.IntSlider(min=1, max=30),
        "alpha": ipywidgets.FloatSlider(min=0.01, max=0.45, step=0.01, readout_format=".2f"),
    }
    for name, slider in kinds.items():
        slider.value, slider.description = START[name], name
    return kinds
