"""The stored alphabets are what the command makes, and as hard to tell apart as a real script's characters."""

import hashlib
import io
import re
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image

from mlcourse.__main__ import main
from mlcourse.files import ROOT
from mlcourse.worlds import alphabets, characters, strokes

OMNIGLOT = ROOT.parent / "shared" / "omniglot" / "images_evaluation.zip"


@pytest.fixture(scope="module")
def stored():
    return alphabets.load()


def nearest_neighbour_accuracy(images, n_episodes=1_000, n_way=5, n_query=5):
    """One-shot accuracy of the nearest pixels, over tasks from images (n_classes, n_drawings, 28, 28)."""
    rng = torch.Generator().manual_seed(0)
    images = images.flatten(2).float()
    correct = 0.0
    for _ in range(n_episodes):
        classes = torch.randperm(len(images), generator=rng)[:n_way]
        drawings = torch.rand(n_way, images.shape[1], generator=rng).argsort(dim=1)[:, : 1 + n_query]
        task = images[classes[:, None], drawings]
        distance = torch.cdist(task[:, 1:].flatten(0, 1), task[:, 0])
        correct += (distance.argmin(1) == torch.arange(n_way).repeat_interleave(n_query)).float().mean().item()
    return correct / n_episodes


@pytest.mark.parametrize("number", [0, 17, 49])
def test_the_stored_alphabets_are_what_the_command_draws(stored, number):
    drawn = alphabets.draw_alphabet(0, number)
    kept = stored.select(stored.alphabet == number)
    assert torch.equal(drawn.images, kept.images)
    assert torch.equal(drawn.alphabet, kept.alphabet)


def test_the_stored_pixels_have_the_hash_that_the_readme_states(stored):
    entry = (ROOT / "data" / "README.md").read_text(encoding="utf-8").split("## Omniglot")[0]
    assert re.findall(r"\b[0-9a-f]{64}\b", entry) == [hashlib.sha256(stored.images.numpy().tobytes()).hexdigest()]


def test_the_command_stores_what_it_makes_and_says_so(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(alphabets, "STORED", tmp_path / "few.npz")
    monkeypatch.setattr(alphabets, "make", lambda make=alphabets.make: make(2, seed=5))
    main(["alphabets"])
    said = capsys.readouterr().out
    monkeypatch.setattr(alphabets, "CONTENT", re.search(r"of the content (\w+)$", said)[1])
    assert torch.equal(alphabets.load().images, alphabets.make().images)
    assert said.count("\n") == 1
    assert "few.npz: 2 alphabets" in said


def test_a_missing_file_gets_a_sentence_with_the_command(monkeypatch, tmp_path):
    monkeypatch.setattr(alphabets, "STORED", tmp_path / "none.npz")
    with pytest.raises(FileNotFoundError, match=r"`python -m mlcourse alphabets`"):
        alphabets.load()


@pytest.mark.parametrize("other", ["a few alphabets", "half", "a web page"])
def test_another_file_under_its_name_is_refused_with_the_command(monkeypatch, tmp_path, other):
    path = tmp_path / "alphabets.npz"
    characters.save(path, alphabets.make(2))
    if other != "a few alphabets":
        path.write_bytes(alphabets.STORED.read_bytes()[:400_000] if other == "half" else b"<html>Please log in.</html>")
    monkeypatch.setattr(alphabets, "STORED", path)
    with pytest.raises(ValueError, match=r"alphabets.npz is damaged, or another .* `python -m mlcourse alphabets`\.$"):
        alphabets.load()


def test_an_alphabet_does_not_depend_on_the_others():
    together = alphabets.make(3, seed=1)
    assert together.alphabet.unique().tolist() == [0, 1, 2]
    assert torch.equal(together.select(together.alphabet == 2).images, alphabets.draw_alphabet(1, 2).images)


def test_a_seed_gives_the_same_alphabet_bit_for_bit_and_another_seed_another_one():
    first, again, other = (alphabets.draw_alphabet(seed, 3).images for seed in (8, 8, 9))
    assert torch.equal(first, again)
    assert not torch.equal(first[:20], other[:20])


def test_drawing_leaves_the_global_generators_alone():
    before = torch.get_rng_state(), np.random.get_state()[1]  # noqa: NPY002
    alphabets.draw_alphabet(0, 1)
    assert torch.equal(before[0], torch.get_rng_state())
    assert np.array_equal(before[1], np.random.get_state()[1])  # noqa: NPY002


def test_there_are_fifty_alphabets_of_20_to_40_characters_with_20_drawings_each(stored):
    assert stored.images.shape == (1468, 20, 28, 28)
    assert [tensor.dtype for tensor in stored] == [torch.uint8, torch.int64]
    sizes = stored.alphabet.bincount()
    assert len(sizes) == 50
    assert sizes.min() >= 20
    assert sizes.max() <= 40
    assert (stored.alphabet.diff() >= 0).all(), "the characters of an alphabet lie together"


def test_pixels_are_ink_or_paper_and_no_drawing_is_empty(stored):
    assert stored.images.unique().tolist() == [0, 1]
    ink = stored.images.sum((-1, -2), dtype=torch.int64)
    assert ink.min() >= 10
    assert ink.max() < 28 * 28 / 2


def test_no_picture_is_there_twice_in_two_classes(stored):
    classes = [{image.numpy().tobytes() for image in drawings} for drawings in stored.images]
    assert len(set().union(*classes)) == sum(map(len, classes))


def test_no_two_characters_of_an_alphabet_are_nearly_equal_as_they_are_drawn(stored):
    """The cosine of two mean drawings; in the alphabets of Omniglot the largest is between 0.8 and 0.95."""
    mean = torch.nn.functional.normalize(stored.images.flatten(2).float().mean(1))
    for number in range(50):
        here = mean[stored.alphabet == number]
        assert (here @ here.T).fill_diagonal_(0).max() < 0.9


def test_no_two_characters_of_an_alphabet_are_nearly_equal_as_they_are_meant(monkeypatch):
    looks = []

    def redraw(rng, character, *rest):
        looks.append(alphabets.appearance(strokes.trace(character, alphabets.USUAL)).flatten())
        return strokes.redraw(rng, character, *rest)

    monkeypatch.setattr(alphabets, "redraw", redraw)
    assert len(alphabets.draw_alphabet(0, 2).images) == len(looks)
    likeness = np.array(looks) @ np.array(looks).T
    np.testing.assert_allclose(np.diag(likeness), 1)
    assert (likeness - np.eye(len(looks))).max() <= 0.8


def test_no_two_drawings_of_a_character_are_equal(stored):
    for drawings in stored.images:
        assert len({image.numpy().tobytes() for image in drawings}) == 20


def test_drawings_of_one_character_are_more_alike_than_those_of_two(stored):
    images = stored.images.flatten(2).float()
    for number in range(50):
        here = images[stored.alphabet == number]
        n, drawings = len(here), here.shape[1]
        distance = torch.cdist(here.flatten(0, 1), here.flatten(0, 1))
        same = torch.eye(n, dtype=torch.bool).repeat_interleave(drawings, 0).repeat_interleave(drawings, 1)
        assert distance[same].sum() / (n * drawings * (drawings - 1)) < distance[~same].mean()


def test_the_nearest_pixels_read_five_characters_far_above_chance_and_far_from_perfectly(stored):
    assert 0.3 < nearest_neighbour_accuracy(stored.images) < 0.5


def test_the_nearest_pixels_find_invented_characters_about_as_hard_as_real_ones(stored):
    """Measured over 1,000 episodes: 35% here, 43% there."""
    if not OMNIGLOT.is_file():
        pytest.skip("the real Omniglot does not lie in ../shared/omniglot beside the repository")
    with zipfile.ZipFile(OMNIGLOT) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".png"))
        classes = [names[start : start + 20] for start in range(0, len(names), 3 * 20)]  # every third character
        real = np.array([[read(archive, name) for name in drawings] for drawings in classes])
    assert real.shape == (220, 20, 28, 28)
    gap = nearest_neighbour_accuracy(stored.images) - nearest_neighbour_accuracy(torch.from_numpy(real))
    assert abs(gap) < 0.12


def read(archive, name):
    """A drawing of 105 x 105 as 28 x 28, uint8: ink wherever it covers 30% of a pixel or more, as in omniglot.py."""
    with Image.open(io.BytesIO(archive.read(name))) as image:
        paper = np.asarray(image.convert("L").resize((28, 28), Image.Resampling.BOX)) / 255
    return (1 - paper >= 0.3).astype(np.uint8)


def test_impossible_requests_get_a_sentence():
    with pytest.raises(ValueError, match="need at least one alphabet: got n_alphabets = 0"):
        alphabets.make(0)


def test_straight_strokes_join_their_knots_by_lines():
    knots = np.random.default_rng(0).normal(size=(strokes.N_KNOTS, 2))
    time = np.linspace(0, strokes.N_KNOTS - 1, strokes.N_POINTS)
    lines = [np.interp(time, np.arange(strokes.N_KNOTS), knots[:, axis]) for axis in (0, 1)]
    np.testing.assert_allclose((strokes.STRAIGHT @ knots).T, lines, atol=1e-12)


def test_round_strokes_begin_and_end_at_their_knots_and_bend_between_them():
    knots = np.random.default_rng(0).normal(size=(strokes.N_KNOTS, 2))
    curve = strokes.ROUND @ knots
    np.testing.assert_allclose(curve[[0, -1]], knots[[0, -1]], atol=1e-12)
    for knot in knots:
        assert np.linalg.norm(curve - knot, axis=1).min() < 0.1
    bends = np.abs(np.diff(curve, 2, axis=0)).max(), np.abs(np.diff(strokes.STRAIGHT @ knots, 2, axis=0)).max()
    assert bends[0] < bends[1]


def test_a_round_stroke_through_knots_on_a_line_is_that_line():
    """Catmull-Rom splines reproduce straight lines, ends included."""
    line = np.linspace([0, 1], [5, -4], strokes.N_KNOTS)
    np.testing.assert_allclose(strokes.ROUND @ line, strokes.STRAIGHT @ line, atol=1e-12)


def test_every_kind_of_stroke_is_centred_and_of_extent_one():
    rng = np.random.default_rng(0)
    for kind in strokes.Kind:
        odds = np.eye(len(strokes.Kind))[kind]
        knots = strokes.invent_stroke(rng, odds, np.array([0.0, 1.0])).knots
        np.testing.assert_allclose(knots.min(0), -knots.max(0), atol=1e-12)
        np.testing.assert_allclose(np.ptp(knots, axis=0).max(), 1)


def test_all_of_a_drawing_lies_on_the_paper():
    rng = np.random.default_rng(0)
    style = alphabets.invent_style(rng)
    drawers = strokes.meet_drawers(rng, 20)
    for _ in range(20):
        points = strokes.redraw(rng, alphabets.invent_character(rng, style), 40, drawers)
        assert points.min() > 0.5 - 1e-9
        assert points.max() < 26.5 + 1e-9
