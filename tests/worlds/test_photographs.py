"""Rendered photographs: a seed gives the same, bursts are near twins, and a thing stays what it is."""

import pytest
import torch

from mlcourse.worlds import photographs
from mlcourse.worlds.photographs import augmented, sample_photographs


@pytest.fixture(scope="module")
def few():
    return photographs.load(6, 3, 4, side=32, seed=1)


def test_a_seed_gives_the_same_photographs_and_another_seed_others(few):
    assert all(torch.equal(a, b) for a, b in zip(few, photographs.load(6, 3, 4, side=32, seed=1), strict=True))
    assert not torch.equal(few.images, photographs.load(6, 3, 4, side=32, seed=2).images)


def test_they_have_three_colours_a_thing_and_a_burst(few):
    assert few.images.shape == (72, 3, 32, 32) and few.images.dtype == torch.uint8
    assert few.labels.bincount().tolist() == [12] * 6 and few.bursts.bincount().tolist() == [4] * 18
    assert all(len(few.labels[few.bursts == burst].unique()) == 1 for burst in range(18))


def test_pictures_of_a_burst_are_much_more_alike_than_others_of_the_thing(few):
    images = few.images.float().flatten(1)
    apart = torch.cdist(images, images, p=1) / images.shape[1]
    same_thing = few.labels[:, None] == few.labels
    same_burst = few.bursts[:, None] == few.bursts
    within = apart[same_burst & ~torch.eye(72, dtype=torch.bool)].mean()
    assert within < apart[same_thing & ~same_burst].mean() / 2


def test_selected_things_keep_their_numbers(few):
    some = few.select(range(2, 4))
    assert some.labels.unique().tolist() == [2, 3] and len(some.images) == 24
    assert torch.equal(some.images, few.images[24:48])


def test_tasks_keep_bursts_apart_unless_told_to_leak(few, rng):
    marked = few._replace(images=few.bursts[:, None, None, None].expand(-1, 3, 2, 2).to(torch.uint8))
    how = dict(n_way=4, k_shot=1, n_query=3, rng=rng)
    for apart in (True, False):
        task = sample_photographs(marked, 50, apart=apart, **how)
        support, query = ((255 * x[:, :, 0, 0, 0]).round() for x in (task.x_support, task.x_query))
        shared = (support[:, :, None] == query[:, None]).any()
        assert shared == (not apart)
        assert task.x_support.max() <= 1


def test_augmented_pictures_keep_their_labels_their_size_and_their_range(few, rng):
    task = sample_photographs(few, 3, n_way=3, k_shot=1, n_query=2, rng=rng)
    other = augmented(task, rng=torch.Generator().manual_seed(0))
    assert torch.equal(other.y_query, task.y_query) and other.x_query.shape == task.x_query.shape
    assert other.x_query.min() >= 0 and other.x_query.max() <= 1
    assert not torch.allclose(other.x_support, task.x_support)
    again = augmented(task, rng=torch.Generator().manual_seed(0))
    assert torch.equal(other.x_support, again.x_support)


def test_augmentation_is_a_mirror_a_turn_a_zoom_and_a_light(rng):
    """A disc in the middle of a dark picture stays a disc in the middle: nothing is moved, and nothing sheared."""
    place = torch.linspace(-1, 1, 41, dtype=torch.float64)
    disc = ((place[:, None] ** 2 + place**2) < 0.25).double().expand(1, 30, 3, 41, 41)
    task = photographs.Task(disc, torch.zeros(1, 30, dtype=torch.int64), disc, torch.zeros(1, 30, dtype=torch.int64))
    seen = (augmented(task, rng=rng).x_support[0, :, 0] > 0.35).double()
    ink = seen.sum((1, 2))
    middle = torch.stack([(seen.sum(axis) @ place) / ink for axis in (1, 2)])
    spread = torch.stack([(seen.sum(axis) @ place.square()) / ink for axis in (1, 2)])
    assert middle.abs().max() < 0.02
    torch.testing.assert_close(spread[0], spread[1], rtol=0.1, atol=0)
    zoom = (ink / disc[0, 0, 0].sum()).sqrt()  # between 1 / 1.2 and 1 / 0.8
    assert zoom.min() > 0.78 and zoom.max() < 1.3 and zoom.std() > 0.05


def test_a_mean_difference_of_20_tells_bursts_from_other_pictures():
    """What lesson 18's second exercise says of these photographs."""
    photos = photographs.load(8)
    images = photos.images.float().flatten(1)
    near = torch.cdist(images, images, p=1) / images.shape[1] <= 20
    same = photos.bursts[:, None] == photos.bursts
    itself = torch.eye(len(images), dtype=torch.bool)
    assert near[same & ~itself].float().mean() > 0.85 and near[~same].float().mean() < 0.01
