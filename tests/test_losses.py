"""Accuracy that gives no place an advantage."""

from itertools import product

import pytest
import torch

from mlcourse.losses import accuracy, fair_accuracy


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
