"""A drawing out of any picture: pencil on paper, chalk on a board, a scan, a screenshot.

    grey -> even light -> ink and paper (Otsu 1979) -> cut out, scaled, centred -> strokes as wide as those trained on

A network that was trained on thin dark strokes in the middle of 28 x 28 pixels knows nothing else, so that a picture
has to become one. What a drawing looks like after that is the only thing that a learner ever sees of it.
"""

import warnings
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageOps
from scipy.ndimage import distance_transform_edt

SIDE, EXTENT, STROKE = 28, 20, 1.7  # pixels: the picture, its drawing, its pen; on average those of the alphabets
LARGE = 400  # pixels of the longer side, while we look for ink
MOST = 64_000_000  # pixels in a picture
FAINTEST = 24  # grey levels of 255 between ink and paper


def read(path: Path) -> np.ndarray:
    """The drawing in a picture's file, see `ink`. Raises ValueError with a sentence that names the file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # we ask for its size ourselves
            image = Image.open(path)
        if (n := image.width * image.height) > MOST:
            raise ValueError(f"it has {n:,} pixels, more than {MOST:,}: make it smaller")
        image.draft("RGB", (2 * LARGE, 2 * LARGE))  # a JPEG's reader can leave out what is not needed
        return ink(image)
    except Exception as error:  # Pillow answers to damage with a dozen kinds of exceptions
        reason = " ".join(str(error).split()) if type(error) is ValueError else "it is damaged, or no picture"
        raise ValueError(f"There is no drawing in {path}: {reason}.") from error


def ink(image: Image.Image) -> np.ndarray:
    """Ink and paper, (28, 28), uint8, 1 = ink, from a picture of any size and kind that Pillow reads.

    It is turned as its EXIF says, and transparency lies on white. Paper is what most of the border shows, dark or
    light. Raises ValueError where nothing stands out.
    """
    grey = _grey(image)
    even = grey - _light(grey[::5, ::5], grey.shape)
    paper = _paper(even)
    drawn = np.abs(even - np.median(even[paper])) * ~paper
    if not drawn.any() or np.median(drawn[drawn > 0]) < FAINTEST:
        raise ValueError("it is blank")
    return _pen(~paper)


def strokes(lines: list[list[tuple[float, float]]]) -> np.ndarray:
    """The drawing of a pen: each line a list of (x, y) from 0 to 1, down from the top left; inked as `ink` does it.

    Raises ValueError where there is none.
    """
    page = Image.new("L", (LARGE, LARGE), 255)
    pen, width = ImageDraw.Draw(page), round(LARGE / 22)
    for line in lines:
        points = [(LARGE * x, LARGE * y) for x, y in line]
        pen.line(points, fill=0, width=width, joint="curve")
        for x, y in points:  # round ends
            pen.ellipse([x - width / 2, y - width / 2, x + width / 2, y + width / 2], fill=0)
    return ink(page)


def _grey(image: Image.Image) -> np.ndarray:
    """Grey levels from 0 to 255, the longer side LARGE, in floats."""
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith(("I", "F")):  # more than 8 bits
        values = np.asarray(image, dtype=float)
        low, high = values.min(), values.max()
        image = Image.fromarray((255 * (values - low) / max(high - low, 1)).astype(np.uint8))
    image = image.convert("RGBA" if image.has_transparency_data else "L")
    image = ImageOps.contain(image, (LARGE, LARGE), Image.Resampling.BICUBIC)
    if image.mode == "RGBA":
        cover = np.asarray(image.getchannel("A"), dtype=float)
        levels = np.asarray(image.convert("L"))[cover > 0]
        if not levels.size or np.ptp(levels) < FAINTEST:
            return 255 - cover  # one colour, white perhaps: its shape is the drawing
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("L")
    return np.asarray(image.filter(ImageFilter.MedianFilter(3)), dtype=float)


def _paper(grey: np.ndarray) -> np.ndarray:
    """Which pixels are on the side of Otsu's threshold where most of the border is."""
    counts = np.bincount(grey.round().clip(0, 255).astype(int).ravel(), minlength=256)
    below, levels = np.cumsum(counts), np.cumsum(counts * np.arange(256))
    with np.errstate(invalid="ignore", divide="ignore"):
        between = (levels[-1] * below / below[-1] - levels) ** 2 / (below * (below[-1] - below))
    dark = grey <= np.nan_to_num(between).argmax() + 0.5
    border = np.concatenate([dark[0], dark[-1], dark[:, 0], dark[:, -1]])
    return dark if border.mean() > 0.5 else ~dark


def _light(grey: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """What changes slowly over the paper, a lamp's light: a quadratic surface over `shape`, 0 in the middle.

    Fitted to some of the pixels, those of the paper: and what is paper shows when the light is taken away.
    """
    paper = np.full(grey.shape, True)
    for _ in range(3):
        weights = np.linalg.lstsq(_surface(grey.shape)[paper], grey[paper], rcond=None)[0]
        paper = _paper(grey - _surface(grey.shape)[..., 1:] @ weights[1:])
    return _surface(shape)[..., 1:] @ weights[1:]


@lru_cache(maxsize=8)
def _surface(shape: tuple[int, int]) -> np.ndarray:
    """1, x, y, x^2, xy and y^2 at every pixel, x and y from -1 to 1: (height, width, 6)."""
    y, x = np.ix_(*(np.linspace(-1, 1, n) for n in shape))
    return np.stack(np.broadcast_arrays(np.ones(shape), x, y, x * x, x * y, y * y), axis=-1)


def _pen(drawn: np.ndarray) -> np.ndarray:
    """The drawing with strokes of the usual width, in the middle of SIDE x SIDE pixels."""
    rows, columns = (np.flatnonzero(drawn.any(axis)) for axis in (1, 0))
    drawn = drawn[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = max(drawn.shape) / EXTENT  # of its pixels to ours
    drawn = np.pad(drawn, int(2 * scale) + 1)
    inside = distance_transform_edt(drawn)
    width = 4 * inside[drawn].mean()  # of a long stroke; its pixels lie a quarter of that from its edge, on average
    drawn = inside - distance_transform_edt(~drawn) > (width - STROKE * scale) / 2
    rows, columns = (np.flatnonzero(drawn.any(axis)) for axis in (1, 0))
    cut = Image.fromarray(drawn[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    size = [max(1, round(EXTENT * n / max(cut.size))) for n in cut.size]
    small = np.asarray(cut.convert("L").resize(size, Image.Resampling.BOX)) >= 255 / 2
    top, left = ((SIDE - n) // 2 for n in small.shape)
    picture = np.zeros((SIDE, SIDE), np.uint8)
    picture[top : top + small.shape[0], left : left + small.shape[1]] = small
    return picture
