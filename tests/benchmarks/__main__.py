"""The speed of the course beside its peers: `make bench`. It prints as it goes, and writes data/speed.json."""

import datetime
import gc
import importlib.metadata
import json
import statistics
import time

import torch
from cases import CASES, Case
from measure import differences, peak_memory, ratio, seconds
from table import SPEED

from mlcourse.runs.provenance import processor


def measure(case: Case) -> dict:
    """What is written about a case. Nothing is timed before the gradients have been found the same."""
    differ = differences(case)
    if not all(difference < 1e-8 for difference in differ.values()):  # nan is not the same either
        raise ValueError(f"{case}: the gradients are not the same, relative differences {differ}")
    times = seconds(case)
    found = {side: {"a second": 1 / statistics.median(t), "MiB": peak_memory(case, side)} for side, t in times.items()}
    for side in differ:
        low, median, high = ratio(times[side], times["mlcourse"])
        found[side] |= {"ratio": median, "quartiles": [low, high], "difference": differ[side]}
    return case._asdict() | {"rounds": len(times["mlcourse"]), "sides": found}


def line(row: dict) -> str:
    """A case, as it is printed."""
    said = []
    for side, found in row["sides"].items():
        memory = "" if found["MiB"] is None else f", {found['MiB']:.0f} MiB"
        beside = ""
        if "ratio" in found:
            low, high = found["quartiles"]
            beside = f", ratio {found['ratio']:.2f} ({low:.2f} to {high:.2f})"
        said.append(f"    {side:14}{found['a second']:8.2f} a second{memory}{beside}")
    return "\n".join(said)


def main():
    torch.set_num_threads(1)
    gc.freeze()  # what has been imported need not be looked through again
    start, rows = time.perf_counter(), []
    for case in CASES:
        print(case, flush=True)
        rows.append(measure(case))
        print(line(rows[-1]), flush=True)
    versions = {name: importlib.metadata.version(name) for name in ("torch", "torchopt", "higher")}
    about = {"date": datetime.date.today().isoformat(), "processor": processor("cpu"), "threads": 1, **versions}
    about |= {"command": "make bench", "seconds": round(time.perf_counter() - start)}
    SPEED.write_text(json.dumps(about | {"cases": rows}, indent=1) + "\n", encoding="utf-8")
    print(f"Written to {SPEED}, after {about['seconds']} seconds")


if __name__ == "__main__":
    main()
