"""Transfer: one network for the pooled examples of all tasks, then fine-tuned."""

from functools import partial

import pytest
import torch

from mlcourse.evaluation import evaluate
from mlcourse.methods import transfer
from mlcourse.networks import MLP, ConvNet
from mlcourse.tasks import Task
from mlcourse.worlds import sinusoids
from mlcourse.worlds.characters import Characters
from mlcourse.worlds.pooled import sample_pooled


def test_the_pooled_gradient_is_that_of_one_big_batch(rng):
    net = MLP(1, 8, 1)
    theta, task = net.init(rng), sinusoids.sample_tasks(4, 5, 7, rng=rng)
    leaves = {name: p.clone().requires_grad_() for name, p in theta.items()}
    x = torch.cat([task.x_support.flatten(0, 1), task.x_query.flatten(0, 1)])[None]
    y = torch.cat([task.y_support.flatten(0, 1), task.y_query.flatten(0, 1)])[None]
    (net(leaves, x) - y).square().mean().backward()
    loss, gradient = transfer.pooled_gradient(net, theta, task)
    torch.testing.assert_close(loss, (net(theta, x) - y).square().mean())
    torch.testing.assert_close(gradient, {name: p.grad for name, p in leaves.items()})


def test_fine_tuning_is_gradient_descent_on_the_support_set(rng):
    net = MLP(1, 8, 1)
    theta, task = net.init(rng), sinusoids.sample_tasks(3, 5, 7, rng=rng)
    prediction = transfer.predict(net, theta, *task[:3], alpha=0.05, steps=20)
    phi = {name: p.clone().requires_grad_() for name, p in theta.items()}
    optimizer = torch.optim.SGD(phi.values(), lr=0.05)
    for _ in range(20):
        optimizer.zero_grad()
        (net(phi, task.x_support[1:2]) - task.y_support[1:2]).square().mean().backward()
        optimizer.step()
    torch.testing.assert_close(prediction[1:2], net(phi, task.x_query[1:2]))


def test_the_errors_on_the_way_are_those_of_as_many_separate_descents(rng):
    net = MLP(1, 8, 1)
    theta, task = net.init(rng), sinusoids.sample_tasks(3, 5, 7, rng=rng)
    on_the_way = transfer.errors_on_the_way(net, theta, task, alpha=0.05, steps=[0, 1, 20])
    for steps, error in zip([0, 1, 20], on_the_way, strict=True):
        apart = evaluate(partial(transfer.predict, net, theta, alpha=0.05, steps=steps), task)
        torch.testing.assert_close(error.per_task, apart.per_task)


def test_a_descent_that_has_diverged_has_an_infinite_error(rng):
    net = MLP(1, 8, 1)
    theta, task = net.init(rng), sinusoids.sample_tasks(3, 5, 7, rng=rng)
    start, end = transfer.errors_on_the_way(net, theta, task, alpha=1e3, steps=[0, 100])
    assert start.mean < end.mean == float("inf")


@pytest.fixture
def pictures(rng):
    """Three 3-way 2-shot tasks of noise, a small network for them, and weights with a head of 7 training classes."""
    net = ConvNet(7, filters=4, size=8, blocks=2)
    x, y = torch.rand(3, 9, 1, 8, 8, generator=rng), torch.arange(9).expand(3, 9) % 3
    return net, net.init(rng), Task(x[:, :6], y[:, :6], x[:, 6:], y[:, 6:])


def test_a_pooled_mini_batch_holds_drawings_under_the_numbers_of_their_characters(rng):
    images = torch.arange(5 * 4).reshape(5, 4, 1, 1).expand(5, 4, 2, 2)
    task = sample_pooled(Characters(images, torch.zeros(5)), 60, rng=rng)
    for x, y in (task.x_support, task.y_support), (task.x_query, task.y_query):
        assert x.shape == (1, 30, 1, 2, 2)
        torch.testing.assert_close(x[..., 0, 0, 0].long() // 4, y)
    assert task.y_support.unique().tolist() == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match="even number"):
        sample_pooled(Characters(images, torch.zeros(5)), 7, rng=rng)


def test_the_class_mean_wins_whose_cosine_is_highest(pictures):
    net, theta, task = pictures
    scores = transfer.class_mean(net, theta, *task[:3], support_statistics=True)
    z = net.features(theta, torch.cat(task[0:3:2], 1), statistics_from=task.x_support)
    z = z / z.norm(dim=2, keepdim=True)
    for t, q, c in (0, 0, 0), (1, 2, 1), (2, 1, 2):
        mean = (z[t, c] + z[t, c + 3]) / 2
        torch.testing.assert_close(scores[t, q, c], torch.cosine_similarity(z[t, 6 + q], mean, dim=0))


def test_a_new_head_is_softmax_regression_on_features_that_stay(pictures):
    net, theta, task = pictures
    scores = transfer.new_head(net, theta, *task[:3], alpha=0.5, steps=7, support_statistics=True)
    z = net.features(theta, torch.cat(task[0:3:2], 1), statistics_from=task.x_support)[1]
    z = (z / z.norm(dim=1, keepdim=True)).detach()
    head = torch.nn.Linear(z.shape[1], 3).to(z.dtype)
    for p in head.parameters():
        torch.nn.init.zeros_(p)
    optimizer = torch.optim.SGD(head.parameters(), lr=0.5)
    for _ in range(7):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(head(z[:6]), task.y_support[1]).backward()
        optimizer.step()
    torch.testing.assert_close(scores[1], head(z[6:]).detach())


def test_fine_tuning_moves_the_whole_network_as_the_plainest_loop_does(pictures):
    net, theta, task = pictures
    scores = transfer.fine_tune(net, theta, *task[:3], alpha=0.1, steps=5, support_statistics=True)
    body, _ = net.split(theta)
    phi = {name: p.clone().requires_grad_() for name, p in body.items()}
    phi |= {"w": torch.zeros(net.n_features, 3).requires_grad_(), "b": torch.zeros(3).requires_grad_()}
    optimizer = torch.optim.SGD(phi.values(), lr=0.1)
    for _ in range(5):
        optimizer.zero_grad()
        logits = net.features(phi, task.x_support[1:2]) @ phi["w"] + phi["b"]
        torch.nn.functional.cross_entropy(logits[0], task.y_support[1]).backward()
        optimizer.step()
    expected = net.features(phi, task.x_query[1:2], statistics_from=task.x_support[1:2]) @ phi["w"] + phi["b"]
    torch.testing.assert_close(scores[1], expected[0].detach())


@pytest.mark.parametrize("learner", ["class_mean", "new_head", "fine_tune"])
def test_the_head_of_the_training_classes_is_not_used(pictures, learner):
    net, theta, task = pictures
    how = {} if learner == "class_mean" else dict(alpha=0.1, steps=3)
    predict = partial(getattr(transfer, learner), net, **how)
    body, _ = net.split(theta)
    torch.testing.assert_close(predict(theta, *task[:3]), predict(body, *task[:3]), rtol=0, atol=0)


@pytest.mark.parametrize("learner", ["class_mean", "new_head", "fine_tune"])
def test_renaming_the_classes_renames_the_scores(pictures, learner):
    net, theta, task = pictures
    how = {} if learner == "class_mean" else dict(alpha=0.1, steps=3)
    predict = partial(getattr(transfer, learner), net, theta, **how)
    new = torch.tensor([2, 0, 1])
    renamed = predict(task.x_support, new[task.y_support], task.x_query)
    torch.testing.assert_close(renamed[..., new], predict(*task[:3]))


@pytest.mark.parametrize("learner", ["class_mean", "new_head", "fine_tune"])
def test_a_class_without_an_example_gets_a_sentence(pictures, learner):
    net, theta, task = pictures
    how = {} if learner == "class_mean" else dict(alpha=0.1, steps=3)
    gap = task.y_support + (task.y_support == 1)
    with pytest.raises(ValueError, match="task 0 has no support example of class 1: every class from 0 to 2 needs one"):
        getattr(transfer, learner)(net, theta, task.x_support, gap, task.x_query, **how)
