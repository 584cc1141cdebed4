"""What shares a source stays on one side of a task; without sources, an episode is the ordinary one."""

import pytest
import torch

from mlcourse.worlds import sources
from mlcourse.worlds.sources import sample_apart

LABELS = torch.tensor([4] * 9 + [7] * 12 + [1] * 8)
SOURCES = torch.tensor([0, 0, 0, 1, 1, 2, 2, 2, 3] + [10, 11, 12] * 4 + [5, 6, 5, 6, 5, 6, 5, 8])
NUMBERS = torch.arange(len(LABELS)).float().unsqueeze(1)  # each picture is its own number
HOW = dict(n_way=3, k_shot=2, n_query=3)


def test_no_query_shares_its_source_with_a_support_picture(rng):
    task = sample_apart(NUMBERS, LABELS, SOURCES, 200, rng=rng, **HOW)
    support, query = (x[:, :, 0].long() for x in (task.x_support, task.x_query))
    for t in range(200):
        assert not set(SOURCES[support[t]].tolist()) & set(SOURCES[query[t]].tolist())


def test_labels_are_those_of_the_classes_and_no_picture_comes_twice(rng):
    task = sample_apart(NUMBERS, LABELS, SOURCES, 100, rng=rng, **HOW)
    assert task.y_support.shape == (100, 6) and task.y_query.shape == (100, 9)
    for t in range(100):
        classes = [LABELS[task.x_support[t, task.y_support[t] == c, 0].long()].unique() for c in range(3)]
        assert len({int(c) for c in classes}) == 3 and all(len(c) == 1 for c in classes)
        for c in range(3):
            assert (LABELS[task.x_query[t, task.y_query[t] == c, 0].long()] == classes[c]).all()
        drawn = torch.cat([task.x_support[t], task.x_query[t]]).flatten()
        assert len(drawn.unique()) == len(drawn)


def test_every_picture_can_come_on_either_side(rng):
    task = sample_apart(NUMBERS, LABELS, SOURCES, 400, rng=rng, **HOW)
    for x in (task.x_support, task.x_query):
        assert len(x.unique()) == len(NUMBERS)


def test_sources_are_taken_until_there_are_enough_pictures(rng):
    for k_shot in range(1, 8):
        support = sources.sides(SOURCES[:9], k_shot, rng=rng)
        taken, counts = SOURCES[:9][support].unique(return_counts=True)
        assert support.sum() >= k_shot and all(
            support.sum() - n < k_shot for n in counts[-1:].tolist() if len(taken) == 1
        )
        assert all(support[SOURCES[:9] == s].all() for s in taken)
        assert support.sum() - counts.max() < k_shot  # without the largest there would be too few


def test_without_sources_the_support_side_is_k_shot_random_pictures(rng):
    sides = torch.stack([sources.sides(torch.arange(6), 2, rng=rng) for _ in range(3000)])
    assert (sides.sum(1) == 2).all()
    assert ((sides.float().mean(0) - 1 / 3).abs() < 0.04).all()  # five standard deviations


def test_a_seed_gives_the_same_tasks_and_images_of_any_shape_pass():
    images = torch.randint(0, 256, (len(LABELS), 3, 5, 5), dtype=torch.uint8)
    a, b = (
        sample_apart(images, LABELS, None, 4, rng=torch.Generator().manual_seed(3), n_way=2, k_shot=1, n_query=2)
        for _ in range(2)
    )
    assert all(torch.equal(p, q) for p, q in zip(a, b, strict=True))
    assert a.x_support.shape == (4, 2, 3, 5, 5) and a.x_query.dtype == torch.get_default_dtype()


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (dict(n_way=4), "4-way tasks need 4 classes: there are 3"),
        (
            dict(n_query=4),
            "class 1 has 8 pictures, up to 4 of one source: 2 shots and 4 queries of other sources may need 9",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_a_sentence(how, words, rng):
    with pytest.raises(ValueError, match=words):
        sample_apart(NUMBERS, LABELS, SOURCES, 1, rng=rng, **(HOW | how))


def test_a_source_of_several_classes_is_on_one_side_for_all_of_them(rng):
    labels, writers = torch.arange(6).repeat_interleave(16), torch.arange(8).repeat(12)
    numbers = torch.arange(96.0).unsqueeze(1)
    task = sample_apart(numbers, labels, writers, 100, n_way=4, k_shot=2, n_query=3, rng=rng)
    for t in range(100):
        support, query = (set(writers[x[t, :, 0].long()].tolist()) for x in (task.x_support, task.x_query))
        assert not support & query
    three = torch.tensor([0, 1, 1, 2, 2, 0]).repeat_interleave(4)  # each class shares a source with each other
    with pytest.raises(ValueError, match="has 0 pictures left for 3, as its sources are those of other classes, too"):
        sample_apart(
            numbers[:24], torch.arange(3).repeat_interleave(8), three, 1, n_way=3, k_shot=1, n_query=3, rng=rng
        )


def test_labels_and_sources_that_do_not_fit_are_refused(rng):
    with pytest.raises(ValueError, match="a label and a source for each picture: got 29, 29, 3"):
        sample_apart(NUMBERS, LABELS, SOURCES[:3], 1, rng=rng, **HOW)
    with pytest.raises(ValueError, match="at least 1 of everything"):
        sample_apart(NUMBERS, LABELS, SOURCES, 1, rng=rng, **(HOW | dict(k_shot=0)))
