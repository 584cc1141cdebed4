"""An evaluation is a mean over tasks, with an interval that keeps its promise."""

from functools import partial

import pytest
import torch

from mlcourse.evaluation import Evaluation, dependence, evaluate, summarise
from mlcourse.losses import accuracy, fair_accuracy
from mlcourse.methods import maml
from mlcourse.networks import MLP
from mlcourse.tasks import Task
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


def images(n_tasks=4, n_way=5):
    y = torch.arange(n_way).expand(n_tasks, -1)
    return Task(torch.zeros(n_tasks, n_way, 1), y, torch.zeros(n_tasks, n_way, 1), y)


def share_of_right_answers(scores, y):
    """A metric as a learner may write it, without a look at the scores."""
    return (scores.argmax(-1) == y).double().mean(1)


@pytest.mark.parametrize("metric", [accuracy, fair_accuracy, share_of_right_answers])
def test_a_learner_that_answers_with_nan_gets_a_sentence_and_no_accuracy(metric):
    """It had 20%, and 100% where the right answer stands first."""

    def broken(x_support, y_support, x_query):
        scores = torch.zeros(4, 5, 5)
        scores[1:3, 2, 3] = float("nan")
        return scores

    with pytest.raises(ValueError, match="answered with nan in 2 of 4 tasks: it has diverged, or"):
        evaluate(broken, images(), metric=metric)


@pytest.mark.parametrize("metric", [accuracy, fair_accuracy])
@pytest.mark.parametrize("value", [float("inf"), -float("inf")])
def test_infinite_scores_get_a_sentence_and_no_accuracy(metric, value):
    with pytest.raises(ValueError, match="no answer can be read off"):
        evaluate(lambda *given: torch.full((4, 5, 5), value), images(), metric=metric)


def test_the_error_of_a_learner_that_diverges_is_infinite_until_it_answers_with_nan(rng):
    """The rule: infinity is a true answer of the squared error, nan is none."""
    task, net = sinusoids.sample_tasks(3, 5, 10, rng=rng), MLP(1, 8, 1)
    theta = net.init(rng)

    def after(steps):
        return evaluate(partial(maml.predict, net, theta, alpha=10.0, steps=steps), task)

    assert 1e50 < after(3).mean < float("inf")
    assert str(after(5)) == "inf ± inf"
    with pytest.raises(ValueError, match="answered with nan in 3 of 3 tasks"):
        after(7)


def test_a_metric_gives_one_value_a_task(rng):
    task = sinusoids.sample_tasks(3, 5, 10, rng=rng)
    with pytest.raises(ValueError, match=r"one value for each task, \(3,\): got a value of shape \(3, 10, 1\)"):
        evaluate(guess_zero, task, metric=lambda prediction, y: (prediction - y).abs())


def test_a_summary_of_queries_in_place_of_tasks_is_refused(rng):
    """Its interval would be that of the tasks' number, and of the queries' spread: six times too wide here."""
    per_query = torch.rand(100, 25, generator=rng)
    with pytest.raises(
        ValueError, match=r"need one value for each task, \(n_tasks,\), with a mean: got shape \(100, 25\)"
    ):
        summarise(per_query)
    assert summarise(per_query.mean(1)).interval < 0.02


@pytest.mark.parametrize("values", [[], [1.0, float("nan")], [float("inf"), -float("inf")]])
def test_what_has_no_mean_gets_a_sentence(values):
    with pytest.raises(ValueError, match="with a mean: got shape"):
        summarise(torch.tensor(values))


def test_what_depends_on_the_other_queries_is_found_and_measured(rng):
    task = sinusoids.sample_tasks(3, k_shot=2, n_query=5, rng=rng)

    def centred(x_support, y_support, x_query):
        return x_query - x_query.mean(1, keepdim=True)

    expected = (task.x_query - task.x_query.mean(1, keepdim=True)).abs().amax((1, 2))
    torch.testing.assert_close(dependence(centred, task), expected)


def test_what_looks_at_each_query_by_itself_depends_on_none(rng):
    net = MLP(1, 8, 1)
    task = sinusoids.sample_tasks(3, k_shot=2, n_query=5, rng=rng)
    found = dependence(partial(maml.predict, net, net.init(rng), alpha=0.01), task)
    torch.testing.assert_close(found, torch.zeros(3), atol=1e-6, rtol=0)
