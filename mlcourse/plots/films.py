"""Films on a map: where they lie, what somebody feels about each place, and a map to play with by rating films."""

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Tensor

from .moving import Moving, show
from .style import BELIEF, QUERY, SHADES, STYLE, SUPPORT, TRUTH, finish

SIDE, EXTENT = 41, (-1, 1, -1, 1)
MAPS = ("stars above the mean", -2, 2, BELIEF), ("plus or minus, in stars", 0, 1.2, SHADES)
NOT_SEEN, START = 0, {0: 5, 1: 2}  # stars by the place of a film in the list


def places() -> Tensor:
    """A grid over the map, (1, SIDE * SIDE, 2): row by row from below."""
    line = torch.linspace(-1, 1, SIDE)
    return torch.cartesian_prod(line, line).flip(1).unsqueeze(0)


def film_maps(x: Tensor, known: Tensor, viewers: Tensor, one: Tensor, panels: dict) -> None:
    """Where films and viewers are, then a map of what one viewer feels, a panel for each world.

    x: (n_films, 2)    known: (n_films,), the larger the better known, which the dots show
    viewers: (n, 2)    one: (2,), where he is
    panels: from a title to a function from places (n, 2) to what he feels there, (n,) or (1, n)
    """
    with plt.rc_context(STYLE | {"axes.grid": False}):
        fig, axes = plt.subplots(1, 1 + len(panels), figsize=(11, 3.9), layout="constrained")
        first, *rest = axes
        first.scatter(
            *x.T.numpy(), s=8 + 40 * torch.sigmoid(known).numpy(), color=TRUTH, alpha=0.6, linewidth=0, label="film"
        )
        first.scatter(*viewers.T.numpy(), s=30, marker="+", color=QUERY, linewidth=0.9, label="viewer")
        first.set(ylabel="sad", title="films and viewers")
        felt = {title: feels(places()[0]).flatten() for title, feels in panels.items()}
        most = max(abs(values).max().item() for values in felt.values())
        for ax, (title, values) in zip(rest, felt.items(), strict=True):
            image = _image(ax, values.view(SIDE, SIDE).numpy(), -most, most)
            ax.plot(*one.tolist(), "x", color=SUPPORT, ms=10, mew=3, label="this viewer")
            ax.set(title=title)
        fig.colorbar(image, ax=rest, label="stars", shrink=0.8)
        for ax in axes:
            ax.set(xlabel="loud", aspect="equal", xlim=(-1, 1), ylim=(-1, 1))
        finish(fig, axes[None])


def rate_films(x: Tensor, titles: list[str], believe) -> None:
    """Rate films, and see what is believed of you move; the next question is the film in the title.

    x: (n, 2) where the films are    titles: of each
    believe: from {place in the list: stars} and places on the map (1, n, 2) to the stars above a film's mean that are
             expected there, how sure that is (a standard deviation), both (n,), and which film to ask about, or None
    """
    with plt.rc_context(STYLE | {"axes.grid": False}):
        board = Board(x, titles, believe)
        show(
            board,
            {_name(i): START.get(i, NOT_SEEN) for i in range(len(titles))},
            lambda ipywidgets: choices(ipywidgets, titles),
        )


class Board(Moving):
    """The figure: two maps, and a number for each film, which turns when it is rated."""

    def __init__(self, x: Tensor, titles: list[str], believe):
        self.titles, self.believe = titles, believe
        figure, axes = plt.subplots(1, 2, figsize=(9.5, 4), layout="constrained")
        self.images, self.marks = [], []
        for ax, (label, low, high, colours) in zip(axes, MAPS, strict=True):
            image = _image(ax, np.zeros((SIDE, SIDE)), low, high, colours)
            figure.colorbar(image, ax=ax, label=label)
            ax.set(xlabel="loud", ylabel="sad")
            self.images.append(image)
            box = dict(boxstyle="circle,pad=0.2", edgecolor=TRUTH)
            self.marks.append(
                [
                    ax.text(*at, str(i + 1), ha="center", va="center", fontsize=8, bbox=dict(box))
                    for i, at in enumerate(x.tolist())
                ]
            )
        self.title = axes[0].set_title("", fontsize=10)
        axes[1].set_title("how open that is", fontsize=10)
        super().__init__(figure, [*self.images, *(mark for marks in self.marks for mark in marks), self.title])

    def move(self, **stars: int) -> None:
        """Rate film number n of the list as film_n says, from 1 to 5; 0: not seen."""
        rated = {i: stars[_name(i)] for i in range(len(self.titles)) if stars[_name(i)] != NOT_SEEN}
        mean, spread, following = self.believe(rated, places())
        for image, values in zip(self.images, (mean, spread), strict=True):
            image.set_data(np.asarray(values).reshape(SIDE, SIDE))
        for marks in self.marks:
            for i, mark in enumerate(marks):
                mark.get_bbox_patch().set_facecolor(SUPPORT if i in rated else "white")
        asked = (
            "all rated" if following is None else f"{len(rated)} rated; next: {following + 1}, {self.titles[following]}"
        )
        self.title.set_text(asked)


def choices(ipywidgets, titles: list[str]) -> dict:
    """A choice for each argument of `Board.move`."""
    options = [("not seen", NOT_SEEN), *((stars * "★", stars) for stars in range(1, 6))]
    return {
        _name(i): ipywidgets.Dropdown(
            options=options,
            value=START.get(i, NOT_SEEN),
            description=f"{i + 1} {title}",
            style=dict(description_width="140px"),
        )
        for i, title in enumerate(titles)
    }


def _name(i: int) -> str:
    return f"film_{i + 1}"


def _image(ax, values, low: float, high: float, colours: str = BELIEF):
    return ax.imshow(values, origin="lower", extent=EXTENT, cmap=colours, vmin=low, vmax=high, aspect="equal")
