"""Transfer: one network for the pooled examples of all tasks, then fine-tuned."""

import torch

from mlcourse import sinusoids, transfer
from mlcourse.networks import MLP


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
