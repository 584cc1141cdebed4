"""Bayesian linear regression with a prior that is learned from many tasks: no network, and no gradient step.

    y = W f(x) + noise,    W ~ N(mean, covariance),    mean and covariance: from the training tasks

What MAML puts into a start, this puts into a start and the directions in which tasks differ from it: the posterior mean
moves far where tasks differ much, and hardly where they agree. A prior that is estimated from data makes it empirical
Bayes (Robbins 1956); given the prior, the formula is exact for normal noise (Bishop 2006, "Pattern Recognition and
Machine Learning", section 3.3). `fit` takes the moments of separate fits, `learn` the likeliest prior, and the noise.

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


class Learned(NamedTuple):
    """A prior, and how far answers scatter around W f(x): a standard deviation."""

    prior: Prior
    noise: float


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


def learn(features: Tensor, y: Tensor, seen: Tensor | None = None, *, rounds: int = 60) -> Learned:
    """The prior and the noise under which the tasks' answers are likeliest, their W's left open; for one output.

    features: (n_tasks, n, n_features)    y: (n_tasks, n, 1)
    seen:     (n_tasks, n), true where there is an answer, for tasks that have unlike numbers of them; None: everywhere
    Expectation maximisation (Dempster, Laird, Rubin 1977): what is believed of each task's W under the present prior,
    then the prior and noise that fit these beliefs best, again and again. No round makes the answers less likely.
    """
    check_examples(features, y)
    if len(features) < 2:
        raise ValueError(f"a prior needs two tasks to differ: got {len(features)}")
    shown = torch.ones_like(y) if seen is None else seen.unsqueeze(-1).to(y)
    f, y = features * shown, y * shown
    squares, products, size = f.mT @ f, f.mT @ y, y.square().sum()
    one = torch.eye(f.shape[-1], dtype=f.dtype)
    mean, covariance, variance = 0 * one[0], size / shown.sum() * one, size / shown.sum()
    for _ in range(rounds):
        inverse = torch.linalg.inv(covariance)
        spread = torch.linalg.inv(squares / variance + inverse)  # of each task's W, (n_tasks, n_features, n_features)
        w = spread @ (products / variance + (inverse @ mean).unsqueeze(-1))
        second = spread + w @ w.mT
        left = size - 2 * (w * products).sum() + (second * squares).sum()  # squared errors, and what W leaves open
        mean, variance = w.mean(0).squeeze(-1), left / shown.sum()
        covariance = second.mean(0) - torch.outer(mean, mean)
    return Learned(Prior(mean, covariance), variance.sqrt().item())


def believe(prior: Prior, features: Tensor, y: Tensor, *, noise: float) -> Prior:
    """What is believed of each task's W after its answers: mean (n_tasks, n_features), covariance likewise.

    features: (n_tasks, n, n_features)    y: (n_tasks, n, 1), for one output    noise: as for `predict`
    returns:  a prior for what comes next: mean (n_tasks, n_features), covariance (n_tasks, n_features, n_features)
    """
    check_examples(features, y)
    cross = prior.covariance @ features.mT  # (n_tasks, n_features, n)
    spread = features @ cross + noise**2 * torch.eye(y.shape[1], dtype=y.dtype)
    gain = torch.linalg.solve(spread, cross.mT).mT
    mean = prior.mean.unsqueeze(-1) + gain @ (y - features @ prior.mean.unsqueeze(-1))
    return Prior(mean.squeeze(-1), prior.covariance - gain @ cross.mT)


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
