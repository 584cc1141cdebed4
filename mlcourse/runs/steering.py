"""Robots that move their hands to a place, moment by moment, each with a model of its own movement.

    learn a model from the last moments, plan with it, execute the first command, look what happened, again

(model-predictive control; with a model that adapts at every moment: Anusha Nagabandi and others, 2019, "Learning to
Adapt in Dynamic, Real-World Environments through Meta-Reinforcement Learning", arXiv:1803.11347.)
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from ..methods import planning
from ..worlds import arm, two_links
from ..worlds.moments import WINDOW
from ..worlds.two_links import Robots

HORIZON, CANDIDATES, ELITES, ROUNDS = 10, 200, 20, 2  # a plan looks half a second ahead


class Ride(NamedTuple):
    """What happened, for each robot: states (n, T + 1, 4), commands (n, T, 2), and for each moment two numbers (n, T).

    distance: of the hand from its goal after the moment, in metres
    surprise: how far the change of the speeds was from what the model said before, in radians a second
    """

    states: Tensor
    commands: Tensor
    distance: Tensor
    surprise: Tensor


def steer(
    robots: Robots,
    goal: Tensor,
    states: Tensor,
    commands: Tensor,
    learn: Callable,
    *,
    n_moments: int,
    always: bool = True,
    window: int = WINDOW,
    broken: tuple[int, Robots] | None = None,
    rng: torch.Generator,
) -> Ride:
    """Steer the hands to their goals.

    goal:     (n, 2) in metres, or (n, n_moments, 2) where it changes
    states, commands: what the robots did before, (n, k + 1, 4) and (n, k, 2): they go on from there
    learn:    from the last moments, (n, window + 1, 4) and (n, window, 2), to a model, which takes states (n, m, 4)
              and commands (n, m, 2) to the next states
    always:   learn anew at every moment; otherwise once, from what is given
    window:   from how many of the last moments
    broken:   from which moment on the robots are others; no model is told
    rng:      draws the candidates: the same for all models, if it begins with the same seed
    """
    goals = goal.unsqueeze(1).expand(-1, n_moments, -1) if goal.dim() == 2 else goal
    plan = states.new_zeros(len(states), HORIZON, 2)
    surprise = []
    for t in range(n_moments):
        if broken is not None and t == broken[0]:
            robots = broken[1]
        if always or t == 0:
            step = learn(states[:, -window - 1 :], commands[:, -window:])
        now = states[:, -1]
        with torch.no_grad():
            plan = planning.plan(
                lambda tried, step=step, now=now, t=t: cost(step, now, goals[:, t], tried),
                planning.moved_up(plan),
                n_candidates=CANDIDATES,
                n_elites=ELITES,
                rounds=ROUNDS,
                rng=rng,
            )
            said = step(now[:, None], plan[:, :1])
        after = arm.move(robots, now, plan[:, :1])
        surprise.append((after - said)[:, 0, 2:].norm(dim=-1))
        states, commands = torch.cat([states, after], 1), torch.cat([commands, plan[:, :1]], 1)
    states, commands = states[:, -n_moments - 1 :], commands[:, -n_moments:]
    distance = (two_links.hand(states[:, 1:]) - goals).norm(dim=-1)
    return Ride(states, commands, distance, torch.stack(surprise, 1))


def cost(step: Callable, state: Tensor, goal: Tensor, commands: Tensor) -> Tensor:
    """How far the hand would be from its goal, summed over the moments to come, (n, n_candidates).

    state: (n, 4)    goal: (n, 2)    commands: (n, n_candidates, horizon, 2)
    """
    state = state.unsqueeze(1).expand(-1, commands.shape[1], -1)
    far = 0
    for command in commands.unbind(2):
        state = step(state, command)
        far = far + (two_links.hand(state) - goal.unsqueeze(1)).norm(dim=-1)
    return far


def sample_goals(n: int, *, rng: torch.Generator) -> Tensor:
    """Places on the table, (n, 2): in any direction, 0.3 to 0.9 metres from the shoulder."""
    angle, far = 2 * torch.pi * torch.rand(n, generator=rng), 0.3 + 0.6 * torch.rand(n, generator=rng)
    return torch.stack([far * angle.cos(), far * angle.sin()], -1)
