"""Handwritten digits that look like the other characters: another world for a learner that was trained on alphabets.

scikit-learn's `load_digits`, from Alpaydin and Kaynak 1998, "Optical Recognition of Handwritten Digits" (UCI): 8 x 8
pixels in 17 grey levels, enlarged here and turned into ink and paper.
"""

import numpy as np
import torch
from PIL import Image, ImageFilter

from .characters import Characters

SIDE = 28  # pixels
N_DRAWINGS = 174  # of each digit, as many as there are of the rarest, the 8
STROKE = 2.5  # pixels: the radius that tells a stroke from the grey around it
CONTRAST = 40  # grey levels of 255 above that grey: as little as leaves strokes thin, as much as leaves few gaps


def load() -> Characters:
    """Ten classes, the digits in order, as alphabet 0: images (10, 174, 28, 28)."""
    try:
        from sklearn.datasets import load_digits
    except ImportError as missing:
        sentence = (
            "The digits come with scikit-learn, which is not installed: run `python -m pip install scikit-learn`."
        )
        raise ImportError(sentence) from missing
    digits = load_digits()
    classes = [digits.images[digits.target == digit][:N_DRAWINGS] for digit in range(10)]
    images = np.array([[enlarge(image) for image in drawings] for drawings in classes])
    return Characters(torch.from_numpy(images), torch.zeros(10, dtype=torch.int64))


def enlarge(image: np.ndarray) -> np.ndarray:
    """Ink and paper (28, 28), uint8, from an image (8, 8) of grey levels 0 to 16.

    A threshold that is the same everywhere would close the loops of a bold digit and break the lines of a faint one;
    so a pixel is ink where it is clearly darker than the mean around it.
    """
    grey = np.pad(image * 255 / 16, 1).astype(np.uint8)  # a frame of paper
    large = Image.fromarray(grey).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    around = large.filter(ImageFilter.GaussianBlur(STROKE))
    return (np.asarray(large, dtype=int) > np.asarray(around, dtype=int) + CONTRAST).astype(np.uint8)
