"""Networks that know words by name: a vector for each word, or a single number, its weight.

Example
    import torch
    from mlcourse.networks import WordVectors, WordWeights

    texts = torch.tensor([[[1, 2, 2, 0], [3, 2, 0, 0]]])  # two texts of one task, as numbers of words; 0 is no word
    nets, rng = (WordVectors(n_words=5, size=3), WordWeights(n_words=5)), torch.Generator().manual_seed(0)
    [net(net.init(rng), texts).shape for net in nets]
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from ..weights import Theta
from . import bags


class WordVectors:
    """From texts (n_tasks, n, length), numbers of words with 0 for none, to points (n_tasks, n, size)."""

    def __init__(self, n_words: int, size: int = 64):
        self.n_words, self.size = n_words, size

    def init(self, rng: torch.Generator) -> Theta:
        """Draw each number from N(0, 1)."""
        return {"vectors": torch.randn(self.n_words, self.size, generator=rng)}

    def __call__(self, theta: Theta, x: Tensor) -> Tensor:
        """The mean of a text's vectors; 0 for a text without words. The weights are shared by all tasks."""
        there = (x > 0).to(theta["vectors"]).unsqueeze(3)
        return (F.embedding(x, theta["vectors"]) * there).sum(2) / there.sum(2).clamp(min=1)


class WordWeights:
    """From texts (n_tasks, n, length) to points (n_tasks, n, m), bags of the m words that occur, weighted."""

    def __init__(self, n_words: int):
        self.n_words = n_words

    def init(self, rng: torch.Generator) -> Theta:
        """Every word is worth 1, and all points have a length of e; nothing is drawn."""
        return {"log_weight": torch.zeros(self.n_words), "log_length": torch.tensor(1.0)}

    def __call__(self, theta: Theta, x: Tensor) -> Tensor:
        """The points, all of the length that was learned. The weights are shared by all tasks."""
        words, (counts,) = bags.count(x)
        return theta["log_length"].exp() * bags.vectors(counts, theta["log_weight"][words].exp())
