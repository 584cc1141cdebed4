"""A folder of classes is read whole, in the order of its names, or refused in a sentence that says where."""

import numpy as np
import pytest
import torch
from PIL import Image

from mlcourse.worlds import alphabets, folders, sample_episodes

FEW = alphabets.load().select(slice(3))


def put(folder, name: str, drawing) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(255 * (1 - np.asarray(drawing, dtype=np.uint8)))
    image.resize((140, 140), Image.Resampling.NEAREST).save(path)


@pytest.fixture
def signs(tmp_path):
    """Three classes of 4, 2 and 3 drawings, and what a folder holds besides."""
    for name, images, n in zip(("a star", "Welle", "月"), FEW.images, (4, 2, 3), strict=True):
        for i, image in enumerate(images[:n]):
            put(tmp_path, f"{name}/{i}.{('png', 'jpg', 'bmp', 'GIF')[i]}", image)
    (tmp_path / ".ipynb_checkpoints").mkdir()
    (tmp_path / "Welle" / ".DS_Store").write_bytes(b"")
    (tmp_path / "Welle" / "notes.txt").write_text("not a picture")
    (tmp_path / "README").write_text("nor this")
    return tmp_path


def test_classes_are_in_the_order_of_their_names_and_hidden_and_other_files_are_left_alone(signs):
    found = folders.read(signs)
    assert found.names == ["Welle", "a star", "月"] and found.counts == [2, 4, 3]
    assert found.images.shape == (9, 28, 28) and found.images.dtype == torch.uint8
    assert [file.parent.name for file in found.files] == [found.names[label] for label in found.labels]


def test_the_order_in_which_files_were_made_means_nothing(signs, tmp_path_factory):
    again = tmp_path_factory.mktemp("again")
    for file in reversed(folders.read(signs).files):
        target = again / file.relative_to(signs)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(file.read_bytes())
    assert torch.equal(folders.read(again).images, folders.read(signs).images)


def test_it_is_a_set_like_any_other(signs, rng):
    characters = folders.read(signs).characters()
    assert characters.images.shape == (3, 2, 28, 28) and characters.alphabet.tolist() == [0, 0, 0]
    task = sample_episodes(characters, 4, n_way=3, k_shot=1, n_query=1, rng=rng)
    assert task.x_support.shape == (4, 3, 1, 28, 28)


def test_what_was_saved_is_read_again(signs, tmp_path_factory):
    first, place = folders.read(signs), tmp_path_factory.mktemp("kept")
    folders.save(place, first)
    second = folders.read(place)
    assert second.names == first.names and torch.equal(second.labels, first.labels)
    same = (second.images == first.images).double().mean((1, 2))
    assert same.min() > 0.93  # it is scaled once more


def test_a_thousand_classes_are_read(tmp_path):
    for i in range(1000):
        put(tmp_path, f"{i:04d}/1.png", FEW.images[i % 3, 0])
    assert len(folders.classes(tmp_path)) == 1000
    assert len(folders.pictures(tmp_path / "0999")) == 1


@pytest.mark.parametrize(
    ("spoil", "error", "sentence"),
    [
        (lambda f: (f / "empty").mkdir(), ValueError, "no picture in .*empty"),
        (lambda f: put(f, "loose.png", FEW.images[0, 0]), ValueError, "loose.png is in no class"),
        (lambda f: (f / "Welle/3.png").write_bytes(b"GIF"), ValueError, "no drawing in .*3.png: it is damaged"),
        (lambda f: Image.new("L", (9, 9), 9).save(f / "Welle/3.png"), ValueError, "3.png: it is blank"),
        (lambda f: (f / "Welle/3.png").symlink_to("/etc/hostname"), ValueError, "3.png is a link to another place"),
        (lambda f: (f / "out").symlink_to(f.parent), ValueError, "out is a link to another place"),
        (lambda f: (f / "a star/5.png").symlink_to("no such file"), ValueError, ""),
    ],
)
def test_a_folder_with_something_wrong_in_it_is_refused_in_a_sentence(signs, spoil, error, sentence):
    spoil(signs)
    if not sentence:  # a link within the class that leads nowhere is no file
        assert folders.read(signs).counts == [2, 4, 3]
        return
    with pytest.raises(error, match=sentence) as raised:
        folders.read(signs)
    assert "\n" not in str(raised.value) and str(raised.value).endswith(".")


def test_no_folder_no_class_and_too_many_pictures_are_refused(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match=r"There is no folder .*nowhere"):
        folders.read(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="There is no class in"):
        folders.read(tmp_path)
    put(tmp_path, "a/1.png", FEW.images[0, 0])
    put(tmp_path, "a/2.png", FEW.images[0, 1])
    with pytest.raises(FileNotFoundError):
        folders.read(tmp_path / "a" / "1.png")
    monkeypatch.setattr(folders, "MOST_FILES", 1)
    with pytest.raises(ValueError, match="more than 1"):
        folders.read(tmp_path)
