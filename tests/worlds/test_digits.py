"""The digits have the form of the other characters, and one can read them."""

import sys

import numpy as np
import pytest
import torch

from mlcourse.worlds import alphabets, digits


@pytest.fixture(scope="module")
def loaded():
    return digits.load()


def thickness(images):
    """The mean over images of 2 * ink / outline, about the width of a long stroke in pixels."""
    paper = torch.nn.functional.pad(images.int(), (1, 1, 1, 1))
    outline = paper.diff(dim=-1).abs().sum((-1, -2)) + paper.diff(dim=-2).abs().sum((-1, -2))
    return (2 * paper.sum((-1, -2)) / outline).mean().item()


def test_there_are_ten_classes_of_one_alphabet_with_equally_many_drawings(loaded):
    assert loaded.images.shape == (10, 174, 28, 28)
    assert loaded.alphabet.tolist() == [0] * 10
    assert [tensor.dtype for tensor in loaded] == [torch.uint8, torch.int64]


def test_every_drawing_has_ink_and_paper_and_nothing_between(loaded):
    assert loaded.images.unique().tolist() == [0, 1]
    ink = loaded.images.double().mean((-1, -2))
    assert ink.min() > 0.03
    assert ink.max() < 0.3


def test_strokes_are_about_as_thick_as_in_the_alphabets(loaded):
    """To a pixel: the originals are so coarse that thinner lines would break."""
    assert abs(thickness(loaded.images.flatten(0, 1)) - thickness(alphabets.load().images[::10].flatten(0, 1))) < 1.2


def test_no_drawing_is_there_twice_in_two_classes(loaded):
    """A digit's place says what it is: the same picture under two digits would be a mistake in sorting."""
    classes = [{image.numpy().tobytes() for image in drawings} for drawings in loaded.images]
    assert len(set().union(*classes)) == sum(map(len, classes))


def test_the_nearest_other_drawings_tell_which_digit_it_is(loaded):
    flat = loaded.images.flatten(2).flatten(0, 1).float()
    digit = torch.arange(10).repeat_interleave(174)
    neighbours = torch.cdist(flat, flat).fill_diagonal_(torch.inf).topk(3, largest=False).indices
    accuracy = (digit[neighbours].mode(dim=1).values == digit).float().mean()
    assert accuracy > 0.9


def test_the_classes_are_the_digits_in_order(loaded):
    from sklearn.datasets import load_digits

    original = load_digits()
    eights = original.images[original.target == 8]
    assert len(eights) == 174
    assert np.array_equal(loaded.images[8, -1].numpy(), digits.enlarge(eights[-1]))


def test_a_missing_package_gets_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match="run `python -m pip install scikit-learn`"):
        digits.load()
