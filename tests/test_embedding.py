"""Support and query sets as points: who shares statistics with whom, and who belongs to which class."""

import pytest
import torch

from mlcourse.embedding import embed, membership, statistics
from mlcourse.networks import MLP, ConvNet

NET = ConvNet(None, filters=3, size=8, blocks=2)


@pytest.fixture
def theta(rng):
    return NET.init(rng)


def pictures(rng, n_tasks=2, n_support=4, n_query=6):
    return (torch.rand(n_tasks, n, 1, 8, 8, generator=rng) for n in (n_support, n_query))


def test_support_and_query_go_through_the_network_together(theta, rng):
    x_support, x_query = pictures(rng)
    z_support, z_query = embed(NET, theta, x_support, x_query)
    for t in range(2):
        alone = NET(theta, torch.cat([x_support[t], x_query[t]])[None])[0]
        torch.testing.assert_close(torch.cat([z_support[t], z_query[t]]), alone)


def test_with_support_statistics_a_query_does_not_depend_on_the_others(theta, rng):
    x_support, x_query = pictures(rng)
    one = x_query[:, :1]
    together = embed(NET, theta, x_support, x_query, support_statistics=True)
    by_itself = embed(NET, theta, x_support, one, support_statistics=True)
    torch.testing.assert_close(together[0], by_itself[0])
    torch.testing.assert_close(together[1][:, :1], by_itself[1])
    torch.testing.assert_close(together[0], NET(theta, x_support))


def test_a_network_hears_of_batch_norm_only_where_the_support_set_s_is_asked_for(rng):
    x_support, _ = pictures(rng)
    assert statistics(x_support, False) == {} and statistics(x_support, True) == dict(statistics_from=x_support)


def test_without_them_it_does(theta, rng):
    x_support, x_query = pictures(rng)
    together, by_itself = (embed(NET, theta, x_support, x)[1][:, :1] for x in (x_query, x_query[:, :1]))
    assert (together - by_itself).abs().max() > 0.01


def test_a_network_without_batch_norm_embeds_each_example_by_itself(rng):
    net = MLP(3, 4)
    theta, x_support, x_query = net.init(rng), torch.rand(2, 5, 3, generator=rng), torch.rand(2, 7, 3, generator=rng)
    torch.testing.assert_close(embed(net, theta, x_support, x_query), (net(theta, x_support), net(theta, x_query)))


def test_support_and_query_of_different_kinds_get_a_sentence(theta, rng):
    x_support, x_query = pictures(rng)
    for wrong in x_query[:1], x_query[..., :7]:
        with pytest.raises(ValueError, match="support and query set do not fit together"):
            embed(NET, theta, x_support, wrong)


def test_membership_says_which_example_has_which_label():
    members = membership(torch.zeros(1, 4, 2), torch.tensor([[2, 0, 1, 0]]))
    assert members.dtype == torch.float64
    assert members[0].tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0], [1, 0, 0]]


@pytest.mark.parametrize(
    ("y", "sentence"),
    [
        ([[0, 1, 2], [0, 2, 2]], "task 1 has no support example of class 1: every class from 0 to 2 needs one"),
        ([[1, 2, 1], [2, 1, 2]], "task 0 has no support example of class 0"),
        ([[-1, 0, 1], [0, 1, 2]], "labels are whole numbers from 0 on.*smallest value -1"),
        ([[0.0, 1.0, 2.0], [0.0, 1.0, 2.0]], "labels are whole numbers from 0 on.*torch.float64"),
        ([[[0], [1], [2]], [[0], [1], [2]]], r"one for each example: got y of shape \(2, 3, 1\)"),
        ([[0, 1], [0, 1]], "x has 2 tasks of 3 examples, y has labels for 2 tasks of 2 examples"),
    ],
)
def test_labels_that_leave_a_class_without_an_example_get_a_sentence(y, sentence):
    with pytest.raises(ValueError, match=sentence):
        membership(torch.zeros(2, 3, 4), torch.tensor(y))
