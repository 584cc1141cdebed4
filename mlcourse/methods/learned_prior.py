"""Bayesian linear regression with a prior that is learned from many tasks: no network, and no gradient step.

    y = W f(x) + noise,    W ~ N(mean, covariance),    mean and covariance: those of the training tasks' own W

What MAML puts into a start, this puts into a start and the directions in which tasks differ from it: the posterior mean
moves far where tasks differ much, and hardly where they agree. A prior that is estimated from data makes it empirical
Bayes (Robbins 1956); given the prior, the formula is exact for normal noise (Bishop 2006, "Pattern Recognition and
Machine Learning", section 3.3).

Example
    import torch
    from mlcourse.methods import learned_prior
    from mlcourse.worlds.sinusoids import sample_tasks

    def curves(x):  # what waves are mixed from
        return torch.cat([x.sin(), x.cos()], -1)

    rng = torch.Generator().manual_seed(0)
    many, new = sample_tasks(500, 20, 1, rng=rng), sample_tasks(3, 5, 10, rng=rng)
    prior = learned_prior.fit(curves(many.x_support), many.y_support)
    learned_prior.predict(prior, curves(new.x_support), new.y_support, curves(new.x_query), noise=0.01).shape
"""

from typing import NamedTuple

import torch
from torch import Tensor

from ..tasks import check_examples


class Prior(NamedTuple):
    """What is believed of a task's W before it is seen, W written as one row after the other."""

    mean: Tensor  # (n_out * n_features,)
    covariance: Tensor  # (n_out * n_features, n_out * n_features)


def fit(features: Tensor, y: Tensor, *, strength: float = 1.0) -> Prior:
    """Mean and covariance of the training tasks' own W.

    features: (n_tasks, n, n_features)    y: (n_tasks, n, n_out)
    strength: how strongly a task's W is held where the fit to all tasks is, above 0, for tasks that do not settle it
    """
    check_examples(features, y)
    if not strength > 0 or len(features) < 2:
        got = f"strength = {strength}, {len(features)} tasks"
        raise ValueError(f"a prior needs two tasks to differ, and a strength above 0: got {got}")
    held = strength * torch.eye(features.shape[-1], dtype=features.dtype)
    flat, answers = features.flatten(0, 1), y.flatten(0, 1)
    pooled = torch.linalg.solve(flat.T @ flat + held, flat.T @ answers)
    moved = torch.linalg.solve(features.mT @ features + held, features.mT @ (y - features @ pooled))
    rows = (pooled + moved).mT.flatten(1)
    return Prior(rows.mean(0), rows.T.cov())


def predict(prior: Prior, f_support: Tensor, y_support: Tensor, f_query: Tensor, *, noise: float) -> Tensor:
    """The posterior mean of each task's answers, (n_tasks, n_query, n_out).

    f_support, f_query: features, (n_tasks, n_support, n_features) and (n_tasks, n_query, n_features)
    noise:   the standard deviation of the answers around W f(x), above 0
    """
    check_examples(f_support, y_support)
    if not noise > 0:
        raise ValueError(f"answers need some noise, or the equations may have no solution: got noise = {noise}")
    n_out = y_support.shape[-1]
    seen = torch.stack([torch.block_diag(*[f] * n_out) for f in f_support])  # each row of W has its own answers
    y = y_support.mT.flatten(1).unsqueeze(-1)
    cross = prior.covariance @ seen.mT
    spread = seen @ cross + noise**2 * torch.eye(y.shape[1], dtype=y.dtype)
    w = prior.mean.unsqueeze(-1) + cross @ torch.linalg.solve(spread, y - seen @ prior.mean.unsqueeze(-1))
    return f_query @ w.unflatten(1, (n_out, -1)).squeeze(-1).mT
