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


def drawing(*, height=28, width=28, top=4, left=6, tall=12, wide=8):
    """A block of ink, (1, 1, 1, height, width)."""
    x = torch.zeros(1, 1, 1, height, width, dtype=torch.float64)
    x[..., top : top + tall, left : left + wide] = 1
    return x


def ink(features, side=28):
    """The middle of the ink and its standard deviation, down and across, by the definition."""
    x = features.reshape(side, side)
    place = (torch.arange(side, dtype=x.dtype) + 0.5) / side * 2 - 1
    measured = []
    for weight in (x.sum(1) / x.sum(), x.sum(0) / x.sum()):
        mean = (weight * place).sum()
        measured += [mean, (weight * (place - mean) ** 2).sum().sqrt()]
    return torch.stack(measured)


def test_alignment_puts_the_ink_into_the_middle_with_the_same_spread():
    down, tall, across, wide = ink(nearest.aligned(drawing(), share=1.0, sigma=0.0))
    assert abs(down) < 0.01 and abs(across) < 0.01
    assert abs(tall - nearest.SPREAD) < 0.02 and abs(wide - nearest.SPREAD) < 0.02


def test_halfway_is_the_geometric_mean_of_what_was_and_what_is_wanted():
    _, tall, _, wide = ink(drawing())
    _, taller, _, wider = ink(nearest.aligned(drawing(), share=0.5, sigma=0.0))
    torch.testing.assert_close(taller, (tall * nearest.SPREAD).sqrt(), rtol=0.03, atol=0)
    torch.testing.assert_close(wider, (wide * nearest.SPREAD).sqrt(), rtol=0.03, atol=0)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_drawing_is_the_same_wherever_it_stands_on_the_paper(share):
    moved = nearest.aligned(drawing(top=11, left=13), share=share)
    torch.testing.assert_close(moved, nearest.aligned(drawing(), share=share), rtol=0, atol=1e-9)


def test_with_no_share_and_no_blur_a_centred_drawing_stays_as_it_is():
    x = drawing(top=8, left=10)
    torch.testing.assert_close(nearest.aligned(x, share=0.0, sigma=0.0), x.flatten(2), rtol=0, atol=1e-9)


def test_blur_is_a_normal_distribution_around_every_point():
    x = torch.zeros(1, 1, 1, 29, 29, dtype=torch.float64)
    x[..., 14, 14] = 1
    blurred = nearest.aligned(x, share=0.0, sigma=2.0).reshape(29, 29)
    bell = torch.distributions.Normal(0.0, 2.0).log_prob(torch.arange(-14, 15, dtype=torch.float64)).exp()
    torch.testing.assert_close(blurred, bell.outer(bell), rtol=0, atol=3e-4)
    torch.testing.assert_close(blurred.sum(), torch.tensor(1.0, dtype=torch.float64))


def test_blank_paper_and_a_single_point_of_ink_align_without_trouble():
    point = drawing(tall=1, wide=1)
    for x in (torch.zeros(1, 1, 1, 28, 28), point, point.float()):
        assert nearest.aligned(x).isfinite().all()


def test_aligned_drawings_keep_their_task_and_their_place(rng):
    x = (torch.rand(3, 5, 1, 28, 28, generator=rng) > 0.8).double()
    together = nearest.aligned(x)
    assert together.shape == (3, 5, 784)
    torch.testing.assert_close(together[1, 2], nearest.aligned(x[1:2, 2:3])[0, 0])


@pytest.mark.parametrize("wrong", [dict(share=-0.1), dict(share=1.1), dict(sigma=-1.0)])
def test_what_alignment_cannot_do_is_refused(wrong):
    with pytest.raises(ValueError, match="share lies between 0 and 1"):
        nearest.aligned(drawing(), **wrong)


def test_alignment_reads_new_characters_far_better_than_pixels():
    from mlcourse.worlds import alphabets, sample_episodes

    rng = torch.Generator().manual_seed(0)
    task = sample_episodes(alphabets.load(), 100, n_way=5, k_shot=1, n_query=5, rng=rng)
    right = [
        accuracy(nearest.predict(*task[:3], embed=embed), task.y_query).mean() for embed in (None, nearest.aligned)
    ]
    assert right[1] > right[0] + 0.3


def test_histograms_count_colours_wherever_they_are(rng):
    x = torch.rand(2, 3, 3, 4, 4, generator=rng)
    mixed = x.flatten(3)[..., torch.randperm(16, generator=rng)].view_as(x)
    torch.testing.assert_close(nearest.colours(x), nearest.colours(mixed))
    by_hand = torch.zeros(8)
    for red, green, blue in x[1, 2].flatten(1).T.tolist():
        by_hand[4 * (red >= 0.5) + 2 * (green >= 0.5) + (blue >= 0.5)] += 1 / 16
    torch.testing.assert_close(nearest.colours(x, levels=2)[1, 2], by_hand.sqrt().to(x))
    assert nearest.colours(torch.ones(1, 1, 3, 2, 2)).shape == (1, 1, 64)  # white is the lightest level
