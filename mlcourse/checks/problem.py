"""The problem that the battery asks a function about: what is right there, and whether right and wrong differ at all.

The reference is `methods.maml` in float64. Finite differences vouch for it (judge.py) to four digits; then it can be
trusted to ten. Two right functions differ by rounding, the more, the more the gradient moves with theta:

    tolerance  =  max(1e-10, 20 u kappa),    u = 2e-16 in float64, 1e-7 in float32

where kappa is how many times more than theta the gradient moves, relatively, when theta is nudged. (On the course's
networks right functions were at most 2.5 u kappa apart.)
"""

from copy import deepcopy
from typing import NamedTuple

import torch
from torch import Tensor

from ..methods import maml
from ..networks.modules import ModuleNet
from ..tasks import Task, check_examples
from ..weights import Theta
from . import judge

EXACT, ROUNDINGS = 1e-10, 20
NUDGE = {torch.float64: 1e-12, torch.float32: 1e-6}  # in float32 some ReLUs switch, as they do by rounding
LOUD = 10_000
COARSEST, VISIBLE = 1e-3, 1e-5  # relative: a tolerance above which nothing is decided; a change that must be seen


class Place(NamedTuple):
    """Weights and tasks at which a function is asked for its gradient."""

    theta: Theta
    task: Task


class Problem:
    """What the function was built with, and where it is asked for its gradient.

    places:    as given, with other weights, with less data; and if labels are real numbers, with query labels LOUD
               times as large, so that a gradient that is clipped somewhere shows
    right:     MAML's gradient at each place, (n_weights,) in float64
    tolerance: relative difference up to which two gradients are the same
    single:    the same for one that computes in float32
    Raises ValueError where the problem decides nothing, and says what to change.
    """

    def __init__(self, net, theta: Theta, task: Task, *, support_statistics: bool = False, **how):
        theta = {name: p.detach().clone() for name, p in theta.items()}
        task = Task(*(tensor.detach().clone() for tensor in task))
        self.dtype = _check(theta, task)
        self.net = _in_double(net) if self.dtype == torch.float32 else net
        self.how = how | ({"support_statistics": True} if support_statistics else {})
        self.places = [Place(theta, task), Place(_elsewhere(theta), task), Place(theta, _less(task))]
        if task.y_query.is_floating_point():
            self.places.append(Place(theta, task._replace(y_query=LOUD * task.y_query)))
        self._known = {}
        self.right = [self.gradient(place) for place in self.places]
        if not all(right.isfinite().all() and right.norm() > 0 for right in self.right):
            raise ValueError(
                f"{NOTHING}: MAML's gradient is zero or not finite; take a smaller alpha, or other weights"
            )
        kappa = max(self._kappa(place, right) for place, right in zip(self.places, self.right, strict=True))
        self.tolerance, self.single = (
            max(EXACT, ROUNDINGS * torch.finfo(dtype).eps * kappa) for dtype in (self.dtype, torch.float32)
        )
        self._check_that_it_decides()

    def gradient(self, place: Place, **changes) -> Tensor:
        """The reference's gradient in one vector; `changes` are of alpha, steps, loss, first_order, ..."""
        theta, task = doubled(place.theta), Task(**doubled(place.task._asdict()))
        return vector(maml.meta_gradient(self.net, theta, task, **(self.how | changes))[1], theta)

    def each(self, place: Place, **changes) -> Tensor:
        """The gradient of each task by itself, (n_tasks, n_weights)."""
        tasks = [place.task.select([t]) for t in range(place.task.n_tasks)]
        return torch.stack([self.gradient(place._replace(task=task), **changes) for task in tasks])

    def known(self, key, i: int, gradient) -> Tensor:
        """`gradient(places[i])`, computed once for each key."""
        if (key, i) not in self._known:
            self._known[key, i] = gradient(self.places[i])
        return self._known[key, i]

    def same(self, a: Tensor, b: Tensor, tolerance: float | None = None) -> bool:
        """Equal up to rounding, in float64 unless told otherwise."""
        return bool((a - b).norm() <= (tolerance or self.tolerance) * torch.maximum(a.norm(), b.norm()))

    def _kappa(self, place: Place, right: Tensor) -> float:
        rng = torch.Generator().manual_seed(1)
        nudge, moved = NUDGE[self.dtype], {}
        for name, p in doubled(place.theta).items():
            moved[name] = p * (1 + nudge * torch.randn(p.shape, generator=rng, dtype=p.dtype).to(p.device))
        return max(1.0, ((self.gradient(place._replace(theta=moved)) - right).norm() / right.norm()).item() / nudge)

    def _check_that_it_decides(self) -> None:
        """Raise ValueError if right functions could fail a test of the battery here, or wrong ones pass."""
        given, right, alpha = self.places[0], self.right[0], self.how["alpha"]
        nothing = NOTHING
        if self.dtype == torch.float32:
            nothing += " in float32, and may in float64 (call .double() on weights, tasks and module)"
        if self.tolerance > COARSEST:
            raise ValueError(
                f"{nothing}: rounding moves MAML's gradient by {self.tolerance:.0e} of its length; take a "
                f"smaller alpha than {alpha}, fewer steps, or weights that have not converged"
            )
        theta, task = doubled(given.theta), Task(**doubled(given.task._asdict()))
        if not judge.agrees(lambda moved: maml.meta_loss(self.net, moved, task, **self.how), theta, right):
            raise ValueError(
                f"{nothing}: finite differences of the meta-loss disagree with the gradient that torch takes of it; "
                "take other weights if units stand where a ReLU bends, or mend a derivative in the network or the loss"
            )
        seen = max(VISIBLE, 30 * self.tolerance) * right.norm()
        if (right - self.gradient(given, first_order=True)).norm() < seen:
            raise ValueError(
                f"{nothing}: MAML and FOMAML give nearly the same, so that the battery could not tell them apart; take "
                f"a larger inner rate (got alpha = {alpha})"
            )
        x_support, y_support, x_query, y_query = given.task
        queries = given._replace(task=Task(x_support, y_support, x_query, y_query.roll(1, 1)))
        idle = (self.each(queries) - self.each(given)).norm(dim=1) < seen * given.task.n_tasks
        if idle.any():
            raise ValueError(
                f"{nothing}: other query labels in task {', '.join(map(str, idle.nonzero().flatten().tolist()))} would "
                f"not change MAML's gradient, as where units died; take a smaller alpha than {alpha}, or other weights"
            )
        support = given._replace(task=Task(x_support, y_support.roll(1, 1), x_query, y_query))
        if (self.gradient(support) - right).norm() < seen:
            raise ValueError(
                f"{nothing}: other support labels would not change MAML's gradient, as where units are dead; take a "
                f"larger alpha than {alpha}, or other weights"
            )


NOTHING = "this problem decides nothing"


def doubled(tensors: dict) -> dict:
    """All real numbers in float64, all labels as they are."""
    return {name: p.double() if p.is_floating_point() else p for name, p in tensors.items()}


def vector(gradient, theta: Theta) -> Tensor:
    """All of a gradient in one vector of float64, zero where it is None; raise ValueError if it does not fit theta."""
    if not isinstance(gradient, dict) or gradient.keys() != theta.keys():
        given = list(gradient) if isinstance(gradient, dict) else f"a {type(gradient).__name__}"
        raise ValueError(f"the meta-gradient should be a dict with the names {list(theta)}: got {given}")
    for name, p in theta.items():
        g = gradient[name]
        if g is not None and (g.shape != p.shape or g.dtype != p.dtype):
            raise ValueError(f"the gradient of {name} is {tuple(g.shape)}, {g.dtype}: need {tuple(p.shape)}, {p.dtype}")
    parts = [torch.zeros_like(p) if gradient[name] is None else gradient[name] for name, p in theta.items()]
    return torch.cat([part.detach().flatten().double() for part in parts])


def multiple(a: Tensor, b: Tensor) -> tuple[float, float]:
    """The factor that makes b most like a, and what is left of a, relative to a."""
    factor = (a @ b) / (b @ b)
    return factor.nan_to_num(0.0).item(), ((a - factor * b).norm() / a.norm()).nan_to_num(1.0).item()


def _elsewhere(theta: Theta) -> Theta:
    """Other weights, near enough for the same kind of problem: each tensor moved by a twentieth of the usual size."""
    rng, size = torch.Generator().manual_seed(2), vector(theta, theta).square().mean().sqrt().item()
    return {name: p + 0.05 * size * torch.randn(p.shape, generator=rng).to(p) for name, p in theta.items()}


def _less(task: Task) -> Task:
    """One task less, and half of the queries."""
    half = task.x_query.shape[1] // 2
    rest = task.select(slice(1, None))
    return rest._replace(x_query=rest.x_query[:, :half], y_query=rest.y_query[:, :half])


def _in_double(net):
    """A module's buffers in float64 too; other networks take the type of their weights."""
    if not isinstance(net, ModuleNet):
        return net
    net = deepcopy(net)
    net.module.double()
    return net


def _check(theta: Theta, task: Task) -> torch.dtype:
    """The type of all real numbers; raise ValueError for weights and tasks that no battery could be run on."""
    check_examples(task.x_support, task.y_support)
    check_examples(task.x_query, task.y_query)
    dtypes = {p.dtype for p in (*theta.values(), *task) if p.is_floating_point()}
    if len(dtypes) > 1 or not dtypes <= {torch.float32, torch.float64}:
        kinds = " and ".join(sorted(str(dtype) for dtype in dtypes))
        raise ValueError(f"weights and tasks need float64, all of them (or all float32, to see less): got {kinds}")
    if task.n_tasks < 2 or task.x_query.shape[1] % 2:
        raise ValueError(
            f"the battery needs two tasks at least and an even number of queries: got {task.n_tasks} tasks, "
            f"{task.x_query.shape[1]} queries"
        )
    for name, y in ("support", task.y_support), ("query", task.y_query):
        if (y == y.roll(1, 1)).flatten(1).all(1).any():
            raise ValueError(f"a task's {name} labels are all the same: handing them on would change nothing")
    return dtypes.pop()
