"""Lessons 02 and 03: the meta-loss of several inner steps, and the first-order meta-gradient."""

import torch

from ..inner_loop import adapt
from ..losses import mse
from ..methods import maml
from ..networks import MLP
from ..tasks import Task
from ..weights import value_and_gradient
from ..worlds.sinusoids import sample_tasks
from .exercise import NotYet, attempt, compare, double, exercise, vector

ALPHA = 0.1
NET = MLP(1, 4, 1, activation=torch.tanh)


def _problem(seed, more):
    """Weights, three sine tasks or more, in float64, and the inner rate."""
    rng = torch.Generator().manual_seed(seed)
    theta = double(NET.init(rng))
    tensors = sample_tasks(3 + more, 5 + more, 4 + more, rng=rng)
    return theta, Task(*(tensor.double() for tensor in tensors)), ALPHA * (1 + more / 2)


@exercise
def meta_loss(answer, seed, more) -> None:
    """answer(net, theta, task, alpha, steps): the scalar meta-loss, differentiable in theta to second order."""
    theta, task, alpha = _problem(seed, more)
    for steps in range(1, 4 + more):
        tried = f"{task.n_tasks} sine tasks, {steps} inner step(s) at alpha = {alpha:g}"
        how = dict(alpha=alpha, steps=steps)
        _check_value(answer, theta, task, how, tried)
        expected = _gradient(lambda theta, how=how: maml.meta_loss(NET, theta, task, **how), theta)
        first_order = _gradient(lambda theta, how=how: maml.meta_loss(NET, theta, task, first_order=True, **how), theta)
        try:
            result = _gradient(lambda theta, steps=steps: answer(NET, theta, task, alpha, steps), theta)
        except RuntimeError as error:
            raise NotYet(
                "the value is right, but no gradient reaches theta: keep the graph, without detach, item or .data "
                f"({error})"
            ) from None
        sentence = (
            "the value is right but its gradient is the first-order one: the inner gradients need create_graph=True"
        )
        compare(result, expected, {sentence: first_order}, tried=f"the gradient with {tried}")


def _check_value(answer, theta, task, how, tried) -> None:
    def after(support, query, reduce=torch.mean, **how):
        phi = adapt(NET, theta, *support, **how)
        return reduce(mse(NET(phi, query[0]), query[1]))

    support, query = task[:2], task[2:]
    alpha, steps, n_tasks = how["alpha"], how["steps"], task.n_tasks
    expected = after(support, query, **how)
    mistakes = {
        "this is the loss of theta itself: predict the query set with phi, the adapted weights": (
            after(support, query, alpha=alpha, steps=0)
        ),
        "this is the loss on the support set: measure phi on the query set": after(support, support, **how),
        "phi was adapted on the query set: adapt on the support set, or it is tested on what it has seen": (
            after(query, query, **how)
        ),
        "this is the sum over the tasks: take the mean": after(support, query, torch.sum, **how),
        f"only one inner step was taken, where steps = {steps}: each step starts from the phi of the last": (
            after(support, query, alpha=alpha, steps=1)
        ),
        f"{steps + 1} inner steps were taken, not {steps}": after(support, query, alpha=alpha, steps=steps + 1),
        "the inner loss is averaged over the tasks, which divides every step by their number: sum the tasks' losses": (
            after(support, query, alpha=alpha / n_tasks, steps=steps)
        ),
        "all tasks share one phi: give each its own copy of theta, by `stack` or by a loop": [
            _shared(theta, task, alpha=alpha, steps=steps),
            _shared(theta, task, alpha=alpha * n_tasks, steps=steps),
        ],
        "the tasks leak into each other: each must start from theta, not from the phi of the task before": (
            _leak(theta, task, **how)
        ),
    }
    leaves = {name: p.clone().requires_grad_() for name, p in theta.items()}
    result = attempt(answer, NET, leaves, task, alpha, steps)
    compare(result.detach() if isinstance(result, torch.Tensor) else result, expected, mistakes, tried=tried)


def _shared(theta, task, **how):
    """The meta-loss when one phi is adapted to all support sets at once."""
    pool = (tensor.flatten(0, 1)[None] for tensor in (task.x_support, task.y_support))
    phi = {name: p[0] for name, p in adapt(NET, theta, *pool, **how).items()}
    return mse(NET(phi, task.x_query), task.y_query).mean()


def _leak(theta, task, **how):
    """The meta-loss when each task goes on from where the last one stopped."""
    losses = []
    for t in range(task.n_tasks):
        one = task.select([t])
        theta = {name: p[0] for name, p in adapt(NET, theta, one.x_support, one.y_support, **how).items()}
        losses.append(mse(NET(theta, one.x_query), one.y_query))
    return torch.stack(losses).mean()


@exercise
def fomaml_gradient(answer, seed, more) -> None:
    """answer(net, theta, task, alpha): the first-order meta-gradient of one inner step, as a dict."""
    theta, task, alpha = _problem(seed, more)
    n_tasks = task.n_tasks

    def gradient(task=task, **how):
        return vector(maml.meta_gradient(NET, theta, task, **(dict(alpha=alpha, first_order=True) | how))[1], theta)

    on_support = Task(task.x_support, task.y_support, task.x_support, task.y_support)
    swapped = Task(task.x_query, task.y_query, task.x_support, task.y_support)
    mistakes = {
        "this is MAML's gradient, second derivatives included: differentiate at phi and stop there": (
            gradient(first_order=False)
        ),
        "this is the query gradient at theta: take it at phi, after adapting": gradient(alpha=0.0),
        "this is the support set's gradient at phi: take the query set's": gradient(on_support),
        "support and query are swapped: adapt on the support set, judge on the query set": gradient(swapped),
        "the inner loss is averaged over the tasks, which divides every step by their number: sum the tasks' losses": (
            gradient(alpha=alpha / n_tasks)
        ),
        "the sign is reversed: return the gradient itself, the optimizer does the descending": -gradient(),
        "the mean over the tasks is taken twice": gradient() / n_tasks,
        "this is the sum over the tasks: take the mean": n_tasks * gradient(),
        "only the last task is in it: average over all tasks": gradient(task.select([n_tasks - 1])),
        "the last task's gradient alone is in it, divided by the number of tasks: add the tasks up": (
            gradient(task.select([n_tasks - 1])) / n_tasks
        ),
    }
    result = attempt(answer, NET, {name: p.clone() for name, p in theta.items()}, task, alpha)
    compare(vector(result, theta).detach(), gradient(), mistakes, tried=f"{n_tasks} sine tasks, alpha = {alpha:g}")


def _gradient(function, theta):
    """The gradient of a function of theta as one vector."""
    return vector(value_and_gradient(function, theta)[1], theta)
