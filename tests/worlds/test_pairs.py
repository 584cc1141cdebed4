"""Pairs are what they say: half same, half different, never a drawing with itself, never across a split."""

import pytest
import torch

from mlcourse.worlds import sample_pairs, split_by_alphabet
from mlcourse.worlds.characters import Characters


@pytest.fixture
def characters():
    """Twelve classes of 5 drawings in 3 alphabets, each image carrying its class and drawing in its pixels."""
    images = torch.zeros(12, 5, 4, 4, dtype=torch.uint8)
    images[:, :, 0, 0] = torch.arange(12, dtype=torch.uint8).unsqueeze(1)
    images[:, :, 0, 1] = torch.arange(5, dtype=torch.uint8)
    return Characters(images, torch.tensor([0] * 6 + [1] * 4 + [2] * 2))


def identities(images):
    """Class and drawing of each image, (n_pairs, 2)."""
    return images[:, 0, 0, :2].long()


def test_half_of_the_pairs_are_same_and_the_labels_tell_the_truth(characters, rng):
    pairs = sample_pairs(characters, 500, rng=rng)
    same_class = identities(pairs.a)[:, 0] == identities(pairs.b)[:, 0]
    assert torch.equal(pairs.y == 1, same_class)
    assert pairs.y.sum() == 250
    assert pairs.a.shape == pairs.b.shape == (500, 1, 4, 4)
    assert pairs.a.dtype == pairs.y.dtype == torch.get_default_dtype()


def test_the_order_of_the_labels_is_random(characters, rng):
    first_ten = {tuple(sample_pairs(characters, 20, rng=rng).y[:10].tolist()) for _ in range(20)}
    assert len(first_ten) > 10


def test_no_drawing_is_paired_with_itself(characters, rng):
    pairs = sample_pairs(characters, 3000, rng=rng)
    a, b = identities(pairs.a), identities(pairs.b)
    assert (a != b).any(1).all()


def test_the_numbers_of_the_drawings_do_not_give_the_label_away(characters, rng):
    """In Omniglot the number of a drawing is its drawer: two drawers in each pair, same or different."""
    pairs = sample_pairs(characters, 4000, rng=rng)
    a, b = identities(pairs.a)[:, 1], identities(pairs.b)[:, 1]
    for label in (0, 1):
        counts = torch.bincount((5 * a + b)[pairs.y == label], minlength=25).view(5, 5)
        assert (counts.diagonal() == 0).all()
        assert counts[~torch.eye(5, dtype=bool)].min() > 60  # 100 expected, give or take 10


def test_every_class_comes_as_often_as_any_other_on_both_sides(characters, rng):
    pairs = sample_pairs(characters, 12000, rng=rng)
    for side in (pairs.a, pairs.b):
        for label in (0, 1):
            counts = torch.bincount(identities(side)[pairs.y == label, 0], minlength=12)
            assert counts.min() > 400 and counts.max() < 600  # 500 expected, give or take 21


def test_pairs_never_cross_a_split(characters, rng):
    parts = split_by_alphabet(characters, 1, 2, rng=rng)
    seen = []
    for part in parts:
        pairs = sample_pairs(part, 400, rng=rng)
        seen.append(set(torch.cat([identities(pairs.a), identities(pairs.b)])[:, 0].tolist()))
    assert not seen[0] & seen[1]
    assert len(seen[0]) + len(seen[1]) == 12


def test_within_an_alphabet_both_classes_come_from_it(characters, rng):
    pairs = sample_pairs(characters, 2000, rng=rng, within_alphabet=True)
    a, b = (characters.alphabet[identities(side)[:, 0]] for side in (pairs.a, pairs.b))
    assert torch.equal(a, b)
    assert a.unique().tolist() == [0, 1, 2]
    anywhere = sample_pairs(characters, 2000, rng=rng)
    a, b = (characters.alphabet[identities(side)[:, 0]] for side in (anywhere.a, anywhere.b))
    assert (a != b).any()


def test_rotated_characters_are_classes_of_their_own(rng):
    """One class with a mark in one corner: turned, the mark says which class it is."""
    images = torch.zeros(1, 5, 3, 3, dtype=torch.uint8)
    images[:, :, 0, 0] = 1
    one = Characters(images, torch.zeros(1, dtype=torch.int64))
    pairs = sample_pairs(one, 400, rng=rng, rotations=True, within_alphabet=True)
    corners = [side[:, 0][:, [0, 0, 2, 2], [0, 2, 2, 0]].argmax(1) for side in (pairs.a, pairs.b)]
    assert torch.equal(corners[0] == corners[1], pairs.y == 1)
    assert corners[0].unique().tolist() == [0, 1, 2, 3]


def test_a_seed_gives_the_same_pairs_and_leaves_the_source_alone(characters):
    before = characters.images.clone()
    how = dict(rotations=True, within_alphabet=True)
    first, second = (sample_pairs(characters, 40, rng=torch.Generator().manual_seed(3), **how) for _ in range(2))
    assert all(torch.equal(x, y) for x, y in zip(first, second, strict=True))
    assert torch.equal(characters.images, before)


def test_impossible_requests_say_so(characters, rng):
    with pytest.raises(ValueError, match="need an even number of pairs, got 7"):
        sample_pairs(characters, 7, rng=rng)
    with pytest.raises(ValueError, match="need 2 drawings of each class, got 1"):
        sample_pairs(characters._replace(images=characters.images[:, :1]), 8, rng=rng)
    with pytest.raises(ValueError, match="needs 2 classes: this set has only 1"):
        sample_pairs(characters.select([0]), 8, rng=rng)
    with pytest.raises(ValueError, match="needs 2 classes: an alphabet has only 1"):
        sample_pairs(characters.select([0, 1, 6]), 8, rng=rng, within_alphabet=True)
