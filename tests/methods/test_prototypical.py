"""A class as a point, held against the plainest loop, a linear classifier, nearest neighbours, finite differences."""

from functools import partial
from math import log

import pytest
import torch
from torch import nn

from mlcourse import losses
from mlcourse.evaluation import evaluate
from mlcourse.methods import nearest, prototypical
from mlcourse.networks import MLP, ConvNet
from mlcourse.tasks import Task

NET = ConvNet(None, filters=3, size=8, blocks=2)


@pytest.fixture
def theta(rng):
    return NET.init(rng)


def episodes(rng, n_tasks=3, n_way=4, k_shot=2, n_query=3, shape=(1, 8, 8)):
    """Random examples, with the labels of each task in an order of its own."""

    def shuffled(n_each):
        y = torch.arange(n_way).repeat_interleave(n_each)
        return torch.stack([y[torch.randperm(len(y), generator=rng)] for _ in range(n_tasks)])

    y_support, y_query = shuffled(k_shot), shuffled(n_query)
    x_support, x_query = (torch.rand(*y.shape, *shape, generator=rng) for y in (y_support, y_query))
    return Task(x_support, y_support, x_query, y_query)


def module_of(theta):
    """The same network as ordinary layers of torch.nn."""
    layers = []
    for block in range(2):
        n_out, n_in = theta[f"{block}.weight"].shape[:2]
        conv = nn.Conv2d(n_in, n_out, 3, stride=2, padding=1, bias=False)
        norm = nn.BatchNorm2d(n_out, track_running_stats=False)
        for p, name in (conv.weight, "weight"), (norm.weight, "scale"), (norm.bias, "shift"):
            p.data = theta[f"{block}.{name}"].clone()
        layers += [conv, norm, nn.ReLU()]
    return nn.Sequential(*layers, nn.Flatten())


def episode_by_episode(module, task):
    """Prototypical networks as one would write them first: scores of one task after the other, one class at a time."""
    scores = []
    for x_support, y_support, x_query, _ in zip(*task, strict=True):
        z = module(torch.cat([x_support, x_query]))
        z_support, z_query = z[: len(x_support)], z[len(x_support) :]
        c = torch.stack([z_support[y_support == label].mean(0) for label in y_support.unique()])
        scores.append(-(torch.cdist(z_query, c, compute_mode="donot_use_mm_for_euclid_dist") ** 2))
    return torch.stack(scores)


def test_scores_equal_those_of_a_loop_over_the_episodes(theta, rng):
    task = episodes(rng)
    scores = prototypical.predict(NET, theta, *task[:3])
    torch.testing.assert_close(scores, episode_by_episode(module_of(theta), task))


def test_loss_and_gradient_equal_those_of_a_loop_over_the_episodes(theta, rng):
    task, module = episodes(rng), module_of(theta)
    expected = nn.functional.cross_entropy(episode_by_episode(module, task).flatten(0, 1), task.y_query.flatten())
    expected.backward()
    loss, gradient = prototypical.meta_gradient(NET, theta, task)
    torch.testing.assert_close(loss, expected.detach())
    torch.testing.assert_close(list(gradient.values()), [p.grad for p in module.parameters()])


@pytest.mark.parametrize("support_statistics", [False, True])
def test_the_gradient_equals_finite_differences(theta, rng, support_statistics):
    task = episodes(rng)
    how = dict(support_statistics=support_statistics)
    _, gradient = prototypical.meta_gradient(NET, theta, task, **how)
    for name, p in theta.items():
        direction = torch.randn(p.shape, generator=rng)
        up, down = (
            prototypical.meta_loss(NET, theta | {name: p + sign * 1e-6 * direction}, task, **how) for sign in (1, -1)
        )
        torch.testing.assert_close((gradient[name] * direction).sum(), (up - down) / 2e-6, rtol=1e-5, atol=1e-8)


def test_a_prototype_is_the_mean_of_its_class_also_with_unequal_shots():
    z = torch.tensor([[1.0, 0.0], [5.0, 5.0], [3.0, 2.0], [-1.0, 4.0]])[None]
    c = prototypical.prototypes(z, torch.tensor([[1, 0, 1, 1]]))
    assert c.tolist() == [[[5.0, 5.0], [1.0, 2.0]]]


def test_the_prototypes_of_one_shot_are_the_shots(rng):
    z, y = torch.randn(2, 5, 3, generator=rng), torch.tensor([[0, 1, 2, 3, 4], [3, 1, 4, 0, 2]])
    torch.testing.assert_close(prototypical.prototypes(z, y), torch.stack([z[0], z[1, y[1].argsort()]]))


def test_one_shot_is_the_nearest_neighbour_in_the_embedding(theta, rng):
    task = episodes(rng, k_shot=1)
    embed = partial(NET, theta, statistics_from=task.x_support)
    scores = prototypical.predict(NET, theta, *task[:3], support_statistics=True)
    torch.testing.assert_close(scores, nearest.predict(*task[:3], embed=embed))


def test_with_two_shots_it_is_not(theta, rng):
    task = episodes(rng, k_shot=2)
    embed = partial(NET, theta, statistics_from=task.x_support)
    scores = prototypical.predict(NET, theta, *task[:3], support_statistics=True)
    assert (scores - nearest.predict(*task[:3], embed=embed)).abs().max() > 0.01


def test_the_linear_classifier_gives_the_same_probabilities(rng):
    c, z = torch.randn(2, 4, 3, generator=rng), torch.randn(2, 7, 3, generator=rng)
    weight, bias = prototypical.linear_classifier(c)
    assert weight.shape == (2, 3, 4)
    torch.testing.assert_close((z @ weight + bias).softmax(2), prototypical.scores(c, z).softmax(2))


def test_scores_are_minus_the_squared_distance():
    c, z = torch.tensor([[[0.0, 0.0], [3.0, 4.0]]]), torch.tensor([[[0.0, 0.0], [6.0, 8.0]]])
    assert prototypical.scores(c, z).tolist() == [[[0.0, -25.0], [-100.0, -25.0]]]


@pytest.mark.parametrize("offset", [0.0, 300.0, -3000.0])
def test_scores_keep_their_digits_wherever_the_points_lie(rng, offset):
    """In float32: far from 0 they were off by 2, of 100 or so, and some were positive."""
    c, z = ((torch.randn(3, n, 64, generator=rng) + offset).float() for n in (5, 25))
    expected = -(z.double().unsqueeze(2) - c.double().unsqueeze(1)).square().sum(3)
    scores = prototypical.scores(c, z)
    assert scores.dtype == torch.float32
    torch.testing.assert_close(scores.double(), expected, rtol=1e-5, atol=0)
    assert (scores < 0).all()


def test_second_derivatives_of_the_scores_are_those_of_the_distances(rng):
    """The point that both are seen from is a constant to autograd, and may be."""
    c, z = (torch.randn(2, n, 3, generator=rng).requires_grad_() for n in (4, 5))
    weight = torch.randn(2, 5, 4, generator=rng)

    def plain(c, z):
        return -(z.unsqueeze(2) - c.unsqueeze(1)).square().sum(3)

    def derivatives(function):
        value = (weight * function(c, z).softmax(2)).sum()
        first = torch.autograd.grad(value, (c, z), create_graph=True)
        return *first, *torch.autograd.grad(sum(g.pow(3).sum() for g in first), (c, z))

    torch.testing.assert_close(derivatives(prototypical.scores), derivatives(plain))
    assert torch.autograd.gradgradcheck(prototypical.scores, (c, z))


def test_the_order_of_the_support_set_does_not_matter(theta, rng):
    task = episodes(rng)
    order = torch.randperm(task.x_support.shape[1], generator=rng)
    shuffled = prototypical.predict(NET, theta, task.x_support[:, order], task.y_support[:, order], task.x_query)
    torch.testing.assert_close(shuffled, prototypical.predict(NET, theta, *task[:3]))


def test_renaming_the_classes_renames_the_scores(theta, rng):
    """So the place of the right answer makes no difference."""
    task, names = episodes(rng), torch.tensor([2, 0, 3, 1])
    renamed = prototypical.predict(NET, theta, task.x_support, names[task.y_support], task.x_query)
    torch.testing.assert_close(renamed[..., names], prototypical.predict(NET, theta, *task[:3]))
    loss = prototypical.meta_loss(
        NET, theta, task._replace(y_support=names[task.y_support], y_query=names[task.y_query])
    )
    torch.testing.assert_close(loss, prototypical.meta_loss(NET, theta, task))


def test_a_constant_embedding_cannot_tell_the_classes_apart(rng):
    task = episodes(rng)
    scores = prototypical.predict(lambda theta, x: torch.ones(*x.shape[:2], 3), {}, *task[:3])
    assert (scores == scores[..., :1]).all()
    torch.testing.assert_close(losses.cross_entropy(scores, task.y_query), torch.full((3,), log(4)))


def test_classes_that_lie_far_apart_are_told_apart(rng):
    task = episodes(rng, shape=(4,))
    centres = 10 * torch.eye(4)
    task = task._replace(
        x_support=task.x_support + centres[task.y_support], x_query=task.x_query + centres[task.y_query]
    )
    predict = partial(prototypical.predict, lambda theta, x: x, {})
    assert evaluate(predict, task, metric=losses.accuracy).mean == 1


def test_ways_and_shots_at_test_may_differ_from_those_of_training(theta, rng):
    for n_way, k_shot in (2, 1), (6, 3):
        task = episodes(rng, n_way=n_way, k_shot=k_shot)
        assert prototypical.predict(NET, theta, *task[:3]).shape == (3, 3 * n_way, n_way)


def test_one_step_along_the_gradient_lowers_the_loss_and_leaves_theta_alone(rng):
    net = MLP(4, 5, 3, activation=torch.tanh)
    theta, task = net.init(rng), episodes(rng, shape=(4,))
    before = {name: p.clone() for name, p in theta.items()}
    loss, gradient = prototypical.meta_gradient(net, theta, task)
    torch.testing.assert_close(theta, before, rtol=0, atol=0)
    assert not any(p.requires_grad for p in theta.values())
    assert prototypical.meta_loss(net, {name: p - 0.01 * gradient[name] for name, p in theta.items()}, task) < loss


def test_a_class_without_an_example_gets_a_sentence(theta, rng):
    task = episodes(rng)
    with pytest.raises(ValueError, match="task 0 has no support example of class 2"):
        prototypical.meta_loss(NET, theta, task._replace(y_support=task.y_support + (task.y_support == 2)))


def test_a_query_set_whose_labels_do_not_fit_gets_a_sentence(theta, rng):
    task = episodes(rng)
    with pytest.raises(ValueError, match="y has labels for 3 tasks of 11 examples"):
        prototypical.meta_loss(NET, theta, task._replace(y_query=task.y_query[:, :11]))
