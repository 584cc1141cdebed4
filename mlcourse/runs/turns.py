"""A task turned by a quarter is a task with the same answers: a learner may look at it in all four turns.

What it says in each turn errs in its own way, and the mean errs less. Training has met every turn, since it draws
turned characters as classes; but a learner still answers otherwise from turn to turn.
"""

from collections.abc import Callable

import torch
from torch import Tensor


def over_four_turns(predict: Callable) -> Callable:
    """A learner whose scores are another's, averaged over four turns of the whole task.

    predict: from (x_support, y_support, x_query), drawings (n_tasks, n, ..., h, w), to scores (n_tasks, n_query, n_way)
    A query's scores may all grow by one number from turn to turn, as logits may, and the best class stays the best.
    """

    def averaged(x_support: Tensor, y_support: Tensor, x_query: Tensor) -> Tensor:
        def turned(turn):
            return predict(x_support.rot90(turn, (-2, -1)), y_support, x_query.rot90(turn, (-2, -1)))

        return torch.stack([turned(turn) for turn in range(4)]).mean(0)

    return averaged
