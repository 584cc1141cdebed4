"""Ten ways to write MAML wrong, each one change away from right, so that nothing else differs.

`meta_gradient` is MAML as one would write it first, a loop over tasks (Finn et al. 2017, arXiv:1703.03400). An exhibit
names lines of it and what stands there in the wrong version; `build` makes the changed function from the source.
Never import one of these for anything but looking at it.
"""

import inspect
from copy import deepcopy
from typing import NamedTuple

import torch

from ..losses import mse


def meta_gradient(net, theta, task, *, alpha, steps=1):
    """The meta-loss and its gradient. Right."""
    leaves = {name: p.clone().requires_grad_() for name, p in theta.items()}
    total = 0.0
    for t in range(task.n_tasks):
        x_support, y_support, x_query, y_query = task.select([t])
        phi = leaves
        for _ in range(steps):
            inner = mse(net(phi, x_support), y_support).sum()
            grads = torch.autograd.grad(inner, list(phi.values()), create_graph=True)
            phi = {name: p - alpha * g for (name, p), g in zip(phi.items(), grads, strict=True)}
        loss = mse(net(phi, x_query), y_query).sum()
        total = total + loss
    (total / task.n_tasks).backward()
    gradient = {name: torch.zeros_like(p) if p.grad is None else p.grad for name, p in leaves.items()}
    return total.detach() / task.n_tasks, gradient


class Exhibit(NamedTuple):
    """A bug: pairs of (right, wrong) pieces of source, the test that it fails, where somebody met it."""

    changes: tuple[tuple[str, str], ...]
    test: str
    seen_in: str = ""

    def build(self):
        """The wrong function, called as `meta_gradient` is."""
        source = inspect.getsource(meta_gradient)
        for right, wrong in self.changes:
            if source.count(right) != 1:
                raise ValueError(
                    f"an exhibit changes one place of the source, this is in {source.count(right)}: {right}"
                )
            source = source.replace(right, wrong)
        scope = {"torch": torch, "mse": mse, "deepcopy": deepcopy}
        exec(compile(source, "<an exhibit of the museum>", "exec"), scope)
        return scope["meta_gradient"]

    def __str__(self) -> str:
        """The right lines beside the wrong ones."""
        rows = []
        for right, wrong in self.changes:
            rows += [f"right  {line.strip()}" for line in _whole_lines(right)]
            rows += [f"wrong  {line.strip()}" for line in _whole_lines(right, wrong) or ["(nothing)"]]
        return "\n".join(rows)


def _whole_lines(piece: str, instead: str | None = None) -> list[str]:
    """The lines of the source that hold a piece of it, as they are or with something else in its place."""
    source = inspect.getsource(meta_gradient)
    start, end = source.index(piece), source.index(piece) + len(piece)
    first, last = source.rfind("\n", 0, start) + 1, source.find("\n", end - 1)
    return (source[first:start] + (piece if instead is None else instead) + source[end:last]).splitlines()


STEP = "phi = {name: p - alpha * g for (name, p), g in zip(phi.items(), grads, strict=True)}"
IN_PLACE = """for p, g in zip(phi.values(), grads, strict=True):
                p.data -= alpha * g"""
MOMENTUM = """velocity = {name: 0.9 * v + g for (name, v), g in zip(velocity.items(), grads, strict=True)}
            phi = {name: p - alpha * velocity[name] for name, p in phi.items()}"""

EXHIBITS = {
    "first order by accident": Exhibit(
        ((", create_graph=True)", ")"),), "finite differences", "dragen1860/MAML-Pytorch#17, #32, #63"
    ),
    "adapted weights unused": Exhibit(
        (("net(phi, x_query)", "net(leaves, x_query)"),), "the support set counts", "learnables/learn2learn#420"
    ),
    "deepcopy cuts the graph": Exhibit(
        (("phi = leaves", "phi = deepcopy(leaves)"),), "a gradient arrives", "RobinLu1209/ST-GFSL#3"
    ),
    "theta updated in place": Exhibit(
        (("p.clone().requires_grad_()", "p.detach().requires_grad_()"), (STEP, IN_PLACE)),
        "theta is left alone",
    ),
    "phi carried to the next task": Exhibit(
        (("total = 0.0\n", "total, phi = 0.0, leaves\n"), ("        phi = leaves\n", "")), "the order of tasks"
    ),
    "momentum carried over": Exhibit(
        (("total = 0.0", "total, velocity = 0.0, dict.fromkeys(theta, 0.0)"), (STEP, MOMENTUM)),
        "the order of tasks",
        "openai/supervised-reptile#28",
    ),
    "only the last task": Exhibit(
        (("(total / task.n_tasks).backward()", "loss.backward()"),), "every task counts"
    ),
    "judged on the support set": Exhibit(
        (("mse(net(phi, x_query), y_query)", "mse(net(phi, x_support), y_support)"),),
        "every task counts",
        "hereismari/tensorflow-maml#5",
    ),
    "adapted on the queries": Exhibit(
        (("mse(net(phi, x_support), y_support)", "mse(net(phi, x_query), y_query)"),), "queries stay out of phi"
    ),
    "gradients never cleared": Exhibit(
        (("p.clone().requires_grad_()", "p.requires_grad_()"),), "same call, same gradient"
    ),
}  # fmt: skip
