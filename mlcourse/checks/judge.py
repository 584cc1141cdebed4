"""The judge of the battery: finite differences of the meta-loss, and the gradients that known mistakes give.

    slope along d  =  (M(theta + epsilon d) - M(theta - epsilon d)) / (2 epsilon),   M the meta-loss

Values only, so that nothing that can go wrong with derivatives can go wrong with it. Where a gradient does not agree,
it is compared with what FOMAML, ANIL and known mistakes would have given, to say which one it is.
"""

from itertools import product
from typing import NamedTuple

import torch
from torch import Tensor

from ..methods import maml
from ..tasks import Task

DIRECTIONS, EPSILON = 6, 1e-5
SAME, AGREE = 1e-7, 1e-4  # relative: two results of exact arithmetic; a gradient and its finite differences


class Finding(NamedTuple):
    """One test of the battery: its name, whether it was passed, and what was seen."""

    test: str
    passed: bool
    seen: str


def judge(gradient, net, theta, task, how) -> tuple[Finding, str, str | None]:
    """Hold the gradient against finite differences of the meta-loss; then say what it is: finding, name, why."""
    rng = torch.Generator(device=gradient.device).manual_seed(0)
    directions = torch.randn(DIRECTIONS, len(gradient), generator=rng, device=gradient.device)
    directions = directions.to(gradient) / len(gradient) ** 0.5
    slopes = torch.stack([_slope(net, theta, task, how, direction) for direction in directions])
    factor, rest = _multiple(directions @ gradient, slopes)
    test = "finite differences"
    if rest < AGREE:
        name = _scale(factor, task)
        if name is None:
            seen = f"the direction is right, the length is not: {factor:.3g} times the gradient of the meta-loss"
            return Finding(test, False, seen), "not MAML", seen
        seen = f"the slopes agree{name}"
        return Finding(test, True, seen), "MAML", f"the gradient of the meta-loss, second derivatives included{name}"
    off = (directions @ gradient - slopes).norm() / slopes.norm()
    seen = f"not the gradient of the meta-loss: off by {100 * off:.0f}%"
    for (known, name), other in _known(net, theta, task, how):
        factor, rest = _multiple(gradient, other)
        if rest < SAME and factor != 0:
            scale = _scale(factor, task)
            if scale is None:
                return Finding(test, False, seen), "not MAML", f"{known}, {factor:.3g} times"
            return Finding(test, False, seen), name, f"{known}{scale}"
    return Finding(test, False, seen), "not MAML", None


def _slope(net, theta, task, how, direction) -> Tensor:
    """The slope of the meta-loss along a direction, by values alone."""

    def at(distance):
        parts = direction.split([p.numel() for p in theta.values()])
        moved = {name: p.detach() + distance * d.view_as(p) for (name, p), d in zip(theta.items(), parts, strict=True)}
        return maml.meta_loss(net, moved, task, **how).detach()

    return (at(EPSILON) - at(-EPSILON)) / (2 * EPSILON)


def _known(net, theta, task, how):
    """What known variants and mistakes give: ((sentence, verdict), gradient), the likeliest first."""

    def gradient(task=task, **switch):
        return vector(maml.meta_gradient(net, theta, task, **(how | switch))[1], theta)

    xs, ys, xq, yq = task
    both = torch.cat([xs, xq], 1), torch.cat([ys, yq], 1)
    alpha, steps, n_tasks = how["alpha"], how["steps"], task.n_tasks
    wrong = {
        "the loss is that of theta itself: the adapted weights never reach it": dict(alpha=0.0),
        "it adapts and judges on the support set": dict(task=Task(xs, ys, xs, ys)),
        "it adapts and judges on the query set": dict(task=Task(xq, yq, xq, yq)),
        "support and query are swapped": dict(task=Task(xq, yq, xs, ys)),
        "it adapts on support and query together": dict(task=Task(*both, xq, yq)),
        "the inner loss is averaged over the tasks, so each step is divided by their number": dict(
            alpha=alpha / n_tasks
        ),
        "the inner loss is summed over the examples, so each step is longer": dict(alpha=alpha * xs.shape[1]),
        f"it takes {steps + 1} inner step(s), not {steps}": dict(steps=steps + 1),
        f"it takes {max(steps - 1, 1)} inner step(s), not {steps}": dict(steps=max(steps - 1, 1)),
    }
    for t in range(n_tasks):
        wrong[f"only task {t} is in it (the last is {n_tasks - 1})"] = dict(task=task.select([t]))
    yield ("the second derivative is dropped; fine if you mean it", "FOMAML"), gradient(first_order=True)
    if hasattr(net, "split"):
        yield ("only the head adapts; fine if you mean it", "ANIL"), gradient(head_only=True)
    for (sentence, switch), first_order in product(wrong.items(), (False, True)):
        note = "; and the second derivative is dropped" if first_order and switch.get("alpha") != 0 else ""
        yield (sentence + note, "not MAML"), gradient(first_order=first_order, **switch)


def _scale(factor: float, task: Task) -> str | None:
    """A sentence for a factor that a sum in the place of a mean explains, nothing for 1, None for others."""
    n_tasks, n_query = task.n_tasks, task.y_query[0].numel()
    if abs(factor - 1) < AGREE:
        return ""
    sums = {"the tasks": n_tasks, "the queries": n_query, "tasks and queries": n_tasks * n_query}
    fits = [what for what, number in sums.items() if abs(factor / number - 1) < AGREE]
    if not fits:
        return None
    return f", times {factor:.0f}: a sum over {' or '.join(fits)} where we take the mean, so beta means something else"


def _multiple(a: Tensor, b: Tensor) -> tuple[float, float]:
    """The factor that makes b most like a, and what is left of a, relative to a."""
    factor = (a @ b) / (b @ b)
    return factor.item(), ((a - factor * b).norm() / a.norm()).nan_to_num(1.0).item()


def same(a: Tensor, b: Tensor) -> bool:
    """Equal up to the last digits."""
    return bool((a - b).norm() <= SAME * torch.maximum(a.norm(), b.norm()))


def vector(gradient, theta) -> Tensor:
    """All of a gradient in one vector, zero where it is None; raise ValueError if it does not fit theta."""
    if not isinstance(gradient, dict) or gradient.keys() != theta.keys():
        given = list(gradient) if isinstance(gradient, dict) else f"a {type(gradient).__name__}"
        raise ValueError(f"the meta-gradient should be a dict with the names {list(theta)}: got {given}")
    for name, p in theta.items():
        g = gradient[name]
        if g is not None and (g.shape != p.shape or g.dtype != p.dtype):
            raise ValueError(f"the gradient of {name} is {tuple(g.shape)}, {g.dtype}: need {tuple(p.shape)}, {p.dtype}")
    parts = [torch.zeros_like(p) if gradient[name] is None else gradient[name] for name, p in theta.items()]
    return torch.cat([part.detach().flatten() for part in parts])
