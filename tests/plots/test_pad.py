"""The drawing pad without its page: strokes in, messages, examples and answers out."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from mlcourse.plots.pad import HERE, Pad, png
from mlcourse.worlds import inking

LINE, CROSS = [[[0.5, 0.1], [0.5, 0.9]]], [[[0.2, 0.2], [0.8, 0.8]], [[0.8, 0.2], [0.2, 0.8]]]


@pytest.fixture
def pad():
    made = Pad()
    for name, strokes in (("line", LINE), ("cross", CROSS)):
        made.strokes = strokes
        made.do("add", name=name)
    return made


def decoded(address: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.split(",", 1)[1]))))


def test_an_example_is_inked_shown_and_the_pad_empty_for_the_next(pad):
    assert pad.strokes == [] and [each["name"] for each in pad.examples] == ["line", "cross"]
    assert np.array_equal(decoded(pad.examples[1]["pictures"][0]) == 0, inking.strokes(CROSS) == 1)


def test_all_methods_answer_with_the_example_that_is_most_like_it(pad):
    pad.strokes = [[[0.45, 0.2], [0.55, 0.8]]]
    pad.do("ask")
    assert pad.message == "" and [row["label"] for row in pad.answers] == ["line"] * 4
    assert {row["nearest"] for row in pad.answers} == set(pad.examples[0]["pictures"])
    assert all(row["shares"].startswith("line ") for row in pad.answers)
    json.dumps([pad.answers, pad.examples])  # it travels as JSON
    pad.do("add", name="line")
    assert pad.answers == []  # they were of other examples


def test_what_cannot_be_done_is_said(pad, tmp_path):
    pad.do("ask")
    assert pad.message == "Draw something first."
    pad.strokes = LINE
    pad.do("add", name=" ")
    assert pad.message.startswith("Name the class first") and pad.strokes == LINE
    pad.do("load", folder=str(tmp_path / "nowhere"))
    assert pad.message.startswith("There is no folder")
    pad.do("keep", folder=str(tmp_path / "mine"))
    assert pad.message == f"Kept in {tmp_path / 'mine'}." and (tmp_path / "mine/cross/1.png").is_file()
    pad.do("remove", name="line", position=0)
    pad.do("ask")
    assert "two classes" in pad.message
    pad.do("load", folder=str(tmp_path / "mine"))
    assert pad.message == "Loaded 2 classes."


def test_moving_or_scaling_strokes_leaves_their_raster_alone():
    small = [[[0.3 + 0.4 * x, 0.5 + 0.4 * y] for x, y in line] for line in CROSS]
    moved = [[[x + 0.1, y - 0.1] for x, y in line] for line in CROSS]
    same = [(inking.strokes(lines) == inking.strokes(CROSS)).mean() for lines in (small, moved)]
    assert same[0] > 0.9 and same[1] > 0.99  # half as large, the same pen draws twice as thick


def test_a_dot_is_a_drawing_and_a_picture_its_own_address():
    assert inking.strokes([[[0.5, 0.5]]]).any()
    assert np.array_equal(decoded(png(SQUARE)) == 0, SQUARE == 1)


SQUARE = np.zeros((28, 28), np.uint8)
SQUARE[4:9, 4:9] = 1


def test_the_script_asks_no_other_machine():
    text = (HERE / "pad.js").read_text(encoding="utf-8") + (HERE / "pad.css").read_text(encoding="utf-8")
    assert "http" not in text and "import " not in text and "fetch(" not in text
