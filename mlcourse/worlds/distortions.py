"""Distortions: the same drawing, turned a little, sheared, stretched and moved, so that few drawings stand for many.

Those of Koch, Zemel, Salakhutdinov, "Siamese Neural Networks for One-shot Image Recognition", 2015: turns of
up to 10 degrees, shears of up to 0.3, scales of 0.8 to 1.2 and shifts of up to 2 of 105 pixels, each of them with
probability one half. What a class is, does not change; to turn by 90 degrees makes a new class, see `episodes`.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from ..tasks import Pairs, Task

ANGLE, SHEAR, SCALE, SHIFT = math.radians(10), 0.3, 0.2, 2 / 105  # at most; a shift as a part of the picture's width
DRAWINGS = ("a", "b", "x_support", "x_query")  # the fields of Pairs and Task that hold drawings


def distort(drawings: Tensor, *, rng: torch.Generator) -> Tensor:
    """Each drawing under an affine distortion of its own.

    drawings: (..., height, width), square, ink above 0 and paper 0
    returns:  (..., height, width), in their dtype; between pixels one interpolates, and beyond the edge there is paper
    """
    height, width = drawings.shape[-2:]
    if height != width:
        raise ValueError(f"distortions are for square drawings: got {height} x {width} pixels")
    flat = drawings.reshape(-1, 1, height, width)
    matrix = _matrices(len(flat), rng).to(flat)
    grid = F.affine_grid(matrix, list(flat.shape), align_corners=False)
    return F.grid_sample(flat, grid, align_corners=False).reshape(drawings.shape)


def distorted(drawn: Task | Pairs, *, rng: torch.Generator) -> Task | Pairs:
    """The same tasks or pairs, every drawing distorted."""
    found = {name: getattr(drawn, name) for name in DRAWINGS if hasattr(drawn, name)}
    return drawn._replace(**{name: distort(drawings, rng=rng) for name, drawings in found.items()})


def halved(task: Task) -> Task:
    """The same tasks at half the width and height: each pixel the mean of four, so that training takes a quarter."""
    x_support, x_query = (F.avg_pool2d(x.flatten(0, 1), 2).unflatten(0, x.shape[:2]) for x in (task[0], task[2]))
    return task._replace(x_support=x_support, x_query=x_query)


def _matrices(n: int, rng: torch.Generator) -> Tensor:
    """From a place in the distorted drawing to one in the drawing, (n, 2, 3), both from -1 to 1."""
    between = 2 * torch.rand(n, 7, generator=rng) - 1
    kept = torch.rand(n, 7, generator=rng) < 0.5
    angle, shear_x, shear_y, scale_x, scale_y, shift_x, shift_y = (between * kept).unbind(1)
    turn = ANGLE * angle
    cos, sin, zero, one = turn.cos(), turn.sin(), torch.zeros(n), torch.ones(n)
    rotation = torch.stack([cos, -sin, sin, cos], 1).view(n, 2, 2)
    shear = torch.stack([one, SHEAR * shear_x, SHEAR * shear_y, one], 1).view(n, 2, 2)
    scale = torch.stack([1 / (1 + SCALE * scale_x), zero, zero, 1 / (1 + SCALE * scale_y)], 1).view(n, 2, 2)
    shift = 2 * SHIFT * torch.stack([shift_x, shift_y], 1)
    return torch.cat([rotation @ shear @ scale, shift[:, :, None]], 2)
