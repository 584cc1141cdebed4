"""A drawing pad in JupyterLab: draw examples of your own signs, then another, and the stored networks answer at once.

The page sends strokes, as lists of numbers; everything else happens here, so that a stroke becomes a picture by the
same function as anybody's photograph (`worlds.inking`). Its script lies beside this file; nothing comes from a network.
"""

import base64
import io
from pathlib import Path

import anywidget
import numpy as np
import traitlets
from PIL import Image

from ..runs.classifying import largest
from ..runs.signs import Signs
from ..worlds import inking

HERE = Path(__file__).parent


class Pad(anywidget.AnyWidget):
    """The pad. `signs` holds what was drawn; `do` is what the page's buttons call, and anybody else may.

    strokes: what is on the pad, lists of [x, y] from 0 to 1, down from the top left
    """

    _esm, _css = HERE / "pad.js", HERE / "pad.css"
    strokes = traitlets.List().tag(sync=True)
    examples = traitlets.List().tag(sync=True)
    answers = traitlets.List().tag(sync=True)
    message = traitlets.Unicode("Draw a sign, name its class, and add it as an example.").tag(sync=True)

    def __init__(self, signs: Signs | None = None):
        super().__init__()
        self.signs = signs or Signs()
        self.on_msg(lambda _, content, buffers: self.do(**content))
        self._show()

    def do(self, does: str, **how) -> None:
        """Do "add" (name), "remove" (name, position), "ask", "keep" or "load" (folder), and show what came of it.

        What cannot be done becomes the message.
        """
        known = dict(add=self._add, remove=self._remove, ask=self._ask, keep=self._keep, load=self._load)
        try:
            self.message = known[does](**how)
        except (ValueError, OSError) as error:
            self.message = str(error)

    def _add(self, name: str) -> str:
        self.signs.add(name, self.drawing())
        self.strokes = []
        self._show()
        return f"Added to {name.strip()}. Draw the next one, or draw another sign and ask."

    def _remove(self, name: str, position: int) -> str:
        self.signs.remove(name, position)
        self._show()
        return f"Taken away from {name}."

    def _ask(self) -> str:
        found = self.signs.ask(self.drawing())
        self.answers = [
            dict(
                method=verdict.method,
                label=verdict.label,
                shares=largest(verdict.shares),
                nearest=png(self.signs.classes[verdict.label][verdict.example]),
            )
            for verdict in found
        ]
        return "" if len(found) == 4 else "MAML and ANIL know tasks of five classes at most."

    def _keep(self, folder: str) -> str:
        self.signs.keep(Path(folder).expanduser())
        return f"Kept in {Path(folder).expanduser().resolve()}."

    def _load(self, folder: str) -> str:
        self.signs.load(Path(folder).expanduser())
        self._show()
        return f"Loaded {len(self.signs.classes)} classes."

    def drawing(self) -> np.ndarray:
        """What is on the pad, (28, 28), uint8; raises ValueError where that is nothing."""
        if not self.strokes:
            raise ValueError("Draw something first.")
        return inking.strokes(self.strokes)

    def _show(self) -> None:
        self.answers = []
        self.examples = [dict(name=name, pictures=[*map(png, images)]) for name, images in self.signs.classes.items()]


def png(drawing: np.ndarray) -> str:
    """A drawing (28, 28) as the address of a picture, black on white."""
    file = io.BytesIO()
    Image.fromarray(255 * (1 - drawing)).save(file, "png")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
