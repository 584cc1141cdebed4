"""Which question next? The one whose answer will leave the least open: active learning for normal beliefs.

K is the covariance of what is asked about, film by film, and s the noise of an answer. If film j is rated, then

    K_new = K - K_j K_j^T / (K_jj + s^2),    so the variances fall by    gain_j = sum_i K_ij^2 / (K_jj + s^2)

altogether (A-optimal design; David MacKay 1992, "Information-Based Objective Functions for Active Data Selection",
has this and its relatives). No answer stands in these formulas: under a normal belief the best questions can be
written down before anybody has answered.

Example
    import torch
    from mlcourse.methods import asking

    place = torch.tensor([[-1.0], [0.1], [0.9]])  # of three films on a line
    covariance = place @ place.T  # of their stars, for who believes in a slope that may be 1 or -1
    asking.questions(covariance, noise=0.5, n=2)  # the outermost first
"""

import torch
from torch import Tensor


def gains(covariance: Tensor, *, noise: float) -> Tensor:
    """By how much the variances of all films together fall if one of them is rated, (..., n_films), for each.

    covariance: (..., n_films, n_films)    noise: the standard deviation of a rating, above 0
    """
    return covariance.square().sum(-2) / (_variances(covariance) + noise**2)


def after(covariance: Tensor, film: Tensor | int, *, noise: float) -> Tensor:
    """The covariance once this film is rated, (n_films, n_films)."""
    column = covariance[:, film]
    return covariance - torch.outer(column, column) / (column[film] + noise**2)


def questions(covariance: Tensor, *, noise: float, n: int, among: Tensor | None = None) -> list[int]:
    """The films to ask about, n of them one after the other, each the best after those before; greedy.

    covariance: (n_films, n_films) before the first answer
    among:      (n_films,), true where a film can be asked about; None: everywhere. None is asked about twice
    """
    if not noise > 0:
        raise ValueError(f"an answer has some noise: got noise = {noise}")
    open_ = torch.ones(len(covariance), dtype=torch.bool) if among is None else among.clone()
    if not 0 <= n <= int(open_.sum()):
        raise ValueError(f"there are {int(open_.sum())} films to ask about: got n = {n}")
    asked = []
    for _ in range(n):
        film = int(gains(covariance, noise=noise).masked_fill(~open_, -1).argmax())
        open_[film] = False
        covariance = after(covariance, film, noise=noise)
        asked.append(film)
    return asked


def _variances(covariance: Tensor) -> Tensor:
    return covariance.diagonal(dim1=-2, dim2=-1)
