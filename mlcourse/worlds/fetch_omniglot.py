"""How the real Omniglot comes into `data/`: downloaded or taken from a folder, verified, packed.

Each picture is shrunk to 28 x 28 pixels at one bit. Whatever goes wrong ends in a `FetchError`, and leaves what was
there before as it was.
"""

import contextlib
import io
import re
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import numpy as np
import PIL
from PIL import Image
from tqdm import tqdm

from ..files import replacing
from . import characters, omniglot
from .download import FetchError, download, take, unzip
from .omniglot import N_BACKGROUND, PATH, load, load_runs

OFFICIAL = "https://raw.githubusercontent.com/brendenlake/omniglot/master/python/"
TIMEOUT = 30.0  # seconds without a single byte, after which a download is given up


class Source(NamedTuple):
    """An official zip: where it lies below OFFICIAL, its MD5, and the SHA-256 of what it holds (see `read`)."""

    where: str
    md5_sum: str
    content: str

    @property
    def name(self) -> str:
        return self.where.rsplit("/", 1)[-1]


# The MD5 sums of the two image zips are the published ones. That of all_runs.zip and every SHA-256 we computed: from a
# copy of the official all_runs.zip, and from images zipped anew, 6,640 of them compared with official ones bit by bit.
SOURCES = (
    Source(
        "images_background.zip",
        "68d2efa1b9178cc56df9314c21c6e718",
        "a9341071848b54acb4fae7e8ae52ac8c105e1f4060c4995ade6a602cfec70cb8",
    ),
    Source(
        "images_evaluation.zip",
        "6b91aef0f799c5bb55b94e3f2daec811",
        "6680dda3d3f81fa9832a8370749aef094303bc82697a126ef555dc4abe8ac15e",
    ),
    Source(
        "one-shot-classification/all_runs.zip",
        "e8996daecdf12afeeb4a53a179f06b19",
        "51100bb516ea98b59016099570261c02ee5065cece372364b79ae698fa090d1a",
    ),
)


class Pictures(NamedTuple):
    """What a zip holds, sorted by path.

    images: (n, 28, 28), uint8, 1 = ink
    places: (n, 2), uint8, the numbers of the two folders that a picture lies in, such as alphabet and character
    labels: (n_labels,), uint8, the answers to all runs; empty for a zip without runs
    """

    images: np.ndarray
    places: np.ndarray
    labels: np.ndarray


def read(packed: bytes, source: Source) -> Pictures:
    """Decode and shrink the pictures in a zip, or raise FetchError unless its content is what it should be.

    The content is hashed at full size: each picture's bits as np.packbits gives them, then places, then labels.
    """
    files = unzip(packed, source.name)
    found = (re.fullmatch(r"(?:.*/)?([^/]+)/(character\d+|test|training)/\w+\.png", path) for path in sorted(files))
    found = [match for match in found if match]  # whatever else lies in the zip is of no interest
    content, images = sha256(), np.zeros((len(found), 28, 28), np.uint8)
    with tqdm(found, unit=" drawings", desc=f"reading {source.name}") as bar:
        for i, match in enumerate(bar):
            try:
                ink = decode(files[match[0]])
            except Exception as error:  # so does Pillow
                raise FetchError(f"{match[0]} in {source.name} is no drawing ({error}): get the zip again.") from error
            content.update(np.packbits(ink))
            images[i] = shrink(ink)
    folders = np.array([match.groups() for match in found]).reshape(-1, 2).T
    places = np.stack([np.unique(names, return_inverse=True)[1] for names in folders], axis=1).astype(np.uint8)
    labels = [label for path in sorted(files) if path.endswith("class_labels.txt") for label in answers(files[path])]
    pictures = Pictures(images, places, np.array(labels).astype(np.uint8))
    content.update(pictures.places.tobytes() + pictures.labels.tobytes())
    if content.hexdigest() != source.content:
        raise FetchError(f"{source.name} does not hold the drawings of the official file: get it again.")
    return pictures


def decode(png: bytes) -> np.ndarray:
    """The ink of a drawing at its full size: (105, 105), bool."""
    picture = Image.open(io.BytesIO(png), formats=["PNG"])
    if picture.size != (105, 105):  # asked before any pixel is unpacked
        raise ValueError("its size is {} x {}, not 105 x 105".format(*picture.size))
    return np.asarray(picture.convert("L")) < 128


def shrink(ink: np.ndarray) -> np.ndarray:
    """The drawing at 28 x 28, bool: ink wherever it covers 30% of the new pixel or more."""
    # Up to 50% no line breaks. A lower limit makes strokes heavier, and nearest neighbour on pixels right more often
    # (5-way 1-shot, 2,000 evaluation episodes): 39% at 50%, 42% at 30%, as on grey pixels, 45% at 15%, where loops have
    # filled up. Bilinear, bicubic and Lanczos filters do no better; taking the nearest pixel does worse (37%).
    grey = Image.fromarray(255 * ink.astype(np.uint8)).resize((28, 28), Image.Resampling.BOX)
    return np.asarray(grey) >= 0.3 * 255


def answers(class_labels: bytes) -> list[int]:
    """The position in the support set of each query's character, in the order of the queries."""
    pairs = re.findall(rb"test/item(\d\d)\.png\s+\S*training/class(\d\d)\.png", class_labels)
    return [int(label) - 1 for _, label in sorted(pairs)]


def fetch(folder: Path | None = None, *, again: bool = False) -> str:
    """See that Omniglot is in PATH, from the zips in a folder, or else downloaded; return a sentence that says so.

    again: make the file anew, even where a whole one is there already
    Raises FetchError, or OSError where it cannot be written, with a sentence too.
    """
    if not again:
        with contextlib.suppress(FileNotFoundError, ValueError):
            load_runs(path=PATH)
            return f"Omniglot is there already: {load(path=PATH).n_classes:,} characters in {PATH}"
    make(folder)
    return f"Omniglot is there: {load(path=PATH).n_classes:,} characters in {PATH}"


def make(folder: Path | None) -> None:
    """Take the zips from a folder, or else download them; verify, pack and write them."""
    if folder is not None and (missing := [s.name for s in SOURCES if not (folder / s.name).is_file()]):
        raise FetchError(f"In {folder} there is no {' and no '.join(missing)}: get them from {OFFICIAL}")
    with replacing(PATH) as file:  # opened first: who may not write here should know before the download
        parts = []
        for source in SOURCES:
            if folder is None:
                packed = download(OFFICIAL + source.where, md5_sum=source.md5_sum, timeout=TIMEOUT)
            else:
                packed = take(folder / source.name)
            parts.append(read(packed, source))
        file.write(pack(*parts))


def pack(background: Pictures, evaluation: Pictures, runs: Pictures) -> bytes:
    """The file that `load` and `load_runs` read: as `characters.save` writes it, and the runs besides.

    Raises FetchError where the drawings have not come out as they should, which is Pillow's doing: the zips are right.
    """
    images = np.concatenate([background.images, evaluation.images])
    places = np.concatenate([background.places, evaluation.places + np.uint8([N_BACKGROUND, 0])])
    classes = np.unique(places, axis=0)
    n_runs = runs.places[:, 0].max() + 1
    stored = dict(
        bits=np.packbits(images),
        shape=(len(classes), len(images) // len(classes), 28, 28),
        alphabet=classes[:, 0],
        runs_bits=np.packbits(runs.images.reshape(n_runs, 2, -1, 28, 28).swapaxes(0, 1)),  # "test", then "training"
        runs_labels=runs.labels.reshape(n_runs, -1),
    )
    if characters.content_of(stored) != omniglot.CONTENT:
        raise FetchError(
            f"Pillow {PIL.__version__} shrinks drawings in a way of its own: install the one in requirements.txt."
        )
    packed = io.BytesIO()
    np.savez_compressed(packed, **stored)
    return packed.getvalue()
