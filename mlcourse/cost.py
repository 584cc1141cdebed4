"""What a computation costs: the seconds it takes, and the memory that autograd must hold on to for it."""

import statistics
import time
from collections import Counter

import torch


def seconds(*functions, repeat: int = 15, processor: bool = False) -> list[float]:
    """Median wall time of a call of each function, in seconds, after one call that does not count.

    The functions take turns, so that a busy moment of the machine touches all of them alike.
    processor: the time that the processor spends on it, on all its cores together; other programs hardly disturb it
    """
    clock = time.process_time if processor else time.perf_counter
    times = [[] for _ in functions]
    for turn in range(repeat + 1):
        for function, measured in zip(functions, times, strict=True):
            start = clock()
            function()
            if turn > 0:
                measured.append(clock() - start)
    return [statistics.median(measured) for measured in times]


def graph_bytes(function) -> int:
    """The most memory, in bytes, that autograd keeps for backward passes at any moment of a call.

    Tensors that share their memory count once. What is used and given back at once does not count, so the figure does
    not depend on the machine; the process as a whole needs more.
    """
    kept, live, peak = Counter(), 0, 0

    class Kept:
        def __init__(self, tensor):
            nonlocal live, peak
            self.tensor, self.memory = tensor, tensor.untyped_storage()
            kept[self.memory.data_ptr()] += 1
            if kept[self.memory.data_ptr()] == 1:
                live += self.memory.nbytes()
                peak = max(peak, live)

        def __del__(self):
            nonlocal live
            kept[self.memory.data_ptr()] -= 1
            if kept[self.memory.data_ptr()] == 0:
                live -= self.memory.nbytes()

    with torch.autograd.graph.saved_tensors_hooks(Kept, lambda held: held.tensor):
        function()
    return peak
