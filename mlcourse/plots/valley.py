"""A ball in a parabola, and a slider for alpha times lambda: it creeps, lands, overshoots, or explodes.

d  ->  (1 - alpha lambda) d    at each step of gradient descent on  L = lambda d^2 / 2,  d being the distance
"""

import matplotlib.pyplot as plt
import numpy as np

from .moving import Moving, show
from .style import METHODS, STYLE, SUPPORT, TRUTH

START = dict(alpha_lambda=1.8, steps=6)
EDGE, MOST = 3.0, 10  # the largest distance in the picture; the most steps


def valley() -> None:
    """A ball that starts at distance 1 from the bottom of a parabola and takes some gradient steps."""
    with plt.rc_context(STYLE):
        show(Valley(), START, sliders)


def distances(alpha_lambda: float, steps: int) -> np.ndarray:
    """The distance to the bottom before the first step and after each, (steps + 1,); its sign is the side."""
    return (1 - alpha_lambda) ** np.arange(steps + 1)


def fate(alpha_lambda: float) -> str:
    """What becomes of the ball, in words."""
    distance = round(abs(1 - alpha_lambda), 6)
    if distance > 1:
        return "explodes"
    if distance == 1:
        return "for ever to and fro" if alpha_lambda > 1 else "stays where it is"
    if distance == 0:
        return "lands at once"
    return "creeps closer" if alpha_lambda < 1 else "overshoots, and comes closer"


class Valley(Moving):
    """The figure: left the parabola with the ball's way, right its distance over the steps."""

    def __init__(self):
        figure, (side, time) = plt.subplots(1, 2, figsize=(8.4, 3.4), layout="constrained")
        d = np.linspace(-EDGE, EDGE, 201)
        side.plot(d, d**2 / 2, color=TRUTH, linestyle=":")
        side.set(xlabel="distance to the bottom", ylabel="loss / lambda", xlim=(-EDGE, EDGE), ylim=(-0.3, EDGE**2 / 2))
        time.axhline(0, color=TRUTH, linestyle=":")
        time.set(xlabel="step", ylabel="distance to the bottom", xlim=(-0.4, MOST + 0.4), ylim=(-EDGE, EDGE))
        time.set_xticks(range(MOST + 1))
        self.ways = [ax.plot([], [], "o-", color=METHODS["MAML"], ms=5, lw=1)[0] for ax in (side, time)]
        self.balls = [ax.plot([], [], "o", color=SUPPORT, ms=11)[0] for ax in (side, time)]
        self.titles = [ax.set_title("", fontsize=10) for ax in (side, time)]
        super().__init__(figure, [*self.ways, *self.balls, *self.titles])

    def move(self, *, alpha_lambda: float, steps: int) -> None:
        d = distances(alpha_lambda, steps)
        for (x, y), way, ball in zip(((d, d**2 / 2), (range(steps + 1), d)), self.ways, self.balls, strict=True):
            way.set_data(x, y)
            ball.set_data(x[-1:], y[-1:])
        left, right = self.titles
        left.set_text(f"alpha × lambda = {alpha_lambda:.2f}: {fate(alpha_lambda)}")
        right.set_text(f"each step multiplies it by {1 - alpha_lambda:.2f}; after {steps} it is {d[-1]:.3g}")


def sliders(ipywidgets) -> dict:
    """A slider for each argument of `Valley.move`, by its name."""
    product = ipywidgets.FloatSlider(min=0, max=2.5, step=0.05, value=START["alpha_lambda"], description="alpha lambda")
    steps = ipywidgets.IntSlider(min=0, max=MOST, value=START["steps"], description="steps")
    return dict(alpha_lambda=product, steps=steps)
