"""Naive Bayes: each class is a bag from which words are drawn, and a pool of other texts says what bags are like.

    p(word | class) = (count in the class's support texts + strength * p(word | pool)) / (all counts + strength)

The prior is a Dirichlet distribution around the pool's words, as heavy as `strength` words. The score of a class is the
logarithm of the probability that it gives to the query's words. A word that is rare in the pool and stands in one
class's support says most: that is what a word is worth, in closed form. It is the rule that language models for
retrieval call Dirichlet smoothing (Zhai and Lafferty, "A Study of Smoothing Methods for Language Models Applied to
Information Retrieval", ACM Transactions on Information Systems 22, 2004).

Example
    import torch
    from mlcourse.methods import naive_bayes
    from mlcourse.networks import bags

    x, y = torch.tensor([[[1, 2, 0], [3, 2, 2]]]), torch.tensor([[0, 1]])
    prior = naive_bayes.prior(bags.tally([x[0]], n_words=5))
    naive_bayes.predict(prior, x, y, x, strength=10.0).argmax(-1)
"""

import torch
from torch import Tensor

from ..embedding import membership
from ..networks import bags

NEVER = 0.5  # how often a word counts as seen in the pool before any is counted


def prior(*pools: bags.Tally) -> Tensor:
    """How likely each word is, (n_words,), in these pools together; one that none has is not impossible."""
    uses = sum(pool.uses for pool in pools) + NEVER
    uses[0] = 0
    return uses / uses.sum()


def predict(prior: Tensor, x_support: Tensor, y_support: Tensor, x_query: Tensor, *, strength: float) -> Tensor:
    """The logarithm of each query's probability in each class, (n_tasks, n_query, n_way), all words drawn one by one.

    prior: (n_words,)    strength: how many words the prior is worth, above 0
    x_support, x_query: numbers of words (n_tasks, n, length), 0 for none
    """
    words, (support, query) = bags.count(x_support, x_query)
    of_class = membership(support, y_support).mT @ support  # (n_tasks, n_way, m)
    p = (of_class + strength * prior[words]) / (of_class.sum(2, keepdim=True) + strength)
    return query @ torch.log(p).mT
