"""Lesson 13: a number for each task whose gradient is the policy gradient of a batch of trajectories."""

from functools import partial

import torch
from torch import Tensor

from .compare import compare, numbers
from .exercise import NotYet, attempt, exercise

HINTS = {
    "must match the size": "log_p has an axis more than rewards: add its numbers over the last axis first",
    "could not be broadcast": "log_p has an axis more than rewards: add its numbers over the last axis first",
}


@exercise
def policy_objective(answer, seed, more) -> None:
    """answer(log_p, rewards, discount): (n_tasks, n, horizon, d) and (n_tasks, n, horizon); returns (n_tasks,)."""
    rng = torch.Generator().manual_seed(seed)
    shape = (2 + more, 3 + more, 4 + more)
    for discount in (1.0, 0.5):  # first without, so that a mistake in the baseline is named first
        log_p = torch.randn(*shape, 2, generator=rng).double()
        rewards = torch.randn(shape, generator=rng).double() - torch.arange(shape[-1])
        given = log_p.clone().requires_grad_()
        result = numbers(attempt(answer, dict(log_p=given, rewards=rewards.clone(), discount=discount), hints=HINTS))
        if result.shape != (len(rewards),):
            raise NotYet(f"one number for each task is expected, ({len(rewards)},): got {tuple(result.shape)}")
        if not result.requires_grad:
            raise NotYet("no gradient reaches log_p: leave out detach, item and .data there")
        weights = torch.arange(1, len(rewards) + 1).to(result)  # so that tasks cannot stand for each other
        (gradient,) = torch.autograd.grad((weights * result).sum(), given, materialize_grads=True)
        if not gradient.any():
            raise NotYet("no gradient reaches log_p: only there does it depend on the policy")
        of = partial(_gradient, weights, log_p)
        compare(
            gradient,
            of(advantages(rewards, discount)),
            partial(_mistakes, of, rewards, discount),
            tried=f"a discount of {discount:g}: the gradient with respect to log_p",
        )


def advantages(rewards: Tensor, discount: float) -> Tensor:
    """What is asked for: rewards to go, minus the mean of the other trajectories'."""
    gone = _to_go(rewards, discount)
    return gone - (gone.sum(1, keepdim=True) - gone) / (rewards.shape[1] - 1)


def _to_go(rewards: Tensor, discount: float) -> Tensor:
    """For each move the discounted rewards from there on, by a matrix of weights."""
    t = torch.arange(rewards.shape[-1])
    ahead = t.unsqueeze(0) - t.unsqueeze(1)  # from move t, row, to move u, column
    weights = torch.where(ahead >= 0, float(discount) ** ahead.clamp(min=0).to(rewards), 0.0)
    return rewards @ weights.T


def _gradient(weights: Tensor, log_p: Tensor, advantage: Tensor) -> Tensor:
    """The gradient with respect to log_p of the sum over moves, averaged over trajectories, of log_p * advantage."""
    return (weights.view(-1, 1, 1) * advantage / log_p.shape[1]).unsqueeze(-1).expand_as(log_p)


def _mistakes(of, rewards, discount) -> dict:
    """What each known mistake would give for these trajectories."""
    n, horizon = rewards.shape[1:]
    right, gone = advantages(rewards, discount), _to_go(rewards, discount)
    powers = discount ** torch.arange(horizon).to(rewards)
    whole = (powers * rewards).sum(-1, keepdim=True).expand_as(rewards)
    past = _to_go(rewards.flip(-1), discount).flip(-1)

    def less_the_others(of_move):
        return of_move - (of_move.sum(1, keepdim=True) - of_move) / (n - 1)

    every = gone.mean(1, keepdim=True)
    wrong = {
        "that goes downhill: the number is to grow, and rewards are no loss": -right,
        "the logarithms of an action's two numbers are averaged: add them, as densities multiply": right / 2,
        "the moves of a trajectory are averaged: add them": [right / horizon, right / horizon / 2],
        "the trajectories are added: take their mean": [n * right, n * less_the_others(whole)],
        "a trajectory counts in its own baseline: take the mean of the others": gone - every,
        "the others' rewards are added, but not divided by how many they are, n - 1": gone - (n * every - gone),
        "the others' rewards are divided by n: they are n - 1": gone - (n * every - gone) / n,
        "there is no baseline: subtract what the others got on average from that move on": gone,
        "every move is given the whole return: no move changes what was before it": [
            less_the_others(whole),
            less_the_others(rewards.sum(-1, keepdim=True).expand_as(rewards)),
            whole,
            whole - whole.mean(1, keepdim=True),
        ],
        "each move is given the rewards before it: take those from it on": [less_the_others(past), past],
        "each move is given its own reward only: later ones count, too": [less_the_others(rewards), rewards],
        "a move's own reward is left out: it is the first that counts": [
            less_the_others(gone - rewards),
            gone - rewards,
        ],
        "the discount counts from the start of the trajectory: count from each move on": [
            less_the_others(_to_go(powers * rewards, 1.0)),
            _to_go(powers * rewards, 1.0),
        ],
        "the discount is not used": less_the_others(_to_go(rewards, 1.0)),
        "the baseline is taken over the tasks: each task has its own": [
            gone - gone.mean(0, keepdim=True),
            gone - gone.mean((0, 1), keepdim=True),
        ],
        "the baseline is the mean over moves: compare with the other trajectories at the same move": (
            gone - gone.mean(-1, keepdim=True)
        ),
        "the advantages are scaled to a spread of 1: leave them as they are": [
            (gone - every) / gone.std(1, keepdim=True),
            right / right.std(1, keepdim=True),
        ],
    }
    return {sentence: [of(a) for a in (v if isinstance(v, list) else [v])] for sentence, v in wrong.items()}
