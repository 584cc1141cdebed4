"""A batch of tasks keeps its axes."""

import pytest
import torch

from mlcourse import sinusoids
from mlcourse.losses import mse


def test_selecting_tasks_keeps_the_task_axis(rng):
    task = sinusoids.sample_tasks(6, 5, 3, rng=rng)
    assert task.select([4]).n_tasks == 1
    assert torch.equal(task.select(slice(2, 4)).x_query, task.x_query[2:4])


def test_mse_has_one_value_a_task(rng):
    prediction, y = torch.randn(2, 3, 5, 1, generator=rng)
    by_hand = torch.stack([((prediction[t] - y[t]) ** 2).sum() / 5 for t in range(3)])
    torch.testing.assert_close(mse(prediction, y), by_hand)


def test_mse_refuses_to_broadcast():
    with pytest.raises(ValueError, match="differ in shape"):
        mse(torch.zeros(3, 5, 1), torch.zeros(3, 5))
