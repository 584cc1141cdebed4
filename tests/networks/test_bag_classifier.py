"""A linear classifier on bags: by hand, with shared and stacked votes; its step from zero is class means."""

import torch

from mlcourse.embedding import membership
from mlcourse.losses import cross_entropy
from mlcourse.methods import maml
from mlcourse.networks import BagClassifier, bags, stack

X, Y = torch.tensor([[[1, 2, 2], [3, 2, 0], [4, 4, 1], [3, 0, 0]]]), torch.tensor([[0, 1, 0, 1]])


def test_votes_are_summed_over_the_words_of_a_text(rng):
    net = BagClassifier(torch.tensor([0.0, 1, 2, 3, 4]), n_way=2)
    theta = net.init(rng)
    v = theta["votes"]
    point = torch.tensor([1.0, 2 * (1 + torch.tensor(2.0).log())])
    torch.testing.assert_close(net(theta, X)[0, 0], (point @ v[1:3]) / point.norm())
    torch.testing.assert_close(net(stack(theta, 1), X), net(theta, X))


def test_one_step_from_zero_compares_with_class_means(rng):
    weight = torch.rand(5, generator=rng) + 0.1
    net, query = BagClassifier(weight, n_way=2), torch.tensor([[[1, 3, 0], [2, 4, 0], [3, 3, 1]]])
    asked = maml.predict(net, {"votes": torch.zeros(5, 2)}, X, Y, query, alpha=1.0, loss=cross_entropy)
    words, (support, queries) = bags.count(X, query)
    z, q = bags.vectors(support, weight[words]), bags.vectors(queries, weight[words])
    sums = q @ (membership(z, Y).mT @ z).mT
    torch.testing.assert_close(asked[..., 0] - asked[..., 1], (sums[..., 0] - sums[..., 1]) / 4)
