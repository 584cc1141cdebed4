"""Episodes are what they say: N classes, K shots, no drawing twice, no class on both sides of a split."""

import pytest
import torch

from mlcourse.worlds import sample_episodes, split_by_alphabet, split_by_class
from mlcourse.worlds.characters import Characters


@pytest.fixture
def characters():
    """Thirty classes of 8 drawings in 4 alphabets, each image carrying its class and drawing in its pixels."""
    images = torch.zeros(30, 8, 4, 4, dtype=torch.uint8)
    images[:, :, 0, 0] = torch.arange(30, dtype=torch.uint8).unsqueeze(1)
    images[:, :, 0, 1] = torch.arange(8, dtype=torch.uint8)
    return Characters(images, torch.tensor([0] * 12 + [1] * 10 + [2] * 5 + [3] * 3))


HOW = dict(n_way=5, k_shot=2, n_query=3)


def identities(task):
    """Class and drawing of each image: (n_tasks, n, 2) for support and for query."""
    return task.x_support[..., 0, 0, :2].long(), task.x_query[..., 0, 0, :2].long()


def test_shapes_and_labels(characters, rng):
    task = sample_episodes(characters, 7, **HOW, rng=rng)
    assert task.x_support.shape == (7, 10, 1, 4, 4)
    assert task.x_query.shape == (7, 15, 1, 4, 4)
    assert (task.y_support.unflatten(1, (5, 2)) == torch.arange(5).view(1, 5, 1)).all()
    assert (task.y_query.unflatten(1, (5, 3)) == torch.arange(5).view(1, 5, 1)).all()
    assert task.x_support.dtype == torch.get_default_dtype()


def test_a_label_means_the_same_class_in_support_and_query(characters, rng):
    task = sample_episodes(characters, 50, **HOW, rng=rng)
    support, query = identities(task)
    for t in range(50):
        for label in range(5):
            classes = {int(c) for c in support[t, task.y_support[t] == label, 0]}
            classes |= {int(c) for c in query[t, task.y_query[t] == label, 0]}
            assert len(classes) == 1


def test_classes_differ_and_no_drawing_comes_twice(characters, rng):
    task = sample_episodes(characters, 50, **HOW, rng=rng)
    everything = torch.cat(identities(task), 1)
    for t in range(50):
        assert len({tuple(i) for i in everything[t].tolist()}) == 25
        assert len(set(everything[t, :, 0].tolist())) == 5


def test_every_class_is_as_likely_under_every_label(characters, rng):
    task = sample_episodes(characters, 6000, **HOW, rng=rng)
    support, _ = identities(task)
    for label in range(5):
        counts = torch.bincount(support[:, 2 * label, 0], minlength=30)
        assert counts.min() > 140 and counts.max() < 265  # 200 expected, give or take 14


def test_within_one_alphabet_all_classes_come_from_it(characters, rng):
    task = sample_episodes(characters, 200, **HOW, rng=rng, within_alphabet=True)
    alphabets = characters.alphabet[identities(task)[0][..., 0]]
    assert (alphabets == alphabets[:, :1]).all()
    assert set(alphabets.unique().tolist()) == {0, 1, 2}  # the fourth is too small for five ways


def test_rotations_are_classes_of_their_own(rng):
    images = torch.zeros(1, 5, 3, 3, dtype=torch.uint8)
    images[:, :, 0, 0] = 1
    one = Characters(images, torch.zeros(1, dtype=torch.int64))
    task = sample_episodes(one, 40, n_way=4, k_shot=1, n_query=2, rng=rng, rotations=True)
    corners = task.x_support[:, :, 0][:, :, [0, 0, 2, 2], [0, 2, 2, 0]]
    assert (corners.sum(-1) == 1).all() and (corners.sum(1) == 1).all()
    assert torch.equal(task.x_query[:, ::2], task.x_support)


def test_the_source_is_not_changed(characters, rng):
    before = characters.images.clone()
    sample_episodes(characters, 20, **HOW, rng=rng, rotations=True)
    assert torch.equal(characters.images, before)


def test_a_seed_gives_the_same_episodes(characters):
    first, second = (
        sample_episodes(characters, 4, **HOW, rng=torch.Generator().manual_seed(3), rotations=True) for _ in range(2)
    )
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def test_a_split_by_class_shares_no_class(characters, rng):
    train, test = split_by_class(characters, 20, 10, rng=rng)
    seen = [set(part.images[:, 0, 0, 0].tolist()) for part in (train, test)]
    assert [len(s) for s in seen] == [20, 10]
    assert not seen[0] & seen[1]


def test_a_split_by_alphabet_shares_no_alphabet_and_keeps_each_whole(characters, rng):
    parts = split_by_alphabet(characters, 2, 1, 1, rng=rng)
    alphabets = [set(part.alphabet.tolist()) for part in parts]
    assert [len(a) for a in alphabets] == [2, 1, 1]
    assert set.union(*alphabets) == {0, 1, 2, 3}
    assert sum(part.n_classes for part in parts) == 30


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        (dict(n_way=31), "31-way tasks need 31 classes: there are at most 30 in this set"),
        (dict(n_way=13, within_alphabet=True), "at most 12 in any one alphabet"),
        (dict(k_shot=6), "6 shots and 3 queries need 9 drawings of a class: there are 8"),
        (dict(n_query=0), "got n_query = 0"),
    ],
)
def test_impossible_requests_say_so(characters, rng, how, sentence):
    with pytest.raises(ValueError, match=sentence):
        sample_episodes(characters, 3, **(HOW | how), rng=rng)


@pytest.mark.parametrize("split", [split_by_class, split_by_alphabet])
def test_a_split_that_asks_for_too_much_says_so(characters, rng, split):
    with pytest.raises(ValueError, match="cannot split"):
        split(characters, 40, rng=rng)
