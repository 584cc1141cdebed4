"""Files are read whole or not at all, and written whole or not at all; whatever goes wrong says so in one sentence."""

import io
import json
import zipfile
import zlib

import numpy as np
import pytest

from mlcourse import files
from mlcourse.files import reading, replacing


def whole() -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, numbers=np.arange(500))
    return file.getvalue()


DAMAGED = {
    "empty": b"",
    "half": whole()[: len(whole()) // 2],
    "without its end": whole()[:-30],
    "a web page": b"<!DOCTYPE html><html>Please log in.</html>",
    "another file": b"PK" * 100,
    "text": "naïve".encode("latin-1"),
}


def numbers(path):
    with reading(path, "count again") as file, np.load(file) as stored:
        return stored["numbers"]


def refused(path, call, error=ValueError) -> str:
    """The sentence with which a file is refused: it is one line, and names the file."""
    with pytest.raises(error) as refusal:
        call(path)
    sentence = str(refusal.value)
    assert str(path) in sentence and len(sentence.splitlines()) == 1 and sentence.endswith(".")
    return sentence


def test_what_is_whole_is_read(tmp_path):
    (tmp_path / "numbers").write_bytes(whole())
    assert numbers(tmp_path / "numbers").tolist() == list(range(500))


@pytest.mark.parametrize("damage", DAMAGED)
def test_what_is_not_is_named_with_its_remedy_whatever_reads_it(tmp_path, damage):
    path = tmp_path / "numbers"
    path.write_bytes(DAMAGED[damage])

    def text(path):
        with reading(path, "count again") as file:
            return json.load(file)

    for read in numbers, text:
        assert refused(path, read) == f"{path} is damaged, or another file: delete it, and count again."


def test_no_damage_gets_past_the_sentence(tmp_path):
    rng, path = np.random.default_rng(0), tmp_path / "numbers"
    for _ in range(300):
        content = bytearray(whole())
        for position in rng.integers(len(content), size=2):
            content[position] = rng.integers(256)
        path.write_bytes(content)
        try:
            assert numbers(path).tolist() == list(range(500))  # nothing that counts was hit, such as a date
        except ValueError as error:
            assert str(path) in str(error)


def test_what_is_missing_and_what_cannot_be_opened_are_told_apart(tmp_path):
    path = tmp_path / "numbers"
    assert refused(path, numbers, FileNotFoundError) == f"There is no {path}: count again."
    path.mkdir()
    sentence = refused(path, numbers, OSError)
    assert sentence.startswith("Could not read") and sentence.endswith(
        "make it readable, or delete it and count again."
    )
    (tmp_path / "file").touch()
    assert refused(tmp_path / "file" / "numbers", numbers, FileNotFoundError).startswith("There is no")


@pytest.mark.parametrize("error", [KeyError("numbers"), EOFError(), zlib.error("-3"), zipfile.BadZipFile("no zip")])
def test_the_reason_is_kept_for_whoever_looks_further(tmp_path, error):
    (tmp_path / "numbers").touch()
    with pytest.raises(ValueError) as refusal, reading(tmp_path / "numbers", "count again"):
        raise error
    assert refusal.value.__cause__ is error


def test_ctrl_c_is_no_damage(tmp_path):
    (tmp_path / "numbers").touch()
    with pytest.raises(KeyboardInterrupt), reading(tmp_path / "numbers", "count again"):
        raise KeyboardInterrupt


def test_a_file_is_replaced_in_one_step_or_not_at_all(tmp_path):
    path = tmp_path / "numbers"
    path.write_bytes(b"old")
    with pytest.raises(RuntimeError), replacing(path) as file:
        file.write(b"half of the n")
        raise RuntimeError
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]
    with replacing(path) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new" and list(tmp_path.iterdir()) == [path]


def test_a_package_that_was_installed_without_its_data_says_how_to_install_the_course(tmp_path, monkeypatch):
    """As `pip install .` leaves it: there is no course around the package."""
    monkeypatch.setattr(files, "ROOT", tmp_path)
    monkeypatch.setattr(files, "DATA", tmp_path / "data")
    assert refused(tmp_path / "data" / "zoo.npz", numbers, FileNotFoundError).endswith(
        "get the whole course, and install it in place with pip install -e ."
    )
    assert refused(tmp_path / "mine.npz", numbers, FileNotFoundError).endswith(": count again.")
