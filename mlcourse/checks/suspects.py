"""Whom the battery suspects: relatives of MAML, a wrong word from you, and mistakes that others have made.

A suspect is a sentence and the gradient that it would give. `relatives` are asked first, then `told_otherwise`, then
`mistakes`; whoever agrees with the function at all places of the problem, up to a factor, is named.
"""

from collections.abc import Callable, Mapping
from functools import partial
from inspect import signature
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ..inner_loop import adapt
from ..tasks import Task
from ..weights import stack
from .problem import Place, Problem, doubled, vector


class Suspect(NamedTuple):
    """What it is, as a sentence; the name of the verdict; the gradient that it would give at a place."""

    sentence: str
    name: str
    gradient: Callable[[Place], Tensor]


def relatives(problem: Problem) -> list[Suspect]:
    """FOMAML and ANIL, which may be meant."""
    sentence = "the second derivative is dropped; fine if you mean it"
    found = [Suspect(sentence, "FOMAML", partial(problem.gradient, first_order=True))]
    if head := _rates_of_the_head(problem):
        found += [
            Suspect("only the head adapts; fine if you mean it", "ANIL", partial(problem.gradient, alpha=head)),
            Suspect(
                "only the head adapts, and the second derivative is dropped; fine if you mean it",
                "ANIL",
                partial(problem.gradient, alpha=head, first_order=True),
            ),
        ]
    return found


def told_otherwise(problem: Problem) -> list[Suspect]:
    """Other steps, another loss or other statistics than the battery was told; sums for means in the inner loop."""
    steps, told, task = problem.how["steps"], problem.how["loss"], problem.places[0].task
    found = []
    for k in range(1, steps + 4):
        if k != steps:
            found += _both(f"it takes {k} inner step(s), not {steps}", partial(problem.gradient, steps=k))
    features = getattr(problem.net, "features", problem.net)
    if "statistics_from" in signature(features).parameters:
        other = not problem.how.get("support_statistics", False)
        sentence = f"its batch norm is another: with support_statistics={other} it agrees"
        found += _both(sentence, partial(problem.gradient, support_statistics=other))
    for name, loss in _other_losses(problem).items():
        for where, pair in {"": (loss, loss), " inside": (loss, told), " outside": (told, loss)}.items():
            sentence = f"is loss what you told me? with {name}{where} it agrees"
            found += _both(sentence, partial(_varied, problem, losses=pair))
    n_support, n_outputs = task.y_support.shape[1], task.y_support[0, 0].numel()
    averaged = "the inner loss is averaged over the tasks, so each step is divided by their number"
    found += _both(averaged, partial(_averaged, problem))
    sums = {"examples": n_support}
    if n_outputs > 1:
        sums |= {"outputs": n_outputs, "examples and outputs": n_support * n_outputs}
    for what, number in sums.items():
        found += _both(f"the inner loss is summed over the {what}, so each step is longer", scaled(problem, number))
    return found


def mistakes(problem: Problem) -> list[Suspect]:
    """Sets mixed up, steps that are not those of gradient descent. (The mysteries of lesson 10 are left for you.)"""
    unused = "the loss is that of theta itself: the adapted weights never reach it"
    found = [
        Suspect(unused, "not MAML", scaled(problem, 0.0)),
        Suspect("it is theta - phi, as in Reptile: no query is asked", "not MAML", partial(_reptile, problem)),
    ]
    found += _both("theta is cut off: only the second derivative is left", partial(_varied, problem, cut=True))[:1]
    for sentence, mix in SETS.items():
        found += _both(sentence, partial(_mixed, problem, mix))
    for sentence, step in STEPS.items():
        found += _both(sentence, partial(_varied, problem, step=step))
    return found


def scaled(problem: Problem, factor: float):
    """The gradient with another inner rate, `factor` times the one that the battery was told."""
    alpha = problem.how["alpha"]
    other = {name: factor * a for name, a in alpha.items()} if isinstance(alpha, Mapping) else factor * alpha
    return partial(problem.gradient, alpha=other)


def with_step(problem: Problem, step):
    """The gradient with another inner step, see `STEPS`."""
    return partial(_varied, problem, step=step)


# --- what they do -----------------------------------------------------------------------------------------------------


def _join(*tensors):
    return torch.cat(tensors, 1)


SETS = {
    "it adapts and judges on the support set": lambda xs, ys, xq, yq: Task(xs, ys, xs, ys),
    "it adapts and judges on the query set": lambda xs, ys, xq, yq: Task(xq, yq, xq, yq),
    "support and query are swapped": lambda xs, ys, xq, yq: Task(xq, yq, xs, ys),
    "it adapts on support and query together": lambda xs, ys, xq, yq: Task(_join(xs, xq), _join(ys, yq), xq, yq),
    "it judges on support and query together": lambda xs, ys, xq, yq: Task(xs, ys, _join(xs, xq), _join(ys, yq)),
    "it adapts and judges on support and query together": lambda xs, ys, xq, yq: Task(
        *(_join(xs, xq), _join(ys, yq)) * 2
    ),
}


def _adam(g, phi, s, state):
    state["m"] = 0.9 * state.get("m", 0.0) + 0.1 * g
    state["v"] = 0.999 * state.get("v", 0.0) + 0.001 * g.square()
    return state["m"] / (1 - 0.9 ** (s + 1)) / ((state["v"] / (1 - 0.999 ** (s + 1))).sqrt() + 1e-8)


STEPS = {  # what takes the gradient's place: from the gradient and phi, (n_tasks, n_weights), the step, and a state
    "the inner steps are Adam's": _adam,
    "the inner step takes only the signs of the gradient": lambda g, phi, s, state: g.sign(),
    "the inner gradient is divided by its length": lambda g, phi, s, state: g / g.norm(dim=1, keepdim=True),
    "the inner gradient is clipped to length 1": lambda g, phi, s, state: g / g.norm(dim=1, keepdim=True).clamp(min=1),
    "the inner rate falls as 1, 1/2, 1/3, ...": lambda g, phi, s, state: g / (s + 1),
}


def _both(sentence: str, gradient) -> list[Suspect]:
    """A mistake, and the same with the second derivative dropped."""
    return [
        Suspect(sentence, "not MAML", gradient),
        Suspect(f"{sentence}; and the second derivative is dropped", "not MAML", partial(gradient, first_order=True)),
    ]


def _averaged(problem: Problem, place: Place, **how) -> Tensor:
    return scaled(problem, 1 / place.task.n_tasks)(place, **how)


def _mixed(problem: Problem, mix, place: Place, **how) -> Tensor:
    return problem.gradient(place._replace(task=mix(*place.task)), **how)


def _varied(problem: Problem, place: Place, *, first_order=False, losses=None, step=None, cut=False) -> Tensor:
    """MAML's gradient, varied.

    losses: those inside and outside    step: what takes the inner gradient's place    cut: phi forgets where it was
    """
    inside, outside = losses or (problem.how["loss"],) * 2
    leaves = {name: p.detach().requires_grad_() for name, p in doubled(place.theta).items()}
    task, alpha = Task(**doubled(place.task._asdict())), problem.how["alpha"]
    phi, state = stack(leaves, task.n_tasks), {}
    for s in range(problem.how["steps"]):
        inner = inside(problem.net(phi, task.x_support), task.y_support).sum()
        g = torch.autograd.grad(inner, list(phi.values()), create_graph=not first_order)
        if step is not None:
            flat = step(*(_join(*(t.flatten(1) for t in tensors)) for tensors in (g, phi.values())), s, state)
            g = [part.view_as(p) for part, p in zip(flat.split([p[0].numel() for p in g], 1), g, strict=True)]
        rates = alpha if isinstance(alpha, Mapping) else dict.fromkeys(phi, alpha)
        steps = {name: rates[name] * part for name, part in zip(phi, g, strict=True)}
        phi = {name: (p.detach() if cut else p) - steps[name] for name, p in phi.items()}
    seen = {"statistics_from": task.x_support} if "support_statistics" in problem.how else {}
    loss = outside(problem.net(phi, task.x_query, **seen), task.y_query).mean()
    return vector(dict(zip(leaves, torch.autograd.grad(loss, list(leaves.values())), strict=True)), leaves)


def _reptile(problem: Problem, place: Place) -> Tensor:
    theta, task = doubled(place.theta), Task(**doubled(place.task._asdict()))
    how = {name: value for name, value in problem.how.items() if name != "support_statistics"}
    phi = adapt(problem.net, theta, task.x_support, task.y_support, **how)
    return vector({name: p - phi[name].mean(0) for name, p in theta.items()}, theta)


def _rates_of_the_head(problem: Problem) -> dict | None:
    """One inner rate for each weight, zero below the last layer; None if there is but one layer."""
    theta, alpha = problem.places[0].theta, problem.how["alpha"]
    rates = alpha if isinstance(alpha, Mapping) else dict.fromkeys(theta, alpha)
    if hasattr(problem.net, "split"):
        _, head = problem.net.split(theta)
    else:
        layer = list(theta)[-1].rpartition(".")[0]
        head = [name for name in theta if name.startswith(f"{layer}.")]
    return {n: rates[n] if n in head else 0.0 for n in theta} if 0 < len(head) < len(theta) else None


def _other_losses(problem: Problem) -> dict:
    """Losses that may stand in the place of the one that the battery was told, by name; each gives one value a task."""
    theta, (_, _, x, y) = problem.places[0]
    scores = problem.net(doubled(theta), doubled({"x": x})["x"]).shape
    if y.is_floating_point() and scores == y.shape:
        kinds = {"l1_loss": F.l1_loss, "smooth_l1_loss": F.smooth_l1_loss, "mse_loss": F.mse_loss}
        found = {n: lambda a, b, of=of: of(a, b, reduction="none").flatten(1).mean(1) for n, of in kinds.items()}
        return found | {"the root of mse_loss": lambda a, b: found["mse_loss"](a, b).sqrt()}
    if y.is_floating_point() or scores[:-1] != y.shape:
        return {}

    def smoothed(scores, y):
        flat = F.cross_entropy(scores.flatten(0, 1), y.flatten(), reduction="none", label_smoothing=0.1)
        return flat.view(y.shape).mean(1)

    def squares(scores, y):
        return (scores - F.one_hot(y, scores.shape[-1])).square().flatten(1).mean(1)

    return {"label smoothing of 0.1": smoothed, "squared errors": squares}
