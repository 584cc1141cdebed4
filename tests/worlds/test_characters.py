"""Characters are stored without loss, and chosen by class."""

import errno
import os

import numpy as np
import pytest
import torch

from mlcourse import files
from mlcourse.worlds import characters
from mlcourse.worlds.characters import Characters


def scribbles(rng, n_classes=5):
    """Random pixels; 5 * 3 * 7 * 9 is no multiple of 8, so that the last byte of a file is not full."""
    images = torch.randint(2, (n_classes, 3, 7, 9), generator=rng, dtype=torch.uint8)
    return Characters(images, torch.arange(n_classes) // 2)


def test_what_is_saved_is_loaded_again(rng, tmp_path):
    before = scribbles(rng)
    characters.save(tmp_path / "scribbles.npz", before)
    after = characters.load(tmp_path / "scribbles.npz")
    assert torch.equal(after.images, before.images)
    assert torch.equal(after.alphabet, before.alphabet)
    assert [tensor.dtype for tensor in after] == [torch.uint8, torch.int64]


def test_a_file_gets_the_name_that_it_was_given(rng, tmp_path):
    characters.save(tmp_path / "scribbles.part", scribbles(rng))
    assert [path.name for path in tmp_path.iterdir()] == ["scribbles.part"]


def test_the_same_characters_make_the_same_file(rng, tmp_path):
    some = scribbles(rng)
    for name in "first", "second":
        characters.save(tmp_path / name, some)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


def test_saving_takes_a_selection_as_it_is(rng, tmp_path):
    """A selection of classes need not lie in memory in one piece."""
    some = scribbles(rng)
    strided = Characters(some.images.transpose(2, 3), some.alphabet)
    characters.save(tmp_path / "strided", strided)
    assert torch.equal(characters.load(tmp_path / "strided").images, strided.images)


def test_a_slice_a_list_and_a_mask_select_the_same_classes(rng):
    some = scribbles(rng)
    mask = torch.tensor([False, True, True, False, False])
    for classes in slice(1, 3), [1, 2], mask:
        chosen = some.select(classes)
        assert chosen.n_classes == 2
        assert torch.equal(chosen.images, some.images[1:3])
        assert torch.equal(chosen.alphabet, some.alphabet[1:3])


@pytest.mark.parametrize("change", [dict(bits=None), dict(shape=None), dict(alphabet=None), dict(shape=(5, 3, 7, 10))])
def test_a_file_that_lacks_a_field_or_whose_fields_do_not_belong_together_is_named(rng, tmp_path, change):
    path = tmp_path / "scribbles.npz"
    characters.save(path, scribbles(rng))
    stored = dict(np.load(path)) | change
    np.savez(path, **{name: array for name, array in stored.items() if array is not None})
    with pytest.raises(ValueError, match=r"scribbles.npz is damaged, or another file: delete it, and draw\."):
        characters.load(path, remedy="draw")


def test_another_set_is_refused_where_one_alone_is_right(rng, tmp_path):
    path = tmp_path / "scribbles.npz"
    characters.save(path, scribbles(rng))
    content = characters.content_of(dict(np.load(path)))
    assert characters.load(path, content=content).n_classes == 5
    characters.save(path, scribbles(rng))
    with pytest.raises(ValueError, match="is damaged, or another file"):
        characters.load(path, content=content)


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_full_disk_leaves_the_file_that_was_there(rng, tmp_path, monkeypatch, step):
    path, some = tmp_path / "scribbles.npz", scribbles(rng)
    characters.save(path, some)

    def fail(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, step, fail)
    with pytest.raises(OSError, match=r"Could not write .*scribbles.npz \(No space left on device\): make room there"):
        characters.save(path, scribbles(rng))
    assert torch.equal(characters.load(path).images, some.images) and os.listdir(tmp_path) == [path.name]
