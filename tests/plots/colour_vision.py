"""What the colour-blind see, how far two colours are apart for them, and how a colour stands out from another."""

import numpy as np
from matplotlib.colors import to_rgb

# Machado, Oliveira and Fernandes (2009), A Physiologically-based Model for Simulation of Color Vision Deficiency, table
# 1, severity 1.0: from linear RGB to linear RGB.
SIGHT = {
    "everybody": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def linear(colour) -> np.ndarray:
    """Of any colour that matplotlib knows, the amounts of light, red, green and blue, from 0 to 1."""
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(colour, sight: str = "everybody") -> np.ndarray:
    """CIE L*a*b* of a colour as somebody sees it, for the white of sRGB."""
    seen = np.clip(SIGHT[sight] @ linear(colour), 0, 1)
    ratio = XYZ @ seen / (XYZ @ np.ones(3))
    x, y, z = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distance(one, other, sight: str) -> float:
    """How far two colours are apart (CIE 1976): about 2.3 can just be noticed, side by side."""
    return float(np.linalg.norm(lab(one, sight) - lab(other, sight)))


def contrast(colour, ground="white") -> float:
    """From 1 to 21, as WCAG 2 counts."""
    dark, light = sorted(float(XYZ[1] @ linear(each)) for each in (colour, ground))
    return (light + 0.05) / (dark + 0.05)
