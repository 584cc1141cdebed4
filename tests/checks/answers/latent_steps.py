"""Answers to the exercise of lesson 15: steps among codes, and the encoder's penalty."""

import torch
import torch.nn.functional as F

from mlcourse.losses import cross_entropy


def plainest(encode, decode, x_support, y_support, x_query, alpha, steps):
    z0, _ = encode(x_support, y_support)
    z = z0
    for _ in range(steps):
        w, _ = decode(z)
        loss = cross_entropy(x_support @ w.mT, y_support).sum()
        (slope,) = torch.autograd.grad(loss, z, create_graph=True)
        z = z - alpha * slope
    w, _ = decode(z)
    return x_query @ w.mT, (z0 - z.detach()).square().mean()


def task_by_task(encode, decode, x_support, y_support, x_query, alpha, steps):
    scores, gaps = [], []
    for x, y, q in zip(x_support, y_support, x_query, strict=True):
        start = z = encode(x[None], y[None])[0][0]
        for _ in range(steps):
            loss = F.cross_entropy(x @ decode(z[None])[0][0].T, y)
            z = z - alpha * torch.autograd.grad(loss, z, create_graph=True)[0]
        scores.append(q @ decode(z[None])[0][0].T)
        gaps.append(F.mse_loss(start, z.detach()))
    return torch.stack(scores), sum(gaps) / len(gaps)


def by_einsum_and_hand_written_loss(encode, decode, x_support, y_support, x_query, alpha, steps):
    codes = [encode(x_support, y_support)[0]]
    right = F.one_hot(y_support).to(x_support)
    for _ in range(steps):
        scores = torch.einsum("tnd,tcd->tnc", x_support, decode(codes[-1])[0])
        loss = -(right * scores.log_softmax(2)).sum() / x_support.shape[1]
        codes.append(codes[-1] - alpha * torch.autograd.grad(loss, codes[-1], create_graph=True)[0])
    gap = codes[0] - codes[-1].detach()
    return torch.einsum("tnd,tcd->tnc", x_query, decode(codes[-1])[0]), (gap**2).mean()


def by_chain_rule(encode, decode, x_support, y_support, x_query, alpha, steps):
    """The chain rule by hand: the slope of the weights, then back through the decoder."""
    z = start = encode(x_support, y_support)[0]
    for _ in range(steps):
        w = decode(z)[0]
        loss = cross_entropy(x_support @ w.transpose(1, 2), y_support)
        of_w = torch.autograd.grad(loss.sum(), w, create_graph=True)[0]
        of_z = torch.autograd.grad(w, z, grad_outputs=of_w, create_graph=True)[0]
        z = z - alpha * of_z
    return [x_query @ decode(z)[0].transpose(1, 2), torch.mean(torch.square(start - z.detach()))]


def by_recursion(encode, decode, x_support, y_support, x_query, alpha, steps):
    def after(z, n):
        if n == 0:
            return z
        scores = torch.bmm(x_support, decode(z)[0].transpose(1, 2))
        loss = F.cross_entropy(scores.transpose(1, 2), y_support, reduction="none").mean(1)
        return after(z - alpha * torch.autograd.grad(loss, z, torch.ones_like(loss), create_graph=True)[0], n - 1)

    start = encode(x_support, y_support)[0]
    end = after(start, steps)
    return torch.bmm(x_query, decode(end)[0].transpose(1, 2)), F.mse_loss(start, end.detach())


def leo(
    encode, decode, x, y, x_query, alpha, steps, *, sign=-1, code=None, weights=None, create_graph=True, total=True,
    reduce="mean", score=None, end=None, penalty=None,
):  # fmt: skip
    """The plainest answer with one thing changed."""
    code, weights = code or (lambda mean, spread: mean), weights or (lambda mean, spread: mean)
    z0 = z = code(*encode(x, y))
    for _ in range(steps):
        each = F.cross_entropy((x @ weights(*decode(z)).mT).flatten(0, 1), y.flatten(), reduction="none").view(y.shape)
        loss = each.mean(1) if reduce == "mean" else each.sum(1)
        loss = loss.sum() if total else loss.mean()
        z = z + sign * alpha * torch.autograd.grad(loss, z, create_graph=create_graph)[0]
    z = end(z) if end else z
    w = weights(*decode(z))
    scores = score(x, x_query, w) if score else x_query @ w.mT
    return scores, (penalty or (lambda a, b: (a - b.detach()).square().mean()))(z0, z)


def changed(**how):
    return lambda *given: leo(*given, **how)


def with_steps(change):
    return lambda *given: leo(*given[:-1], change(given[-1]))


def among_weights(encode, decode, x, y, x_query, alpha, steps):
    z, _ = encode(x, y)
    w = decode(z)[0]
    for _ in range(steps):
        loss = cross_entropy(x @ w.mT, y).sum()
        w = w - alpha * torch.autograd.grad(loss, w, create_graph=True)[0]
    return x_query @ w.mT, torch.zeros(())


def always_at_the_start(encode, decode, x, y, x_query, alpha, steps):
    z0 = z = encode(x, y)[0]
    for _ in range(steps):
        loss = cross_entropy(x @ decode(z0)[0].mT, y).sum()
        z = z - alpha * torch.autograd.grad(loss, z0, create_graph=True)[0]
    return x_query @ decode(z)[0].mT, (z0 - z.detach()).square().mean()


def not_decoded_again(encode, decode, x, y, x_query, alpha, steps):
    z0 = z = encode(x, y)[0]
    for _ in range(steps):
        w = decode(z)[0]
        loss = cross_entropy(x @ w.mT, y).sum()
        z = z - alpha * torch.autograd.grad(loss, z, create_graph=True)[0]
    return x_query @ w.mT, (z0 - z.detach()).square().mean()


def drawn(mean, spread):
    return mean + spread * torch.randn_like(mean)


RIGHT = {
    "plainest": plainest,
    "task by task": task_by_task,
    "by einsum and a loss of its own": by_einsum_and_hand_written_loss,
    "the chain rule by hand": by_chain_rule,
    "by recursion": by_recursion,
}
WRONG = [
    ("not attempted", lambda *given: None),
    ("two things are expected", lambda *given: plainest(*given)[0]),
    ("this climbs", changed(sign=1)),
    ("among the weights", among_weights),
    ("only one step", with_steps(lambda steps: 1)),
    ("no step was taken", with_steps(lambda steps: 0)),
    ("one step too many", with_steps(lambda steps: steps + 1)),
    ("each step uses the gradient at the start", always_at_the_start),
    ("before the last step", not_decoded_again),
    ("averaged over the tasks", changed(total=False)),
    ("summed over the examples", changed(reduce="sum")),
    ("does not use alpha", lambda *given: leo(*given[:-2], 1.0, given[-1])),
    ("draw nothing", changed(code=drawn)),
    ("draw nothing", changed(weights=drawn)),
    ("the spread was added", changed(code=lambda mean, spread: mean + spread)),
    ("the spread was added", changed(weights=lambda mean, spread: mean + spread)),
    ("averaged over the classes", changed(end=lambda z: z.mean(1, keepdim=True).expand_as(z))),
    ("these are probabilities", changed(score=lambda x, q, w: (q @ w.mT).softmax(-1))),
    ("score the queries", changed(score=lambda x, q, w: x @ w.mT)),
    ("the wrong way round", changed(score=lambda x, q, w: w @ q.mT)),
    ("the penalty is a sum", changed(penalty=lambda a, b: (a - b.detach()).square().sum())),
    ("without a half", changed(penalty=lambda a, b: (a - b.detach()).square().mean() / 2)),
    ("square each gap", changed(penalty=lambda a, b: (a - b.detach()).abs().mean())),
    ("pulls at the end", changed(penalty=lambda a, b: (a - b).square().mean())),
    ("holds the start", changed(penalty=lambda a, b: (a.detach() - b).square().mean())),
    ("create_graph=True keeps it", changed(create_graph=False)),
    ("no gradient reaches", lambda *given: tuple(part.detach() for part in plainest(*given))),
    ("encode and decode return two things", lambda e, d, x, y, q, alpha, steps: (q @ d(e(x, y)).mT, 0.0)),
]
