"""Nearest neighbour, against the plainest loop and scikit-free arithmetic."""

import pytest
import torch

from mlcourse.losses import accuracy
from mlcourse.methods import nearest


def test_it_gives_the_label_of_the_nearest_example(rng):
    x_support, x_query = torch.randn(3, 6, 2, 2, generator=rng), torch.randn(3, 7, 2, 2, generator=rng)
    y_support = torch.tensor([0, 1, 2, 0, 1, 2]).expand(3, -1)
    guess = nearest.predict(x_support, y_support, x_query).argmax(-1)
    for t in range(3):
        for q in range(7):
            distances = [(x_query[t, q] - x_support[t, s]).square().sum() for s in range(6)]
            assert guess[t, q] == y_support[t, min(range(6), key=distances.__getitem__)]


def test_scores_are_minus_the_squared_distances(rng):
    x_support, x_query = torch.randn(2, 3, 4, generator=rng), torch.randn(2, 5, 4, generator=rng)
    scores = nearest.predict(x_support, torch.arange(3).expand(2, -1), x_query)
    by_hand = -(x_query.unsqueeze(2) - x_support.unsqueeze(1)).square().sum(-1)
    torch.testing.assert_close(scores, by_hand)


def test_the_order_of_the_support_set_does_not_matter(rng):
    x_support, x_query = torch.randn(2, 6, 4, generator=rng), torch.randn(2, 5, 4, generator=rng)
    y_support = torch.arange(6).remainder(3).expand(2, -1)
    order = torch.randperm(6, generator=rng)
    torch.testing.assert_close(
        nearest.predict(x_support, y_support, x_query),
        nearest.predict(x_support[:, order], y_support[:, order], x_query),
    )


def test_a_support_example_is_its_own_nearest_neighbour(rng):
    x = torch.randn(2, 6, 4, generator=rng)
    y = torch.arange(6).expand(2, -1)
    assert (accuracy(nearest.predict(x, y, x), y) == 1).all()


def test_features_take_the_place_of_pixels(rng):
    x_support, x_query = torch.randn(2, 3, 4, generator=rng), torch.randn(2, 5, 4, generator=rng)
    y = torch.arange(3).expand(2, -1)
    first_only = nearest.predict(x_support, y, x_query, embed=lambda x: x[..., :1])
    torch.testing.assert_close(first_only, nearest.predict(x_support[..., :1], y, x_query[..., :1]))


@pytest.mark.parametrize(
    "y", [torch.tensor([[0, 1, -1]]), torch.tensor([[0.0, 1.0, 2.0]]), torch.tensor([[[0, 1, 2]]])]
)
def test_what_is_no_set_of_labels_gets_a_sentence(y):
    """An example with the label -1 was passed over."""
    with pytest.raises(ValueError, match=r"labels are whole numbers from 0 on|y has labels for"):
        nearest.predict(torch.zeros(1, 3, 4), y, torch.zeros(1, 2, 4))


def test_a_class_of_which_a_task_has_no_example_is_never_its_answer(rng):
    x, y = torch.randn(2, 3, 4, generator=rng), torch.tensor([[0, 1, 2], [0, 2, 2]])
    scores = nearest.predict(x, y, x)
    assert (scores[1, :, 1] == -torch.inf).all()
    assert accuracy(scores, y).tolist() == [1.0, 1.0]
