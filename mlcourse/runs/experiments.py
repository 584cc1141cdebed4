"""The recorded runs: `python -m mlcourse results` lists them, and with a name trains and tests one.

The table below names them, and `protocols` has their settings; what came out stands in `data/results/NAME.json`. A run
that was stopped or killed goes on when the same command is given again. `torchrun --nproc-per-node N -m mlcourse
results NAME` spreads each meta-batch over N processes.
"""

import json
from pathlib import Path

import torch

from ..files import DATA, ROOT, replacing
from . import departures, distributed, recorded, recording
from .alone import alone
from .chinese import in_chinese
from .protocols import (
    aligned_pixels,
    anil,
    fomaml,
    learned_rates,
    maml,
    matching,
    pixels,
    prototypical,
    reptile,
    siamese,
)
from .variants import (
    also_in_four_turns,
    also_with_five_shots,
    at_the_authors_rate,
    on_distorted_drawings,
    on_vinyals_list,
    with_epsilon_hat,
)
from .wave_protocols import meta_sgd_waves, pooled_waves, waves

TRIALS = DATA / "trials"
README, CHINESE, TABLES = ROOT / "README.md", ROOT / "README.zh-CN.md", DATA / "results" / "README.md"
COMMAND = "python -m mlcourse results"
FEW = 20
TWO_STEPS = dict(beta=3e-3, inner=dict(alpha=0.4, steps=2), asked=10)  # of MAML with 20 ways
THREE_STEPS = dict(beta=3e-3, inner=dict(alpha=0.4, steps=3))  # of FOMAML with five shots
FIVE_STEPS = dict(beta=3e-3, inner=dict(alpha=0.1, steps=5), asked=20)  # and with one
BEGIN, END = f"<!-- results: written by `{COMMAND} --table` -->", "<!-- end of results -->"

# minutes: on one core, with the tests.    papers: the figures to compare with, in the order of the tests.
EXPERIMENTS = {
    "pixels": pixels(),
    "aligned-pixels": aligned_pixels(),
    "siamese": siamese(iterations=90_000, minutes=100, papers=(96.7, 98.4, 88.0, 96.5)),
    "matching-5way-1shot": matching(5, 1, n_tasks=2, iterations=12_000, minutes=15, papers=98.1),
    "matching-5way-5shot": matching(5, 5, n_tasks=2, iterations=3800, minutes=15, papers=98.9),
    "matching-20way-1shot": matching(20, 1, n_tasks=1, iterations=3600, minutes=15, papers=93.8),
    "matching-20way-5shot": matching(20, 5, n_tasks=1, iterations=1800, minutes=15, papers=98.5),
    "prototypical-1shot": prototypical(k_shot=1, iterations=3500, minutes=35, papers=(98.8, 96.0)),
    "prototypical-5shot": prototypical(k_shot=5, iterations=2000, minutes=35, papers=(99.7, 98.9)),
    "maml-5way-1shot": maml(5, 1, n_tasks=4, iterations=40_000, minutes=40, papers=98.7, beta=3e-3),
    "maml-5way-5shot": maml(5, 5, n_tasks=4, iterations=30_000, minutes=90, papers=99.9, beta=3e-3),
    "maml-20way": maml(20, 1, n_tasks=2, iterations=30_000, minutes=90, papers={1: 95.8, 5: 98.9}, **TWO_STEPS),
    "rates-5way": also_with_five_shots(
        learned_rates(5, 1, n_tasks=4, iterations=30_000, minutes=40, papers={1: 99.47})
    ),
    "rates-5way-5shot": learned_rates(5, 5, n_tasks=4, iterations=30_000, minutes=90, papers=None),
    "rates-20way": learned_rates(20, 1, n_tasks=2, iterations=30_000, minutes=50, papers={1: 97.65, 5: 99.33}),
    "fomaml-5way-1shot": fomaml(5, 1, n_tasks=4, iterations=60_000, minutes=60, papers=98.3, **FIVE_STEPS),
    "fomaml-5way-5shot": fomaml(5, 5, n_tasks=4, iterations=15_000, minutes=45, papers=99.2, **THREE_STEPS),
    "anil-5way-1shot": anil(5, 1, n_tasks=8, iterations=12_000, minutes=15),
    "anil-5way-5shot": anil(5, 5, n_tasks=4, iterations=5500, minutes=15),
    "reptile-5way": reptile(n_way=5, iterations=12_000, minutes=40, papers=((97.68, 95.39), (99.48, 98.90))),
    "reptile-carried-5way": reptile(
        n_way=5, iterations=44_000, minutes=120, papers=((97.68, 95.39), (99.48, 98.90)), carried=True
    ),
    "pixels-runs": pixels(runs=True),
    "aligned-pixels-runs": aligned_pixels(runs=True),
    "siamese-runs": siamese(iterations=40_000, minutes=30, runs=True),
    "matching-runs": matching(20, 1, n_tasks=1, iterations=3000, minutes=15, runs=True),
    "prototypical-runs": prototypical(k_shot=1, iterations=1650, minutes=15, runs=True),
    "maml-runs": maml(20, 1, n_tasks=2, iterations=2700, minutes=20, runs=True),
    "fomaml-runs": fomaml(20, 1, n_tasks=2, iterations=3000, minutes=15, runs=True),
    "anil-runs": anil(20, 1, n_tasks=2, iterations=7000, minutes=10, runs=True),
    "reptile-runs": reptile(n_way=20, iterations=1200, minutes=20, runs=True),
    "sine-maml-5shot": waves(k_shot=5, papers=(0.67, 0.38, 0.35), remarks=(departures.TEN,)),
    "sine-maml-10shot": waves(k_shot=10),
    "sine-meta-sgd-5shot": meta_sgd_waves(k_shot=5),
    "sine-meta-sgd-10shot": meta_sgd_waves(k_shot=10),
    "sine-transfer-5shot": pooled_waves(k_shot=5, papers=(2.41, 2.23, 2.19)),
    "sine-transfer-10shot": pooled_waves(k_shot=10),
}
EXPERIMENTS |= {
    f"{name}-vinyals": on_vinyals_list(EXPERIMENTS[name]) for name in ("prototypical-1shot", "matching-20way-1shot")
}
EXPERIMENTS["rates-20way-distorted"] = on_distorted_drawings(EXPERIMENTS["rates-20way"], iterations=70_000, minutes=120)
EXPERIMENTS["maml-5way-1shot-distorted"] = on_distorted_drawings(
    EXPERIMENTS["maml-5way-1shot"], iterations=120_000, minutes=70
)
EXPERIMENTS["maml-5way-1shot-alpha2"] = at_the_authors_rate(EXPERIMENTS["maml-5way-1shot"])
EXPERIMENTS["reptile-runs-epsilon"] = with_epsilon_hat(EXPERIMENTS["reptile-runs"])


AVERAGED = (
    "siamese", "siamese-runs", "prototypical-runs", "maml-5way-1shot", "maml-5way-1shot-distorted", "maml-5way-5shot",
    "maml-20way", "rates-5way", "rates-5way-5shot", "rates-20way", "rates-20way-distorted", "fomaml-5way-1shot",
)  # fmt: skip
EXPERIMENTS |= {name: also_in_four_turns(EXPERIMENTS[name]) for name in AVERAGED}


def listing(folder: Path) -> str:
    """A line for each run: what it measures, how long it takes on one core, and whether it is recorded."""
    lines = []
    for name, experiment in EXPERIMENTS.items():
        settings = "; ".join(dict.fromkeys(test.setting for test in experiment.tests))
        time = "recorded" if (folder / f"{name}.json").is_file() else f"about {experiment.minutes} min"
        lines.append(f"{name:30}{time:15}{experiment.method}: {settings}")
    return "\n".join(lines)


def write_table() -> str:
    """Put what the files say between its marks: a summary in both READMEs, tables beside the files; return these."""
    tables, summary = recorded.tables(recorded.RESULTS), recorded.summary(recorded.RESULTS)
    put_between(README, BEGIN, END, summary)
    put_between(CHINESE, BEGIN, END, in_chinese(summary))
    put_between(TABLES, BEGIN, END, tables)
    return tables


def put_between(page: Path, begin: str, end: str, what: str) -> None:
    """Put text between two marks in a page, in place of what stands there; raise ValueError where they do not stand."""
    before, begins, rest = page.read_text(encoding="utf-8").partition(begin)
    _, ends, after = rest.partition(end)
    if not (begins and ends):
        raise ValueError(f"{page} lacks the line {end if begins else begin}: put both where the tables belong.")
    with replacing(page) as file:
        file.write(f"{before}{begin}\n{what}\n{end}{after}".encode())


def run(
    name: str, *, seed: int = 0, iterations: int | None = None, out: Path | None = None, device: str | None = None
) -> Path | None:
    """Train and test one run, print what came out, and return the path of the file that says so.

    iterations: fewer than the run has, to try it out, with FEW test tasks of each kind
    out:        the folder to write to: by default data/results, or data/trials where `iterations` is given
    device:     such as "cpu"; by default a GPU if there is one
    Under `torchrun` all processes call it; the first one prints, writes and returns the path, the others None.
    Raises what `recording.record` does, ValueError for a run that there is not, FileExistsError for a recorded one, and
    OSError for one that another process is recording.
    """
    if name not in EXPERIMENTS:
        raise ValueError(f"There is no run named {name}: `{COMMAND}` lists them.")
    experiment, command = EXPERIMENTS[name], f"{COMMAND} {name} --seed {seed}"
    if iterations is not None:
        if not experiment.iterations or iterations < 1:
            raise ValueError("--iterations is a number from 1 on, for a run that trains.")
        tests = tuple(test._replace(episodes=min(test.episodes, FEW)) for test in experiment.tests)
        experiment, command = (
            experiment._replace(iterations=iterations, tests=tests),
            f"{command} --iterations {iterations}",
        )
    out = out or (recorded.RESULTS if iterations is None else TRIALS)
    path = recording.path_of(name, seed, out)
    if path.is_file():
        raise FileExistsError(f"{name} is recorded already, in {path}: delete that file to record it anew.")
    distributed.start()
    try:
        with alone(path):
            written = recording.record(
                name, experiment, seed=seed, out=out, device=device or free_device(), command=command
            )
    finally:
        distributed.finish()
    if written:
        for row in json.loads(written.read_text(encoding="utf-8"))["results"]:
            print(f"{row['setting']}, {row['statistics']}: {row['value']:.2f} ± {row['interval']:.2f}")
        print(f"Written to {written}")
    return written


def free_device() -> str:
    """A GPU if there is one, or else the CPU: each process on a machine takes the next GPU."""
    if not torch.cuda.is_available():
        return "cpu"
    return f"cuda:{distributed.local_rank() % torch.cuda.device_count()}"
