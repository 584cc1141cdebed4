"""The battery: is this function really MAML? It runs anyone's meta-gradient and holds it against laws and a judge.

Most tests are laws that need no derivative: call it twice, turn the tasks round, hand labels on (laws.py). The last is
a judge, finite differences of the meta-loss, which knows nothing of `create_graph` (judge.py, problem.py). Who fails is
held against suspects (naming.py). MAML is what Finn, Abbeel and Levine 2017, arXiv:1703.03400, define in equation 1.
"""

from functools import partial
from typing import NamedTuple

from ..losses import mse
from ..tasks import Task
from ..weights import Theta
from . import laws
from .laws import Finding
from .naming import identify
from .problem import Place, Problem, vector

LAWS = laws.order, laws.every_task, laws.support_counts, laws.queries_stay_out


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


def is_really_maml(
    meta_gradient, net, theta: Theta, task: Task, *, alpha, steps: int = 1, loss=mse, support_statistics: bool = False
) -> Verdict:
    """Run the battery on a function that should be MAML's meta-gradient.

    meta_gradient: from (theta, task) to a dict with theta's names, or to (loss, that dict); None stands for zero
    net, alpha, steps, loss, support_statistics: what it was built with, as in `maml.predict`; the reference, too
    theta: weights in float64, not those of a network that has converged; with float32 the verdict says what it can see
    task:  two tasks at least, better as many as you train with, an even number of queries each, labels not all equal
    returns: a Verdict; print it, or end a cell with it, to read each test's result and its reason
    It is asked some fifteen times: with these weights and others, these tasks, others and fewer, the same tensors with
    other values. A sum in the place of a mean in the outer loss is accepted, and so are FOMAML and ANIL: the verdict
    says so. Raises ValueError where the problem decides nothing, with what to change. Take a small network: a wrong
    function on ConvNet(5) with five steps takes a minute.

    What it cannot see: the loss that is reported beside the gradient; what happens only in cases that it does not meet
    (clipping at a length that is not reached, an error in the hundredth call); and small errors. Of a mistake that it
    has a name for, it sees 1e-10 of the gradient's length: alpha off by a part in 1e8, a weight decay of 1e-8. Of any
    other, 2e-6 kappa (problem.py): what is smaller looks like float32, and is called "MAML, to single precision only".
    """
    how = dict(alpha=alpha, steps=steps, loss=loss, support_statistics=support_statistics)
    return examine(meta_gradient, Problem(net, theta, task, **how))


def examine(meta_gradient, problem: Problem) -> Verdict:
    """The battery on a problem that has been prepared, so that it can be used for many functions."""

    def ask(place: Place):
        try:
            result = meta_gradient(place.theta, place.task)
        except Exception as error:
            n_tasks, n_query = place.task.x_query.shape[:2]
            error.add_note(f"The battery had asked the function for {n_tasks} tasks with {n_query} queries each.")
            raise
        return vector(result[1] if isinstance(result, tuple) else result, place.theta)

    def call(theta, task):
        return ask(_copy(Place(theta, task)))

    given, elsewhere, *_ = problem.places
    mine = _copy(given)
    gradient = ask(mine)
    findings = [laws.arrives(gradient), laws.left_alone(mine, given)]
    _fill(mine, given)  # the same tensors, as in training, with the same values
    again = ask(mine)
    name, why, seen, right, tolerance = identify(problem, [gradient, *(call(*place) for place in problem.places[1:])])
    same = partial(problem.same, tolerance=10 * tolerance)  # a law adds up several
    other = elsewhere._replace(task=given.task._replace(y_support=given.task.y_support.roll(1, 1)))
    _fill(mine, other)
    refilled, fresh = ask(mine), call(*other)
    later = [law(problem, gradient, call, same) for law in LAWS]
    findings += [laws.repeats(problem, gradient, again, refilled, fresh, call(*given)), *later]
    wrong = [f for f in findings if not f.passed]
    findings.append(Finding("finite differences", right, seen))
    if wrong and name != "not MAML":
        name, why = "not MAML", f"the gradient of one call is right, but {wrong[0].seen}"
    elif wrong and (why is None or not problem.same(gradient, again)):  # what changes by itself, nothing else explains
        why = wrong[0].seen
    return Verdict(name, why or seen, tuple(findings))


def _copy(place: Place) -> Place:
    """New tensors with the same values."""
    theta = {name: p.detach().clone() for name, p in place.theta.items()}
    return Place(theta, Task(*(tensor.detach().clone() for tensor in place.task)))


def _fill(place: Place, source: Place) -> None:
    """The same tensors with the values of others."""
    for name, p in place.theta.items():
        p.data.copy_(source.theta[name])
    for tensor, values in zip(place.task, source.task, strict=True):
        tensor.data.copy_(values)
