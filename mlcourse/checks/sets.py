"""Lesson 12: a set encoder for tasks with different numbers of points, whose rows are filled up with absent ones."""

from functools import partial

import torch
from torch import Tensor

from .compare import compare, compare_gradients, numbers
from .exercise import NotYet, attempt, exercise

HINTS = {
    "cannot be multiplied": "h takes (x, y), two numbers side by side on the last axis; g takes (x, r) in the same way",
    "must match the size": "Give `there` a last axis, `there.unsqueeze(-1)`, and r one place for each query",
    "Sizes of tensors must match": "Before torch.cat, r needs one place for each query: `r.expand(-1, n_query, -1)`",
    "could not be broadcast": "Give `there` a last axis, `there.unsqueeze(-1)`",
}


@exercise
def set_encoder(answer, seed, more) -> None:
    """answer(h, g, x_support, y_support, there, x_query) returns (n_tasks, n_query, 1)."""
    rng, n, d = torch.Generator().manual_seed(seed), 4 + more, 3 + more
    W_h, W_g = (torch.randn(s, generator=rng).double().requires_grad_() for s in ((2, d), (1 + d, 1)))
    b = torch.randn(d, generator=rng).double()

    def h(pairs: Tensor) -> Tensor:
        return torch.tanh(pairs @ W_h + b)

    def g(inputs: Tensor) -> Tensor:
        return inputs @ W_g + inputs.square().sum(-1, keepdim=True) / 10

    x_support, y_support, x_query = (torch.randn(3, m, 1, generator=rng).double() for m in (n, n, 2 + more))
    # First with all points there, so that a mistake in the formula is named first.
    for tried, counts in {
        "three tasks with all of their points there": (n, n, n),
        "three tasks with different numbers of points": (n, 1, n - 2),
        "three tasks, one of them without a point": (n - 1, 0, 2),
    }.items():
        there = torch.zeros(3, n).double()
        for t, count in enumerate(counts):
            there[t, torch.randperm(n, generator=rng)[:count]] = 1.0
        given = dict(x_support=x_support, y_support=y_support, there=there, x_query=x_query)
        result = attempt(answer, dict(h=h, g=g) | {name: p.clone() for name, p in given.items()}, hints=HINTS)
        expected = encoded(h, g, **given)
        lost = numbers(result).isnan()
        if lost.shape == expected.shape and lost.any((1, 2)).tolist() == [c == 0 for c in counts] and lost.any():
            raise NotYet("a task without a point gives nan, which is 0 / 0: divide by 1 there, and r is zero")
        compare(result, expected.detach(), partial(_mistakes, h, g, **given), tried=tried)
        compare_gradients(result, expected, dict(h=W_h, g=W_g), of="the weights of h and g", tried=tried)


def encoded(h, g, x_support, y_support, there, x_query) -> Tensor:
    """What is asked for."""
    each = h(torch.cat([x_support, y_support], -1)) * there.unsqueeze(-1)
    return _answer(g, each.sum(1, keepdim=True) / there.sum(1).clamp(min=1).view(-1, 1, 1), x_query)


def _answer(g, r: Tensor, x_query: Tensor) -> Tensor:
    return g(torch.cat([x_query, r.expand(len(x_query), x_query.shape[1], -1)], -1))


def _mistakes(h, g, x_support, y_support, there, x_query) -> dict:
    """What each known mistake would give for these points."""
    pairs, mask = torch.cat([x_support, y_support], -1), there.unsqueeze(-1)
    count = mask.sum(1, keepdim=True).clamp(min=1)
    each, n = h(pairs), pairs.shape[1]
    mean = (each * mask).sum(1, keepdim=True) / count
    asked = torch.cat([x_query, torch.zeros_like(x_query)], -1)
    with_queries = torch.cat([each * mask, h(asked)], 1).sum(1, keepdim=True) / (count + x_query.shape[1])
    zeroed = h(pairs * mask).sum(1, keepdim=True)
    r = {
        "the largest was taken in place of the mean": each.masked_fill(mask == 0, -torch.inf).amax(1, keepdim=True),
        "that is a sum, which grows with the number of points: divide it by that": (each * mask).sum(1, keepdim=True),
        "the mean was taken before h: encode each pair by itself, then take the mean": h(
            (pairs * mask).sum(1, keepdim=True) / count
        ),
        "h was given (y, x): x comes first": (h(pairs.flip(-1)) * mask).sum(1, keepdim=True) / count,
        "the queries have been encoded with the rest: an answer would depend on what else is asked": with_queries,
        "the mean runs over the tasks too: each task has an r of its own": mean.mean(0, keepdim=True),
        "absent points count in your mean: take the sum over those that are there, and divide by how many they are": [
            each.mean(1, keepdim=True),
            each.sum(1, keepdim=True) / count,
        ],
        "divide by the number of points that are there, not by the length of the row": (
            (each * mask).sum(1, keepdim=True) / n
        ),
        "x and y are zero for absent points, but h of zeros is not zero: leave out what h gives for them": [
            zeroed / n,
            zeroed / count,
        ],
    }
    swapped = torch.cat([mean.expand(-1, x_query.shape[1], -1), x_query], -1)
    return {sentence: _answers(g, of, x_query) for sentence, of in r.items()} | {
        "g was given (r, x): x comes first": g(swapped),
        "there is one answer for all queries: each has its own x": _answer(
            g, mean, x_query.mean(1, keepdim=True).expand_as(x_query)
        ),
    }


def _answers(g, r, x_query: Tensor):
    """The answers for an r, or for each of a list of them."""
    return [_answer(g, one, x_query) for one in r] if isinstance(r, list) else _answer(g, r, x_query)
