"""Frozen features: what the zoo's pooled classifier makes of every drawing, for lesson 15.

Its batch norm takes the statistics of the same 500 training drawings for all, so that a drawing's features depend on no
other drawing. They are centred by the mean of the training drawings and given length 1, as SimpleShot does (Wang et
al. 2019, arXiv:1911.04623).
"""

import torch
import torch.nn.functional as F

from ..tasks import Task
from ..worlds.characters import Characters
from ..worlds.episodes import sample_episodes
from . import zoo
from .registry import EMBEDDING

D = EMBEDDING.n_features
AT_ONCE = 1000  # drawings, of which the network's largest activations take a quarter of a gigabyte


def features(parts: list[Characters] | None = None) -> list[Characters]:
    """The features of meta-training, meta-validation and meta-test characters, under `images`.

    returns: Characters whose images are (n_classes, n_drawings, 1, D)
    parts: other sets of characters, of which the first gives the statistics and the mean
    The classifier learned the training characters of `zoo.split`; those of the others it has never seen.
    """
    theta, parts = zoo.load()["pooled"].theta, parts or zoo.split()
    training = parts[0].images.flatten(0, 1)
    some = torch.randperm(len(training), generator=torch.Generator().manual_seed(0))[:500]

    def pictures(images):
        return images.flatten(0, 1)[None, :, None].float()

    reference = pictures(training[some][:, None])
    with torch.no_grad():
        seen = [
            torch.cat(
                [
                    EMBEDDING.features(theta, x, statistics_from=reference)[0]
                    for x in pictures(part.images).split(AT_ONCE, 1)
                ]
            )
            for part in parts
        ]
    mean = seen[0].mean(0)
    return [
        Characters(F.normalize(z - mean, dim=1).view(*part.images.shape[:2], 1, D), part.alphabet)
        for z, part in zip(seen, parts, strict=True)
    ]


def sample(
    some: Characters, n_tasks: int, *, k_shot: int, rng: torch.Generator, n_way: int = 5, n_query: int = 5
) -> Task:
    """Episodes of features, x (n_tasks, n, D), drawn as `sample_episodes` draws pictures."""
    task = sample_episodes(some, n_tasks, n_way=n_way, k_shot=k_shot, n_query=n_query, rng=rng)
    return task._replace(x_support=task.x_support.flatten(2), x_query=task.x_query.flatten(2))
