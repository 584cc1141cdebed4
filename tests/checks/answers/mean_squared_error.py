"""Lesson 00: the mean squared error of each task."""

import numpy as np
import torch
import torch.nn.functional as F


def by_loops(prediction, y):
    errors = []
    for p_t, y_t in zip(prediction, y, strict=True):
        total = 0.0
        for p, label in zip(p_t, y_t, strict=True):
            total += (p.item() - label.item()) ** 2
        errors.append(total / len(y_t))
    return errors


def in_place(prediction, y):
    prediction -= y
    return prediction.square().mean((1, 2))


RIGHT = {
    "by tensors": lambda p, y: ((p - y) ** 2).mean((1, 2)),
    "by loops, in a list of numbers": by_loops,
    "in a tuple of tensors": lambda p, y: tuple(F.mse_loss(a, b) for a, b in zip(p, y, strict=True)),
    "by numpy": lambda p, y: np.square(p.numpy() - y.numpy()).mean(axis=(1, 2)),
    "by a list of numpy scalars": lambda p, y: [np.mean((a - b).numpy() ** 2) for a, b in zip(p, y, strict=True)],
    "by einsum": lambda p, y: torch.einsum("tnd,tnd->t", p - y, p - y) / p.shape[1],
    "without reduction": lambda p, y: F.mse_loss(p, y, reduction="none").flatten(1).mean(1),
    "by vmap": lambda p, y: torch.vmap(F.mse_loss)(p, y),
}
WRONG = [
    ("not attempted", lambda p, y: None),
    ("divide by the number of points", lambda p, y: ((p - y) ** 2).sum((1, 2))),
    ("length of axis 1", lambda p, y: ((p - y) ** 2).sum((1, 2)) / (p.shape[1] - 1)),
    ("length of axis 1", lambda p, y: ((p - y) ** 2).sum((1, 2)) / p.shape[0]),
    ("with one task, its axis is lost", lambda p, y: ((p - y) ** 2).squeeze().mean(-1)),
    ("one number for all tasks", lambda p, y: ((p - y) ** 2).mean()),
    ("one number for all tasks", lambda p, y: F.mse_loss(p, y).item()),
    ("one number for all tasks", lambda p, y: F.mse_loss(p, y).expand(2)),
    ("mean over the tasks", lambda p, y: ((p - y) ** 2).mean(0)),
    ("last axis is still there", lambda p, y: ((p - y) ** 2).mean(1)),
    ("last axis is still there", lambda p, y: ((p - y) ** 2).mean((1, 2), keepdim=True)),
    ("one number for each point", lambda p, y: (p - y) ** 2),
    ("one number for each point", lambda p, y: ((p - y) ** 2).mean(2)),
    ("not squared", lambda p, y: (p - y).abs().mean((1, 2))),
    ("errors of opposite sign cancel", lambda p, y: (p - y).mean((1, 2))),
    ("square each error first", lambda p, y: (p - y).mean((1, 2)) ** 2),
    ("leave out the root", lambda p, y: ((p - y) ** 2).mean((1, 2)).sqrt()),
    ("leave out the root", lambda p, y: (p - y).flatten(1).norm(dim=1) / p.shape[1] ** 0.5),
    ("half of the mean squared error", lambda p, y: ((p - y) ** 2).mean((1, 2)) / 2),
    ("labels of all points", lambda p, y: ((p - y.squeeze(2).unsqueeze(1)) ** 2).mean((1, 2))),
    ("variance of the errors", lambda p, y: (p - y).squeeze(2).var(1)),
    ("your function gives", lambda p, y: (p**2 - y**2).mean((1, 2))),
    ("your function gives", lambda p, y: p.square().mean((1, 2))),
    (
        r"your function gives 21\.333333, 14\.833333, expected 11\.666667, 8\.416667|numbers differ",
        lambda p, y: 2 * ((p - y) ** 2).mean((1, 2)) - 2,
    ),
    ("prediction has changed: make a new tensor", in_place),
    ("complex numbers", lambda p, y: ((p - y) ** 2).mean((1, 2)) + 0j),
    ("a tensor is expected, your function returns a dict", lambda p, y: {"mse": ((p - y) ** 2).mean((1, 2))}),
    ("a tensor is expected, your function returns a str", lambda p, y: "6.67"),
    ("a tensor is expected, your function returns a list", lambda p, y: []),
    ("a tensor is expected, your function returns a ndarray", lambda p, y: np.array([None, None])),
    ("differ in shape", lambda p, y: [((p - y) ** 2).mean(), (p - y) ** 2]),
    ("the result has the shape", lambda p, y: ((p - y) ** 2).mean((1, 2))[:1]),
    ("stopped with TypeError", lambda p: p),
]
SIZED = [lambda p, y: (p - y).square().sum((1, 2)) / 3]
