"""Lesson 05: the cross-entropy of each task."""

import torch
import torch.nn.functional as F

from mlcourse import losses


def log_probability(scores, y, axis=2):
    return scores.log_softmax(axis).gather(2, y.unsqueeze(2)).squeeze(2)


def loss(scores, y):
    return -log_probability(scores, y).mean(1)


def by_loops(scores, y):
    """One example after the other, in a list of tensors."""
    found = []
    for task, labels in zip(scores, y, strict=True):
        total = 0.0
        for s, label in zip(task, labels, strict=True):
            total = total + torch.logsumexp(s, 0) - s[label]
        found.append(total / len(labels))
    return found


def by_einsum(scores, y):
    members = F.one_hot(y, scores.shape[2]).to(scores.dtype)
    return -torch.einsum("tnk,tnk->t", members, scores.log_softmax(-1)) / y.shape[1]


def by_hand(scores, y):
    shifted = scores - scores.amax(2, keepdim=True)
    picked = shifted[torch.arange(len(y))[:, None], torch.arange(y.shape[1]), y]
    return (shifted.exp().sum(2).log() - picked).mean(1)


def in_place(scores, y):
    scores -= scores.amax(2, keepdim=True)
    return loss(scores, y)


def times(factor):
    """The right value, and so many times its gradient."""
    return lambda scores, y: (lambda value: value.detach() + factor * (value - value.detach()))(loss(scores, y))


RIGHT = {
    "by log_softmax and gather": loss,
    "by loops, in a list": by_loops,
    "by einsum": by_einsum,
    "by hand, shifted": by_hand,
    "by the module": losses.cross_entropy,
    "by F.cross_entropy": lambda s, y: F.cross_entropy(s.mT, y, reduction="none").mean(1),
    "by F.nll_loss": lambda s, y: F.nll_loss(s.log_softmax(-1).movedim(2, 1), y, reduction="none").mean(-1),
    "in a tuple": lambda s, y: tuple(F.cross_entropy(task, labels) for task, labels in zip(s, y, strict=True)),
    "by vmap": lambda s, y: torch.vmap(F.cross_entropy)(s, y),
    "by log_softmax, twice": lambda s, y: loss(s.log_softmax(2), y),
}
WRONG = [
    ("not attempted", lambda s, y: None),
    ("classes on axis 1", lambda s, y: F.cross_entropy(s, y)),
    ("classes on axis 1", lambda s, y: F.cross_entropy(s, y, reduction="none").mean(1)),
    ("classes on axis 1", lambda s, y: F.cross_entropy(s.flatten(0, 1), y)),
    ("sums over the examples", lambda s, y: -log_probability(s, y).sum(1)),
    ("one number for all tasks", lambda s, y: F.cross_entropy(s.flatten(0, 1), y.flatten())),
    ("one number for all tasks", lambda s, y: F.cross_entropy(s.mT, y)),
    ("one number for each example", lambda s, y: -log_probability(s, y)),
    ("the mean runs over the tasks", lambda s, y: -log_probability(s, y).mean(0)),
    ("the sign is wrong", lambda s, y: log_probability(s, y).mean(1)),
    ("the softmax is missing", lambda s, y: -s.gather(2, y.unsqueeze(2)).squeeze(2).mean(1)),
    ("the softmax is missing", lambda s, y: F.nll_loss(s.mT, y, reduction="none").mean(1)),
    ("the softmax is taken twice", lambda s, y: F.cross_entropy(s.softmax(2).mT, y, reduction="none").mean(1)),
    ("this is the probability", lambda s, y: log_probability(s, y).exp().mean(1)),
    ("this is minus the probability", lambda s, y: F.nll_loss(s.softmax(2).mT, y, reduction="none").mean(1)),
    ("this is 1 minus the probability", lambda s, y: (1 - log_probability(s, y).exp()).mean(1)),
    ("the logarithm of a mean", lambda s, y: -log_probability(s, y).exp().mean(1).log()),
    ("only the right class counts", lambda s, y: -s.log_softmax(2).mean((1, 2))),
    ("should run over the classes", lambda s, y: -log_probability(s, y, axis=1).mean(1)),
    ("runs over the tasks", lambda s, y: -log_probability(s, y, axis=0).mean(1)),
    ("base 2", lambda s, y: loss(s, y) / torch.tensor(2.0).log()),
    ("base 10", lambda s, y: loss(s, y) / torch.tensor(10.0).double().log()),
    ("for scores of 1000 it gives inf", lambda s, y: -s.softmax(2).log().gather(2, y[..., None])[..., 0].mean(1)),
    ("for scores of 1000 it gives inf", lambda s, y: -(s.exp() / s.exp().sum(2, keepdim=True)).log().gather(
        2, y[..., None])[..., 0].mean(1)),
    ("for scores of 1000", lambda s, y: -(s.softmax(2) + 1e-12).log().gather(2, y[..., None])[..., 0].mean(1)),
    ("for scores of 1000", lambda s, y: loss(s.clamp(-50, 50), y)),
    ("for scores of 1000", lambda s, y: (s.exp().sum(2).log() - s.gather(2, y[..., None])[..., 0]).mean(1)),
    ("no gradient reaches the scores", lambda s, y: loss(s.detach(), y)),
    ("no gradient reaches the scores", lambda s, y: loss(s, y).tolist()),
    ("no gradient reaches the scores", lambda s, y: loss(s, y).detach() + 0 * s.sum()),
    ("its gradient is 2 times", times(2)),
    ("its gradient is 0.5 times", times(0.5)),
    ("its gradient is off by", lambda s, y: (s.logsumexp(2).detach() - s.gather(2, y[..., None])[..., 0]).mean(1)),
    ("its gradient is off by", lambda s, y: torch.stack([loss(s, y)[0], *loss(s, y)[1:].detach()])),
    ("stay with tensors", lambda s, y: s.numpy()),
    ("scores has changed: make a new tensor", in_place),
    ("complex numbers", lambda s, y: loss(s, y) + 0j),
    ("the result has the shape", lambda s, y: loss(s, y).unsqueeze(1)),
    ("your function gives", lambda s, y: -log_probability(s, s.argmax(2)).mean(1)),
    ("your function gives", lambda s, y: loss(s, y) + 0.01),
    ("stopped with RuntimeError", lambda s, y: s.gather(2, y)),
]  # fmt: skip
SIZED = [lambda s, y: F.nll_loss(s.log_softmax(2).mT, y, reduction="none").sum(1) / 4]
