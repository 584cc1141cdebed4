"""The limit: what a learner that knows how tasks are drawn, and calculates without error, can say after a few points.

`of_pool` weighs a pool of functions, drawn or laid out as tasks are, by how well each fits the support points,

    w_j ~ exp(-sum_i (y_i - f_j(x_i))^2 / (2 noise^2)),    mean(x) = sum_j w_j f_j(x)

Over all functions this is Bayes' rule, and no learner has a lower squared error on average than the posterior mean.
`ridge` is the same in closed form where the functions are linear, f(x) = w . x with weights from N(0, I):

    w = (X^T X + noise^2 I)^-1 X^T y

(Rasmussen and Williams 2006, *Gaussian Processes for Machine Learning*, equations 2.8 and 2.9). Both assume noise on y
of this standard deviation; where there is none, a little stands for the gaps of the pool.

Example
    from functools import partial

    import torch
    from mlcourse.evaluation import evaluate
    from mlcourse.methods import posterior
    from mlcourse.worlds import sinusoids

    task = sinusoids.sample_tasks(100, k_shot=1, n_query=100, rng=torch.Generator().manual_seed(0))
    evaluate(partial(posterior.predict, sinusoids.grid(60), noise=0.1), task)  # of one point no more can be known
"""

from collections.abc import Callable

import torch
from torch import Tensor


def predict(pool: Callable, x_support: Tensor, y_support: Tensor, x_query: Tensor, *, noise: float) -> Tensor:
    """The posterior mean at each query, (n_tasks, n_query, 1); see `of_pool`."""
    return of_pool(pool, x_support, y_support, x_query, noise=noise)[0]


def of_pool(
    pool: Callable, x_support: Tensor, y_support: Tensor, x_query: Tensor, *, noise: float
) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of the posterior at each query, both (n_tasks, n_query, 1).

    pool:    the functions, all equally likely beforehand: from x (1, n, 1) to their values (n_functions, n, 1)
    x_support, y_support: (n_tasks, n_support, 1); n_support may be 0    x_query: (n_tasks, n_query, 1)
    noise:   the standard deviation of y around the function
    Raises ValueError if noise is not above 0.
    """
    if not noise > 0:
        raise ValueError(f"noise needs to be above 0, or no function of the pool fits: got noise = {noise}")
    # A task at a time, since the pool is large. Small results that are kept in between, in lists, would scatter the
    # memory so that no large tensor fits into it twice: gigabytes for a few hundred tasks.
    mean, spread = x_query.new_empty(2, *x_query.shape[:2], 1)
    for t, (x, y, query) in enumerate(zip(x_support, y_support, x_query, strict=True)):
        misfit = (pool(x[None]) - y).square().sum((1, 2))  # (n_functions,)
        weights = torch.softmax(-misfit / (2 * noise**2), 0)
        values = pool(query[None]).squeeze(-1)  # (n_functions, n_query)
        mean[t, :, 0] = weights @ values
        spread[t, :, 0] = (weights @ (values - mean[t, :, 0]).square()).sqrt()
    return mean, spread


def ridge(x_support: Tensor, y_support: Tensor, x_query: Tensor, *, noise: float) -> Tensor:
    """The posterior mean of a linear function, with weights from N(0, I), at each query.

    x_support: (n_tasks, n_support, d)    y_support: (n_tasks, n_support, 1)    x_query: (n_tasks, n_query, d)
    noise:     the standard deviation of y around the function; above 0 where there are fewer points than d
    returns:   (n_tasks, n_query, 1)
    """
    inside = x_support.mT @ x_support + noise**2 * torch.eye(x_support.shape[2]).to(x_support)  # (n_tasks, d, d)
    return x_query @ torch.linalg.solve(inside, x_support.mT @ y_support)
