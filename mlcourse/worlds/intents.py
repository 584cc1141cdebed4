"""CLINC150: short requests to an assistant, 150 intents of 10 domains, such as `transfer` in banking.

Larson and others, "An Evaluation Dataset for Intent Classification and Out-of-Scope Prediction", EMNLP-IJCNLP 2019,
arXiv:1909.02027. `python -m mlcourse clinc150` fetches it: two files, downloaded or taken from a folder, verified, put
together. No lesson needs it, since lesson 16 reads recorded results. Whole domains are split, before tasks are drawn.
"""

import contextlib
import json
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import torch

from ..files import DATA, reading, replacing
from .download import FetchError, download, take

PATH = DATA / "clinc150.json"
COMMAND = "python -m mlcourse clinc150"
REMEDY = f"fetch it with {COMMAND} (2.5 MB)"
OFFICIAL = "https://raw.githubusercontent.com/clinc/oos-eval/master/data/"
TIMEOUT = 30.0  # seconds without a single byte, after which a download is given up


class Source(NamedTuple):
    """An official file: its name, its MD5, and the SHA-256 of what it says (see `content_of`)."""

    name: str
    md5_sum: str
    content: str


SOURCES = (
    Source(
        "data_full.json",
        "30c29dc6ab78edf3b5dfa640be204cde",
        "40439cd80371dace5e6cd0e82c17c95c4a7745b26eaeefde68968c4b7dcb16d9",
    ),
    Source(
        "domains.json",
        "9beee9d0f36e07e914c1e3a626bdcb4a",
        "fe85ce2617dcafd0071200d68ee8577cdcc0e3dac6e3079fdf67e3366f4a8abb",
    ),
)


class Intents(NamedTuple):
    """Requests by intent, and the domain of each intent."""

    requests: dict[str, list[str]]
    domain: dict[str, str]


def load(path: Path = PATH) -> Intents:
    """The requests of each intent, from all parts of the set, each once; those that two intents share are left out.

    Requests that belong to no intent ("out of scope") are not among them.
    Raises FileNotFoundError where the set has not been fetched yet, ValueError where it is not whole or another one.
    """
    with reading(path, REMEDY) as file:
        found = json.load(file)
        for source in SOURCES:
            if content_of(found[source.name]) != source.content:
                raise ValueError("it is another set")
    full, domains = (found[source.name] for source in SOURCES)
    requests, owners = {intent: {} for some in domains.values() for intent in some}, {}
    for part in "train", "val", "test":
        for text, intent in full[part]:
            requests[intent][text] = None
            owners.setdefault(text, set()).add(intent)
    requests = {intent: [t for t in texts if len(owners[t]) == 1] for intent, texts in requests.items()}
    return Intents(requests, {intent: domain for domain, some in domains.items() for intent in some})


def split(domain: dict[str, str], *sizes: int, rng: torch.Generator) -> list[list[str]]:
    """Disjoint sets of intents, from so many whole domains each, drawn at random."""
    domains = list(dict.fromkeys(domain.values()))
    if sum(sizes) > len(domains):
        raise ValueError(f"cannot split {len(domains)} domains into {sizes}: that is {sum(sizes)}")
    order = torch.randperm(len(domains), generator=rng)[: sum(sizes)]
    parts = [{domains[i] for i in part} for part in order.split(sizes)]
    return [[intent for intent, of in domain.items() if of in part] for part in parts]


def content_of(said) -> str:
    """The SHA-256 of what a JSON file says, however it is laid out."""
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def fetch(folder: Path | None = None, *, again: bool = False) -> str:
    """See that the set is in PATH, from the files in a folder, or else downloaded; return a sentence that says so.

    again: make the file anew, even where a whole one is there already
    Raises FetchError, or OSError where it cannot be written, with a sentence too.
    """
    if not again:
        with contextlib.suppress(FileNotFoundError, ValueError):
            return f"CLINC150 is there already: {len(load(PATH).requests)} intents in {PATH}"
    if folder is not None and (missing := [s.name for s in SOURCES if not (folder / s.name).is_file()]):
        raise FetchError(f"In {folder} there is no {' and no '.join(missing)}: get them from {OFFICIAL}")
    with replacing(PATH) as file:  # opened first: who may not write here should know before the download
        said = {source.name: read(raw(source, folder), source) for source in SOURCES}
        file.write(json.dumps(said).encode())
    return f"CLINC150 is there: {len(load(PATH).requests)} intents in {PATH}"


def raw(source: Source, folder: Path | None) -> bytes:
    """A file as it comes, from a folder, or else downloaded."""
    if folder is None:
        return download(OFFICIAL + source.name, md5_sum=source.md5_sum, timeout=TIMEOUT)
    return take(folder / source.name)


def read(content: bytes, source: Source):
    """What a file says, or FetchError unless it is what the official one says."""
    try:
        said = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise FetchError(f"{source.name} is not a whole JSON file ({error}): get it again.") from error
    if content_of(said) != source.content:
        raise FetchError(f"{source.name} does not say what the official file says: get it again.")
    return said
