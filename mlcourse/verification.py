"""Verification: accept a pair as "same" where its score is above a threshold, and count both kinds of error.

    true accepts   share of the same pairs that are accepted          false accepts   share of the different ones

Both grow as the threshold falls, from (0, 0) to (1, 1): the ROC curve. The area under it is the chance that a same pair
scores higher than a different one (Fawcett 2006, "An introduction to ROC analysis"), one half for a blind guess. At the
equal error rate as many different pairs are accepted as same ones are refused.
"""

from typing import NamedTuple

import torch
from torch import Tensor


class Verification(NamedTuple):
    """How well scores tell same pairs from different ones."""

    false_accepts: Tensor  # (n_thresholds,), from 0 to 1
    true_accepts: Tensor  # (n_thresholds,), from 0 to 1
    area: float
    equal_error_rate: float

    def __str__(self) -> str:
        return f"area {self.area:.2f}, equal error rate {self.equal_error_rate:.0%}"


def verify(scores: Tensor, y: Tensor) -> Verification:
    """Judge scores (n_pairs,), high for "same", by the truth y (n_pairs,), 1 = same, 0 = different.

    Pairs with equal scores are accepted together. Raises ValueError where shapes differ, where a label is neither 0 nor
    1, where one of the two is missing, and where a score is not finite.
    """
    if scores.shape != y.shape or scores.dim() != 1:
        raise ValueError(
            f"need one score and one label a pair, both (n_pairs,): got {tuple(scores.shape)} and {tuple(y.shape)}"
        )
    if y.unique().tolist() != [0, 1]:
        raise ValueError(f"need pairs of both kinds, labelled 0 and 1: got the labels {y.unique().tolist()}")
    if not (finite := scores.isfinite()).all():
        raise ValueError(f"need finite scores: {(~finite).sum()} of {len(scores)} are nan or infinite")
    scores, order = scores.sort(descending=True)
    ends = torch.cat([scores[1:] != scores[:-1], scores.new_ones(1, dtype=torch.bool)])  # of runs of equal scores
    same = y[order].double()
    true, false = (torch.cat([part.new_zeros(1), part.cumsum(0)[ends]]) / part.sum() for part in (same, 1 - same))
    return Verification(false, true, torch.trapezoid(true, false).item(), _crossing(false, 1 - true))


def _crossing(rising: Tensor, falling: Tensor) -> float:
    """The height at which a rising and a falling curve of straight pieces meet."""
    gap = rising - falling
    after = int((gap >= 0).int().argmax())
    share = -gap[after - 1] / (gap[after] - gap[after - 1])
    return torch.lerp(rising[after - 1], rising[after], share).item()
