"""Planning by the cross-entropy method: try random rows of commands in a model, keep the best, draw around them again.

    U_i ~ N(mean, spread^2), clipped to -1 to 1
    mean, spread = those of the elites, the rows of commands with the lowest cost

Reuven Rubinstein, 1999, "The cross-entropy method for combinatorial and continuous optimization"; with a learned model,
Kurtland Chua, Roberto Calandra, Rowan McAllister, Sergey Levine, 2018, arXiv:1805.12114. With one round it is random
shooting. After each moment only the first command is executed, and the rest, moved up by one, is where the next plan
starts (model-predictive control).

Example
    import torch
    from mlcourse.methods import planning

    def cost(commands):  # of a point that moves by its command and shall be at 1 after three of them
        return (commands.sum((2, 3)) - 1).abs()

    rng = torch.Generator().manual_seed(0)
    planning.plan(cost, torch.zeros(1, 3, 1), rng=rng).sum()  # nearly 1
"""

import torch
from torch import Tensor


def plan(
    cost, mean: Tensor, *, spread: float = 0.5, n_candidates: int = 200, n_elites: int = 20, rounds: int = 3, rng
) -> Tensor:
    """The best row of commands found for each task, (n_tasks, horizon, d), clipped to -1 to 1.

    cost:  from commands (n_tasks, n_candidates, horizon, d) to what they cost, (n_tasks, n_candidates)
    mean:  where to start, (n_tasks, horizon, d); it is itself a candidate, so that no round makes a plan worse
    spread: the standard deviation of the first round's candidates
    What is scored is what is refitted and returned: candidates are clipped before all of that.
    Raises FloatingPointError where a cost is not finite, as of a model that diverges.
    """
    if not 0 < n_elites <= n_candidates or rounds < 1:
        got = f"n_elites = {n_elites}, n_candidates = {n_candidates}, rounds = {rounds}"
        raise ValueError(f"need a round, and elites that are among the candidates: got {got}")
    best, mean = mean.clamp(-1, 1), mean.clamp(-1, 1)
    spread = torch.full_like(mean, spread)
    for _ in range(rounds):
        noise = torch.randn(len(mean), n_candidates, *mean.shape[1:], generator=rng, dtype=mean.dtype)
        candidates = (mean.unsqueeze(1) + spread.unsqueeze(1) * noise).clamp(-1, 1)
        candidates = torch.cat([best.unsqueeze(1), candidates[:, 1:]], 1)
        costs = checked(cost(candidates))
        mean, spread = refit(candidates, costs, n_elites)
        best = candidates[torch.arange(len(mean)), costs.argmin(1)]
    return best


def refit(candidates: Tensor, costs: Tensor, n_elites: int) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of the elites, the n_elites candidates with the lowest cost, each (n_tasks, ...).

    candidates: (n_tasks, n_candidates, ...)    costs: (n_tasks, n_candidates)
    """
    elites = costs.argsort(1)[:, :n_elites]
    chosen = candidates[torch.arange(len(candidates)).unsqueeze(1), elites]
    return chosen.mean(1), chosen.std(1, correction=0)


def checked(costs: Tensor) -> Tensor:
    if not costs.isfinite().all():
        lost = (~costs.isfinite()).sum(1)
        raise FloatingPointError(
            f"the model diverges: {lost.max().item()} of {costs.shape[1]} plans for one robot have a cost that is not "
            "finite; look at its weights, or adapt it by smaller steps"
        )
    return costs


def moved_up(plan: Tensor) -> Tensor:
    """The plan one moment later, (n_tasks, horizon, d): without its first command, and the last one twice."""
    return torch.cat([plan[:, 1:], plan[:, -1:]], 1)
