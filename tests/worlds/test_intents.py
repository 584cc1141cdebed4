"""CLINC150: whatever goes wrong on the way ends in one sentence, and what was there before stays as it was.

Faults happen to tiny files in the official layout, on a server of our own. The real ones are asked for where they lie.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections import Counter
from hashlib import md5

import bad_server
import pytest
import torch

from mlcourse.__main__ import main
from mlcourse.files import ROOT
from mlcourse.worlds import download, intents

REAL = ROOT.parent / "shared" / "clinc150"
DOMAINS = {"tea": ["green", "black"], "cars": ["wash"], "law": ["sue"]}
FULL = {
    "oos_val": [["who am i", "oos"]],
    "train": [["a green tea", "green"], ["dark tea", "black"], ["wash it", "wash"], ["both", "green"]],
    "val": [["a green tea", "green"], ["both", "black"], ["sue them", "sue"]],
    "test": [["green leaves", "green"], ["now sue", "sue"]],
}
FILES = {"data_full.json": json.dumps(FULL, indent=2).encode(), "domains.json": json.dumps(DOMAINS).encode()}
SOURCES = tuple(
    intents.Source(name, md5(content).hexdigest(), intents.content_of(json.loads(content)))
    for name, content in FILES.items()
)
OLD = b"an older file"


def serving(habit: str = ""):
    """A server, to which the official address leads; it may also say something else in the first file."""
    says = {"data_full.json": FILES["data_full.json"].replace(b"green tea", b"great tea")}
    files = FILES | says if habit == "says something else" else FILES
    return bad_server.serving(intents, files, "data_full.json", habit)


@pytest.fixture(autouse=True)
def path(tmp_path, monkeypatch):
    """Where the set goes; an older file is there, and must outlive every failure."""
    path = tmp_path / "data" / "clinc150.json"
    path.parent.mkdir()
    path.write_bytes(OLD)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(intents, "PATH", path)
    monkeypatch.setattr(intents, "SOURCES", SOURCES)
    monkeypatch.setattr(intents, "TIMEOUT", 0.5)
    return path


@pytest.fixture
def folder(tmp_path):
    """A teacher's folder with the files."""
    folder = tmp_path / "files"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    return folder


def command(*options) -> None:
    """`python -m mlcourse clinc150`, in this process."""
    main(["clinc150", *map(str, options)])


def refused(path, *options) -> str:
    """The sentence with which the command gives up, after a look at what it leaves behind."""
    with pytest.raises(SystemExit) as stopped:
        command(*options, "--again")
    sentence = stopped.value.code  # a string goes to stderr, and the exit code is 1
    assert isinstance(sentence, str) and len(sentence.splitlines()) == 1
    assert path.read_bytes() == OLD and os.listdir(path.parent) == [path.name]
    return sentence


def test_the_files_are_downloaded_and_put_together(path, capsys):
    with serving():
        command()
    assert capsys.readouterr().out == f"CLINC150 is there: 4 intents in {path}\n"
    requests, domain = intents.load(path)
    assert requests == {"green": ["a green tea", "green leaves"], "black": ["dark tea"], "wash": ["wash it"]} | {
        "sue": ["sue them", "now sue"]
    }
    assert domain == {"green": "tea", "black": "tea", "wash": "cars", "sue": "law"}


def test_a_folder_does_in_place_of_a_network_even_with_files_laid_out_anew(path, folder, capsys):
    (folder / "data_full.json").write_text(json.dumps(dict(reversed(FULL.items()))))
    command("--from", folder)
    before = path.stat().st_ino
    command("--from", folder)
    assert capsys.readouterr().out.endswith(f"CLINC150 is there already: 4 intents in {path}\n")
    assert path.stat().st_ino == before
    command("--from", folder, "--again")
    assert len(intents.load(path).requests) == 4


@pytest.mark.parametrize(
    ("habit", "said"),
    {
        "is missing": "404",
        "is a log-in page": "perhaps a log-in page",
        "says something else": "not the official file",
        "breaks off": "broke off after",
        "stops without a word": "not the official file",
        "stalls": "timed out",
        "never ends": "far too large",
    }.items(),
)
def test_a_bad_network_is_named_and_leaves_what_was_there(path, habit, said):
    with serving(habit):
        sentence = refused(path)
    assert said in sentence and "--from" in sentence


def test_without_a_network_it_says_so(path, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setattr(intents, "OFFICIAL", f"http://127.0.0.1:{port}/")
    assert "refused" in refused(path)


def test_bad_folders_are_named_and_leave_what_was_there(path, folder):
    sentence = refused(path, "--from", folder / "no")
    assert "there is no data_full.json and no domains.json: get them from https://" in sentence
    whole = FILES["data_full.json"]
    cases = {
        b"": "not a whole JSON file",
        whole[:-20]: "not a whole JSON file",
        whole.replace(b"sue them", b"sue her"): "does not say what the official file says",
        b"[1, 2]": "does not say what the official file says",
        b"[" * 100_000: "not a whole JSON file",
        b"\xff\xfe\x00": "not a whole JSON file",
        bytes(download.MAX_FILE + 1): "far too large",
    }
    for content, said in cases.items():
        (folder / "data_full.json").write_bytes(content)
        assert said in refused(path, "--from", folder)


def test_two_files_that_have_changed_places_are_refused(path, folder):
    (folder / "data_full.json").write_bytes(FILES["domains.json"])
    assert "data_full.json does not say" in refused(path, "--from", folder)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs POSIX")
def test_a_place_that_cannot_be_written_is_named_before_the_download(path, monkeypatch):
    monkeypatch.setattr(intents, "PATH", path / "below" / "a file.json")
    with serving() as server, pytest.raises(SystemExit) as stopped:
        server.habit = "is missing"  # not asked for
        command("--again")
    assert "Could not write" in stopped.value.code and path.read_bytes() == OLD


@pytest.mark.parametrize("part", [slice(0), slice(30), slice(-1), slice(7, None)])
def test_a_damaged_or_other_file_is_named_as_such_and_made_anew(path, folder, part):
    intents.fetch(folder)
    whole = path.read_bytes()
    for content in whole[part], whole.replace(b"wash it", b"mash it"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="is damaged, or another file: delete it, and fetch it with python -m"):
            intents.load(path)
        intents.fetch(folder)
        assert path.read_bytes() == whole


def test_where_nothing_is_there_the_sentence_names_the_command(tmp_path):
    with pytest.raises(FileNotFoundError, match="fetch it with python -m mlcourse clinc150"):
        intents.load(tmp_path / "clinc150.json")


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal")
def test_an_interrupted_download_leaves_what_was_there(path):
    with serving("stalls") as server:
        script = f"""
            from pathlib import Path
            from mlcourse.worlds import intents
            intents.PATH, intents.TIMEOUT = Path({str(path)!r}), 20
            intents.OFFICIAL = "http://127.0.0.1:{server.server_port}/"
            from mlcourse.__main__ import main
            print("ready", flush=True)
            main(["clinc150", "--again"])
        """
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(script)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        process.stdout.readline()
        until = time.time() + 10
        while len(os.listdir(path.parent)) < 2 and time.time() < until:
            time.sleep(0.05)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert "Stopped: run the command again, which starts anew." in said and process.returncode == 1
    assert path.read_bytes() == OLD and os.listdir(path.parent) == [path.name]


def test_domains_are_split_whole_and_share_nothing():
    domain = {f"{d}{i}": d for d in "abcdefghij" for i in range(15)}
    for seed in range(5):
        parts = intents.split(domain, 5, 1, 4, rng=torch.Generator().manual_seed(seed))
        assert [len(part) for part in parts] == [75, 15, 60] and len(
            {intent for part in parts for intent in part}
        ) == 150
        owners = [{domain[intent] for intent in part} for part in parts]
        assert not owners[0] & owners[1] and not owners[0] & owners[2] and not owners[1] & owners[2]
    with pytest.raises(ValueError, match="cannot split 10 domains"):
        intents.split(domain, 6, 5, rng=torch.Generator())


@pytest.mark.skipif(not REAL.is_dir(), reason="the real files are not here")
def test_the_real_files_are_taken(tmp_path, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(intents, "PATH", tmp_path / "real.json")
    intents.fetch(REAL)
    requests, domain = intents.load(tmp_path / "real.json")
    assert len(requests) == 150 and set(Counter(domain.values()).values()) == {15}
    assert sum(map(len, requests.values())) == 22_491 and min(map(len, requests.values())) == 149
    assert requests["translate"][0] and "oos" not in requests
