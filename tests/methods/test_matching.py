"""Attention over the support set, held against the plainest loop and finite differences."""

from functools import partial
from math import log

import pytest
import torch

from mlcourse import losses
from mlcourse.evaluation import evaluate
from mlcourse.methods import matching
from mlcourse.networks import MLP, ConvNet
from mlcourse.tasks import Task

NET = ConvNet(None, filters=3, size=8, blocks=2)
Y_SUPPORT = torch.tensor([[2, 0, 1, 0, 2, 2], [0, 1, 2, 1, 1, 0]])  # unsorted, with unequal shots


@pytest.fixture
def theta(rng):
    return NET.init(rng)


def episodes(rng, shape=(1, 8, 8)):
    x_support, x_query = (torch.rand(2, n, *shape, generator=rng) for n in (6, 5))
    return Task(x_support, Y_SUPPORT, x_query, torch.tensor([[0, 1, 2, 1, 0], [2, 1, 0, 1, 0]]))


def probabilities_query_by_query(z_support, y_support, z_query, scale):
    """Section 2.1 of the paper, one sum after the other, for one task."""
    p = torch.zeros(len(z_query), int(y_support.max()) + 1)
    for q, z in enumerate(z_query):
        cosine = [scale * z @ other / (z.norm() * other.norm()) for other in z_support]
        total = sum(c.exp() for c in cosine)
        for c, label in zip(cosine, y_support, strict=True):
            p[q, label] += c.exp() / total
    return p


@pytest.mark.parametrize("how", [{}, dict(scale=10.0)])
def test_probabilities_equal_those_of_a_loop_over_the_queries(theta, rng, how):
    task = episodes(rng)
    scores = matching.predict(NET, theta, *task[:3], **how)
    for t in range(2):
        z = NET(theta, torch.cat([task.x_support[t], task.x_query[t]])[None])[0]
        expected = probabilities_query_by_query(z[:6], task.y_support[t], z[6:], **({"scale": 1} | how))
        torch.testing.assert_close(scores[t].exp(), expected)


def test_attention_sums_to_one_and_scores_are_log_probabilities(theta, rng):
    task = episodes(rng)
    attention = matching.attention(torch.randn(2, 6, 4, generator=rng), torch.randn(2, 5, 4, generator=rng))
    torch.testing.assert_close(attention.sum(2), torch.ones(2, 5))
    scores = matching.predict(NET, theta, *task[:3])
    torch.testing.assert_close(scores.exp().sum(2), torch.ones(2, 5))
    torch.testing.assert_close(scores.log_softmax(2), scores)


def test_attention_only_sees_directions(rng):
    z_support, z_query = torch.randn(2, 6, 4, generator=rng), torch.randn(2, 5, 4, generator=rng)
    lengths = torch.rand(2, 6, 1, generator=rng) + 0.5
    expected = matching.attention(z_support, z_query)
    torch.testing.assert_close(matching.attention(lengths * z_support, 3 * z_query), expected)


def test_cosines_bound_how_sure_it_can_be():
    """One shot of the same direction, the others opposite: the most that e^1 against e^-1 can do."""
    z_support = torch.tensor([[[1.0], [-1.0], [-1.0]]])
    attention = matching.attention(z_support, torch.tensor([[[2.0]]]))
    e = torch.e
    torch.testing.assert_close(attention[0, 0, 0].item(), e / (e + 2 / e))


def test_a_large_scale_leaves_all_attention_to_the_most_alike(rng):
    z_support, z_query = torch.randn(2, 6, 4, generator=rng), torch.randn(2, 5, 4, generator=rng)
    cosine = torch.cosine_similarity(z_query[:, :, None], z_support[:, None], dim=3)
    one_hot = torch.nn.functional.one_hot(cosine.argmax(2), 6).to(cosine.dtype)
    torch.testing.assert_close(matching.attention(z_support, z_query, scale=1e6), one_hot)


@pytest.mark.parametrize("support_statistics", [False, True])
def test_the_gradient_equals_finite_differences(theta, rng, support_statistics):
    task = episodes(rng)
    how = dict(support_statistics=support_statistics)
    _, gradient = matching.meta_gradient(NET, theta, task, **how)
    for name, p in theta.items():
        direction = torch.randn(p.shape, generator=rng)
        up, down = (
            matching.meta_loss(NET, theta | {name: p + sign * 1e-6 * direction}, task, **how) for sign in (1, -1)
        )
        torch.testing.assert_close((gradient[name] * direction).sum(), (up - down) / 2e-6, rtol=1e-5, atol=1e-8)


def test_the_loss_is_minus_the_log_of_the_mixed_probability(theta, rng):
    task = episodes(rng)
    p = matching.predict(NET, theta, *task[:3]).exp()
    expected = -p.gather(2, task.y_query.unsqueeze(2)).log().mean()
    torch.testing.assert_close(matching.meta_loss(NET, theta, task), expected)


def test_the_order_of_the_support_set_does_not_matter(theta, rng):
    task, order = episodes(rng), torch.tensor([3, 5, 0, 1, 4, 2])
    shuffled = matching.predict(NET, theta, task.x_support[:, order], task.y_support[:, order], task.x_query)
    torch.testing.assert_close(shuffled, matching.predict(NET, theta, *task[:3]))


def test_renaming_the_classes_renames_the_scores(theta, rng):
    task, names = episodes(rng), torch.tensor([2, 0, 1])
    renamed = matching.predict(NET, theta, task.x_support, names[task.y_support], task.x_query)
    torch.testing.assert_close(renamed[..., names], matching.predict(NET, theta, *task[:3]))


def test_a_constant_embedding_gives_each_class_its_share_of_the_support_set(rng):
    task = episodes(rng)
    scores = matching.predict(lambda theta, x: torch.ones(*x.shape[:2], 3), {}, *task[:3])
    torch.testing.assert_close(scores.exp(), torch.tensor([[2, 1, 3], [2, 3, 1]]).unsqueeze(1).expand(2, 5, 3) / 6)
    one_each = matching.predict(
        lambda theta, x: torch.zeros(*x.shape[:2], 3), {}, task.x_support[:, :3], Y_SUPPORT[:, [2, 0, 1]], task.x_query
    )
    assert (one_each == one_each[..., :1]).all()
    torch.testing.assert_close(losses.cross_entropy(one_each, task.y_query), torch.full((2,), log(3)))


def test_classes_in_different_directions_are_told_apart(rng):
    y = torch.tensor([[2, 0, 1, 0, 2, 1]])
    x = 20 * torch.eye(3)[y] + torch.rand(1, 6, 3, generator=rng)
    predict = partial(matching.predict, lambda theta, x: x, {})
    assert evaluate(predict, Task(x, y, x.flip(1), y.flip(1)), metric=losses.accuracy).mean == 1


def test_three_examples_of_a_wrong_class_outvote_one_of_the_right():
    """A cosine is at most 1, so no example is worth more than e times one at a right angle: keep the shots equal."""
    x, y = torch.eye(2)[torch.tensor([[0, 1, 1, 1]])], torch.tensor([[0, 1, 1, 1]])
    scores = matching.predict(lambda theta, x: x, {}, x, y, torch.tensor([[[1.0, 0.0]]]))
    torch.testing.assert_close(scores.exp()[0, 0], torch.tensor([torch.e, 3.0]) / (torch.e + 3))


def test_one_step_along_the_gradient_lowers_the_loss_and_leaves_theta_alone(rng):
    net = MLP(4, 5, 3, activation=torch.tanh)
    theta, task = net.init(rng), episodes(rng, shape=(4,))
    before = {name: p.clone() for name, p in theta.items()}
    loss, gradient = matching.meta_gradient(net, theta, task)
    torch.testing.assert_close(theta, before, rtol=0, atol=0)
    assert matching.meta_loss(net, {name: p - 0.01 * gradient[name] for name, p in theta.items()}, task) < loss


def test_a_class_without_an_example_gets_a_sentence(theta, rng):
    task = episodes(rng)
    with pytest.raises(ValueError, match="task 0 has no support example of class 0"):
        matching.predict(NET, theta, task.x_support, task.y_support.clamp(min=1), task.x_query)


def test_with_support_statistics_a_query_s_scores_do_not_depend_on_the_others(theta, rng):
    task = episodes(rng)
    one = task.x_query[:, :1]
    for support_statistics, equal in (True, True), (False, False):
        how = dict(support_statistics=support_statistics)
        together, alone = (matching.predict(NET, theta, *task[:2], x, **how)[:, :1] for x in (task.x_query, one))
        assert torch.allclose(together, alone) == equal
