"""Distortions: held against scipy's resampling, and against what each of them may do at most."""

import math

import numpy as np
import pytest
import torch
from scipy import ndimage

from mlcourse.worlds import alphabets, distortions, sample_episodes, sample_pairs
from mlcourse.worlds.distortions import distort


@pytest.fixture(scope="module")
def drawings():
    return alphabets.load().images[:30, 0].double()


def test_it_resamples_as_scipy_does(drawings, rng):
    size, found = drawings.shape[-1], distort(drawings, rng=torch.Generator().manual_seed(3))
    matrices = distortions._matrices(len(drawings), torch.Generator().manual_seed(3)).double().numpy()
    for drawing, matrix, result in zip(drawings.numpy(), matrices, found.numpy(), strict=True):
        linear, shift = matrix[:, :2], matrix[:, 2]  # of (x, y), from -1 to 1; scipy counts (row, column) in pixels
        corner = np.full(2, 1 / size - 1)
        offset = ((linear @ corner + shift + 1) * size - 1) / 2
        expected = ndimage.affine_transform(
            drawing, linear[::-1, ::-1], offset[::-1], order=1, mode="grid-constant", cval=0.0
        )
        np.testing.assert_allclose(result, expected, atol=1e-5)


def test_each_kind_is_used_in_every_second_drawing_and_stays_within_its_limits(rng):
    matrices = distortions._matrices(20_000, rng)
    shift = matrices[:, :, 2]
    assert shift.abs().max() <= 4 / 105  # two of 105 pixels, in a picture from -1 to 1
    assert 0.48 < (shift == 0).double().mean() < 0.52
    plain = (matrices == torch.eye(2, 3)).all(2).all(1).double().mean()
    assert abs(plain - 0.5**7) < 0.003
    determinant = torch.linalg.det(matrices[:, :, :2])
    assert determinant.min() > (1 - 0.3**2) / 1.2**2 - 1e-6 and determinant.max() < (1 + 0.3**2) / 0.8**2 + 1e-6


def test_a_turn_alone_is_one_of_ten_degrees_at_most(monkeypatch, rng):
    monkeypatch.setattr(distortions, "SHEAR", 0.0)
    monkeypatch.setattr(distortions, "SCALE", 0.0)
    turn = distortions._matrices(5000, rng)[:, :, :2]
    torch.testing.assert_close(turn @ turn.mT, torch.eye(2).expand_as(turn))
    angle = torch.atan2(turn[:, 1, 0], turn[:, 0, 0])
    assert angle.abs().max() <= math.radians(10) and angle.min() < -0.15 and angle.max() > 0.15


def test_a_class_stays_nearest_to_itself(drawings, rng):
    """A distorted drawing is closer to where it came from than to any other class, for most of them, once blurred."""
    blur = np.stack([ndimage.gaussian_filter(drawing, 1.5) for drawing in drawings.numpy()])
    moved = np.stack([ndimage.gaussian_filter(drawing, 1.5) for drawing in distort(drawings, rng=rng).numpy()])
    distance = ((moved[:, None] - blur[None]) ** 2).sum((2, 3))
    assert (distance.argmin(1) == np.arange(len(drawings))).mean() > 0.8


def test_pairs_and_episodes_keep_their_labels_and_every_drawing_moves_on_its_own(rng):
    characters = alphabets.load().select(slice(0, 20))
    pairs = sample_pairs(characters, 8, rng=rng)
    task = sample_episodes(characters, 2, n_way=3, k_shot=2, n_query=2, rng=rng)
    for drawn in (pairs, task):
        found = distortions.distorted(drawn, rng=rng)
        assert type(found) is type(drawn)
        for name in drawn._fields:
            before, after = getattr(drawn, name), getattr(found, name)
            assert before.shape == after.shape and before.dtype == after.dtype
            assert torch.equal(before, after) == name.startswith("y")
    same = distort(pairs.a[:1].expand(8, -1, -1, -1), rng=rng)
    assert len({tuple(each.flatten().tolist()) for each in same}) > 4


def test_halved_drawings_hold_the_mean_of_four_pixels_and_keep_their_labels(rng):
    task = sample_episodes(alphabets.load().select(slice(0, 20)), 2, n_way=3, k_shot=2, n_query=2, rng=rng)
    small = distortions.halved(task)
    for large, half in (task.x_support, small.x_support), (task.x_query, small.x_query):
        assert half.shape == (*large.shape[:3], 14, 14)
        corners = sum(large[..., i::2, j::2] for i in (0, 1) for j in (0, 1))
        torch.testing.assert_close(half, corners / 4)
    assert torch.equal(task.y_support, small.y_support) and torch.equal(task.y_query, small.y_query)


def test_a_drawing_must_be_square(rng):
    with pytest.raises(ValueError, match="28 x 27"):
        distort(torch.zeros(2, 28, 27), rng=rng)
