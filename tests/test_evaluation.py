"""An evaluation is a mean over tasks, with an interval that keeps its promise."""

import pytest
import torch

from mlcourse.evaluation import Evaluation, evaluate
from mlcourse.worlds import sinusoids


def guess_zero(x_support, y_support, x_query):
    return torch.zeros_like(x_query)


def test_the_mean_and_the_interval_are_those_of_the_per_task_errors(rng):
    task = sinusoids.sample_tasks(40, 5, 10, rng=rng)
    result = evaluate(guess_zero, task)
    per_task = (task.y_query**2).mean((1, 2))
    torch.testing.assert_close(result.per_task, per_task)
    assert result.mean == pytest.approx(per_task.mean().item())
    assert result.interval == pytest.approx(1.96 * (per_task.var() / 40).sqrt().item())


def test_the_interval_covers_the_true_mean_95_times_in_100(rng):
    """Predicting zero errs by E[A^2] / 2 on average, so the truth is known."""
    truth = (5**3 - 0.1**3) / 3 / 4.9 / 2
    covered = 0
    for _ in range(1000):
        result = evaluate(guess_zero, sinusoids.sample_tasks(100, 1, 20, rng=rng))
        covered += abs(result.mean - truth) <= result.interval
    assert 925 <= covered <= 970


def test_query_labels_cannot_reach_the_learner(rng):
    task = sinusoids.sample_tasks(3, 5, 10, rng=rng)
    seen = []
    evaluate(lambda *given: seen.append(given) or guess_zero(*given), task)
    assert len(seen[0]) == 3
    assert not any(torch.equal(tensor, task.y_query) for tensor in seen[0])


def test_one_task_has_no_finite_interval(rng):
    assert evaluate(guess_zero, sinusoids.sample_tasks(1, 5, 10, rng=rng)).interval == float("inf")


def test_it_prints_as_mean_and_interval(rng):
    result = evaluate(guess_zero, sinusoids.sample_tasks(30, 5, 10, rng=rng))
    assert str(result) == f"{result.mean:.2f} ± {result.interval:.2f}"


def test_a_support_set_without_labels_gets_a_sentence(rng):
    task = sinusoids.sample_tasks(3, 5, 10, rng=rng)._replace(y_support=None)
    with pytest.raises(ValueError, match="the support set has no labels"):
        evaluate(guess_zero, task)


def test_without_transduction_queries_come_one_at_a_time(rng):
    """A learner that says how many queries it sees betrays the difference."""
    task = sinusoids.sample_tasks(3, 5, 10, rng=rng)

    def count(x_support, y_support, x_query):
        return torch.full_like(x_query, x_query.shape[1])

    together, alone = (evaluate(count, task._replace(y_query=torch.zeros(3, 10, 1)), transductive=t) for t in (1, 0))
    assert (together.per_task == 100).all() and (alone.per_task == 1).all()


def test_a_share_prints_in_percent():
    assert Evaluation(0.41257, 0.00921, torch.zeros(1)).percent() == "41.3% ± 0.9"
