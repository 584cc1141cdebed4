"""What a word is worth, learned: a small network reads a word's statistics and says how much it counts.

    weight = exp f_theta(s),    s = rarity in a pool of other texts, and the word in the support set

Yujia Bao, Menghua Wu, Shiyu Chang, Regina Barzilay, "Few-shot Text Classification with Distributional Signatures",
2020, arXiv:1908.06039. Words differ from task to task; what makes a word telling does not. So f never learns which
word it is. Theirs goes over the words of a text with an LSTM, weighs pretrained word vectors and ends in ridge
regression; ours looks at one word at a time, weighs its count, and compares with class means.

The pool must not hold the classes of the task: in meta-training, too, a word of the task is then often new to it.
`networks.WordWeights` is the opposite: one free number for each word.

Example
    import torch
    from mlcourse.methods import worth
    from mlcourse.networks import bags
    from mlcourse.tasks import Task

    x, y, rng = torch.tensor([[[1, 2, 0], [3, 2, 2]]]), torch.tensor([[0, 1]]), torch.Generator().manual_seed(0)
    signature = worth.signature(bags.tally([x[0]], n_words=5))
    net = worth.network(signature)
    worth.meta_gradient(net, worth.init(net, rng), (*Task(x, y, x, y), signature))[0]  # the loss before any training
"""

import torch
from torch import Tensor

from ..embedding import membership
from ..losses import cross_entropy
from ..networks import MLP, bags
from ..tasks import Task
from ..weights import Theta, mean_and_gradient

HIDDEN, SCALE = 32, 10.0  # hidden units; what cosines are multiplied by, before training


def signature(*pools: bags.Tally) -> Tensor:
    """The statistics of each word, (n_words, 2 * n_pools): its rarity among texts and among classes of the pools."""
    each = [(bags.rarity(pool.texts, pool.n_texts), bags.rarity(pool.classes, pool.n_classes)) for pool in pools]
    return torch.stack([column for pair in each for column in pair], 1)


def in_support(counts: Tensor, y: Tensor) -> Tensor:
    """How each word stands in a support set, (n_tasks, m, 2): ln(1 + count), and its spread over the classes.

    counts: (n_tasks, n_support, m)    y: (n_tasks, n_support)
    The spread is the entropy of its uses over the classes: 0 where one class has them all, or where there are none.
    """
    of_class = membership(counts, y).mT @ counts
    total = of_class.sum(1)
    p = of_class / total.clamp(min=1).unsqueeze(1)
    return torch.stack([total.log1p(), torch.special.entr(p).sum(1)], 2)


def network(signature: Tensor) -> MLP:
    """From a word's statistics, those of the pools and the two of the support set, to the logarithm of its weight."""
    return MLP(signature.shape[1] + 2, HIDDEN, 1, activation=torch.tanh)


def init(net: MLP, rng: torch.Generator) -> Theta:
    """Weights with which every word is worth 1, whatever its statistics."""
    theta = net.init(rng)
    _, head = net.split(theta)
    return theta | {name: torch.zeros_like(p) for name, p in head.items()} | {"log_scale": torch.tensor(SCALE).log()}


def weights(net: MLP, theta: Theta, signature: Tensor, words: Tensor, support: Tensor, y: Tensor) -> Tensor:
    """What each word is worth in each task, (n_tasks, m).

    words: (m,), their numbers    support: their counts (n_tasks, n_support, m)    y: (n_tasks, n_support)
    """
    known = signature[words].expand(len(support), -1, -1)
    return net(theta, torch.cat([known, in_support(support, y)], 2)).squeeze(2).exp()


def predict(net, theta: Theta, signature: Tensor, x_support: Tensor, y_support: Tensor, x_query: Tensor) -> Tensor:
    """Scores (n_tasks, n_query, n_way): cosines of weighted bags of words with class means, times the learned scale.

    signature: (n_words, n_statistics)    x_support, x_query: numbers of words (n_tasks, n, length), 0 for none
    """
    words, (support, query) = bags.count(x_support, x_query)
    weight = weights(net, theta, signature, words, support, y_support)
    z_support, z_query = bags.vectors(support, weight), bags.vectors(query, weight)
    return theta["log_scale"].exp() * bags.likeness(z_support, y_support, z_query)


def meta_gradient(net, theta: Theta, drawn) -> tuple[Tensor, Theta]:
    """The queries' cross-entropy, averaged over tasks, and its gradient with respect to theta.

    drawn: a batch of tasks, its four tensors, and the signature of all words in a pool without the tasks' classes
    """
    *task, signature = drawn

    def meta_loss(theta: Theta, task: Task) -> Tensor:
        return cross_entropy(predict(net, theta, signature, *task[:3]), task.y_query).mean()

    return mean_and_gradient(meta_loss, net, theta, Task(*task))
