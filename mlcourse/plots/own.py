"""Signs and photographs of your own: the drawing pad with its still, pictures as they were read, bursts."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageOps

from ..runs.classifying import largest
from ..runs.signs import Signs, Verdict
from ..worlds.folders import Drawings
from ..worlds.photographs import Photographs
from .moving import somebody_is_there
from .style import INK, QUERY, STYLE, SUPPORT


def drawing_pad(signs: Signs, drawing: np.ndarray) -> None:
    """What the pad says of a drawing, as a picture that a saved page keeps; and the pad, if somebody is there."""
    verdicts = signs.ask(drawing)
    _still(signs, drawing, verdicts)
    if somebody_is_there():
        from IPython.display import display

        from .pad import Pad

        display(Pad(signs))


def _still(signs: Signs, drawing: np.ndarray, verdicts: list[Verdict]) -> None:
    """Examples on the left, a row for each class; the new drawing; each method's answer with the example like it."""
    rows, columns = len(signs.classes), max(map(len, signs.classes.values()))
    with plt.rc_context(STYLE | {"axes.grid": False}):
        figure = plt.figure(figsize=(9, 2.9), layout="constrained")
        left, middle, right = figure.subfigures(1, 3, width_ratios=[columns * 2.6 / rows + 0.6, 2.2, 5])
        left.suptitle("examples", color=SUPPORT, fontsize=10)
        for row, (name, images) in zip(left.subplots(rows, columns, squeeze=False), signs.classes.items(), strict=True):
            row[0].set_ylabel(name, rotation=0, ha="right", va="center")
            for ax, image in zip(row, [*images, *[None] * (columns - len(images))], strict=True):
                _show(ax, image, SUPPORT)
        middle.suptitle("a new one", color=QUERY, fontsize=10)
        _show(middle.subplots(), drawing, QUERY)
        right.suptitle("answers, scores as shares, and the example most like it", fontsize=10)
        for (words, ax), verdict in zip(
            right.subplots(len(verdicts), 2, width_ratios=[6, 1], squeeze=False), verdicts, strict=True
        ):
            words.text(0, 0.5, f"{verdict.method}: {verdict.label}  ({largest(verdict.shares)})", va="center")
            words.axis("off")
            _show(ax, signs.classes[verdict.label][verdict.example], SUPPORT)
        plt.show()


def _show(ax, image: np.ndarray | None, colour: str) -> None:
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set(visible=image is not None, color=colour)
    if image is not None:
        ax.imshow(image, cmap=INK, vmin=0, vmax=1, interpolation="nearest")


def as_read(drawings: Drawings) -> None:
    """Each file as it looks, and below it what was read from it."""
    with plt.rc_context(STYLE | {"axes.grid": False}):
        _, axes = plt.subplots(2, len(drawings.files), figsize=(1.35 * len(drawings.files), 3.1), layout="constrained")
        for (above, below), file, image in zip(axes.T, drawings.files, drawings.images, strict=True):
            above.imshow(_looks(file), interpolation="nearest")
            above.set_title(f"{file.parent.name}/\n{file.name}", fontsize=8)
            above.set(xticks=[], yticks=[])
            _show(below, image.numpy(), SUPPORT)
        for ax, label in zip(axes[:, 0], ("the file", "as read"), strict=True):
            ax.set_ylabel(label)
        plt.show()


def _looks(file: Path) -> np.ndarray:
    """A picture as a viewer shows it, its transparent parts as a grey chessboard."""
    with Image.open(file) as opened:
        picture = ImageOps.exif_transpose(opened).convert("RGBA")
    across, down = np.meshgrid(*(np.arange(n) * 8 // max(picture.size) for n in picture.size))
    board = np.where((across + down) % 2 == 0, 235, 205).astype(np.uint8)
    ground = Image.fromarray(board).convert("RGBA")
    return np.asarray(Image.alpha_composite(ground, picture).convert("RGB"))


def bursts(photographs: Photographs, *, n_things: int = 4, n_bursts: int = 3, n_shots: int = 3) -> None:
    """The first things, a row each, and some of their bursts, side by side with a gap between them."""
    things = photographs.labels.unique()[:n_things]
    side = photographs.images.shape[-1]
    with plt.rc_context(STYLE | {"axes.grid": False}):
        size = (9.5, 9 * n_things / (n_bursts * n_shots) + 0.3)
        _, axes = plt.subplots(1, n_bursts, figsize=size, sharey=True, layout="constrained", squeeze=False)
        for number, ax in enumerate(axes[0]):
            rows = []
            for thing in things:
                own = photographs.bursts[photographs.labels == thing].unique()[number]
                shots = photographs.images[(photographs.labels == thing) & (photographs.bursts == own)][:n_shots]
                rows.append(np.concatenate([shot.permute(1, 2, 0).numpy() for shot in shots], 1))
            ax.imshow(np.concatenate(rows), interpolation="nearest")
            ax.set_title(f"burst {number + 1}")
            ax.set_xticks([])
            ax.tick_params(length=0)
            ax.spines[:].set_visible(False)
        axes[0, 0].set_yticks(side * (np.arange(n_things) + 0.5), [f"thing {thing}" for thing in things.tolist()])
        plt.show()
