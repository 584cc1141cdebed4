"""Support sets that are not quite true: noise on the numbers or on the pictures, and labels that are wrong.

Only the support set is spoiled. The queries stay as they are, since what one wants to know is how well the truth is
found from doubtful examples. In meta-training it is the same: a learner that meets noise there can learn to expect it.
"""

import torch

from ..tasks import Task


def noisy_answers(task: Task, sigma: float, *, rng: torch.Generator) -> Task:
    """The same tasks, with normal noise of standard deviation sigma, in units of y, on every support answer."""
    return task._replace(y_support=task.y_support + _normal(task.y_support, sigma, rng))


def noisy_pictures(task: Task, sigma: float, *, rng: torch.Generator) -> Task:
    """The same tasks, with normal noise of standard deviation sigma on every support pixel; ink is 1, paper 0."""
    return task._replace(x_support=task.x_support + _normal(task.x_support, sigma, rng))


def wrong_labels(task: Task, share: float, *, rng: torch.Generator) -> Task:
    """The same tasks, in which each support label is wrong with probability `share`: any other class is as likely.

    task: with labels 0 to n_way - 1 in y_support (n_tasks, n_support)
    Where a class would be left without any example, the task's labels are drawn again. With five shots that is rare.
    With share = (n_way - 1) / n_way the labels say nothing. Raises ValueError if share is no probability.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"the share of wrong labels is a probability, from 0 to 1: got {share}")
    y, n_way = task.y_support, int(task.y_support.max()) + 1
    labels, lost = y.clone(), torch.full((len(y),), n_way > 1)
    while lost.any():
        wrong = torch.rand(y.shape, generator=rng) < share
        others = (y + torch.randint(1, n_way, y.shape, generator=rng)) % n_way
        labels = torch.where(lost[:, None], torch.where(wrong, others, y), labels)
        lost = ~(labels[:, :, None] == torch.arange(n_way)).any(1).all(1)  # (n_tasks, n_support, n_way) -> (n_tasks,)
    return task._replace(y_support=labels)


def _normal(like: torch.Tensor, sigma: float, rng: torch.Generator) -> torch.Tensor:
    if sigma < 0:
        raise ValueError(f"a standard deviation is not negative: got sigma = {sigma}")
    return sigma * torch.randn(like.shape, generator=rng, dtype=like.dtype)
