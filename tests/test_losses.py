"""Accuracy that gives no place an advantage, and no number where there is none to give."""

from itertools import product

import pytest
import torch

from mlcourse.losses import accuracy, cross_entropy, fair_accuracy, mse, of_each_task

NAN, INF = float("nan"), float("inf")


def test_a_constant_answer_is_right_at_the_rate_of_chance_wherever_the_right_answer_stands():
    scores = torch.zeros(5, 3, 5)
    for place in range(5):
        y = torch.full((5, 3), place)
        torch.testing.assert_close(fair_accuracy(scores, y), torch.full((5,), 1 / 5))
        assert (accuracy(scores, y) == (place == 0)).all()  # what argmax makes of it


def test_it_is_what_random_tie_breaks_give_on_average(rng):
    """Against every way to break the ties, each as likely as any other."""
    scores = torch.randint(3, (1, 4, 3), generator=rng).double()
    y = torch.randint(3, (1, 4), generator=rng)
    ways = [[c for c in range(3) if row[c] == row.max()] for row in scores[0]]
    assert max(map(len, ways)) > 1
    rates = [
        sum(int(guess) == int(truth) for guess, truth in zip(way, y[0], strict=True)) / 4 for way in product(*ways)
    ]
    assert fair_accuracy(scores, y).item() == pytest.approx(sum(rates) / len(rates))


def test_without_ties_it_is_the_accuracy(rng):
    scores, y = torch.randn(3, 50, 4, generator=rng), torch.randint(4, (3, 50), generator=rng)
    assert torch.equal(fair_accuracy(scores, y), accuracy(scores, y))


def test_renumbering_the_classes_changes_nothing(rng):
    scores = torch.randint(4, (3, 50, 5), generator=rng).double()
    y = torch.randint(5, (3, 50), generator=rng)
    new = torch.randperm(5, generator=rng)
    renumbered = torch.empty_like(scores)
    renumbered[..., new] = scores
    torch.testing.assert_close(fair_accuracy(renumbered, new[y]), fair_accuracy(scores, y))


def test_equal_scores_are_answered_by_the_first_class():
    """As argmax does, which lesson 10 is about."""
    scores = torch.tensor([[[1.0, 2.0, 2.0], [0.0, 0.0, 0.0], [3.0, 1.0, 3.0]]])
    for label, share in (0, 2 / 3), (1, 1 / 3), (2, 0.0):
        assert accuracy(scores, torch.full((1, 3), label)).item() == pytest.approx(share)


@pytest.mark.parametrize("measure", [accuracy, fair_accuracy])
@pytest.mark.parametrize(
    "row", [[NAN, 0.0, 1.0], [0.0, 1.0, NAN], [INF, 0.0, 1.0], [INF, INF, 0.0], [-INF, -INF, -INF]]
)
def test_scores_from_which_no_answer_can_be_read_off_get_a_sentence(measure, row):
    scores = torch.zeros(2, 3, 3)
    scores[1, 2] = torch.tensor(row)
    with pytest.raises(ValueError, match=r"no answer can be read off from scores that are nan.* 1 of 6 examples"):
        measure(scores, torch.zeros(2, 3, dtype=torch.int64))


@pytest.mark.parametrize("measure", [accuracy, fair_accuracy])
def test_a_class_may_be_ruled_out_by_a_score_of_minus_infinity(measure):
    """As the logarithm of 0 does in a matching network."""
    assert measure(torch.tensor([[[-INF, 2.0, 1.0]]]), torch.tensor([[1]])).item() == 1


@pytest.mark.parametrize("measure", [cross_entropy, accuracy, fair_accuracy])
@pytest.mark.parametrize("label", [-100, -1, 5, -(2**63)])
def test_labels_out_of_range_get_a_sentence(measure, label):
    y = torch.tensor([[0, 1, 2], [3, 4, label]])
    least, most = min(label, 0), max(label, 4)
    with pytest.raises(ValueError, match=f"5 classes need labels from 0 to 4: got labels from {least} to {most}"):
        measure(torch.zeros(2, 3, 5), y)


@pytest.mark.parametrize(
    ("loss", "shape", "advice"),
    [
        (torch.nn.functional.mse_loss, "", "F.mse_loss and F.cross_entropy mix the tasks, use losses.mse or"),
        (lambda prediction, y: (prediction - y).square().mean().item(), "", "F.mse_loss and F.cross_entropy mix"),
        (lambda prediction, y: (prediction - y).square(), "3, 5, 1", "take the mean over each task's examples"),
        (lambda prediction, y: mse(prediction, y)[:1], "1,", "take the mean over each task's examples"),
    ],
)
def test_a_loss_that_is_not_one_value_a_task_gets_a_sentence(loss, shape, advice):
    with pytest.raises(ValueError, match=rf"for each task, \(3,\): got a value of shape \({shape}\); {advice}"):
        of_each_task(loss, torch.zeros(3, 5, 1), torch.ones(3, 5, 1))


def test_with_one_task_a_scalar_is_refused_too():
    """It would be the right number, and wrong as soon as there are two tasks."""
    with pytest.raises(ValueError, match=r"\(1,\): got a value of shape \(\); F.mse_loss"):
        of_each_task(torch.nn.functional.mse_loss, torch.zeros(1, 5, 1), torch.ones(1, 5, 1))
    assert of_each_task(mse, torch.zeros(1, 5, 1), torch.ones(1, 5, 1)).tolist() == [1.0]
