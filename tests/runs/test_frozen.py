"""Frozen features: of length 1, of each drawing alone, of other characters than the classifier has learned."""

import pytest
import torch

from mlcourse.runs import frozen, zoo


@pytest.fixture(scope="module")
def parts():
    """A few characters of each part, so that it is quick."""
    return [part.select(slice(40)) for part in zoo.split()]


def test_every_drawing_has_a_point_of_length_1_and_the_training_drawings_were_centred(parts):
    found = frozen.features(parts)
    for part, features in zip(parts, found, strict=True):
        assert features.images.shape == (*part.images.shape[:2], 1, frozen.D)
        assert torch.equal(features.alphabet, part.alphabet)
        torch.testing.assert_close(features.images.norm(dim=3), torch.ones(*part.images.shape[:2], 1).float())
    assert found[0].images.mean((0, 1)).norm() < 0.2


def test_a_drawing_s_features_depend_on_no_other_drawing_but_those_of_training(parts):
    together = frozen.features(parts)[2]
    fewer = frozen.features([parts[0], parts[1], parts[2].select([3])])[2]
    torch.testing.assert_close(fewer.images[0], together.images[3], atol=1e-5, rtol=1e-4)


def test_no_alphabet_is_in_two_parts():
    training, validation, test = (set(part.alphabet.tolist()) for part in zoo.split())
    assert not training & validation and not training & test and not validation & test
    assert len(training | validation | test) == 50


def test_episodes_are_drawn_as_those_of_pictures(parts, rng):
    features = frozen.features(parts)[0]
    task = frozen.sample(features, 3, k_shot=2, n_way=4, n_query=3, rng=rng)
    assert task.x_support.shape == (3, 8, frozen.D) and task.x_query.shape == (3, 12, frozen.D)
    assert task.y_support.shape == (3, 8) and task.y_query.max() == 3
