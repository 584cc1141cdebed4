"""A linear classifier on bags of words: a text's weighted words vote for the classes, and every word has its votes.

Example
    import torch
    from mlcourse.networks import BagClassifier

    net = BagClassifier(torch.ones(5), n_way=2)
    texts = torch.tensor([[[1, 2, 2, 0], [3, 2, 0, 0]]])  # two texts of one task, as numbers of words; 0 is no word
    net(net.init(torch.Generator().manual_seed(0)), texts).shape
"""

import torch
from torch import Tensor

from ..weights import Theta
from . import bags


class BagClassifier:
    """From texts (n_tasks, n, length), numbers of words with 0 for none, to scores (n_tasks, n, n_way).

    weight: (n_words,), what each word is worth in a text's point, see `bags.vectors`; it is not learned
    """

    def __init__(self, weight: Tensor, n_way: int):
        self.weight, self.n_way = weight, n_way

    def init(self, rng: torch.Generator) -> Theta:
        """Votes from N(0, 0.01^2), so that no class is ahead."""
        return {"votes": 0.01 * torch.randn(len(self.weight), self.n_way, generator=rng)}

    def __call__(self, theta: Theta, x: Tensor) -> Tensor:
        """Scores by votes (n_words, n_way) that all tasks share, or stacked ones (n_tasks, n_words, n_way)."""
        words, (counts,) = bags.count(x)
        return bags.vectors(counts, self.weight[words]) @ theta["votes"].index_select(-2, words)
