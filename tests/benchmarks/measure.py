"""How it is compared: the same gradient in float64, processor time in turn, and memory in a process of its own."""

import gc
import multiprocessing
import re
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import torch
from cases import Case
from sides import sides, transposed

AT_LEAST = 0.05  # seconds that a measurement lasts, for which a small step is taken many times
BUDGET, FEWEST, MOST = 4.0, 5, 25  # seconds for a case, and how many rounds that may buy

# Imported once for all processes whose memory is measured; torch.optim would import torch._dynamo in its first step.
IMPORTED = ["torch", "torch._dynamo", "torchopt", "higher", "mlcourse.methods.prototypical"]


def differences(case: Case) -> dict[str, float]:
    """In float64: the largest difference of a peer's gradient from ours, relative to the tensor's largest entry."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    gradients = {name: step() for name, step in sides(case).items()}
    torch.set_default_dtype(before)
    ours = gradients.pop("mlcourse")

    def difference(gradient):
        pairs = zip(map(transposed, gradient), ours, strict=True)
        return max(((p - q).abs().max() / q.abs().max()).item() for p, q in pairs)

    return {name: difference(gradient) for name, gradient in gradients.items()}


def seconds(case: Case) -> dict[str, list[float]]:
    """Seconds that a step of each side takes, once for each round. In a round the sides take turns.

    It is the processor's time: with one thread the same as the clock's, but for what other programs take away.
    """
    steps = sides(case)
    once = {name: min(_time(step), _time(step)) for name, step in steps.items()}
    repeat = {name: max(1, round(AT_LEAST / t)) for name, t in once.items()}
    rounds = int(BUDGET / sum(once[name] * repeat[name] for name in steps))
    times = {name: [] for name in steps}
    for _ in range(min(max(rounds, FEWEST), MOST)):
        for name, step in steps.items():
            gc.collect()  # so that no side clears up after another
            times[name].append(_time(step, repeat[name]))
    return times


def _time(step, repeat: int = 1) -> float:
    start = time.process_time()
    for _ in range(repeat):
        step()
    return (time.process_time() - start) / repeat


def peak_memory(case: Case, side: str) -> float | None:
    """MiB at the peak of three steps, above what the process held before them; None where it cannot be known.

    The process is new, so that no memory which others have given back is taken up again.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(IMPORTED)
    with ProcessPoolExecutor(1, mp_context=context) as process:
        return process.submit(_peak, case, side).result()


def _peak(case: Case, side: str) -> float | None:
    torch.set_num_threads(1)
    step = sides(case)[side]
    before = _status("VmRSS")
    for _ in range(3):
        step()
    after = _status("VmHWM")
    return None if before is None else after - before


def _status(field: str) -> float | None:
    """A field of this process's status, in MiB; only Linux has it."""
    status = Path("/proc/self/status")
    return int(re.search(rf"{field}:\s+(\d+) kB", status.read_text())[1]) / 1024 if status.exists() else None


def ratio(peer: list[float], ours: list[float]) -> tuple[float, float, float]:
    """Lower quartile, median and upper quartile of how many times as long the peer takes, round by round."""
    return tuple(statistics.quantiles((b / a for a, b in zip(ours, peer, strict=True)), method="inclusive"))
