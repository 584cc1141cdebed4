"""Lesson 03: the first-order meta-gradient of one inner step."""

from functools import partial

from ..inner_loop import adapt
from ..methods import maml
from ..weights import stack
from .compare import compare
from .descents import gone_wrong, slopes, tasks_mixed
from .exercise import attempt, exercise
from .waves import NET, waves

ALPHA = 0.1


@exercise
def fomaml_gradient(answer, seed, more) -> None:
    """answer(net, theta, task, alpha): the first-order meta-gradient of one inner step, as a dict."""
    theta, task = waves(seed, n_tasks=3 + more, k_shot=5 + more, n_query=4 + more)
    alpha = ALPHA * (1 + more / 2)
    lent = {name: p.clone() for name, p in theta.items()}
    result = attempt(answer, dict(net=NET, theta=lent, task=task, alpha=alpha))
    expected = maml.meta_gradient(NET, theta, task, alpha=alpha, first_order=True)[1]
    tried = f"{task.n_tasks} sine tasks, alpha = {alpha:g}"
    compare(result, expected, partial(_mistakes, theta, task, alpha, expected), tried=tried)


def _mistakes(theta, task, alpha, expected) -> dict:
    """What each known mistake would give for the first-order meta-gradient."""
    support, query = task[:2], task[2:]
    start = stack(theta, task.n_tasks)
    phi = adapt(NET, theta, *support, alpha=alpha)
    on_query = adapt(NET, theta, *query, alpha=alpha)

    def at(phi, x=task.x_query, y=task.y_query):
        return _mean(slopes(NET, phi, x, y))

    def times(factor, gradient=expected):
        return {name: factor * g for name, g in gradient.items()}

    each = slopes(NET, phi, *query)
    last = {name: g[-1] for name, g in each.items()}
    mixed = tasks_mixed(NET, theta, task, alpha=alpha, steps=1)
    gradients = {
        "this is MAML's gradient, second derivatives included: differentiate at phi and stop there": (
            maml.meta_gradient(NET, theta, task, alpha=alpha)[1]
        ),
        "this is the query gradient at theta: take it at phi, after adapting": at(start),
        "this is the support set's gradient at phi: take the query set's": at(phi, *support),
        "this is the support set's gradient at theta, the one of the inner step: take the query set's at phi": (
            at(start, *support)
        ),
        "support and query are swapped: adapt on the support set, judge on the query set": at(on_query, *support),
        "phi was adapted on the query set: adapt on the support set, or it is tested on what it has seen": at(on_query),
        "this is phi, the adapted weights: return the gradient of the query loss at phi": [
            phi,
            _mean(phi),
            *({name: p[t] for name, p in phi.items()} for t in range(task.n_tasks)),
            *(_mean(end) for ends in mixed.values() for end in ends),
        ],
        "this is the way from theta to phi, which Reptile takes: return the gradient of the query loss at phi": [
            _mean({name: sign * (p - start[name]) for name, p in phi.items()}) for sign in (1, -1)
        ],
        "this is theta: return the gradient of the query loss at phi": theta,
        "this is theta after a step along the gradient: return the gradient itself, the optimizer takes the step": [
            {name: p - rate * expected[name] for name, p in theta.items()} for rate in (alpha, 1.0)
        ],
        "this is one gradient for each task: take the mean over the tasks": each,
        "the sign is reversed: return the gradient itself, the optimizer does the descending": times(-1),
        "this is alpha times the gradient: return the gradient itself, the optimizer has a rate of its own": (
            times(alpha)
        ),
        "the mean over the tasks is taken twice": times(1 / task.n_tasks),
        "this is the sum over the tasks: take the mean": times(task.n_tasks),
        "only the last task is in it: average over all tasks": last,
        "the last task's gradient alone is in it, divided by the number of tasks: add the tasks up": (
            times(1 / task.n_tasks, last)
        ),
        "the query loss is summed over the points: take the mean": times(task.x_query.shape[1]),
    }
    gradients |= {sentence: [at(end) for end in ends] for sentence, ends in mixed.items()}
    descents = gone_wrong(NET, theta, *support, alpha=alpha, steps=1)
    return gradients | {sentence: at(end) for sentence, end in descents.items()}


def _mean(stacked) -> dict:
    """The mean over the tasks."""
    return {name: p.mean(0) for name, p in stacked.items()}
