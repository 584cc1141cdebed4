"""The battery: is this function really MAML? It runs anyone's meta-gradient and holds it against laws and a judge.

Most tests are laws that need no derivative: call it twice, turn the tasks round, hand labels on. The last is a judge,
finite differences of the meta-loss, which knows nothing of `create_graph` (judge.py). MAML is what Finn, Abbeel and
Levine 2017, arXiv:1703.03400, define in equation 1.
"""

from typing import NamedTuple

import torch

from ..losses import mse
from ..methods import maml
from ..tasks import Task, check_examples
from ..weights import Theta
from .judge import AGREE, Finding, judge, same, vector


class Verdict(NamedTuple):
    """What the battery found. `name` is "MAML", "FOMAML", "ANIL" or "not MAML"; `why` is a sentence.

    Printed, or as the last line of a notebook's cell, it shows every test with what was seen.
    """

    name: str
    why: str
    findings: tuple[Finding, ...]

    @property
    def failed(self) -> list[str]:
        """The names of the tests that were not passed."""
        return [finding.test for finding in self.findings if not finding.passed]

    def __repr__(self) -> str:
        rows = [f"  {'ok ' if f.passed else 'NO '} {f.test:25s} {f.seen}" for f in self.findings]
        return "\n".join([f"{self.name}: {self.why}", *rows])


def is_really_maml(meta_gradient, net, theta: Theta, task: Task, *, alpha: float, steps: int = 1, loss=mse) -> Verdict:
    """Run the battery on a function that should be MAML's meta-gradient.

    meta_gradient: from (theta, task) to a dict with theta's names, or to (loss, that dict); None stands for zero
    net, alpha, steps, loss: what it was built with, see `inner_loop.adapt`; the reference is made from them
    theta: weights in float64, not those of a network that has converged: where gradients vanish, nothing can be told
    task:  two tasks at least, an even number of queries each, labels not all equal
    returns: a Verdict; print it, or end a cell with it, to read each test's result and its reason
    A sum in the place of a mean in the outer loss is accepted, and so is FOMAML: the verdict says so.
    Raises ValueError where the problem is unfit to tell right from wrong.
    """
    _check(net, theta, task, alpha=alpha, steps=steps, loss=loss)

    def weights():
        return {name: p.detach().clone() for name, p in theta.items()}

    def call(task, own=None):
        result = meta_gradient(own or weights(), Task(*(tensor.clone() for tensor in task)))
        return vector(result[1] if isinstance(result, tuple) else result, theta)

    mine = weights()
    gradient = call(task, mine)
    findings = [_arrives(gradient), _leaves_theta(mine, theta)]
    for name, p in mine.items():  # the same tensors, as in training, with the same values
        p.data.copy_(theta[name])
    findings.append(_repeats(gradient, call(task, mine)))
    findings += [law(gradient, call, task) for law in (_order, _every_task, _support, _queries)]
    judged, name, why = judge(gradient, net, theta, task, dict(alpha=alpha, steps=steps, loss=loss))
    findings.append(judged)
    wrong = [f for f in findings[:-1] if not f.passed]
    if wrong and name != "not MAML":
        name, why = "not MAML", f"the gradient of one call is right, but {wrong[0].seen}"
    elif wrong and why is None:
        why = wrong[0].seen
    return Verdict(name, why or judged.seen, tuple(findings))


# --- the laws ---------------------------------------------------------------------------------------------------------


def _arrives(gradient) -> Finding:
    passed = bool(gradient.isfinite().all() and gradient.norm() > 0)
    seen = "it is finite, and not zero" if passed else "no gradient reaches theta: the graph was cut, or a copy got it"
    return Finding("a gradient arrives", passed, seen if gradient.isfinite().all() else "the gradient is not finite")


def _repeats(gradient, again) -> Finding:
    passed = same(gradient, again)
    seen = "the second call gave the same" if passed else "a second call gives another: it keeps state, or draws"
    return Finding("same call, same gradient", passed, seen)


def _leaves_theta(mine, theta) -> Finding:
    changed = [name for name, p in theta.items() if not torch.equal(mine[name].detach(), p.detach())]
    seen = f"theta has been changed in place ({', '.join(changed)})" if changed else "its values are what they were"
    return Finding("theta is left alone", not changed, seen)


def _order(gradient, call, task) -> Finding:
    passed = same(gradient, call(task.select(list(range(task.n_tasks))[::-1])))
    seen = (
        "turned round, they give the same" if passed else "their order matters: one leaks into the next, or weighs more"
    )
    return Finding("the order of tasks", passed, seen)


def _every_task(gradient, call, task) -> Finding:
    ignored = []
    for t in range(task.n_tasks):
        y = task.y_query.clone()
        y[t] = y[t].roll(1, 0)
        if same(gradient, call(task._replace(y_query=y))):
            ignored.append(str(t))
    if len(ignored) == task.n_tasks:
        seen = "the query labels do not matter"
    elif ignored:
        seen = f"the query labels of task {', '.join(ignored)} do not matter"
    else:
        seen = "other query labels in any one task change the gradient"
    return Finding("every task counts", not ignored, seen)


def _support(gradient, call, task) -> Finding:
    passed = not same(gradient, call(task._replace(y_support=task.y_support.roll(1, 1))))
    seen = "other support labels change it" if passed else "the support labels do not matter: nothing adapts to them"
    return Finding("the support set counts", passed, seen)


def _queries(gradient, call, task) -> Finding:
    """If phi does not depend on the queries, then the loss is a sum over queries, and so is its gradient."""
    half = task.x_query.shape[1] // 2
    parts = [
        call(task._replace(x_query=task.x_query[:, part], y_query=task.y_query[:, part]))
        for part in (slice(half), slice(half, None))
    ]
    passed = same(gradient, sum(parts)) or same(gradient, sum(parts) / 2)
    seen = (
        "two halves add up to the whole"
        if passed
        else "two halves do not add up: phi has seen the queries, or they each other (batch norm)"
    )
    return Finding("queries stay out of phi", passed, seen)


def _check(net, theta, task, **how) -> None:
    """Raise ValueError for a problem on which right and wrong cannot be told apart."""
    check_examples(task.x_support, task.y_support)
    check_examples(task.x_query, task.y_query)
    if any(p.dtype != torch.float64 for p in theta.values()):
        raise ValueError("finite differences need float64: call .double() on the weights, the tasks and the module")
    if task.n_tasks < 2 or task.x_query.shape[1] % 2:
        raise ValueError(
            f"the battery needs two tasks at least and an even number of queries: got {task.n_tasks} tasks, "
            f"{task.x_query.shape[1]} queries"
        )
    for name, y in ("support", task.y_support), ("query", task.y_query):
        if (y == y.roll(1, 1)).flatten(1).all(1).any():
            raise ValueError(f"a task's {name} labels are all the same: handing them on would change nothing")
    second, first = (
        vector(maml.meta_gradient(net, theta, task, first_order=switch, **how)[1], theta) for switch in (False, True)
    )
    if (second - first).norm() < 10 * AGREE * second.norm():
        raise ValueError(
            "MAML and FOMAML give nearly the same here, so that the judge could not tell them apart: "
            f"take a larger inner rate (got alpha = {how['alpha']})"
        )
