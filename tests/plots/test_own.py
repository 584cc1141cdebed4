"""The figures of lesson 18: the pad has a still, files stand above what was read, bursts side by side."""

import numpy as np
from PIL import Image

from mlcourse import plots
from mlcourse.plots import own
from mlcourse.runs.signs import Signs
from mlcourse.worlds import folders, inking, photographs


def drawn(*strokes) -> np.ndarray:
    return inking.strokes(list(strokes))


def signs() -> Signs:
    few = Signs()
    few.add("line", drawn([(0.5, 0.1), (0.5, 0.9)]))
    few.add("line", drawn([(0.45, 0.1), (0.55, 0.9)]))
    few.add("ring", drawn([(0.2, 0.5), (0.5, 0.2), (0.8, 0.5), (0.5, 0.8), (0.2, 0.5)]))
    return few


def test_the_still_shows_the_examples_the_new_drawing_and_every_answer(shown):
    few, new = signs(), drawn([(0.4, 0.1), (0.6, 0.9)])
    plots.drawing_pad(few, new)
    (figure,) = shown
    pictures = [image.get_array() for ax in figure.findobj(lambda a: hasattr(a, "images")) for image in ax.images]
    assert sum(np.array_equal(picture, new) for picture in pictures) == 1
    for image in [image for images in few.classes.values() for image in images]:
        assert any(np.array_equal(picture, image) for picture in pictures)
    said = [text.get_text() for text in figure.findobj(lambda a: hasattr(a, "get_text"))]
    for verdict in few.ask(new):
        assert any(text.startswith(f"{verdict.method}: {verdict.label}") for text in said)


def test_the_pad_itself_comes_only_where_somebody_is_there(shown, monkeypatch):
    displayed = []
    monkeypatch.setattr("IPython.display.display", displayed.append)
    plots.drawing_pad(signs(), drawn([(0.4, 0.1), (0.6, 0.9)]))
    assert displayed == []
    monkeypatch.setattr(own, "somebody_is_there", lambda: True)
    few = signs()
    plots.drawing_pad(few, drawn([(0.4, 0.1), (0.6, 0.9)]))
    (pad,) = displayed
    assert pad.signs is few and [row["name"] for row in pad.examples] == ["line", "ring"]


def test_each_file_stands_above_what_was_read_from_it(shown, tmp_path):
    folders.save(tmp_path, signs().drawings())
    Image.new("RGBA", (30, 20)).save(tmp_path / "ring" / "empty.txt", "png")  # no picture by its name
    plots.as_read(folders.read(tmp_path))
    (figure,) = shown
    assert [ax.get_title() for ax in figure.axes[:3]] == ["line/\n1.png", "line/\n2.png", "ring/\n1.png"]


def test_bursts_stand_side_by_side_and_things_below_each_other(shown):
    photos = photographs.load(3, 2, 2, side=32)
    plots.bursts(photos, n_things=3, n_bursts=2, n_shots=2)
    (figure,) = shown
    assert [ax.get_title() for ax in figure.axes] == ["burst 1", "burst 2"]
    first = figure.axes[0].images[0].get_array()
    assert first.shape == (96, 64, 3)
    assert np.array_equal(first[:32, :32], photos.images[0].permute(1, 2, 0))
