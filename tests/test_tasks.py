"""A batch of tasks keeps its axes."""

import pytest
import torch

from mlcourse.losses import accuracy, cross_entropy, mse
from mlcourse.tasks import Pairs
from mlcourse.worlds import sinusoids


def test_selecting_tasks_keeps_the_task_axis(rng):
    task = sinusoids.sample_tasks(6, 5, 3, rng=rng)
    assert task.select([4]).n_tasks == 1
    assert torch.equal(task.select(slice(2, 4)).x_query, task.x_query[2:4])


def test_a_function_is_mapped_over_all_tensors_of_a_batch(rng):
    task, pairs = sinusoids.sample_tasks(6, 5, 3, rng=rng), Pairs(*torch.rand(3, 4, 1, 2, 2, generator=rng))
    for batch in task, pairs:
        mapped = batch.map(lambda tensor: 2 * tensor)
        assert type(mapped) is type(batch)
        assert all(torch.equal(after, 2 * before) for after, before in zip(mapped, batch, strict=True))


def test_mse_has_one_value_a_task(rng):
    prediction, y = torch.randn(2, 3, 5, 1, generator=rng)
    by_hand = torch.stack([((prediction[t] - y[t]) ** 2).sum() / 5 for t in range(3)])
    torch.testing.assert_close(mse(prediction, y), by_hand)


def test_mse_refuses_to_broadcast():
    with pytest.raises(ValueError, match="differ in shape"):
        mse(torch.zeros(3, 5, 1), torch.zeros(3, 5))


def test_cross_entropy_has_one_value_a_task(rng):
    scores, y = torch.randn(3, 4, 5, generator=rng), torch.randint(5, (3, 4), generator=rng)
    by_hand = -scores.log_softmax(-1).gather(-1, y.unsqueeze(-1)).squeeze(-1).mean(1)
    torch.testing.assert_close(cross_entropy(scores, y), by_hand)


def test_accuracy_is_the_share_of_right_answers():
    scores = torch.tensor([[[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [1.0, 0.0]]])
    assert accuracy(scores, torch.tensor([[0, 1], [1, 1]])).tolist() == [1.0, 0.0]


@pytest.mark.parametrize("function", [cross_entropy, accuracy])
def test_scores_and_labels_that_do_not_fit_get_a_sentence(function):
    with pytest.raises(ValueError, match=r"need scores \(n_tasks, n, n_way\) and labels \(n_tasks, n\)"):
        function(torch.zeros(3, 4, 5), torch.zeros(3, 5, dtype=torch.int64))
