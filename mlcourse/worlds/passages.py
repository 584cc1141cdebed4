"""Passages about software that lie on every learner's machine: docstrings and comments of the installed packages.

A class is a module, such as `scipy.signal`; a passage is three sentences from anywhere in its docstrings, or three of
its comments. The question: which module does a passage come from? Docstrings are written for users, comments for
colleagues, so there are two registers with the same classes. Whole packages are split, before anything is drawn.

Files are read as text and parsed, never imported. What would give a module away is taken out: the words of its own
name, and in a docstring the name of the function or class that it belongs to. A sentence that stands in two modules is
left out of both. What is found depends on the versions that are installed, so numbers differ from machine to machine.
"""

import ast
import contextlib
import gc
import importlib.metadata
import json
import platform
import re
import sys
import sysconfig
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from ..files import DATA, reading, replacing
from .texts import words_of

PATH = DATA / "passages.json"
REGISTERS = ("docstrings", "comments")
STANDARD = sorted(
    name for name in sys.stdlib_module_names if not name.startswith("_") and name not in ("idlelib", "lib2to3")
)
PARTS = {  # packages that requirements.txt brings, and those that they need
    "training": (
        *("numpy", "scipy", "sklearn", "PIL", "IPython", "ipywidgets", "traitlets", "jupyter_server", "jedi"),
        *("joblib", "babel", "bs4", "pip", "setuptools", "OpenGL", "jinja2", *STANDARD),
    ),
    "validation": ("matplotlib", "mpl_toolkits", "sqlalchemy", "optuna", "fontTools", "prompt_toolkit", "tornado"),
    "test": ("sympy", "torch", "networkx", "mpmath"),
}
FEWEST = 10  # modules of a part: with fewer there is no lesson
SENTENCES = 3  # in a passage
LEAST, MOST = 16, 40  # passages that a module has in each register; with fewer it is left out
LARGEST, N_FILES = 120_000, 32  # bytes of a file, files of a module: more is not read
SKIPPED = {"tests", "test", "testing", "site-packages", "_vendor", "vendor", "_vendored", "externals"}
# Where a docstring goes over to lists of arguments and examples.
LISTS = re.compile(
    r"\n\s*(?:Parameters|Returns|Yields|Raises|Attributes|Methods|See Also|Notes|References|Examples?|Arg\w*|Keyword|"
    r":\w+|>>>|\.\. \w+::)",
)

# Strings are matched too, so that what looks like a comment inside one is passed over.
COMMENT_OR_STRING = re.compile(
    r"""(?s:\"{3}(?:\\.|[^\\])*?\"{3}|'{3}(?:\\.|[^\\])*?'{3})|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|"""
    r"""(?m:^(?P<comment>[ \t]*\#.*(?:\n[ \t]*\#.*)*))|\#.*""",
)


def load(path: Path = PATH) -> dict[str, dict[str, list[str]]]:
    """For each register, the passages of each module, in the same order everywhere.

    Collects them, in some ten seconds, where the file is not there or was made from other versions.
    Raises ValueError where the packages have not enough to say.
    """
    wanted = versions()
    with contextlib.suppress(OSError, ValueError), reading(path, "collect it anew") as file:
        stored = json.load(file)
        if stored["versions"] == wanted:
            return {register: stored[register] for register in REGISTERS}
    found = collect()
    for part in PARTS:
        n = sum(part_of(module) == part for module in found["docstrings"])
        if n < FEWEST:
            raise ValueError(
                f"there are passages of {n} modules for {part}, and {FEWEST} are needed: install the course's packages "
                "with `python -m pip install -r requirements.txt`, from wheels with their .py files"
            )
    with contextlib.suppress(OSError), replacing(path) as file:  # a folder that cannot be written costs time only
        file.write(json.dumps(dict(versions=wanted, **found), indent=0).encode())
    return found


def versions() -> dict[str, str]:
    """What the passages depend on: the versions of Python and of the packages, and this file."""
    of = importlib.metadata.packages_distributions()
    packages = sorted({p for part in PARTS.values() for p in part} & of.keys())
    here = sha256(Path(__file__).read_bytes()).hexdigest()[:12]
    found = {p: importlib.metadata.version(of[p][0]) for p in packages}
    return {"python": platform.python_version(), "passages": here} | found


def part_of(module: str) -> str:
    """Whether a module belongs to "training", "validation" or "test": its package says."""
    return next(part for part, packages in PARTS.items() if module.split(".")[0] in packages)


def package_of(module: str) -> str:
    """The package of a module; the standard library is one."""
    first = module.split(".")[0]
    return "the standard library" if first in STANDARD else first


def collect(packages: list[str] | None = None) -> dict[str, dict[str, list[str]]]:
    """For each register, the passages of each module of these packages (of all, if None)."""
    packages = [p for part in PARTS.values() for p in part] if packages is None else packages
    said = {register: {} for register in REGISTERS}
    gc.disable()  # it would look for garbage among the nodes of each tree, which takes as long as the parsing
    try:
        for package in packages:
            for module, files in modules(package).items():
                for register, sentences in zip(REGISTERS, sentences_of(module, files), strict=True):
                    said[register][module] = sentences
    finally:
        gc.enable()
    for register in REGISTERS:
        said[register] = grouped(without_copies(said[register], said["docstrings"] if register == "comments" else {}))
    both = sorted(said["docstrings"].keys() & said["comments"].keys())
    return {register: {module: said[register][module] for module in both} for register in REGISTERS}


def modules(package: str) -> dict[str, list[Path]]:
    """The files of each module of a package, by name; none where it is not installed.

    What lies deeper belongs to the module above it, and a file or folder whose name begins with _ to the one around it.
    """
    found = defaultdict(list)
    for root in places(package):
        for file in sorted(root.rglob("*.py")) if root.is_dir() else [root]:
            parts = file.relative_to(root.parent).with_suffix("").parts
            if not SKIPPED & set(parts[1:]) and file.stat().st_size <= LARGEST:
                found[".".join([p for p in parts if not p.startswith("_")][:2])].append(file)
    return {module: files[:N_FILES] for module, files in found.items()}


def places(package: str) -> list[Path]:
    """Where the source of a package lies: its folders, or its one file."""
    if package in STANDARD:
        root = Path(sysconfig.get_path("stdlib")) / package
        return [place for place in (root, root.with_suffix(".py")) if place.exists()][:1]
    spec = find_spec(package)
    if spec is None:
        return []
    return [Path(place) for place in spec.submodule_search_locations or [spec.origin]]


def sentences_of(module: str, files: list[Path]) -> tuple[list[str], list[str]]:
    """The sentences of its docstrings and those of its comments, without its own name."""
    names, enough = module.split("."), 1.25 * MOST * SENTENCES  # some will turn out to be copies
    found = []
    for texts_in in (comments_in, docstrings_in):
        sentences = []
        for file in files:
            with contextlib.suppress(OSError, SyntaxError, ValueError), warnings.catch_warnings(action="ignore"):
                sentences += [s for text in texts_in(file.read_text(encoding="utf-8")) for s in split(text)]
            if len(sentences) > enough:
                break
        if len(sentences) < LEAST * SENTENCES:
            return [], []  # before the slower part
        found.insert(0, [without(s, names) for s in sentences])
    return tuple(found)


def docstrings_in(source: str) -> Iterator[str]:
    """What docstrings say before their lists of arguments and examples, without the name of what they belong to."""
    nodes = [ast.parse(source)]
    for node in nodes:  # which grows
        nodes += [n for n in node.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
        if text := ast.get_docstring(node):
            yield without(LISTS.split("\n" + text)[0], [getattr(node, "name", "")])


def comments_in(source: str) -> Iterator[str]:
    """The comments that have lines of their own; lines below each other are one comment."""
    for match in COMMENT_OR_STRING.finditer(source):
        if match["comment"]:
            yield " ".join(line.strip().lstrip("#!: ") for line in match["comment"].splitlines())


def split(text: str) -> list[str]:
    """The sentences of a text: six to forty words, and few signs of code."""
    text = re.sub(r"`+|\*+|:\w+:|~", " ", text)
    found = (" ".join(s.split()) for s in re.split(r"(?<=[.!?:])\s+|\n\s*\n", text))
    return [s for s in found if 6 <= len(words_of(s)) <= 40 and len(re.findall(r"[=(){}\[\]<>_|\\]", s)) <= 4]


def without(text: str, names: list[str]) -> str:
    """A text without these names and words that begin like them, "…" in their place."""
    parts = {part for name in names for part in (name, *name.split("_")) if len(part) > 1}
    for part in sorted(parts, key=len, reverse=True):
        end = r"\w*" if len(part) > 3 else r"\b"
        text = re.sub(rf"\b{re.escape(part)}{end}", "…", text, flags=re.IGNORECASE)
    return text


def without_copies(said: dict[str, list[str]], other: dict[str, list[str]]) -> dict[str, list[str]]:
    """Each sentence of a module once, and none that stands in two modules, or in the module's other register."""
    once = {module: {" ".join(words_of(s)): s for s in sentences} for module, sentences in said.items()}
    n_modules = Counter(key for keys in once.values() for key in keys)
    taken = {module: {" ".join(words_of(s)) for s in sentences} for module, sentences in other.items()}
    return {
        module: [s for key, s in keys.items() if n_modules[key] == 1 and key not in taken.get(module, ())]
        for module, keys in once.items()
    }


def grouped(said: dict[str, list[str]]) -> dict[str, list[str]]:
    """Passages of three sentences, in the order of their digests: as good as random, and the same everywhere."""
    found = {}
    for module, sentences in said.items():
        mixed = sorted(sentences, key=lambda s: sha256(s.encode()).digest())[: MOST * SENTENCES]
        passages = [" ".join(mixed[i : i + SENTENCES]) for i in range(0, len(mixed) - SENTENCES + 1, SENTENCES)]
        if len(passages) >= LEAST:
            found[module] = passages
    return found
