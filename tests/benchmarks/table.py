"""Tables of ratios, from data/speed.json: `python tests/benchmarks/table.py` writes them beside the results."""

import datetime
import json
from pathlib import Path

from mlcourse.runs.experiments import TABLES, put_between
from mlcourse.runs.recorded import markdown

SPEED = Path(__file__).resolve().parents[2] / "data" / "speed.json"
BEGIN, END = "<!-- speed: written by `python tests/benchmarks/table.py` -->", "<!-- end of speed -->"


def tables(file: dict) -> str:
    """In a sentence; MAML beside both libraries, a row for each net, number of steps and order; then other methods."""
    return "\n\n".join([sentence(file), _about(file), _maml(file["cases"]), _others(file["cases"])])


def sentence(file: dict) -> str:
    """How much faster than the libraries."""
    ratios = {True: [], False: []}
    for case in file["cases"]:
        if case["method"] in ("MAML", "FOMAML"):
            sides = (side for name, side in case["sides"].items() if name != "mlcourse")
            ratios[case["net"] == "sine"] += [side["ratio"] for side in sides]
    small, large = (f"{min(some):.1f} to {max(some):.1f}" for some in (ratios[True], ratios[False]))
    return (
        f"In the same time the course computes {small} times as many meta-gradients of MAML and FOMAML as "
        f"torchopt and higher for the small net of the sine waves, and {large} times as many for networks on pictures, "
        "at a price in memory."
    )


def _about(file: dict) -> str:
    date = datetime.date.fromisoformat(file["date"])
    differences = [side.get("difference", 0.0) for case in file["cases"] for side in case["sides"].values()]
    rounds = min(case["rounds"] for case in file["cases"])
    return (
        f"{file['processor']}, one thread, {date.day} {date:%B %Y}; torch {file['torch'].split('+')[0]}, "
        f"torchopt {file['torchopt']}, higher {file['higher']}. Medians of {rounds} rounds or more. "
        f"In float64 the gradients differ by {max(differences):.0e} at most."
    )


def _maml(cases: list[dict]) -> str:
    rows = {}
    for case in cases:
        if case["method"] in ("MAML", "FOMAML"):
            rows.setdefault((case["net"], case["steps"], case["method"]), {})[case["n_tasks"]] = case["sides"]
    counts = sorted({n_tasks for row in rows.values() for n_tasks in row})
    peers = ("torchopt", "higher")
    head = [
        "net",
        "steps",
        "order",
        *(f"{peer}, {n} tasks" for peer in peers for n in counts),
        f"MiB, {counts[-1]} tasks",
    ]
    lines = []
    for (net, steps, method), row in rows.items():
        ratios = [_ratio(row[n].get(peer)) for peer in peers for n in counts]
        memory = " / ".join(_memory(row[counts[-1]].get(side)) for side in ("mlcourse", *peers))
        lines.append([net, str(steps), "second" if method == "MAML" else "first", *ratios, memory])
    return markdown(head, lines)


def _others(cases: list[dict]) -> str:
    lines = []
    for case in cases:
        if "plain" in case["sides"]:
            ours, plain = case["sides"]["mlcourse"], case["sides"]["plain"]
            way = "" if case["net"] == "sine" else f"{case['n_way']}-way "
            what = f"{way}{case['k_shot']}-shot"
            memory = f"{_memory(ours)} / {_memory(plain)}"
            lines.append([case["method"], case["net"], what, str(case["n_tasks"]), _ratio(plain), memory])
    return markdown(["method", "net", "tasks of", "tasks", "ratio", "MiB"], lines)


def _ratio(side: dict | None) -> str:
    return "-" if side is None else f"{side['ratio']:.1f}"


def _memory(side: dict | None) -> str:
    return "-" if side is None or side["MiB"] is None else f"{side['MiB']:.0f}"


if __name__ == "__main__":
    measured = json.loads(SPEED.read_text(encoding="utf-8"))
    put_between(TABLES, BEGIN, END, tables(measured))
    print(tables(measured))
