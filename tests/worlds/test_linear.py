"""Linear tasks are what they say: weights and inputs normal, labels linear, noise on the support set alone."""

import pytest
import torch

from mlcourse.worlds import linear


def test_labels_are_one_linear_function_a_task_with_noise_on_the_support(rng):
    task = linear.sample_tasks(500, 6, 40, d=3, noise=0.5, rng=rng)
    w = torch.linalg.lstsq(task.x_query, task.y_query).solution
    torch.testing.assert_close(task.x_query @ w, task.y_query)
    noise = task.y_support - task.x_support @ w
    assert abs(noise.std() - 0.5) < 0.02 and abs(noise.mean()) < 0.03
    assert abs(w.std() - 1) < 0.06 and abs(task.x_query.std() - 1) < 0.02


def test_the_same_seed_gives_the_same_tasks_and_none_may_be_without_points():
    first, second = (linear.sample_tasks(4, 0, 5, d=2, rng=torch.Generator().manual_seed(7)) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    assert [tuple(part.shape) for part in first] == [(4, 0, 2), (4, 0, 1), (4, 5, 2), (4, 5, 1)]


@pytest.mark.parametrize("wrong", [dict(d=0), dict(noise=-1.0), dict(k_shot=-1), dict(n_tasks=0), dict(n_query=0)])
def test_what_is_no_task_is_refused(rng, wrong):
    sizes = dict(n_tasks=1, k_shot=1, n_query=1, d=1) | wrong
    with pytest.raises(ValueError, match="need a task, a query and an input at least"):
        linear.sample_tasks(**sizes, rng=rng)
