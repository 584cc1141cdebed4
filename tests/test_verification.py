"""The ROC curve, its area and the equal error rate, against scikit-learn and the plainest loops."""

import pytest
import torch
from sklearn.metrics import roc_auc_score, roc_curve

from mlcourse.verification import verify


def scores_and_labels(rng, n=301, ties=False):
    y = (torch.rand(n, generator=rng) < 0.4).double()
    scores = torch.randn(n, generator=rng) + y
    return (scores.round() if ties else scores), y


@pytest.mark.parametrize("ties", [False, True])
def test_curve_and_area_equal_those_of_scikit_learn(rng, ties):
    scores, y = scores_and_labels(rng, ties=ties)
    result = verify(scores, y)
    false, true, _ = roc_curve(y, scores, drop_intermediate=False)
    torch.testing.assert_close(result.false_accepts, torch.from_numpy(false))
    torch.testing.assert_close(result.true_accepts, torch.from_numpy(true))
    assert result.area == pytest.approx(roc_auc_score(y, scores))


@pytest.mark.parametrize("ties", [False, True])
def test_the_equal_error_rate_lies_where_the_curve_of_scikit_learn_meets_the_diagonal(rng, ties):
    """A search for the point of the straight-line curve at which false accepts equal false refusals."""
    scores, y = scores_and_labels(rng, ties=ties)
    false, true, _ = (torch.from_numpy(part) for part in roc_curve(y, scores, drop_intermediate=False))
    low, high = 0.0, len(false) - 1.0
    for _ in range(60):
        middle = (low + high) / 2
        i, share = min(int(middle), len(false) - 2), middle - min(int(middle), len(false) - 2)
        x, up = (torch.lerp(part[i], part[i + 1], share) for part in (false, true))
        low, high = (middle, high) if x < 1 - up else (low, middle)
    assert verify(scores, y).equal_error_rate == pytest.approx(x.item(), abs=1e-9)


def test_the_area_is_the_chance_that_a_same_pair_scores_higher(rng):
    scores, y = scores_and_labels(rng, n=60, ties=True)
    wins = [(s > d) + 0.5 * (s == d) for s in scores[y == 1].tolist() for d in scores[y == 0].tolist()]
    assert verify(scores, y).area == pytest.approx(sum(wins) / len(wins))


def test_known_cases():
    y = torch.tensor([1.0, 1.0, 0.0, 0.0])
    for scores, area, error in (
        ([4, 3, 2, 1], 1, 0),
        ([1, 2, 3, 4], 0, 1),
        ([7, 7, 7, 7], 0.5, 0.5),
        ([3, 1, 2, 0], 0.75, 0.5),
    ):
        result = verify(torch.tensor(scores).double(), y)
        assert (result.area, result.equal_error_rate) == (area, error)
    assert str(result) == "area 0.75, equal error rate 50%"


def test_only_the_order_of_the_scores_counts(rng):
    scores, y = scores_and_labels(rng)
    order = torch.randperm(len(y), generator=rng)
    assert verify(scores, y).area == verify(scores.exp(), y).area == verify(scores[order], y[order]).area
    assert verify(scores, y).area == pytest.approx(1 - verify(-scores, y).area)


def test_what_cannot_be_judged_gets_a_sentence():
    with pytest.raises(ValueError, match=r"need pairs of both kinds, labelled 0 and 1: got the labels \[1.0\]"):
        verify(torch.zeros(3), torch.ones(3))
    with pytest.raises(ValueError, match=r"got the labels \[-1.0, 1.0\]"):
        verify(torch.zeros(2), torch.tensor([-1.0, 1.0]))
    with pytest.raises(ValueError, match="need one score and one label a pair"):
        verify(torch.zeros(3, 1), torch.ones(3))
    for value in float("nan"), float("inf"), -float("inf"):
        with pytest.raises(ValueError, match="need finite scores: 1 of 3 are nan or infinite"):
            verify(torch.tensor([0.0, value, 1.0]), torch.tensor([0.0, 1.0, 1.0]))
