"""The smoother: draw a smooth curve close to the support points. No training, and no idea of what tasks have in common.

The baseline of every table of regressions. All that it assumes is that examples a `length` apart have much the same
answer: it is kernel ridge regression, or the mean of a Gaussian process (Rasmussen and Williams 2006, *Gaussian
Processes for Machine Learning*, equation 2.25), here with a bell as the kernel,

    f(x) = m(x) + k(x, X) (k(X, X) + noise I)^-1 (y - m(X)),    k(x, x') = exp(-|x - x'|^2 / (2 length^2))

(ibid. 2.38, with a mean m). m is 0, or the best guess without any points, such as what one network says of all tasks:
then the smoother draws what a task adds to it. The length is chosen on validation tasks (lesson 01).

Example
    from functools import partial

    import torch
    from mlcourse.evaluation import evaluate
    from mlcourse.methods import smoother
    from mlcourse.worlds import sinusoids

    rng = torch.Generator().manual_seed(0)
    task = sinusoids.sample_tasks(100, k_shot=5, n_query=100, rng=rng)
    evaluate(partial(smoother.predict, length=1.4), task)  # always to say zero costs 4.25
"""

from collections.abc import Callable

import torch
from torch import Tensor


def zero(x: Tensor) -> float:
    return 0.0


def predict(
    x_support: Tensor,
    y_support: Tensor,
    x_query: Tensor,
    *,
    length: float,
    noise: float = 1e-3,
    mean: Callable[[Tensor], Tensor | float] = zero,
) -> Tensor:
    """The value at each query of a smooth curve that passes close to the support points, and far from them is the mean.

    x_support: (n_tasks, n_support, ...)    y_support: (n_tasks, n_support, d), numbers
    x_query:   (n_tasks, n_query, ...)
    length:    the distance over which the curve bends, in units of x
    noise:     how far it may pass beside the points: the variance of y's noise, where the curve's own is 1
    mean:      from x (n_tasks, n, ...) to the mean at each, (n_tasks, n, d)
    returns:   (n_tasks, n_query, d)
    Raises ValueError if length or noise is not above 0.
    """
    if not (length > 0 and noise > 0):
        raise ValueError(f"length and noise need to be above 0: got length = {length}, noise = {noise}")

    def k(a, b):
        return torch.exp(-(torch.cdist(a.flatten(2), b.flatten(2)) / length).square() / 2)

    inside = k(x_support, x_support) + noise * torch.eye(x_support.shape[1]).to(x_support)
    return mean(x_query) + k(x_query, x_support) @ torch.linalg.solve(inside, y_support - mean(x_support))
