"""Lesson 15: LEO on new tasks and in training: steps among codes, and the encoder's penalty."""

from functools import partial

import torch
from torch import Tensor

from ..losses import cross_entropy
from .compare import compare, compare_gradients, numbers
from .exercise import NotYet, attempt, exercise

HINTS = {
    "must match the size": "Scores are x @ w.mT, from (n_tasks, n, d) and (n_tasks, n_way, d)",
    "cannot be multiplied": "Scores are x @ w.mT, from (n_tasks, n, d) and (n_tasks, n_way, d)",
    "Expected size": "Scores are x @ w.mT, from (n_tasks, n, d) and (n_tasks, n_way, d)",
    "'tuple'": "encode and decode return two things: the mean, and the spread",
    "not a Tensor": "encode and decode return two things: the mean, and the spread",
}


@exercise
def latent_steps(answer, seed, more) -> None:
    """answer(encode, decode, x_support, y_support, x_query, alpha, steps) returns scores, and a number."""
    rng, d, size, n_way = torch.Generator().manual_seed(seed), 5 + more, 3 + more, 3 + more
    alpha, steps = 0.8 + more / 5, 3 + more
    W = {
        name: (torch.randn(shape, generator=rng).double() / shape[0] ** 0.5).requires_grad_()
        for name, shape in dict(encode=(d, size), decode=(size, d)).items()
    }
    x_support, x_query = (torch.randn(3, n_way * n, d, generator=rng).double() for n in (2, 3))
    y = torch.arange(n_way).repeat(2)
    y_support = torch.stack([y[torch.randperm(len(y), generator=rng)] for _ in range(3)])

    def encode(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        one_hot = torch.nn.functional.one_hot(y, n_way).to(x)
        mean = one_hot.mT @ torch.tanh(x @ W["encode"]) / one_hot.sum(1).unsqueeze(2)
        return mean, 0.1 + mean.square()

    def decode(z: Tensor) -> tuple[Tensor, Tensor]:
        mean = z @ W["decode"] + 0.3 * (z @ W["decode"]).square()
        return mean, 0.1 + mean.square()

    tried = f"three tasks with {n_way} classes, {steps} steps, alpha = {alpha:g}"
    given = dict(encode=encode, decode=decode, x_support=x_support, y_support=y_support, x_query=x_query)
    result = attempt(answer, given | dict(alpha=alpha, steps=steps), hints=HINTS)
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise NotYet(f"two things are expected, the scores and the penalty: your function returns {_kind(result)}")
    again = attempt(answer, given | dict(alpha=alpha, steps=steps), hints=HINTS)
    if not torch.equal(numbers(result[0]), numbers(again[0])):
        raise NotYet("asked twice, your function gives different scores: on new tasks take the means, draw nothing")
    solve = partial(solved, encode, decode, x_support, y_support, alpha=alpha, steps=steps)
    expected = asked(decode, x_query, *solve())
    wrong = partial(_mistakes, encode, decode, x_support, y_support, x_query, alpha, steps)
    compare(result[0], expected[0].detach(), wrong, tried=tried)
    compare(
        result[1], expected[1].detach(), partial(_wrong_penalties, decode, *solve()), tried=f"the penalty of {tried}"
    )
    first_order = partial(_gradients_without_second_order, decode, x_query, solve, W)
    of = "the weights of encode and decode"
    compare_gradients(result[0], expected[0], W, of=of, tried=tried, mistakes=first_order)
    # The second answer's: the graph of the first is spent.
    pull, mistakes = asked(decode, x_query, *solve())[1], partial(_wrong_pulls, W, *solve())
    compare_gradients(again[1], pull, W, of="encode from the penalty", tried=tried, mistakes=mistakes)


def solved(encode, decode, x, y, *, alpha, steps, uphill=False, create_graph=True) -> tuple[Tensor, Tensor]:
    """The codes before and after the steps."""
    start = z = encode(x, y)[0]
    for _ in range(steps):
        loss = cross_entropy(x @ decode(z)[0].mT, y).sum()
        (slope,) = torch.autograd.grad(loss, z, create_graph=create_graph)
        z = z + alpha * slope if uphill else z - alpha * slope
    return start, z


def asked(decode, x_query, start: Tensor, end: Tensor) -> tuple[Tensor, Tensor]:
    """What is asked for, from the codes before and after."""
    return x_query @ decode(end)[0].mT, (start - end.detach()).square().mean()


def _mistakes(encode, decode, x, y, x_query, alpha, steps) -> dict:
    """What each known mistake would give for the scores."""
    solve = partial(solved, encode, decode, x, y)
    start, end = solve(alpha=alpha, steps=steps)

    def scored(w: Tensor) -> Tensor:
        return (x_query @ w.mT).detach()

    def slope_of_weights(w: Tensor) -> Tensor:
        return torch.autograd.grad(cross_entropy(x @ w.mT, y).sum(), w)[0]

    w = decode(start)[0].detach().requires_grad_()
    for _ in range(steps):
        w = (w - alpha * slope_of_weights(w)).detach().requires_grad_()

    def of(z: Tensor) -> Tensor:
        return scored(decode(z)[0])

    def drawn(mean, spread):
        return mean + spread

    (once,) = torch.autograd.grad(cross_entropy(x @ decode(start)[0].mT, y).sum(), start)
    mean_code = end.mean(1, keepdim=True).expand_as(end)
    before = solve(alpha=alpha, steps=steps - 1)[1]
    noisy = {
        "encode": solved(lambda *given: (drawn(*encode(*given)), None), decode, x, y, alpha=alpha, steps=steps)[1],
        "decode": solved(encode, lambda z: (drawn(*decode(z)), None), x, y, alpha=alpha, steps=steps)[1],
    }
    return {
        "this climbs: step against the gradient, z - alpha * grad": of(solve(alpha=alpha, steps=steps, uphill=True)[1]),
        "the steps were taken among the weights: step among the codes, and decode after each": scored(w),
        f"only one step was taken, where steps = {steps}: each starts from the code of the last": of(
            solve(alpha=alpha, steps=1)[1]
        ),
        "no step was taken: these are the scores of the encoder's codes": of(start),
        "each step uses the gradient at the start: take it at the code of the step before": of(
            start - alpha * steps * once
        ),
        "the weights are those before the last step: decode the codes once more": of(before),
        f"this is one step too many: {steps + 1} were taken, not {steps}": of(solve(alpha=alpha, steps=steps + 1)[1]),
        "the inner loss is averaged over the tasks, which divides every step by their number: sum it over them": of(
            solve(alpha=alpha / len(x), steps=steps)[1]
        ),
        "the inner loss is summed over the examples: take each task's mean": of(
            solve(alpha=alpha * x.shape[1], steps=steps)[1]
        ),
        "the step does not use alpha": of(solve(alpha=1.0, steps=steps)[1]),
        "the spread was added to the mean: on new tasks take the means": [
            of(noisy["encode"]),
            scored(drawn(*decode(end))),
            scored(drawn(*decode(noisy["decode"]))),
        ],
        "the spread was taken for the mean: encode and decode return the mean first": scored(decode(end)[1]),
        "the codes are averaged over the classes: each class keeps its own": of(mean_code),
        "these are probabilities: leave out the softmax": of(end).softmax(-1),
        "these are the scores of the support examples: score the queries": (x @ decode(end)[0].mT).detach(),
        "the scores are the wrong way round: (n_tasks, n_query, n_way) is x_query @ w.mT": of(end).mT,
    }


def _wrong_penalties(decode, start, end) -> dict:
    gap = (start - end).detach()
    w = (decode(start)[0] - decode(end)[0]).detach()
    return {
        "the penalty is a sum: take the mean over all numbers of all codes": [
            gap.square().sum(),
            gap.square().sum(-1).mean(),
            gap.square().sum((1, 2)).mean(),
        ],
        "the penalty is about the codes, not about the weights": w.square().mean(),
        "the penalty is of the squares: square each gap": [gap.abs().mean(), gap.norm(), gap.square().mean().sqrt()],
        "the penalty is a mean of squares, without a half": gap.square().mean() / 2,
    }


def _gradients_without_second_order(decode, x_query, solve, W) -> dict:
    """The gradient of the scores where the slopes of the steps count as constants."""
    scores, _ = asked(decode, x_query, *solve(create_graph=False))
    return {"the gradient lacks what passes through the steps: create_graph=True keeps it": _pull(scores, W)}


def _wrong_pulls(W, start, end) -> dict:
    """The gradient of the penalty with the end not held, or with the start held in its place."""
    return {
        "the penalty pulls at the end of the steps, too: detach the codes after them": _pull(
            (start - end).square().mean(), W
        ),
        "the penalty holds the start: detach the codes after the steps, not those before": _pull(
            (start.detach() - end).square().mean(), W
        ),
    }


def _pull(value: Tensor, W: dict) -> dict:
    """The gradient as `compare_gradients` takes it."""
    weights = torch.linspace(1, 2, value.numel()).to(value).view_as(value)
    found = torch.autograd.grad((weights * value).sum(), list(W.values()), retain_graph=True, materialize_grads=True)
    return dict(zip(W, found, strict=True))


def _kind(result) -> str:
    return f"{len(result)} in a {type(result).__name__}" if isinstance(result, (tuple, list)) else type(result).__name__
