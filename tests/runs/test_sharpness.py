"""Sharpness, by Hessian-vector products, is alpha times the largest eigenvalue of a Hessian that is built in full."""

import torch

from mlcourse.losses import mse
from mlcourse.networks import MLP
from mlcourse.runs.sharpness import sharpness
from mlcourse.worlds import sinusoids


def test_it_is_alpha_times_the_largest_eigenvalue_of_each_task(rng):
    net, task = MLP(1, 4, 1), sinusoids.sample_tasks(3, k_shot=5, n_query=1, rng=rng)
    theta = net.init(rng)
    found = sharpness(net, theta, task, alpha=0.1, rng=rng, n_times=500)
    flat = torch.cat([p.flatten() for p in theta.values()])

    def support_loss(w, t):
        parts = w.split([p.numel() for p in theta.values()])
        weights = {name: part.view(p.shape) for (name, p), part in zip(theta.items(), parts, strict=True)}
        return mse(net(weights, task.x_support[t : t + 1]), task.y_support[t : t + 1]).sum()

    for t in range(3):
        hessian = torch.func.hessian(lambda w, t=t: support_loss(w, t))(flat)
        torch.testing.assert_close(found[t], 0.1 * torch.linalg.eigvalsh(hessian).abs().max(), rtol=1e-4, atol=0)


def test_of_a_linear_model_it_is_lesson_03_s(rng):
    net, task = MLP(1, 1), sinusoids.sample_tasks(4, k_shot=5, n_query=1, rng=rng)
    F = torch.cat([task.x_support, torch.ones_like(task.x_support)], dim=2)
    largest = torch.linalg.eigvalsh(2 / 5 * F.mT @ F)[:, -1]
    found = sharpness(net, net.init(rng), task, alpha=0.3, rng=rng, n_times=200)
    torch.testing.assert_close(found, 0.3 * largest)
