"""Pictures of all kinds become the same drawing: as dark, as large, as wide as those that networks were trained on."""

import io

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter

from mlcourse.worlds import alphabets, inking

SOME = alphabets.load().images[::260, 0].numpy()  # 6 characters
LARGER = 20


def enlarged(drawing: np.ndarray) -> np.ndarray:
    """The drawing at 560 x 560, smooth, bool."""
    size = (inking.SIDE * LARGER,) * 2
    return np.asarray(Image.fromarray(255 * drawing).resize(size, Image.Resampling.BICUBIC)) > 127


def picture(levels: np.ndarray, mode: str | None = None) -> Image.Image:
    image = Image.fromarray(levels.clip(0, 255).astype(np.uint8))
    return image.convert(mode) if mode else image


def pencil(drawn):
    return picture(np.where(drawn, 70, 235))


def chalk(drawn):
    return picture(np.where(drawn[..., None], [230, 230, 210], [20, 60, 30]))


def red_on_blue(drawn):
    return picture(np.where(drawn[..., None], [220, 40, 40], [20, 20, 120]))


def lamplight(drawn):
    y, x = np.mgrid[0:1:560j, 0:1:560j]
    light = 240 - 120 * x - 40 * y**2
    return picture(np.where(drawn, 0.45 * light, light) + np.random.default_rng(0).normal(0, 6, drawn.shape))


def felt_pen(drawn):
    return pencil(drawn).filter(ImageFilter.MinFilter(13))


def see_through(drawn):
    return picture(np.dstack([np.full((560, 560, 3), 255), 255 * drawn]))


def black_see_through(drawn):
    return picture(np.dstack([np.zeros((560, 560, 3)), 255 * drawn]))


def sixteen_bits(drawn):
    return Image.fromarray(np.where(drawn, 300, 60_000).astype(np.uint16))


def palette(drawn):
    return pencil(drawn).convert("P", palette=Image.Palette.ADAPTIVE, colors=4)


def one_bit(drawn):
    return picture(np.where(drawn, 0, 255), "1")


def larger(drawn):
    return pencil(drawn).resize((2000, 2000))


def in_a_corner(drawn):
    page = Image.new("L", (1500, 1100), 235)
    page.paste(pencil(drawn), (900, 40))
    return page


KINDS = (chalk, red_on_blue, lamplight, felt_pen, see_through, black_see_through, sixteen_bits, palette, one_bit)
KINDS += (larger, in_a_corner)


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """The share of the ink of either that has ink of the other on it, or next to it: 1 for the same drawing."""

    def near(ink):
        padded = np.pad(ink, 1)
        return np.max([padded[i : i + 28, j : j + 28] for i in range(3) for j in range(3)], axis=0)

    return min((a * near(b)).sum() / a.sum(), (b * near(a)).sum() / b.sum())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_drawing_is_the_same_in_whatever_picture_it_comes(kind):
    for drawing in SOME:
        drawn = enlarged(drawing)
        assert overlap(inking.ink(kind(drawn)), inking.ink(pencil(drawn))) > (0.8 if kind is felt_pen else 0.97)


def test_it_is_what_was_drawn_moved_and_scaled():
    for drawing in SOME:
        found = inking.ink(pencil(enlarged(drawing)))
        rows, columns = np.flatnonzero(drawing.any(1)), np.flatnonzero(drawing.any(0))
        cut = Image.fromarray(255 * drawing[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
        size = [max(1, round(20 * n / max(cut.size))) for n in cut.size]
        expected, small = np.zeros((28, 28), np.uint8), np.asarray(cut.resize(size, Image.Resampling.BOX)) > 80
        top, left = ((28 - n) // 2 for n in small.shape)
        expected[top : top + small.shape[0], left : left + small.shape[1]] = small
        assert overlap(found, expected) > 0.9


def test_moving_or_scaling_a_drawing_on_its_page_leaves_it_alone():
    drawn = enlarged(SOME[3])
    page, moved = Image.new("L", (900, 900), 255), Image.new("L", (900, 900), 255)
    page.paste(pencil(drawn).point(lambda p: 255 if p > 150 else p), (10, 10))
    moved.paste(pencil(drawn).point(lambda p: 255 if p > 150 else p), (310, 290))
    assert overlap(inking.ink(page), inking.ink(moved)) > 0.99


def test_drawings_fill_twenty_pixels_in_the_middle_with_strokes_as_wide_as_the_alphabets():
    found = np.stack([inking.ink(pencil(enlarged(drawing))) for drawing in SOME])
    for image in found:
        rows, columns = np.flatnonzero(image.any(1)), np.flatnonzero(image.any(0))
        assert max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1 == 20
        assert all(abs(each[0] + each[-1] - 27) <= 1 for each in (rows, columns))

    def thickness(images):
        padded = np.pad(images.astype(int), ((0, 0), (1, 1), (1, 1)))
        outline = sum(np.abs(np.diff(padded, axis=axis)).sum() for axis in (1, 2))
        return 2 * images.sum() / outline

    assert abs(thickness(found) - thickness(SOME)) < 0.3


def test_a_photograph_is_turned_as_its_camera_says(tmp_path):
    drawn = enlarged(SOME[4])
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise
    pencil(np.rot90(drawn)).save(tmp_path / "turned.jpg", exif=exif)
    assert overlap(inking.read(tmp_path / "turned.jpg"), inking.ink(pencil(drawn))) > 0.95


@pytest.mark.parametrize(
    "image",
    [
        Image.new("L", (50, 50), 255),
        Image.new("RGBA", (50, 50), (0, 0, 0, 0)),
        Image.new("RGB", (1, 1), "red"),
        picture(np.linspace(200, 240, 100)[None].repeat(100, 0)),
    ],
    ids=["white", "nothing", "one pixel", "only light"],
)
def test_a_picture_without_a_drawing_is_called_blank(image):
    with pytest.raises(ValueError, match="it is blank"):
        inking.ink(image)


def test_what_is_no_picture_or_too_large_gets_a_sentence_that_names_it(tmp_path):
    content = io.BytesIO()
    pencil(enlarged(SOME[0])).save(content, "PNG")
    broken = {"text.png": b"no picture", "empty.png": b"", "half.png": content.getvalue()[: content.tell() // 2]}
    for name, what in broken.items():
        (tmp_path / name).write_bytes(what)
        with pytest.raises(ValueError, match=f"no drawing in .*{name}: it is damaged, or no picture"):
            inking.read(tmp_path / name)
    Image.new("1", (10_000, 10_000)).save(tmp_path / "photograph.png")
    with pytest.raises(ValueError, match=r"photograph\.png: it has 100,000,000 pixels, more than 64,000,000"):
        inking.read(tmp_path / "photograph.png")


def test_the_usual_size_and_pen_are_those_of_the_alphabets():
    images = alphabets.load().images[::5].flatten(0, 1)
    extents = [torch.maximum(i.any(0).sum(), i.any(1).sum()).item() for i in images]
    assert abs(np.mean(extents) - inking.EXTENT) < 1
