"""`python -m mlcourse`, the front door: it opens the lessons in JupyterLab, or runs one of the commands below.

A command is a function here, and `--help` prints its docstring. It enters its room only when it runs, so that the lab
and every --help are there at once.
"""

import argparse
import contextlib
import json
import os
import sys
from importlib import import_module
from pathlib import Path

from .files import ROOT
from .lab import FIRST, LAST_PORT, browser_can_open, open_course

RECORDS = {  # for each command the file of `runs` that does it, and what it records
    "curves": ("curves", "lesson 03's curves, error over training time"),
    "leak": ("leak", "what lesson 04's leak is worth"),
    "pairs": ("pairs_or_episodes", "lesson 08's pairs and episodes"),
    "tuning": ("settings", "lesson 11's table of trained settings"),
    "rates": ("twenty_ways", "lesson 11's inner rates on characters, set and learned"),
    "noise": ("doubtful", "lesson 11's wrong labels and noisy pictures"),
    "context": ("context", "lesson 12's learners, and keep weights"),
    "navigation": ("navigation", "lesson 13's contestants on the plane"),
    "robot": ("robot", "lesson 14's models of an arm, and rides with them"),
    "leo": ("latent", "lesson 15's learners, with a part taken away each"),
    "text": ("text", "lesson 16's learners on CLINC150"),
    "choices": ("choices", "what the recorded runs on characters chose, and from what"),
    "photographs": ("camera", "lesson 18's learners of photographs"),
    "taste": ("taste", "lesson 17's ladder in worlds from slopes to hills"),
}


def lessons() -> dict[str, str]:
    """The title of each lesson, by file name."""
    return {path.name: title(path) for path in sorted(ROOT.glob("notebooks/*.ipynb"))}


def title(path: Path) -> str:
    """The first heading of a notebook, or nothing where it has none."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    lines = (line for cell in cells if cell["cell_type"] == "markdown" for line in "".join(cell["source"]).splitlines())
    return next((line.removeprefix("# ") for line in lines if line.startswith("# ")), "")


def lab(port: int, no_browser: bool, stored: bool) -> None:
    """Open your own copies of the lessons in JupyterLab, served for this machine only.

    The copies lie in my/, without outputs. They are made on the first call and never written over.
    """
    if not (ROOT / "notebooks" / FIRST).is_file():
        sys.exit(f"There are no lessons in {ROOT}: get the whole course, and install it in place with pip install -e .")
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl+C before the server is up
        open_course(port, open_browser=browser_can_open() and not no_browser, stored=stored)


def omniglot(folder: Path | None, again: bool) -> None:
    """Fetch the real Omniglot (16 MB), which no lesson needs."""
    from .worlds.fetch_omniglot import fetch

    print(fetch(folder, again=again))


def clinc150(folder: Path | None, again: bool) -> None:
    """Fetch CLINC150 (2.5 MB), requests by intent, which no lesson needs; the command `text` does."""
    from .worlds.intents import fetch

    print(fetch(folder, again=again))


def movielens(folder: Path, to: Path | None) -> None:
    """Print lesson 17's table for MovieLens 100K, whose files you have got yourself, in a minute or two."""
    from .runs.movielens import write

    write(folder, to)


def results(name: str | None, out: Path | None, table: bool, **how) -> None:
    """List the recorded runs, or do one of them.

    A run trains and tests a method, and writes what came out to a file. Ctrl+C stops it, and the same command goes on.
    All but the sine waves need Omniglot. To use four processes: torchrun --nproc-per-node 4 -m mlcourse results NAME
    """
    from .runs import experiments, recorded

    if name is None and not table:
        print(experiments.listing(out or recorded.RESULTS))
        return
    if name is not None and experiments.run(name, out=out, **how) is None:
        return  # of torchrun's processes, the first one goes on
    if table:
        print(experiments.write_table() if out is None else recorded.tables(out))


def zoo(methods: list[str], seconds: float, to: Path | None, again: bool = False) -> None:
    """Train the methods of lesson 09 anew, in a quarter of an hour; where Omniglot is, measure them on it too."""
    from .runs import registry, repeat_zoo, train_zoo

    if again:
        return repeat_zoo.repeat(methods)
    train_zoo.train_all(methods or registry.NAMES, seconds=seconds, path=to or train_zoo.zoo.STORED)


def recorder(command: str):
    """The command that records what a lesson reads, and goes on where it was stopped."""
    file, what = RECORDS[command]

    def run(to: Path | None) -> None:
        record = import_module(f".runs.{file}", __package__)
        record.record(to or record.STORED)

    run.__name__, run.__doc__ = command, f"Record {what}. Ctrl+C stops it, and the same command goes on."
    return run


def method(name: str) -> str:
    """The name of a method that the zoo has."""
    from .runs.registry import NAMES

    if name not in NAMES:
        raise argparse.ArgumentTypeError(f"there is no method {name}: choose from {', '.join(NAMES)}")
    return name


def port_number(text: str) -> int:
    """A port that there can be; 0 is any free one."""
    if not text.isdecimal() or int(text) > LAST_PORT:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to {LAST_PORT}: got {text}")
    return int(text)


def classify(support: Path, queries: Path, method: str, as_json: bool) -> None:
    """Classify drawings of your own, from a few examples of each class, with a stored network.

    SUPPORT has a folder for each class, with pictures in it. QUERIES has pictures, or such folders, too: then the
    accuracy is told. What cannot be done ends with a sentence on stderr and code 2.
    """
    from .runs import classifying

    try:
        found = classifying.classify(support, queries, method)
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    print(classifying.as_json(found) if as_json else classifying.told(found))


def alphabets() -> None:
    """Draw the invented alphabets anew, in about ten seconds."""
    from .worlds.alphabets import store

    print(store())


def command_line() -> argparse.ArgumentParser:
    """The commands, and what each of them takes."""
    parser = argparse.ArgumentParser(
        prog="python -m mlcourse",
        usage="python -m mlcourse [--stored] [--port PORT] [--no-browser]\n       python -m mlcourse COMMAND [OPTIONS]",
        description="The course on meta-learning. Without a command, it opens the lessons.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(prog=parser.prog, metavar="COMMAND", help=argparse.SUPPRESS)

    def takes(run):
        command = commands.add_parser(run.__name__, description=run.__doc__)
        command.set_defaults(run=run)
        return command.add_argument

    add = takes(lab)
    add("--stored", action="store_true", help="open the lessons as they are stored, with their outputs")
    add("--port", type=port_number, default=8888, help="first port to try (default: 8888)")
    add("--no-browser", action="store_true", help="only print the address, do not open a browser")
    for world, files in (omniglot, "zips"), (clinc150, "two files"):
        add = takes(world)
        add("--from", dest="folder", metavar="DIR", type=Path, help=f"take the {files} from this folder, no download")
        add("--again", action="store_true", help="make the file anew, even where it is there already")
    add = takes(movielens)
    add("--from", dest="folder", metavar="DIR", type=Path, required=True, help="the folder with u.data and u.item")
    add("--to", metavar="FILE", type=Path, help="write the table there, too, as JSON")
    add = takes(results)
    add("name", metavar="NAME", nargs="?", help="the run; without it, all are listed")
    add("--seed", metavar="N", type=int, default=0, help="another seed, and its own file (default: 0)")
    add("--iterations", metavar="N", type=int, help="fewer than the run has, to try it out; goes to data/trials")
    add("--out", metavar="DIR", type=Path, help="the folder to write to (default: data/results)")
    add("--device", help="such as cpu or cuda (default: the GPU if there is one)")
    add("--table", action="store_true", help="write all tables anew, after the run if any; with --out only print them")
    add = takes(zoo)
    add("methods", metavar="METHOD", nargs="*", type=method, help="such as MAML; the others stay (default: all)")
    add("--seconds", type=float, default=30.0, help="processor time for each (default: 30)")
    add("--to", metavar="FILE", type=Path, help="file to write (default: data/zoo.npz)")
    add("--again", action="store_true", help="repeat with other seeds, lengths and starts, into data/zoo_again.json")
    for record in map(recorder, RECORDS):
        takes(record)("--to", metavar="FILE", type=Path, help="file to write (default: where the lesson reads it)")
    takes(alphabets)
    add = takes(classify)
    add("--support", metavar="FOLDER", type=Path, required=True, help="a folder for each class, with its examples")
    add("queries", metavar="FOLDER_OF_QUERIES", type=Path, help="pictures, or a folder for each class")
    add("--method", default="prototypical", help="such as maml, anil, pixels (default: prototypical)")
    add("--json", dest="as_json", action="store_true", help="for another program to read")

    listed = [f"  {name:12}{command.description.splitlines()[0]}" for name, command in commands.choices.items()]
    found = [f"  {name:28}{heading}" for name, heading in lessons().items()]
    more = "`python -m mlcourse COMMAND --help` says what it takes."
    parser.epilog = "\n".join(["commands:", *listed, "", more, "", "lessons:", *found])
    return parser


def main(arguments: list[str] | None = None) -> None:
    """Run a command; what cannot be done ends with a sentence on stderr and code 1."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in ("-h", "--help")):
        arguments = ["lab", *arguments]
    options = vars(command_line().parse_args(arguments))
    run = options.pop("run")
    try:
        return run(**options)
    except KeyboardInterrupt:
        then = "goes on" if run.__name__ in ("results", *RECORDS) else "starts anew"
        sentence = f"Stopped: run the command again, which {then}."
    except Exception as error:
        if not isinstance(error, sentences()):
            raise
        sentence = str(error)
    sys.exit(sentence if os.environ.get("RANK", "0") == "0" else 1)  # of torchrun's processes, the first one speaks


def sentences() -> tuple[type[Exception], ...]:
    """What the rooms raise with a sentence for whoever gave the command."""
    from .runs.checkpoints import CheckpointError
    from .runs.resumable import Stopped
    from .worlds.download import FetchError

    return FetchError, CheckpointError, Stopped, OSError, ValueError, FloatingPointError


if __name__ == "__main__":
    main()
