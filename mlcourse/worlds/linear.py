"""Linear functions as tasks: y = w . x + noise, a few noisy points given, the function itself asked for.

The regression problem of Garg et al. 2022 (arXiv:2208.01066), in fewer dimensions and with noise: w and x from N(0, I).
The best that can be done is known in closed form, `posterior.ridge`; without any points it errs by d, the number of
inputs.
"""

import torch

from ..tasks import Task


def sample_tasks(n_tasks: int, k_shot: int, n_query: int, *, d: int, noise: float = 0.5, rng: torch.Generator) -> Task:
    """Draw a batch of tasks: x (n_tasks, n, d), y (n_tasks, n, 1).

    k_shot: how many support points, 0 or more; their y has normal noise of this standard deviation, the queries' none
    """
    if min(n_tasks, n_query, d) < 1 or k_shot < 0 or noise < 0:
        raise ValueError(
            f"need a task, a query and an input at least, and no negative number: "
            f"got n_tasks = {n_tasks}, k_shot = {k_shot}, n_query = {n_query}, d = {d}, noise = {noise}"
        )
    w = torch.randn(n_tasks, d, 1, generator=rng, device=rng.device)
    x = torch.randn(n_tasks, k_shot + n_query, d, generator=rng, device=rng.device)
    y = x @ w
    heard = y[:, :k_shot] + noise * torch.randn(n_tasks, k_shot, 1, generator=rng, device=rng.device)
    return Task(x[:, :k_shot], heard, x[:, k_shot:], y[:, k_shot:])
