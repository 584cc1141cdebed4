"""Pen strokes: invent one, let unsteady hands draw it again, ink it.

A stroke is a curve through six knots, and a character is a list of strokes. Every drawer has habits of their own and
no drawing is like the last: knots slip, strokes land a little off, the whole character is warped, tilted and moved.

The idea, characters as pen strokes that each drawing varies, is that of Lake, Salakhutdinov and Tenenbaum 2015
(Science 350); all numbers here are our own, chosen so that the drawings are about as alike as Omniglot's.
"""

from enum import IntEnum
from typing import NamedTuple

import numpy as np

SIDE = 28  # pixels; the middle of the picture is at 13.5
N_KNOTS = 6
N_POINTS = 64  # drawn along a stroke, close enough to leave no gap
MARGIN = 0.5  # pixels from the outer pixels' centres to the strokes
WIDEST = 25  # pixels; larger drawings are made smaller

# Angles between the parts of a stroke, in radians: about 60, 90, 120 and 126 degrees.
SHARP, SQUARE, BLUNT, ZIGZAG = 1.05, 1.57, 2.1, 2.2


class Kind(IntEnum):
    """The six kinds of stroke; from ARC on they are round."""

    LINE = 0
    CORNER = 1
    BOX = 2  # or a zigzag: two corners that turn the same way, or not
    ARC = 3
    HOOK = 4  # or an S: an arc that turns back
    LOOP = 5


class Stroke(NamedTuple):
    """One movement of the pen."""

    knots: np.ndarray  # (6, 2), x to the right and y down
    kind: Kind


class Drawers(NamedTuple):
    """The habits of each drawer, the same in all that they draw."""

    tilt: np.ndarray  # (n_drawers,), radians
    slant: np.ndarray  # (n_drawers,)
    scale: np.ndarray  # (n_drawers, 1)
    pen: np.ndarray  # (n_drawers,), its half width in pixels


def invent_stroke(rng: np.random.Generator, kind_odds: np.ndarray, directions: np.ndarray) -> Stroke:
    """A walk of five steps, which begins in one of the directions and turns as its kind does: centred, extent 1."""
    kind = Kind(rng.choice(len(Kind), p=kind_odds))
    steps, turns = _walk(rng, kind)
    headings = rng.choice(directions) + rng.normal(0, 0.07) + np.cumsum(turns)
    moves = steps[:, None] * np.stack([np.cos(headings), np.sin(headings)], axis=1)
    knots = np.concatenate([np.zeros((1, 2)), np.cumsum(moves, axis=0)])
    if kind >= Kind.BOX:
        knots = knots * [1, rng.uniform(0.7, 1.4)]  # flat or tall
    centre = (knots.max(axis=0) + knots.min(axis=0)) / 2
    return Stroke((knots - centre) / np.ptp(knots, axis=0).max(), kind)


def _walk(rng: np.random.Generator, kind: Kind) -> tuple[np.ndarray, np.ndarray]:
    """The length of each step, and the turn before it."""
    side = rng.choice([-1, 1])  # clockwise or not
    steps = rng.uniform(0.7, 1.3, N_KNOTS - 1)
    turns = np.zeros(N_KNOTS - 1)
    if kind == Kind.CORNER:
        angle = rng.choice([SHARP, SQUARE, BLUNT])
        turns[rng.integers(1, N_KNOTS - 1)] = side * angle
    elif kind == Kind.BOX:
        angle = rng.choice([SQUARE, ZIGZAG])
        turns[rng.choice([1, 2])] = side * angle
        back = rng.choice([-1, 1])
        turns[rng.choice([3, 4])] = side * angle * back
    elif kind == Kind.HOOK:
        middle = rng.integers(2, N_KNOTS - 1)
        turns[1:middle] = side * rng.uniform(0.4, 1.1)
        turns[middle:] = -side * rng.uniform(0.3, 1.1)
    elif kind in (Kind.ARC, Kind.LOOP):
        low, high = (0.25, 0.8) if kind == Kind.ARC else (1.15, 1.3)  # a loop closes: 4 turns of a fifth of a circle
        turns[1:] = side * rng.uniform(low, high)
        steps[:] = 1
    return steps, turns


def meet_drawers(rng: np.random.Generator, n_drawers: int) -> Drawers:
    """Draw the habits of some drawers."""
    return Drawers(
        tilt=rng.normal(0, 0.04, n_drawers),
        slant=rng.normal(0, 0.1, n_drawers),
        scale=np.exp(rng.normal(0, 0.08, (n_drawers, 1))),
        pen=0.1 + np.abs(rng.normal(0, 0.12, n_drawers)),
    )


def trace(character: list[Stroke], size: float) -> np.ndarray:
    """The character as it is meant, `size` pixels in extent: points (n_strokes * 64, 2) in pixels."""
    knots, curves = _knots_and_curves(character)
    points = (curves @ knots).reshape(1, -1, 2) * size
    return _on_paper(points, np.zeros((1, 2)))[0]


def redraw(rng: np.random.Generator, character: list[Stroke], size: float, drawers: Drawers) -> np.ndarray:
    """The character as each drawer draws it: points (n_drawers, n_strokes * 64, 2) in pixels."""
    knots, curves = _knots_and_curves(character)
    n_strokes, n_drawers = len(knots), len(drawers.tilt)
    carelessness = 1.15 * np.exp(rng.normal(0, 0.4, n_drawers))  # a heavy tail: some drawings are scrawled

    def slip(spread: float, *shape: int) -> np.ndarray:
        """Random errors, an array (n_drawers, *shape), larger for the careless."""
        return rng.normal(0, spread, (n_drawers, *shape)) * carelessness.reshape(-1, *[1] * len(shape))

    knots = knots + slip(0.012, n_strokes, N_KNOTS, 2)
    centres = knots.mean(axis=2, keepdims=True)
    knots = centres + (knots - centres) * np.exp(slip(0.08, n_strokes, 1, 2)) + slip(0.03, n_strokes, 1, 2)
    knots = knots + _warp(rng, knots, slip)

    tilt, slant = drawers.tilt + slip(0.08), drawers.slant + slip(0.08)
    scale = drawers.scale * np.exp(slip(0.14, 2))
    rows = [[np.cos(tilt), slant - np.sin(tilt)], [np.sin(tilt), np.cos(tilt)]]
    matrix = np.array(rows).transpose(2, 0, 1) * scale[:, None]
    points = np.einsum("spk,dski,dji->dspj", curves, knots, matrix).reshape(n_drawers, -1, 2) * size
    return _on_paper(points, slip(1.5, 2))


def _warp(rng: np.random.Generator, knots: np.ndarray, slip) -> np.ndarray:
    """Where an elastic sheet takes the knots: the sum of four sine waves over the paper, others for each drawing."""
    n_drawers, n_waves = len(knots), 4
    frequency = rng.normal(0, 3.5, (n_drawers, n_waves, 2))
    phase = rng.uniform(0, 2 * np.pi, (n_drawers, n_waves))
    amplitude = slip(0.035, n_waves, 2)
    waves = np.sin(np.einsum("dski,dwi->dwsk", knots, frequency) + phase[:, :, None, None])
    return np.einsum("dwsk,dwi->dski", waves, amplitude)


def _on_paper(points: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """Drawings shrunk where they are too wide, and moved from the middle by `shift` or as far as there is room."""
    low, high = points.min(axis=1), points.max(axis=1)
    shrink = np.minimum(1, WIDEST / (high - low).max(axis=1))
    points = (points - ((low + high) / 2)[:, None]) * shrink[:, None, None]
    middle = (SIDE - 1) / 2
    room = middle - MARGIN - np.abs(points).max(axis=1)
    # Rounded, since a stroke may end exactly between two pixels, where a processor's last bit would choose.
    return np.round(points + middle + np.clip(shift, -room, room)[:, None], 9)


def ink(points: np.ndarray, pen: np.ndarray) -> np.ndarray:
    """The pixels under a plus-shaped pen: points (n, n_points, 2), pen (n,), images (n, 28, 28) of 1 and 0."""
    images = np.zeros((len(points), SIDE, SIDE), np.uint8)
    drawing = np.arange(len(points))[:, None]
    for tip in [0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]:
        pixel = np.rint(points + pen[:, None, None] * np.array(tip)).astype(int).clip(0, SIDE - 1)
        images[drawing, pixel[..., 1], pixel[..., 0]] = 1
    return images


def _knots_and_curves(character: list[Stroke]) -> tuple[np.ndarray, np.ndarray]:
    """Knots (n_strokes, 6, 2) and the matrices (n_strokes, 64, 6) that make curves of them."""
    knots = np.stack([stroke.knots for stroke in character])
    return knots, np.stack([ROUND if stroke.kind >= Kind.ARC else STRAIGHT for stroke in character])


def _interpolation() -> tuple[np.ndarray, np.ndarray]:
    """Two matrices (64, 6) from knots to points: straight from knot to knot, and a Catmull-Rom spline."""
    time = np.linspace(0, N_KNOTS - 1, N_POINTS)
    last = np.minimum(time.astype(int), N_KNOTS - 2)
    u = (time - last)[:, None]  # from 0 at the last knot to 1 at the next
    knot = np.eye(N_KNOTS)
    knot = np.concatenate([2 * knot[:1] - knot[1:2], knot, 2 * knot[-1:] - knot[-2:-1]])  # one more at either end
    a, b, c, d = (knot[last + i] for i in range(4))
    straight = b * (1 - u) + c * u
    smooth = 0.5 * (2 * b + (c - a) * u + (2 * a - 5 * b + 4 * c - d) * u**2 + (3 * b - a - 3 * c + d) * u**3)
    return straight, smooth


STRAIGHT, ROUND = _interpolation()
