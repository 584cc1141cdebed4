"""The real Omniglot: whatever goes wrong on the way ends in one sentence, and what was there before stays as it was.

Faults happen to tiny zips in the official layout, on a server of our own. The real zips are asked for where they lie.
"""

import contextlib
import errno
import io
import multiprocessing
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import tracemalloc
import zipfile
from hashlib import md5, sha256
from pathlib import Path

import bad_server
import numpy as np
import pytest
import torch
from PIL import Image

from mlcourse import files
from mlcourse.__main__ import main
from mlcourse.files import ROOT
from mlcourse.worlds import alphabets, download, fetch_omniglot, omniglot

REAL = ROOT.parent / "shared" / "omniglot"
NAMES = [source.name for source in fetch_omniglot.SOURCES]
OLD = b"an older file"
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that start as a copy of this one")


# Tiny zips in the official layout


def drawing(number: int) -> np.ndarray:
    """Ink that is never the same twice."""
    return np.kron(np.random.default_rng(number).random((15, 15)) < 0.3, np.ones((7, 7), bool))


def png(ink: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(~ink).save(file, "PNG")
    return file.getvalue()


def zipped(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED, **options) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression, **options) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return file.getvalue()


def drawings(root: str, first: int, **n_characters: int) -> dict[str, np.ndarray]:
    """Two drawings of each character, by path in the zip."""
    classes = [(name, c) for name, n in n_characters.items() for c in range(1, n + 1)]
    return {
        f"{root}/{name}/character{c:02}/{first + i:04}_{d:02}.png": drawing(10 * (first + i) + d)
        for i, (name, c) in enumerate(classes)
        for d in (1, 2)
    }


INK = {
    "images_background.zip": drawings("images_background", 1, Aleph=2, Bet=1),
    "images_evaluation.zip": drawings("images_evaluation", 4, Gimel=1, Dalet=3),
    "all_runs.zip": {
        f"run{r:02}/{kind}{i:02}.png": drawing(1000 * r + 100 * len(kind) + i)
        for r in (1, 2)
        for kind in ("training/class", "test/item")
        for i in (1, 2, 3)
    },
}
LABELS = {1: (3, 1, 2), 2: (2, 3, 1)}  # the class of each item, counted from 1 as in the official files
ANSWERS = {
    f"run{r:02}/class_labels.txt": "".join(
        f"run{r:02}/test/item{i:02}.png run{r:02}/training/class{c:02}.png\n" for i, c in enumerate(classes, 1)
    ).encode()
    for r, classes in LABELS.items()
}
PLACES = {  # alphabets and characters, runs and test before training, in the order of the sorted paths
    "images_background.zip": [(0, 0), (0, 1), (1, 0)],
    "images_evaluation.zip": [(0, 0), (0, 1), (0, 2), (1, 0)],
    "all_runs.zip": [(0, 0), (0, 1), (1, 0), (1, 1)],
}


def files_of(name: str) -> dict[str, bytes]:
    return {path: png(ink) for path, ink in INK[name].items()} | (ANSWERS if name == "all_runs.zip" else {})


def content_of(name: str) -> str:
    """The hash of what a tiny zip holds, from the arrays themselves."""
    bits = b"".join(np.packbits(ink).tobytes() for _, ink in sorted(INK[name].items()))
    each = len(INK[name]) // len(PLACES[name])
    places = bytes(number for place in PLACES[name] for _ in range(each) for number in place)
    labels = bytes(c - 1 for r in (1, 2) for c in LABELS[r]) if name == "all_runs.zip" else b""
    return sha256(bits + places + labels).hexdigest()


ZIPS = {name: zipped(files_of(name)) for name in NAMES}
N_BYTES = len(ZIPS[NAMES[1]])  # in the second one, to which things happen
SOURCES = tuple(
    fetch_omniglot.Source(source.where, md5(ZIPS[source.name]).hexdigest(), content_of(source.name))
    for source in fetch_omniglot.SOURCES
)


def packed_content() -> str:
    """The hash of what the packed file should hold, from the drawings themselves: alphabets, bits, runs, labels."""
    shrunk = {name: [fetch_omniglot.shrink(ink) for _, ink in sorted(INK[name].items())] for name in NAMES}
    test, training = (shrunk[NAMES[2]][first : first + 3] + shrunk[NAMES[2]][first + 6 : first + 9] for first in (0, 3))
    bits = np.packbits([*shrunk[NAMES[0]], *shrunk[NAMES[1]]]).tobytes()
    alphabets, labels = bytes([0, 0, 1, 30, 30, 30, 31]), bytes([2, 0, 1, 1, 2, 0])
    return sha256(alphabets + bits + np.packbits(test + training).tobytes() + labels).hexdigest()


CONTENT = packed_content()


# A server with bad habits, and a command that must not mind


def serving(files: dict[str, bytes], habit: str = ""):
    return bad_server.serving(fetch_omniglot, files, NAMES[1], habit)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def set_path(monkeypatch):
    """Says where the packed file of the tiny zips goes."""

    def set_path(path: Path) -> Path:
        monkeypatch.setattr(fetch_omniglot, "PATH", path)
        monkeypatch.setattr(fetch_omniglot, "SOURCES", SOURCES)
        monkeypatch.setattr(omniglot, "CONTENT", CONTENT)
        return path

    return set_path


@pytest.fixture
def path(tmp_path, set_path):
    """Where the packed file goes; an older one is there, and must outlive every failure."""
    path = set_path(tmp_path / "data" / "omniglot.npz")
    path.parent.mkdir()
    path.write_bytes(OLD)
    return path


@pytest.fixture
def folder(tmp_path):
    """A teacher's folder with the zips."""
    folder = tmp_path / "zips"
    folder.mkdir()
    for name, content in ZIPS.items():
        (folder / name).write_bytes(content)
    return folder


def omniglot_command(*options) -> None:
    """`python -m mlcourse omniglot`, in this process."""
    main(["omniglot", *map(str, options)])


def refused(path: Path, *options) -> str:
    """The sentence with which the command gives up, after a look at what it leaves behind."""
    with pytest.raises(SystemExit) as stopped:
        omniglot_command(*options, "--again")
    sentence = stopped.value.code  # a string goes to stderr, and the exit code is 1
    assert isinstance(sentence, str) and len(sentence.splitlines()) == 1
    assert path.read_bytes() == OLD and os.listdir(path.parent) == [path.name]
    return sentence


def assert_whole(path: Path) -> None:
    """The file holds the tiny zips' drawings, in their order."""
    images, alphabet = omniglot.load(path=path)
    assert alphabet.tolist() == [0, 0, 1, 30, 30, 30, 31]
    inks = [ink for name in NAMES[:2] for _, ink in sorted(INK[name].items())]
    assert np.array_equal(images.flatten(0, 1).numpy(), [fetch_omniglot.shrink(ink) for ink in inks])


# What should work


def test_the_zips_are_downloaded_and_packed(path, capsys):
    with serving(ZIPS):
        omniglot_command("--again")
    assert capsys.readouterr().out == f"Omniglot is there: 7 characters in {path}\n"
    assert_whole(path)


def test_a_folder_does_in_place_of_a_network_even_with_files_zipped_anew(path, folder):
    for name in NAMES:
        anew = zipped(dict(reversed(files_of(name).items())), compresslevel=1)
        assert md5(anew).digest() != md5(ZIPS[name]).digest()
        (folder / name).write_bytes(anew)
    fetch_omniglot.fetch(folder, again=True)
    assert_whole(path)


def test_the_two_sets_are_parts_of_the_whole(path, folder):
    fetch_omniglot.fetch(folder)
    assert omniglot.load("background", path=path).alphabet.tolist() == [0, 0, 1]
    assert omniglot.load("evaluation", path=path).alphabet.tolist() == [30, 30, 30, 31]
    with pytest.raises(ValueError, match="got 'test'"):
        omniglot.load("test", path=path)


def test_the_runs_keep_their_order_and_their_answers(path, folder):
    fetch_omniglot.fetch(folder)
    runs = omniglot.load_runs(path=path)
    assert [tuple(tensor.shape) for tensor in runs] == [(2, 3, 1, 28, 28), (2, 3)] * 2
    assert runs.y_support.tolist() == [[0, 1, 2]] * 2
    assert runs.y_query.tolist() == [[2, 0, 1], [1, 2, 0]]
    assert runs.x_support.dtype == runs.x_query.dtype == torch.get_default_dtype()
    for r in (0, 1):
        for i in range(3):
            for x, kind in ((runs.x_support, "training/class"), (runs.x_query, "test/item")):
                ink = INK["all_runs.zip"][f"run{r + 1:02}/{kind}{i + 1:02}.png"]
                assert np.array_equal(x[r, i, 0].numpy(), fetch_omniglot.shrink(ink))


def test_what_is_there_already_is_left_alone_unless_it_is_asked_for_again(path, folder, capsys):
    omniglot_command("--from", folder)
    before = path.stat().st_ino
    omniglot_command("--from", folder)
    assert capsys.readouterr().out.endswith(f"Omniglot is there already: 7 characters in {path}\n")
    assert path.stat().st_ino == before
    omniglot_command("--from", folder, "--again")
    assert_whole(path)


@pytest.mark.parametrize("part", [slice(0), slice(100), slice(-1), slice(7, None)])
def test_a_damaged_file_is_named_as_such_and_made_anew(path, folder, part):
    fetch_omniglot.fetch(folder)
    path.write_bytes(path.read_bytes()[part])
    for load in omniglot.load, omniglot.load_runs:
        with pytest.raises(
            ValueError, match=rf"{path} is damaged, .*: delete it, and fetch it with {omniglot.COMMAND}"
        ):
            load(path=path)
    fetch_omniglot.fetch(folder)
    assert_whole(path)


def test_another_set_under_its_name_is_refused(path, folder, monkeypatch):
    """The invented alphabets, the same drawings in another order, or one pixel more: all of them are whole files."""
    shutil.copy(alphabets.STORED, path)
    with pytest.raises(ValueError, match="is damaged, or another file: delete it"):
        omniglot.load(path=path)
    fetch_omniglot.fetch(folder)
    whole = dict(np.load(path))
    for name, change in ("bits", 1), ("alphabet", 1), ("runs_bits", 1), ("runs_labels", 1):
        other = whole[name].copy()
        other.flat[0] ^= change
        np.savez(path, **whole | {name: other})
        for load in omniglot.load, omniglot.load_runs:
            with pytest.raises(ValueError, match="is damaged, or another file: delete it"):
                load(path=path)


def test_a_pillow_that_shrinks_otherwise_is_named_and_leaves_what_was_there(path, folder, monkeypatch):
    monkeypatch.setattr(fetch_omniglot, "shrink", lambda ink: ink[:28, :28])
    assert re.fullmatch(r"Pillow \S+ shrinks drawings in a way of its own: .*", refused(path, "--from", folder))


@pytest.mark.parametrize("load", [omniglot.load, omniglot.load_runs])
def test_where_nothing_is_there_the_sentence_names_the_command(tmp_path, load):
    with pytest.raises(FileNotFoundError, match=r"fetch it with python -m mlcourse omniglot"):
        load(path=tmp_path / "omniglot.npz")


def test_thin_strokes_survive_the_shrinking():
    for row in range(2, 102):
        ink = np.zeros((105, 105), bool)
        ink[row : row + 3, 10:90] = True  # the strokes of Omniglot are three pixels wide, or more
        assert (fetch_omniglot.shrink(ink)[:, 4:23].sum(axis=0) >= 1).all()


# A bad network


def test_without_a_network_it_says_so(path, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setattr(fetch_omniglot, "OFFICIAL", f"http://127.0.0.1:{port}/")
    assert re.search("refused.*run the command again.*--from", refused(path))


@pytest.mark.parametrize(
    "habit, reason",
    [
        ("is missing", "404"),
        ("stalls", "timed out"),
        ("breaks off", f"broke off after {N_BYTES // 2:,} of {N_BYTES:,} bytes"),
        ("hangs up", "reset|broke off"),
        ("stops without a word", "not the official file"),
        ("is a log-in page", "not the official file, but perhaps a log-in page"),
        ("never ends", "far too large"),
        ("sends away to http://[::1", "Invalid IPv6"),
        ("sends away to http://.a..b/", "label empty or too long"),
        ("sends away to images_evaluation.zip", "redirect error .* infinite loop"),
    ],
)
def test_when_a_download_fails_it_says_why_and_what_to_do(path, monkeypatch, habit, reason):
    monkeypatch.setattr(fetch_omniglot, "TIMEOUT", 0.5)
    with serving(ZIPS, habit):
        sentence = refused(path)
    assert re.search(f"images_evaluation.zip .*({reason}).*run the command again, which starts anew.*--from", sentence)


def test_a_slow_connection_may_take_longer_than_the_timeout(path, monkeypatch):
    monkeypatch.setattr(fetch_omniglot, "TIMEOUT", 0.4)
    with serving(ZIPS, "is slow"):
        fetch_omniglot.fetch(again=True)
    assert_whole(path)


# Bad zips: MD5 catches them in a download, so they come from a folder here


def broken(change) -> dict[str, bytes]:
    """The evaluation set's files after a change."""
    files = files_of(NAMES[1])
    change(files)
    return files


def one_pixel(files):
    first = min(files)
    ink = INK[NAMES[1]][first].copy()
    ink[52, 52] ^= True
    files[first] = png(ink)


def two_swapped(files):
    first, last = min(files), max(files)
    files[first], files[last] = files[last], files[first]


def other_alphabet(files):
    last = max(files)
    files[last.replace("Gimel", "Zayin")] = files.pop(last)


BAD_ZIPS = {
    "truncated": (ZIPS[NAMES[1]][:-40], "not a whole zip"),
    "half": (ZIPS[NAMES[1]][: len(ZIPS[NAMES[1]]) // 2], "not a whole zip"),
    "empty": (b"", "not a whole zip"),
    "tampered": (ZIPS[NAMES[1]][:200] + b"tampered" + ZIPS[NAMES[1]][208:], "not a whole zip"),
    "another compression": (zipped({"images_evaluation/zeros": bytes(2**20)}, zipfile.ZIP_BZIP2), "compression"),
    "no drawings": (zipped({"readme.txt": b"hello"}), "does not hold the drawings"),
    "another pixel": (zipped(broken(one_pixel)), "does not hold the drawings"),
    "two swapped": (zipped(broken(two_swapped)), "does not hold the drawings"),
    "one missing": (zipped(broken(lambda files: files.pop(min(files)))), "does not hold the drawings"),
    "another alphabet": (zipped(broken(other_alphabet)), "does not hold the drawings"),
    "not a picture": (zipped(broken(lambda files: files.update({min(files): b"hello"}))), "is no drawing"),
    "half a picture": (zipped(broken(lambda f: f.update({min(f): f[min(f)][:80]}))), "is no drawing"),
    "a huge picture": (zipped(broken(lambda f: f.update({min(f): png(np.zeros((6000, 6000), bool))}))), "6000 x 6000"),
    "a bomb": (zipped({"images_evaluation/zeros": bytes(2**25 + 1)}), "unpack to far too much"),
}


@pytest.mark.parametrize("fault", BAD_ZIPS)
def test_a_bad_zip_is_refused(path, folder, fault):
    content, reason = BAD_ZIPS[fault]
    (folder / NAMES[1]).write_bytes(content)
    assert re.search(f"{NAMES[1]}.*{reason}.*: get", refused(path, "--from", folder))


def test_a_wrong_answer_in_the_runs_is_refused(path, folder):
    for wrong in (b"class02.png", b"class00.png", b"class99.png", b"class99999999999999999999.png"):
        answers = {name: text.replace(b"class01.png", wrong) for name, text in ANSWERS.items()}
        (folder / NAMES[2]).write_bytes(zipped(files_of(NAMES[2]) | answers))
        assert "does not hold the drawings" in refused(path, "--from", folder)


def test_a_bomb_that_lies_about_its_size_unpacks_no_further_than_it_says():
    size = 2**26
    bomb = zipped({"zeros": bytes(size)}).replace(size.to_bytes(4, "little"), (10).to_bytes(4, "little"))
    tracemalloc.start()
    try:
        with pytest.raises(download.FetchError, match="not a whole zip"):
            download.unzip(bomb, "bomb.zip")
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_a_zip_with_too_many_entries_is_refused(path, folder, monkeypatch):
    monkeypatch.setattr(download, "MAX_ENTRIES", 20)
    (folder / NAMES[1]).write_bytes(zipped({f"images_evaluation/{i}": b"" for i in range(21)}))
    assert "unpack to far too much" in refused(path, "--from", folder)


def test_a_file_too_large_to_be_a_zip_of_drawings_is_not_read_to_its_end(path, folder):
    with open(folder / NAMES[1], "r+b") as file:
        file.truncate(2**33)  # a hole, that takes no room
    assert "far too large" in refused(path, "--from", folder)


def test_entries_that_point_outside_the_folder_go_nowhere(tmp_path, path, folder):
    outside = {place: b"x" for place in ("../outside.png", f"{tmp_path}/absolute", "images_evaluation/../../../up")}
    (folder / NAMES[1]).write_bytes(zipped(outside | files_of(NAMES[1])))
    before = set(tmp_path.rglob("*"))
    fetch_omniglot.fetch(folder, again=True)
    assert_whole(path)
    assert set(tmp_path.rglob("*")) == before

    (folder / NAMES[1]).write_bytes(
        zipped(files_of(NAMES[1]) | {"../../Zayin/character01/0009_01.png": png(drawing(0))})
    )
    path.write_bytes(OLD)
    assert "does not hold the drawings" in refused(path, "--from", folder)


def test_no_damage_to_any_zip_gets_past_the_sentence(path, folder):
    rng = np.random.default_rng(0)
    for trial in range(100):
        name = NAMES[trial % 3]
        content = bytearray(ZIPS[name])
        for position in rng.integers(len(content), size=3):
            content[position] = rng.integers(256)
        try:
            source = SOURCES[NAMES.index(name)]
            pictures = fetch_omniglot.read(bytes(content), source)
        except download.FetchError as error:
            assert name in str(error)
        else:  # nothing that counts was hit, such as a date
            assert len(pictures.images) == len(INK[name])


def test_a_folder_that_is_not_there_or_lacks_a_zip_is_named(path, folder):
    assert f"In {folder / 'no'} there is no images_background.zip and no" in refused(path, "--from", folder / "no")
    (folder / NAMES[2]).unlink()
    assert f"In {folder} there is no all_runs.zip: get" in refused(path, "--from", folder)


def test_a_zip_that_cannot_be_read_is_named(path, folder, monkeypatch):
    def denied(*_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(download, "open", denied, raising=False)
    with pytest.raises(download.FetchError, match=r"Could not read .*all_runs\.zip \(Permission denied\)"):
        download.take(folder / NAMES[2])


# A bad disk


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_when_writing_fails_it_says_so(path, folder, monkeypatch, step, number):
    def fail(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(files.os, step, fail)
    sentence = refused(path, "--from", folder)
    assert re.search(rf"Could not write .* \({os.strerror(number)}\): make room .*run the command again", sentence)


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 16 kB, where this process may make one."""
    disk = tmp_path / "data"
    disk.mkdir()
    if (
        not shutil.which("mount")
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "none", disk], capture_output=True).returncode
    ):
        pytest.skip("this process may not mount a small disk")
    try:
        yield disk
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_full_disk_is_named_and_nothing_is_left_on_it(small_disk, set_path, folder):
    path = set_path(small_disk / "omniglot.npz")
    path.write_bytes(OLD)
    with contextlib.suppress(OSError), open(small_disk / "filler", "wb", buffering=0) as filler:
        while True:
            filler.write(bytes(1024))
    with pytest.raises(SystemExit, match=r"Could not write .*No space left on device"):
        omniglot_command("--from", folder, "--again")
    assert path.read_bytes() == OLD and sorted(os.listdir(small_disk)) == ["filler", "omniglot.npz"]


def test_a_disk_for_reading_only_is_named_before_anything_is_downloaded(small_disk, set_path):
    set_path(small_disk / "omniglot.npz")
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with serving(ZIPS) as server, pytest.raises(SystemExit, match=r"Could not write .*Read-only file system"):
        omniglot_command()
    assert server.n_requests == 0


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path, set_path):
    set_path(tmp_path / "data" / "omniglot.npz")
    (tmp_path / "data").write_bytes(b"a file in the way")
    with pytest.raises(SystemExit, match="Could not write"):
        omniglot_command()


# Stopped at any moment

MOMENTS = {
    "reading": (fetch_omniglot, "shrink"),
    "packing": (fetch_omniglot, "pack"),
    "written": (files.os, "fsync"),
    "before the last step": (files.os, "replace"),
}


def interrupt(monkeypatch, moment: str, number: int) -> None:
    """Arrange for a signal to this process at that moment."""
    owner, name = MOMENTS[moment]
    real = getattr(owner, name)

    def hit(*arguments):
        os.kill(os.getpid(), number)
        return real(*arguments)

    monkeypatch.setattr(owner, name, hit)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send Ctrl+C to one process alone")
@pytest.mark.parametrize("moment", MOMENTS)
def test_ctrl_c_leaves_everything_as_it_was(path, folder, monkeypatch, moment):
    interrupt(monkeypatch, moment, signal.SIGINT)
    assert refused(path, "--from", folder) == "Stopped: run the command again, which starts anew."


def in_a_process(*options) -> multiprocessing.Process:
    process = multiprocessing.get_context("fork").Process(target=omniglot_command, args=options)
    process.start()
    return process


@needs_fork
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_process_that_is_killed_leaves_no_half_file_under_the_name(path, folder, monkeypatch, moment):
    with monkeypatch.context() as patched:
        interrupt(patched, moment, signal.SIGKILL)
        process = in_a_process("--from", folder, "--again")
        process.join(20)
    assert process.exitcode == -signal.SIGKILL
    assert path.read_bytes() == OLD
    left_over = [file for file in path.parent.iterdir() if file != path]
    assert len(left_over) <= 1

    fetch_omniglot.fetch(folder, again=True)  # as if nothing had happened
    assert_whole(path)
    for file in left_over:  # it may be another process's, so it stays for a day
        os.utime(file, (0, 0))
    fetch_omniglot.fetch(folder, again=True)
    assert os.listdir(path.parent) == [path.name]


@needs_fork
def test_two_at_once_both_end_well(path, folder, monkeypatch):
    together = multiprocessing.get_context("fork").Barrier(2)
    real = os.replace

    def replace(*arguments):
        together.wait(20)  # both have written their files by now
        real(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(files.os, "replace", replace)
        two = [in_a_process("--from", folder, "--again") for _ in range(2)]
        for process in two:
            process.join(20)
    assert [process.exitcode for process in two] == [0, 0]
    assert_whole(path)
    assert os.listdir(path.parent) == [path.name]


@needs_fork
@pytest.mark.parametrize("number, exit_code", [(signal.SIGINT, 1), (signal.SIGTERM, -signal.SIGTERM)])
def test_a_stalled_download_can_be_stopped_from_outside(path, capfd, number, exit_code):
    with serving(ZIPS, "stalls") as server:
        process = in_a_process("--again")
        try:
            assert server.asked.acquire(timeout=20)
            time.sleep(0.1)  # until it waits for more
            os.kill(process.pid, number)
            process.join(20)
        finally:
            process.kill()
    assert process.exitcode == exit_code
    assert path.read_bytes() == OLD
    if number == signal.SIGINT:
        assert capfd.readouterr().err == "Stopped: run the command again, which starts anew.\n"
        assert os.listdir(path.parent) == [path.name]


# The command as a person meets it


def test_help_names_the_options(capsys):
    with pytest.raises(SystemExit, match="0"):
        omniglot_command("--help")
    out = capsys.readouterr().out
    assert "python -m mlcourse omniglot" in out and "--from DIR" in out and "--again" in out


def test_the_command_ends_with_code_1_and_one_line(tmp_path):
    command = [sys.executable, "-m", "mlcourse", "omniglot", "--again", "--from", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(f"In {tmp_path} there is no images_background.zip") and ended.stderr.count("\n") == 1


# The real zips


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """The real Omniglot, by the same way as a download: only the MD5 sums are those of the zips that lie here."""
    if not REAL.is_dir():
        pytest.skip(f"the real zips are not in {REAL}")
    path = tmp_path_factory.mktemp("real") / "omniglot.npz"
    files = {name: (REAL / name).read_bytes() for name in NAMES}
    sources = [source._replace(md5_sum=md5(files[source.name]).hexdigest()) for source in fetch_omniglot.SOURCES]
    with serving(files), pytest.MonkeyPatch.context() as patched:
        patched.setattr(fetch_omniglot, "PATH", path)
        patched.setattr(fetch_omniglot, "SOURCES", tuple(sources))
        fetch_omniglot.fetch()
    return path


def test_the_real_sets_have_the_published_numbers(real):
    background, evaluation = (omniglot.load(part, path=real) for part in ("background", "evaluation"))
    assert background.images.shape == (964, 20, 28, 28) and evaluation.images.shape == (659, 20, 28, 28)
    assert background.alphabet.unique().tolist() == list(range(30))
    assert evaluation.alphabet.unique().tolist() == list(range(30, 50))
    both = omniglot.load(path=real)
    assert torch.equal(both.images, torch.cat([background.images, evaluation.images]))
    assert (both.alphabet.diff() >= 0).all()
    assert both.images.amax() == 1 and both.images.dtype == torch.uint8
    assert both.images.flatten(2).any(2).all(), "a drawing without ink"
    sizes = both.alphabet.bincount()
    assert (sizes.min(), sizes.max()) == (14, 55)  # as the paper says


def test_the_real_runs_are_20_characters_of_one_alphabet_by_two_drawers(real):
    runs, evaluation = omniglot.load_runs(path=real), omniglot.load("evaluation", path=real)
    assert [tuple(tensor.shape) for tensor in runs] == [(20, 20, 1, 28, 28), (20, 20)] * 2
    drawing_of = {image.numpy().tobytes(): i for i, image in enumerate(evaluation.images.flatten(0, 1))}
    support, query = (
        np.array([[drawing_of[x.numpy().tobytes()] for x in run] for run in xs.to(torch.uint8)])
        for xs in (runs.x_support, runs.x_query)
    )
    alphabets = set()
    for s, q, y in zip(support, query, runs.y_query.numpy(), strict=True):
        assert len(set(s // 20)) == 20 and sorted(y) == list(range(20))
        assert np.array_equal(q // 20, s[y] // 20), "a query shows the character that its label says"
        assert len(set(s % 20)) == len(set(q % 20)) == 1 and s[0] % 20 != q[0] % 20, "two drawers"
        alphabet = set(evaluation.alphabet[s // 20].tolist())
        assert len(alphabet) == 1
        alphabets |= alphabet
    assert len(alphabets) == 10


def test_the_nearest_real_drawing_by_pixels_is_wrong_as_often_as_is_known(real):
    runs = omniglot.load_runs(path=real)
    nearest = torch.cdist(runs.x_query.flatten(2), runs.x_support.flatten(2)).argmin(-1)
    assert 0.76 < (nearest != runs.y_query).double().mean() < 0.82


def test_the_real_drawings_load_in_less_than_a_second(real):
    start = time.perf_counter()
    omniglot.load(path=real)
    omniglot.load_runs(path=real)
    assert time.perf_counter() - start < 3  # a fifth of a second, but some machines are busy
