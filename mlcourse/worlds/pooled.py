"""Ordinary mini-batches of drawings, all characters pooled: what a plain classifier trains on, and no episodes."""

import torch

from ..tasks import Task
from .characters import Characters


def sample_pooled(characters: Characters, n: int, *, rng: torch.Generator) -> Task:
    """An ordinary mini-batch of n drawings of any characters, as one task whose labels are the characters' positions.

    n:       an even number; half of the drawings are in the support and half in the query set, for `pooled_loss`
    returns: x_support, x_query (1, n / 2, 1, h, w) in the default dtype; y_support, y_query (1, n / 2)
    """
    if n < 2 or n % 2:
        raise ValueError(f"half of the drawings go to each set: need an even number of drawings, got n = {n}")
    n_classes, n_drawings = characters.images.shape[:2]
    y = torch.randint(n_classes, (1, n), generator=rng)
    drawing = torch.randint(n_drawings, (1, n), generator=rng)
    x = characters.images[y, drawing].unsqueeze(2).to(torch.get_default_dtype())
    return Task(x[:, : n // 2], y[:, : n // 2], x[:, n // 2 :], y[:, n // 2 :])
