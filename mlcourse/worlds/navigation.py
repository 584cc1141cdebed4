"""A point on a plane that should go to a goal which nobody tells it: all that it gets is the reward of each move.

The tasks of Finn et al. 2017 (arXiv:1703.03400, section 5.3): goals in a square of width 1 around the start, moves of
at most 0.1 along either axis. As in the authors' code the reward is minus the distance from the goal, not squared, and
an action of 1 is the longest move; unlike there, nothing stops a trajectory before its time.

Example
    import torch
    from mlcourse.worlds import navigation

    world = navigation.sample_goals(3, rng=torch.Generator().manual_seed(0))
    state = world.reset(5)  # five points in each of three tasks
    state, reward = world.step(state, torch.ones(3, 5, 2))
"""

from typing import NamedTuple

import torch
from torch import Tensor

LONGEST, NEAR = 0.1, 0.1  # of a move along one axis; of a point that has arrived


class Plane(NamedTuple):
    """A batch of tasks; `reset` and `step` are named as in Gymnasium, and keep nothing: the state is handed on."""

    goals: Tensor  # (n_tasks, 2)
    told: bool = False  # whether a state also holds the goal, for an oracle

    def reset(self, n: int) -> Tensor:
        """The states of n points in each task, at the start, (n_tasks, n, 2), or (n_tasks, n, 4) with their goals."""
        goals = self.goals.unsqueeze(1).expand(-1, n, -1)
        return self._state(torch.zeros_like(goals))

    def step(self, state: Tensor, action: Tensor) -> tuple[Tensor, Tensor]:
        """Move each point; the next states, and the rewards (n_tasks, n).

        action: (n_tasks, n, 2), cut to -1 .. 1 along each axis
        """
        if not action.isfinite().all():
            raise ValueError(f"an action needs to be a finite number: {(~action.isfinite()).sum()} of these are not")
        position = state[..., :2] + LONGEST * action.clamp(-1, 1)
        return self._state(position), -(position - self.goals.unsqueeze(1)).norm(dim=-1)

    def _state(self, position: Tensor) -> Tensor:
        return torch.cat([position, self.goals.unsqueeze(1).expand_as(position)], -1) if self.told else position


def sample_goals(n_tasks: int, *, told: bool = False, rng: torch.Generator) -> Plane:
    """Draw a batch of tasks: goals, evenly from the square."""
    if n_tasks < 1:
        raise ValueError(f"need at least one task: got n_tasks = {n_tasks}")
    return Plane(torch.rand(n_tasks, 2, generator=rng, device=rng.device) - 0.5, told)


def stand_still(world: Plane, horizon: int) -> Tensor:
    """What a trajectory earns that never moves, (n_tasks,). Its mean over all goals is -0.3826 for each move."""
    return -horizon * world.goals.norm(dim=-1)


def walk_straight(world: Plane, horizon: int) -> Tensor:
    """What the best trajectory earns, (n_tasks,): each axis at full speed until the goal is reached."""
    moves = torch.arange(1, horizon + 1).view(1, -1, 1)
    left = (world.goals.abs().unsqueeze(1) - LONGEST * moves).clamp(min=0)  # (n_tasks, horizon, 2)
    return -left.norm(dim=-1).sum(1)
