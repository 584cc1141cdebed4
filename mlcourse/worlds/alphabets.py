"""Invented alphabets: the characters of the course that need no download.

Each alphabet has a style: a repertoire of strokes, and habits in joining them. A character is one to five strokes of
that repertoire, and twenty drawers draw it. Characters that look alike or illegible are thrown away. What a network
learns here, it can use on real scripts.

`python -m mlcourse alphabets` draws the stored set anew.
"""

import hashlib
from typing import NamedTuple

import numpy as np
import torch

from ..files import DATA
from . import characters
from .characters import Characters
from .strokes import N_KNOTS, N_POINTS, Kind, Stroke, ink, invent_stroke, meet_drawers, redraw, trace

STORED = DATA / "invented_alphabets.npz"
REMEDY = "draw the alphabets anew with `python -m mlcourse alphabets`"
# What the stored set must be, as `store` says it; see `characters.content_of`.
CONTENT = "204016411d62f5bf722ac3773b7b1919072585d6131c271ba006ab7c9e6ee534"
FEWEST, MOST = 20, 40  # characters in an alphabet, the range of most in Omniglot
ALIKE = 0.80  # a cosine of blurred images, 1 for equal ones: above it a reader would mix two characters up
USUAL = 18  # pixels: the extent at which characters are compared and judged; they are drawn at 14 to 21
SHORTEST, LONGEST = 22, 100  # pixels of pen path: below too plain, above too busy


class Style(NamedTuple):
    """What the characters of an alphabet have in common."""

    strokes: list[Stroke]  # the repertoire
    count_odds: np.ndarray  # (5,), of one to five strokes in a character
    touching: float  # how often a stroke starts on another one


def invent_style(rng: np.random.Generator) -> Style:
    """Invent an alphabet's repertoire of 7 to 12 strokes, and its habits."""
    kind_odds = rng.dirichlet([1.6, 1.4, 1.2, 1.6, 1.0, 0.8])
    directions = np.array([0, np.pi / 2, np.pi / 4, 3 * np.pi / 4])
    if rng.random() < 0.6:
        directions = directions[:2]  # upright: no diagonals
    directions = np.concatenate([directions, directions + np.pi])
    count_odds = rng.dirichlet([4.0, 4.5, 3.0, 1.5, 0.6])
    touching = rng.uniform(0.6, 0.95)
    return Style([invent_stroke(rng, kind_odds, directions) for _ in range(rng.integers(7, 13))], count_odds, touching)


def invent_character(rng: np.random.Generator, style: Style) -> list[Stroke]:
    """Put strokes of the style together: centred, extent 1."""
    character = []
    for n_before in range(1 + rng.choice(len(style.count_odds), p=style.count_odds)):
        stroke = style.strokes[rng.integers(len(style.strokes))]
        chance = rng.random()
        if n_before:
            other = character[rng.integers(n_before)]
            if chance < 0.2:
                stroke = _repeat(rng, other)
            elif chance < 0.3:
                stroke = _mirror(rng, other)
            else:
                stroke = _join(rng, stroke, other, style.touching)
        character.append(stroke)
    knots = np.stack([stroke.knots for stroke in character])
    low, high = knots.min(axis=(0, 1)), knots.max(axis=(0, 1))
    return [Stroke((knots - (low + high) / 2) / (high - low).max(), kind) for knots, kind in character]


def _repeat(rng: np.random.Generator, stroke: Stroke) -> Stroke:
    """The same stroke again, beside, above or below; loops a whole width away, so that they do not overlap."""
    side = rng.choice([-1, 1])
    distance = 1.0 if stroke.kind == Kind.LOOP else rng.uniform(0.35, 0.6)
    axis = np.eye(2)[rng.integers(2)]
    return Stroke(stroke.knots + side * distance * axis, stroke.kind)


def _mirror(rng: np.random.Generator, stroke: Stroke) -> Stroke:
    """The stroke reflected left to right, about its start or its end."""
    about = stroke.knots[rng.choice([0, -1]), 0]
    return Stroke(stroke.knots * [-1, 1] + [2 * about, 0], stroke.kind)


def _join(rng: np.random.Generator, stroke: Stroke, other: Stroke, touching: float) -> Stroke:
    """The stroke, perhaps smaller, put with an end or its middle on a knot of the other, or else nearby."""
    knots = stroke.knots * rng.choice([0.4, 0.65, 1.0])
    held = knots[rng.choice([0, N_KNOTS // 2, N_KNOTS - 1])]
    if rng.random() < touching:
        place = other.knots[rng.integers(N_KNOTS)]
    else:
        place = other.knots.mean(axis=0) + rng.choice([-1, 1], 2) * rng.uniform(0.3, 0.7, 2)
    return Stroke(knots - held + place, stroke.kind)


def draw_alphabet(seed: int, number: int, *, n_drawers: int = 20) -> Characters:
    """Invent and draw one alphabet; neither its characters nor their drawings depend on the other alphabets.

    images: (n_characters, n_drawers, 28, 28), with 20 to 40 characters
    """
    rng = np.random.default_rng([seed, number])
    style = invent_style(rng)
    n_characters = rng.integers(FEWEST, MOST + 1)
    drawers = meet_drawers(rng, n_drawers)
    drawings, accepted = [], []
    while len(drawings) < n_characters:
        character = invent_character(rng, style)
        points = trace(character, USUAL)
        if not is_legible(points):
            continue
        look = appearance(points)
        if any((look * other).sum() > ALIKE for other in accepted):
            continue
        accepted.append(look)
        drawings.append(ink(redraw(rng, character, rng.uniform(14, 21), drawers), drawers.pen))
    images = torch.from_numpy(np.stack(drawings))
    return Characters(images, torch.full((n_characters,), number))


def is_legible(points: np.ndarray) -> bool:
    """Whether a character, points (n_strokes * 64, 2), is neither too plain nor too busy nor cluttered."""
    length = np.linalg.norm(np.diff(points.reshape(-1, N_POINTS, 2), axis=1), axis=-1).sum()
    if not SHORTEST < length < LONGEST:
        return False
    image = ink(points[None], np.zeros(1))[0]
    # Strokes on top of each other leave less ink than their length; more than one nearly black spot is a blot.
    return image.sum() >= 0.85 * length and (_blur(image) > 0.62).sum() <= 1


def appearance(points: np.ndarray) -> np.ndarray:
    """A blurred picture (28, 28) of a character, of norm 1, in which a small shift makes a small difference."""
    image = _blur(ink(points[None], np.array([0.6]))[0])
    return image / np.linalg.norm(image)


def _blur(image: np.ndarray) -> np.ndarray:
    """The mean over 3 x 3 pixels, taken twice; the picture's edges touch the opposite ones."""
    for axis in (0, 1, 0, 1):
        image = (np.roll(image, 1, axis) + image + np.roll(image, -1, axis)) / 3
    return image


def make(n_alphabets: int = 50, seed: int = 0) -> Characters:
    """Invent and draw alphabets 0 to n_alphabets - 1 of a seed: about a seventh of a second each."""
    if n_alphabets < 1:
        raise ValueError(f"need at least one alphabet: got n_alphabets = {n_alphabets}")
    alphabets = [draw_alphabet(seed, number) for number in range(n_alphabets)]
    images, numbers = zip(*alphabets, strict=True)
    return Characters(torch.cat(images), torch.cat(numbers))


def load() -> Characters:
    """The set that comes with the course, make(50, seed=0): 1,468 characters of 50 alphabets, 20 drawings each.

    Raises FileNotFoundError where it is not there, ValueError where it is not whole or another set.
    """
    return characters.load(STORED, remedy=REMEDY, content=CONTENT)


def store() -> str:
    """Draw the stored set anew, and return a line that says what is in it."""
    drawn = make()
    characters.save(STORED, drawn)
    n_characters, n_drawings = drawn.images.shape[:2]
    pixels = hashlib.sha256(drawn.images.numpy().tobytes()).hexdigest()
    content = characters.content_of(characters.arrays(STORED, remedy=REMEDY))
    return (
        f"data/{STORED.name}: {len(drawn.alphabet.unique())} alphabets, {n_characters} characters, "
        f"{n_characters * n_drawings} drawings, SHA-256 of the pixels {pixels}, of the content {content}"
    )
