"""Learning from rewards: the policy gradient, and MAML on it.

    grad J(theta) = E[ sum_t  grad log pi_theta(a_t | s_t) * A_t ],    A_t: what came after a_t, minus a baseline

Ronald Williams, "Simple Statistical Gradient-Following Algorithms for Connectionist Reinforcement Learning", 1992. The
meta-gradient differentiates such a step once more, and there it matters how the step is written: theta also decides
which trajectories are drawn. Three surrogates have the same gradient, and curvatures of their own:

    plain  log pi * A                               forgets that theta draws
    ratio  (pi / pi held fixed) * A                 knows it move by move (Rothfuss et al. 2019, arXiv:1810.06784)
    dice   the same for all moves up to t together  right for every derivative, and the noisiest (Foerster et al. 2018,
                                                    arXiv:1802.05098; with advantages Farquhar et al. 2019,
                                                    arXiv:1909.10549)

Example
    import torch
    from mlcourse.methods import policy_gradient
    from mlcourse.networks import MLP
    from mlcourse.networks.policy import GaussianPolicy
    from mlcourse.worlds import navigation

    rng = torch.Generator().manual_seed(0)
    policy = GaussianPolicy(MLP(2, 16, 2))
    theta, world = policy.init(rng, std=0.5), navigation.sample_goals(4, rng=rng)
    how = dict(alpha=[0.01, 0.005], n=5, horizon=10, rng=rng)
    policy_gradient.meta_gradient(policy, theta, world, **how)[0]  # minus what is earned after the steps
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from ..weights import Theta, stack, value_and_gradient


class Trajectories(NamedTuple):
    """What happened: n trajectories in each task."""

    states: Tensor  # (n_tasks, n, horizon, d_state), before each move
    actions: Tensor  # (n_tasks, n, horizon, d_action)
    rewards: Tensor  # (n_tasks, n, horizon)


@torch.no_grad()
def rollout(policy, theta: Theta, world, *, n: int, horizon: int, rng: torch.Generator) -> Trajectories:
    """Let the policy act for `horizon` moves, n times in each task, all at once."""
    if n < 2 or horizon < 1:
        raise ValueError(f"need two trajectories, one as the other's baseline, and a move: got {n = }, {horizon = }")
    state, happened = world.reset(n), []
    for _ in range(horizon):
        action = policy.act(theta, state, rng=rng)
        after, reward = world.step(state, action)
        happened.append((state, action, reward))
        state = after
    return Trajectories(*(torch.stack(each, 2) for each in zip(*happened, strict=True)))


def to_go(rewards: Tensor, discount: float = 1.0) -> Tensor:
    """For each move the rewards from there on, the later ones discounted: (..., horizon) to the same."""
    total, sums = torch.zeros_like(rewards[..., 0]), []
    for reward in reversed(rewards.unbind(-1)):
        total = reward + discount * total
        sums.append(total)
    return torch.stack(sums[::-1], -1)


def advantages(rewards: Tensor, discount: float = 1.0) -> Tensor:
    """How much better it went than in the task's OTHER trajectories from the same moment on, (n_tasks, n, horizon).

    A trajectory that counts in its own baseline would find itself better by less, by (n - 1) / n.
    """
    gone, n = to_go(rewards, discount), rewards.shape[1]
    others = (gone.sum(1, keepdim=True) - gone) / (n - 1)
    return gone - others


def magic_box(x: Tensor) -> Tensor:
    """The value 1, with the derivatives of exp(x) / exp(x held fixed)."""
    return (x - x.detach()).exp()


def plain(log_prob: Tensor, advantage: Tensor) -> Tensor:
    """Mean over trajectories of the sum over moves, (n_tasks,); both inputs (n_tasks, n, horizon)."""
    return (log_prob * advantage).sum(-1).mean(-1)


def ratio(log_prob: Tensor, advantage: Tensor) -> Tensor:
    """As `plain`, with probabilities in place of their logarithms, relative to those that drew."""
    return (magic_box(log_prob) * advantage).sum(-1).mean(-1)


def dice(log_prob: Tensor, advantage: Tensor) -> Tensor:
    """As `ratio`, where a move also stands for the moves before it, without which it would not have come about."""
    so_far = log_prob.cumsum(-1)
    return ((magic_box(so_far) - magic_box(so_far - log_prob)) * advantage).sum(-1).mean(-1)


def objective(policy, phi: Theta, drawn: Trajectories, *, surrogate=ratio, discount: float = 1.0) -> Tensor:
    """A number for each task, (n_tasks,), whose gradient is the policy gradient of these trajectories."""
    log_prob = policy.log_prob(phi, drawn.states.flatten(1, 2), drawn.actions.flatten(1, 2))
    return surrogate(log_prob.unflatten(1, drawn.rewards.shape[1:]), advantages(drawn.rewards, discount))


def climb(
    policy, phi: Theta, drawn: Trajectories, rate: float, *, surrogate=ratio, discount=1.0, differentiable=False
) -> Theta:
    """One step of every task's own weights along the policy gradient of the trajectories that they drew.

    differentiable: whether the new weights stay a function of the old ones, for a meta-gradient
    """
    with torch.enable_grad():
        if not differentiable:
            phi = {name: p.detach().requires_grad_() for name, p in phi.items()}
        total = objective(policy, phi, drawn, surrogate=surrogate, discount=discount).sum()
        grads = torch.autograd.grad(total, list(phi.values()), create_graph=differentiable)
        phi = {name: p + rate * g for (name, p), g in zip(phi.items(), grads, strict=True)}
    return phi if differentiable else {name: p.detach() for name, p in phi.items()}


def adapt(
    policy, theta: Theta, world, *, alpha: Sequence, n: int, horizon: int, rng: torch.Generator, **how
) -> tuple[list[Theta], list[Trajectories]]:
    """Climb in each task, a step for each rate in alpha, on n trajectories drawn anew for that step.

    how:     surrogate, discount, differentiable, as for `climb`
    returns: the weights before the first step and after each, stacked over tasks; and the trajectories of each of them
    """
    phis = [stack(theta, len(world.goals))]
    drawn = [rollout(policy, phis[0], world, n=n, horizon=horizon, rng=rng)]
    for rate in alpha:
        phis.append(climb(policy, phis[-1], drawn[-1], rate, **how))
        drawn.append(rollout(policy, phis[-1], world, n=n, horizon=horizon, rng=rng))
    return phis, drawn


def meta_gradient(policy, theta: Theta, world, *, alpha: Sequence, surrogate=ratio, discount=1.0, **how):
    """The meta-loss and its gradient, as a dict with theta's names.

    The loss is minus what a trajectory earns after each step of alpha, averaged over tasks and steps. With no step it
    is what theta itself earns, and this is the policy gradient over all tasks.
    """

    def loss(theta):
        phis, drawn = adapt(
            policy, theta, world, alpha=alpha, surrogate=surrogate, discount=discount, differentiable=True, **how
        )
        after = list(zip(phis, drawn, strict=True))[min(len(alpha), 1) :]
        earned.append(torch.stack([d.rewards.sum(-1).mean() for _, d in after]).mean())
        return -torch.stack([objective(policy, phi, d, discount=discount) for phi, d in after]).mean()

    earned = []
    _, gradient = value_and_gradient(loss, theta)
    return -earned[0], gradient
