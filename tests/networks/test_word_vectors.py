"""Networks that know words by name: means and weights by hand, padding without effect, words that keep their start."""

import pytest
import torch

from mlcourse.networks import WordVectors, WordWeights

X = torch.tensor([[[1, 2, 2, 0], [3, 2, 0, 0], [0, 0, 0, 0]]])


def test_a_text_is_the_mean_of_its_words_vectors(rng):
    net = WordVectors(5, size=3)
    theta = net.init(rng)
    v, z = theta["vectors"], net(theta, X)[0]
    torch.testing.assert_close(z[0], (v[1] + 2 * v[2]) / 3)
    torch.testing.assert_close(z[1], (v[3] + v[2]) / 2)
    assert not z[2].any()


def test_weights_of_one_give_counts_and_a_larger_weight_pulls_the_point():
    net = WordWeights(5)
    theta = net.init(torch.Generator())
    z = net(theta, X)[0]
    assert z[1].tolist() == pytest.approx([0, 2.71828 / 2**0.5, 2.71828 / 2**0.5], abs=1e-4)
    theta["log_weight"][3] = 5.0
    assert net(theta, X)[0, 1, 2] > 2.7


@pytest.mark.parametrize("net", [WordVectors(5, size=3), WordWeights(5)])
def test_more_padding_changes_nothing_and_a_word_that_is_not_there_gets_no_gradient(net, rng):
    theta = {name: p.requires_grad_() for name, p in net.init(rng).items()}
    z = net(theta, X)
    torch.testing.assert_close(net(theta, torch.nn.functional.pad(X, (0, 2))), z)
    z.square().sum().add(z.sum()).backward()
    table = next(p for p in theta.values() if len(p.shape))
    assert not table.grad[[0, 4]].any() and table.grad[[1, 2, 3]].any()
