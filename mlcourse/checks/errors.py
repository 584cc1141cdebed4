"""Lesson 00: the mean squared error of each task."""

from functools import partial

import torch

from .compare import compare
from .exercise import attempt, exercise


@exercise
def mean_squared_error(answer, seed, more) -> None:
    """answer(prediction, y): both (n_tasks, n, 1), returns (n_tasks,)."""
    prediction = torch.tensor([[1.0, -2.0, 4.0], [1.0, 0.0, 6.0]]).unsqueeze(-1)
    y = torch.tensor([[2.0, 1.0, -1.0], [0.0, 3.0, 2.0]]).unsqueeze(-1)
    if seed:
        prediction, y = torch.randn(2, 2 + more, 3 + more, 1, generator=torch.Generator().manual_seed(seed))
    for n_tasks in (len(y), 1):
        prediction, y = prediction[:n_tasks], y[:n_tasks]
        result = attempt(answer, dict(prediction=prediction.clone(), y=y.clone()))
        expected = (prediction - y).square().mean((1, 2))
        compare(result, expected, partial(_mistakes, prediction, y), tried=f"{n_tasks} task(s) of {y.shape[1]} points")


def _mistakes(prediction, y) -> dict:
    """What each known mistake would give."""
    error, squared = prediction - y, (prediction - y) ** 2
    if len(y) == 1:  # several tasks went well
        lost = "with one task, its axis is lost: `squeeze()` takes all axes of length 1 away, so name one, `squeeze(2)`"
        return {lost: squared.mean()}
    return {
        "these are the sums of the squared errors: divide by the number of points": squared.sum((1, 2)),
        "divide by the number of points, which is the length of axis 1": [
            squared.sum((1, 2)) / (y.shape[1] - 1),
            squared.sum((1, 2)) / len(y),
        ],
        "this is one number for all tasks together: keep one for each, so leave the first axis alone": [
            squared.mean(),
            squared.sum(),
            squared.mean().expand(len(y)),
        ],
        "this is the mean over the tasks: the mean should run over the points of a task": [
            squared.mean(0),
            squared.mean((0, 2)),
        ],
        "the last axis is still there: each task should have one number, so the mean runs over axes 1 and 2": [
            squared.mean(1),
            squared.mean((1, 2), keepdim=True),
        ],
        "there is one number for each point: take the mean over axes 1 and 2": [squared, squared.squeeze(2)],
        "the errors are not squared: these are mean absolute errors": error.abs().mean((1, 2)),
        "these are plain mean errors: without the square, errors of opposite sign cancel": [
            error.mean((1, 2)),
            -error.mean((1, 2)),
        ],
        "the mean is squared: square each error first, then take the mean": error.mean((1, 2)).square(),
        "this is the root of the mean squared error: leave out the root": squared.mean((1, 2)).sqrt(),
        "this is half of the mean squared error: leave out the factor": squared.mean((1, 2)) / 2,
        "each prediction meets the labels of all points: `prediction - y` with equal shapes keeps them in pairs": (
            (prediction - y.mT).square().mean((1, 2))
        ),
        "this is the variance of the errors: do not take their mean away": [
            error.var((1, 2), correction=correction) for correction in (0, 1)
        ],
    }
