"""Photographs that nobody took: painted things on a cluttered ground, each seen in bursts of like pictures.

A thing is an outline (a closed curve, r = 1 + a few waves round the middle) and a pattern in two paints. A picture of
it has a pose (where, how large, turned and tilted), a light (its colour, and from where), and clutter: other things
behind it. As with a real camera, pictures come in bursts: those of one burst share ground and light, and nearly the
pose, so that they are almost the same picture.
"""

import math
import os
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from tqdm.auto import tqdm

from ..tasks import Task
from .sources import sample_apart

SIDE = 84  # pixels
N_THINGS, N_BURSTS, N_SHOTS = 100, 5, 4
PAINTS = np.array(
    [(200, 40, 40), (235, 150, 40), (240, 220, 70), (70, 160, 70), (50, 170, 190), (50, 80, 190), (130, 70, 170),
     (230, 130, 170), (120, 80, 50), (240, 240, 235), (40, 40, 45), (150, 150, 150)]
) / 255  # fmt: skip
WAVES = 4  # of the outline: so many lobes at most, and one
CLUTTER = 4  # other things in a picture


class Photographs(NamedTuple):
    """Pictures of things.

    images: (n, 3, side, side), uint8, red, green and blue
    labels: (n,), int64, the number of the thing
    bursts: (n,), int64, pictures with the same number were taken together
    """

    images: Tensor
    labels: Tensor
    bursts: Tensor

    def select(self, things) -> "Photographs":
        """The pictures of these things: a range or a list of their numbers."""
        kept = torch.isin(self.labels, torch.tensor(things))
        return Photographs(*(part[kept] for part in self))


class Thing(NamedTuple):
    """What makes a class: an outline, a pattern and two paints."""

    waves: np.ndarray  # (WAVES, 2), cosine and sine
    pattern: int  # a position in `PATTERNS`
    period: float  # of the pattern; the thing's radius is about 1
    paints: np.ndarray  # (2, 3)


class View(NamedTuple):
    """How a thing is seen: across, down, radius (1 is half a picture), turn and tilt in radians."""

    x: float
    y: float
    radius: float
    turn: float
    tilt: float


PATTERNS = (
    lambda u, v, period: np.sin(2 * np.pi * u / period),  # stripes
    lambda u, v, period: np.sin(2 * np.pi * np.hypot(u, v) / period),  # rings
    lambda u, v, period: np.sin(2 * np.pi * u / period) * np.sin(2 * np.pi * v / period),  # a chessboard
    lambda u, v, period: 0.5 - np.hypot((u / period) % 1 - 0.5, (v / period) % 1 - 0.5) * 1.7,  # dots
    lambda u, v, period: np.sin(np.arctan2(v, u) * round(4 / period)),  # wedges
)


def invent(rng: np.random.Generator) -> Thing:
    """A thing that there has not been yet."""
    waves = rng.normal(0, 0.22, (WAVES, 2)) / np.sqrt(np.arange(1, WAVES + 1))[:, None]
    paints = PAINTS[rng.choice(len(PAINTS), 2, replace=False)]
    return Thing(waves, int(rng.integers(len(PATTERNS))), float(rng.uniform(0.35, 0.9)), paints)


def load(
    n_things: int = N_THINGS, n_bursts: int = N_BURSTS, n_shots: int = N_SHOTS, *, side: int = SIDE, seed: int = 0
) -> Photographs:
    """Take n_bursts of n_shots pictures of each thing, from a seed: 2,000 take some five seconds."""
    rng = np.random.default_rng(seed)
    images = np.empty((n_things, n_bursts, n_shots, 3, side, side), np.uint8)
    for pictures in tqdm(images, desc="taking pictures", leave=False, disable="TQDM_DISABLE" in os.environ):
        thing = invent(rng)
        for burst in pictures:
            burst[:] = _burst(thing, n_shots, side, rng)
    bursts = torch.arange(n_things * n_bursts).repeat_interleave(n_shots)
    return Photographs(torch.from_numpy(images).flatten(0, 2), bursts // n_bursts, bursts)


def sample_photographs(
    photographs: Photographs, n_tasks: int, *, apart: bool = True, rng: torch.Generator, **how
) -> Task:
    """Tasks of photographs, x from 0 to 1; `how` as for `sources.sample_apart`.

    apart: support and query pictures come from different bursts, as they will where somebody uses it; if False, from
           any, which leaks
    """
    task = sample_apart(*photographs[:2], photographs.bursts if apart else None, n_tasks, rng=rng, **how)
    return task._replace(x_support=task.x_support / 255, x_query=task.x_query / 255)


def augmented(task: Task, *, rng: torch.Generator) -> Task:
    """The same tasks with each picture mirrored or not, turned, enlarged or made smaller, in another light.

    Turned by some 20 degrees, enlarged by a quarter or made smaller by a sixth at most; each of the three colours
    between 0.7 and 1.3 times as bright. For training only; what a thing is must not change by it, which is yours to
    judge.
    """
    return task._replace(x_support=_augmented(task.x_support, rng), x_query=_augmented(task.x_query, rng))


def _augmented(x: Tensor, rng: torch.Generator) -> Tensor:
    pictures = x.flatten(0, 1)
    n = len(pictures)
    mirrored = torch.randint(2, (n,), generator=rng) * 2 - 1
    turn, zoom = 0.35 * torch.randn(n, generator=rng), 0.8 + 0.4 * torch.rand(n, generator=rng)
    down, across = turn.sin() * zoom, turn.cos() * zoom
    nothing = torch.zeros(n)
    matrix = torch.stack([across * mirrored, -down, nothing, down * mirrored, across, nothing], 1).view(n, 2, 3)
    grid = F.affine_grid(matrix.to(x), list(pictures.shape), align_corners=False)
    seen = F.grid_sample(pictures, grid, padding_mode="reflection", align_corners=False)
    light = 0.7 + 0.6 * torch.rand(n, 3, 1, 1, generator=rng)
    return (seen * light.to(x)).clamp(max=1).unflatten(0, x.shape[:2])


def _burst(thing: Thing, n: int, side: int, rng: np.random.Generator) -> np.ndarray:
    """Pictures (n, 3, side, side) of one moment."""
    ground = _cluttered(side, rng)
    view = View(*rng.uniform(-0.35, 0.35, 2), rng.uniform(0.4, 0.7), rng.normal(0, 0.5), rng.uniform(0, 0.9))
    light = _light(side, rng)
    slips = rng.normal(0, (0.03, 0.03, 0.02, 0.06, 0.03), (n, 5))
    scenes = np.stack([_over(ground, thing, View(*(np.array(view) + slip))) for slip in slips])
    noisy = scenes * light + rng.normal(0, 0.03, scenes.shape)
    return (255 * noisy.clip(0, 1)).astype(np.uint8).transpose(0, 3, 1, 2)


def _cluttered(side: int, rng: np.random.Generator) -> np.ndarray:
    """A ground (side, side, 3) in two colours that run into each other, with other things lying about."""
    down, across = _grid(side)
    a, b, c = rng.uniform(-3, 3, 3)
    share = (1 + np.sin(a * across + b * down + c)[..., None]) / 2
    ground = share * rng.uniform(0.2, 0.9, 3) + (1 - share) * rng.uniform(0.2, 0.9, 3)
    for _ in range(CLUTTER):
        view = View(*rng.uniform(-1, 1, 2), rng.uniform(0.15, 0.35), rng.uniform(0, 2 * math.pi), rng.uniform(0, 0.9))
        ground = _over(ground, invent(rng), view)
    return ground


def _over(ground: np.ndarray, thing: Thing, view: View) -> np.ndarray:
    """The ground with a thing on it, its edge a pixel soft."""
    side = len(ground)
    down, across = _grid(side)
    x, y = across - view.x, (down - view.y) / math.cos(view.tilt)
    u = (math.cos(view.turn) * x + math.sin(view.turn) * y) / view.radius
    v = (math.cos(view.turn) * y - math.sin(view.turn) * x) / view.radius
    angle, k = np.arctan2(v, u), np.arange(1, WAVES + 1)[:, None, None]
    outline = (
        1
        + np.tensordot(thing.waves[:, 0], np.cos(k * angle), 1)
        + np.tensordot(thing.waves[:, 1], np.sin(k * angle), 1)
    )
    cover = ((outline - np.hypot(u, v)) * view.radius * side / 2 + 0.5).clip(0, 1)[..., None]
    share = (PATTERNS[thing.pattern](u, v, thing.period) * 6 + 0.5).clip(0, 1)[..., None]
    return ground + cover * (share * thing.paints[0] + (1 - share) * thing.paints[1] - ground)


def _light(side: int, rng: np.random.Generator) -> np.ndarray:
    """What the light leaves of each colour at each place, (side, side, 3)."""
    down, across = _grid(side)
    direction = rng.uniform(0, 2 * math.pi)
    slope = 1 + rng.uniform(0, 0.4) * (math.cos(direction) * across + math.sin(direction) * down)
    return slope[..., None] * rng.uniform(0.5, 1.15) * rng.uniform(0.8, 1.2, 3)


def _grid(side: int) -> tuple[np.ndarray, np.ndarray]:
    """How far each pixel is from the middle, down and across: (side, 1) and (1, side), from -1 to 1."""
    place = np.linspace(1 / side - 1, 1 - 1 / side, side)
    return place[:, None], place[None]
