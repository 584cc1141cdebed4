"""One meta-batch over several processes, on one machine or on many, with the meta-gradient of a single process.

The meta-gradient is a mean over tasks, and tasks know nothing of each other. So every process draws the same meta-batch
from the same random numbers, takes its own share of the tasks, and the means of the shares are averaged:

    g = sum over processes of  (n_mine / n_tasks) * g_mine

What goes from process to process is one gradient an iteration, as long as theta, by torch.distributed (gloo, which
needs no GPU). `torchrun` starts the processes; without it there is one, and nothing here does anything.
"""

import os

import torch
import torch.distributed as dist
from torch import Tensor

from ..weights import Theta


def start() -> None:
    """Join the other processes, if `torchrun` started this one."""
    if dist.is_torchelastic_launched() and not dist.is_initialized():
        # The first optimizer loads this module. Its functions have the group of that moment as a default argument, and
        # would keep it and its threads beyond `finish`: now and then the process then ends in an abort.
        import torch.distributed.nn  # noqa: F401

        dist.init_process_group("gloo")


def finish() -> None:
    """Leave them again."""
    if dist.is_initialized():
        dist.destroy_process_group()


def n_processes() -> int:
    """How many processes there are."""
    return dist.get_world_size() if dist.is_initialized() else 1


def rank() -> int:
    """Which of them this one is, from 0 on; the first does what only one may do, such as writing files."""
    return dist.get_rank() if dist.is_initialized() else 0


def local_rank() -> int:
    """Which of the processes on its machine this one is."""
    return int(os.environ.get("LOCAL_RANK", 0))


def spread(meta_gradient, *, rng: torch.Generator | None = None, draws: int = 0):
    """The same recipe, from (theta, task) to (loss, gradient), with the tasks spread over the processes.

    Every process must call it with the same theta and the same task.
    rng, draws: the generator that the recipe itself draws from, and how many numbers each task takes, in turn; those of
                the other processes' tasks are passed over, so that all generators stay in step
    Raises ValueError if there are more processes than tasks.
    """
    n, i = n_processes(), rank()
    if n == 1:
        return meta_gradient

    def shared(theta: Theta, task) -> tuple[Tensor, Theta]:
        n_tasks = len(task[0])
        if n > n_tasks:
            raise ValueError(f"{n} processes cannot share a meta-batch of {n_tasks}: start at most {n_tasks}")
        first, last = n_tasks * i // n, n_tasks * (i + 1) // n
        _pass_over(first * draws, rng)
        loss, gradient = meta_gradient(theta, task.map(lambda tensor: tensor[first:last]))
        _pass_over((n_tasks - last) * draws, rng)
        flat = torch.cat([loss.reshape(1), *(gradient[name].flatten() for name in theta)])
        summed = (flat * ((last - first) / n_tasks)).cpu()
        dist.all_reduce(summed)
        loss, *parts = summed.to(flat.device).split([1, *(p.numel() for p in theta.values())])
        parts = (part.view_as(p) for part, p in zip(parts, theta.values(), strict=True))
        return loss.squeeze(0), dict(zip(theta, parts, strict=True))

    return shared


def any_process(yes: bool) -> bool:
    """Whether any process says yes; all of them get the same answer."""
    if n_processes() == 1:
        return yes
    votes = torch.tensor(int(yes))
    dist.all_reduce(votes)
    return bool(votes)


def from_first(content: bytes | None) -> bytes | None:
    """The first process's bytes, for all of them; what the others hand in does not count."""
    if n_processes() == 1:
        return content
    length = torch.tensor(-1 if content is None or rank() else len(content))
    dist.broadcast(length, 0)
    if length < 0:
        return None
    buffer = torch.empty(int(length), dtype=torch.uint8)
    if rank() == 0:
        buffer = torch.frombuffer(bytearray(content), dtype=torch.uint8)
    dist.broadcast(buffer, 0)
    return buffer.numpy().tobytes()


def _pass_over(n: int, rng: torch.Generator | None) -> None:
    if n:
        torch.rand(n, generator=rng, device=rng.device)
