"""Lesson 00: the mean squared error of each task."""

import torch

from .exercise import attempt, compare, exercise


@exercise
def mean_squared_error(answer, seed, more) -> None:
    """answer(prediction, y): both (n_tasks, n, 1), returns (n_tasks,)."""
    prediction = torch.tensor([[1.0, -2.0, 4.0], [0.0, 0.0, 6.0]]).unsqueeze(-1)
    y = torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]).unsqueeze(-1)
    if seed:
        prediction, y = torch.randn(2, 2 + more, 3 + more, 1, generator=torch.Generator().manual_seed(seed))
    error, squared = prediction - y, (prediction - y) ** 2
    expected = squared.mean((1, 2))
    mistakes = {
        "these are the sums of the squared errors: divide by the number of points": squared.sum((1, 2)),
        "this is one number for all tasks together: keep one for each, so leave the first axis alone": squared.mean(),
        "this is the mean over the tasks: the mean should run over the points of a task": [
            squared.mean(0),
            squared.mean((0, 2)),
        ],
        "the last axis is still there: each task should have one number, so the mean runs over axes 1 and 2": (
            squared.mean(1)
        ),
        "the errors are not squared: these are mean absolute errors": error.abs().mean((1, 2)),
        "these are plain mean errors: without the square, errors of opposite sign cancel": error.mean((1, 2)),
        "this is the root of the mean squared error: leave out the root": expected.sqrt(),
    }
    result = attempt(answer, prediction.clone(), y.clone())
    compare(result, expected, mistakes, tried=f"{len(y)} tasks of {y.shape[1]} points")
