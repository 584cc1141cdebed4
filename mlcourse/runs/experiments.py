"""The command for recorded runs: `python -m mlcourse.experiments` lists them, and with a name trains and tests one.

The table below names them, and `protocols` has their settings; what came out stands in `data/results/NAME.json`. A run
that was stopped or killed goes on when the same command is given again. `torchrun --nproc-per-node N -m
mlcourse.experiments NAME` spreads each meta-batch over N processes.
"""

import argparse
import json
import sys
from pathlib import Path

import torch

from ..files import DATA, ROOT
from ..worlds.download import FetchError
from . import distributed, recorded, recording
from .checkpoints import CheckpointError
from .protocols import (
    anil,
    fomaml,
    maml,
    matching,
    meta_sgd_waves,
    pixels,
    pooled_waves,
    prototypical,
    reptile,
    siamese,
    waves,
)
from .resumable import Stopped

TRIALS = DATA / "trials"
README = ROOT / "README.md"
BEGIN, END = "<!-- results: written by `python -m mlcourse.experiments --table` -->", "<!-- end of results -->"

# minutes: on one core, with the tests.    papers: the figures to compare with, in the order of the tests.
EXPERIMENTS = {
    "pixels": pixels(),
    "siamese": siamese(iterations=3500, minutes=30, papers=(97.3, 98.4, 88.2, 97.0)),
    "matching-5way-1shot": matching(5, 1, n_tasks=2, iterations=12_000, minutes=15, papers=98.1),
    "matching-5way-5shot": matching(5, 5, n_tasks=2, iterations=3800, minutes=15, papers=98.9),
    "matching-20way-1shot": matching(20, 1, n_tasks=1, iterations=3600, minutes=15, papers=93.8),
    "matching-20way-5shot": matching(20, 5, n_tasks=1, iterations=1800, minutes=15, papers=98.5),
    "prototypical-1shot": prototypical(k_shot=1, iterations=3500, minutes=35, papers=(98.8, 96.0)),
    "prototypical-5shot": prototypical(k_shot=5, iterations=2000, minutes=35, papers=(99.7, 98.9)),
    "maml-5way-1shot": maml(5, 1, n_tasks=8, iterations=12_000, minutes=25, papers=98.7),
    "maml-5way-5shot": maml(5, 5, n_tasks=4, iterations=6000, minutes=25, papers=99.9),
    "maml-20way-1shot": maml(20, 1, n_tasks=2, iterations=3300, minutes=25, papers=95.8),
    "maml-20way-5shot": maml(20, 5, n_tasks=1, iterations=1300, minutes=25, papers=98.9),
    "fomaml-5way-1shot": fomaml(5, 1, n_tasks=4, iterations=25_000, minutes=15, papers=98.3),
    "fomaml-5way-5shot": fomaml(5, 5, n_tasks=4, iterations=6500, minutes=15, papers=99.2),
    "anil-5way-1shot": anil(5, 1, n_tasks=8, iterations=12_000, minutes=15),
    "anil-5way-5shot": anil(5, 5, n_tasks=4, iterations=5500, minutes=15),
    "reptile-5way": reptile(n_way=5, iterations=12_000, minutes=40, papers=((97.68, 95.39), (99.48, 98.90))),
    "pixels-runs": pixels(runs=True),
    "siamese-runs": siamese(iterations=1700, minutes=15, runs=True),
    "matching-runs": matching(20, 1, n_tasks=1, iterations=3000, minutes=15, runs=True),
    "prototypical-runs": prototypical(k_shot=1, iterations=1650, minutes=15, runs=True),
    "maml-runs": maml(20, 1, n_tasks=2, iterations=2700, minutes=20, runs=True),
    "fomaml-runs": fomaml(20, 1, n_tasks=2, iterations=3000, minutes=15, runs=True),
    "anil-runs": anil(20, 1, n_tasks=2, iterations=7000, minutes=10, runs=True),
    "reptile-runs": reptile(n_way=20, iterations=1200, minutes=20, runs=True),
    "sine-maml-5shot": waves(k_shot=5, papers=(0.67, 0.38, 0.35)),
    "sine-maml-10shot": waves(k_shot=10),
    "sine-meta-sgd-5shot": meta_sgd_waves(k_shot=5),
    "sine-meta-sgd-10shot": meta_sgd_waves(k_shot=10),
    "sine-transfer-5shot": pooled_waves(k_shot=5, papers=(2.41, 2.23, 2.19)),
    "sine-transfer-10shot": pooled_waves(k_shot=10),
}


def listing(experiments: dict, folder: Path) -> str:
    """A line for each run: what it measures, how long it takes on one core, and whether it is recorded."""
    lines = []
    for name, experiment in experiments.items():
        settings = "; ".join(dict.fromkeys(test.setting for test in experiment.tests))
        time = "recorded" if (folder / f"{name}.json").is_file() else f"about {experiment.minutes} min"
        lines.append(f"{name:22}{time:15}{experiment.method}: {settings}")
    return "\n".join(lines)


def write_table(readme: Path, folder: Path) -> None:
    """Put the tables of results between their two marks in README."""
    put_between(readme, BEGIN, END, recorded.tables(folder))


def put_between(page: Path, begin: str, end: str, what: str) -> None:
    """Put text between two marks in a page, in place of what stands there."""
    text = page.read_text(encoding="utf-8")
    before, rest = text.split(begin)
    _, after = rest.split(end)
    page.write_text(f"{before}{begin}\n{what}\n{end}{after}", encoding="utf-8")


def main(arguments: list[str] | None = None, *, experiments=EXPERIMENTS, command=None) -> None:
    command = command or "python -m mlcourse.experiments"
    parser = argparse.ArgumentParser(prog=command, description="Run one of the recorded experiments, or list them.")
    parser.add_argument("name", nargs="?", help="the run; without it, all are listed")
    parser.add_argument("--seed", type=int, default=0, help="another seed, and its own file (default: 0)")
    parser.add_argument("--iterations", type=int, help="fewer than the run has, to try it out; goes to data/trials")
    parser.add_argument("--out", type=Path, help="the folder to write to (default: data/results)")
    parser.add_argument("--device", help="such as cpu or cuda (default: the GPU if there is one)")
    parser.add_argument("--table", action="store_true", help="write the tables of results into README.md")
    options = parser.parse_args(arguments)
    out = options.out or (recorded.RESULTS if options.iterations is None else TRIALS)
    if options.table:
        write_table(README, out)
        print(recorded.tables(out))
        return
    if options.name is None:
        print(listing(experiments, out))
        return
    if options.name not in experiments:
        sys.exit(f"There is no run named {options.name}: `{command}` lists them.")
    experiment = experiments[options.name]
    if options.iterations is not None:
        if not experiment.iterations or options.iterations < 1:
            sys.exit("--iterations is a number from 1 on, for a run that trains.")
        experiment = experiment._replace(iterations=options.iterations)
    said = [command, options.name, f"--seed {options.seed}"]
    said += [f"--iterations {options.iterations}"] if options.iterations is not None else []
    path = recording.path_of(options.name, options.seed, out)
    if path.is_file():
        sys.exit(f"{options.name} is recorded already, in {path}: delete that file to record it anew.")
    distributed.start()
    try:
        written = recording.record(
            options.name, experiment, seed=options.seed, out=out, device=device(options.device),
            command=" ".join(said),
        )  # fmt: skip
    except (Stopped, CheckpointError, FetchError, FileNotFoundError, FloatingPointError, ValueError) as stopped:
        sys.exit(str(stopped) if distributed.rank() == 0 else 1)
    finally:
        distributed.finish()
    if written:
        for row in json.loads(written.read_text(encoding="utf-8"))["results"]:
            print(f"{row['setting']}, {row['statistics']}: {row['value']:.2f} ± {row['interval']:.2f}")
        print(f"Written to {written}")


def device(name: str | None) -> str:
    """The named device, or else a GPU if there is one: each process on a machine takes the next."""
    if name is not None or not torch.cuda.is_available():
        return name or "cpu"
    return f"cuda:{distributed.local_rank() % torch.cuda.device_count()}"


if __name__ == "__main__":
    main()
