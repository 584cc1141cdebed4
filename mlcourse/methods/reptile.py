"""Reptile: train on a task for a few steps, then move the initialisation some of the way to where training led.

    phi = theta after k steps on a task,    theta <- theta + beta * (mean over tasks of phi - theta)

Alex Nichol, Joshua Achiam, John Schulman, "On First-Order Meta-Learning Algorithms", 2018, arXiv:1803.02999. There is
no query set and no second derivative. Yet for k = 2 and small alpha (section 5.1 of the paper)

    theta - phi = alpha * (g_1 + g_2) - alpha^2 * H_2 g_1 + O(alpha^3),

with g_i and H_i the gradient and Hessian at theta on mini-batch i: the second term makes a task's mini-batches agree.
With k = 1 it is missing, and Reptile is plain training on all tasks pooled.

Example
    import torch
    from mlcourse.methods import reptile
    from mlcourse.networks import MLP
    from mlcourse.worlds.sinusoids import sample_tasks

    net, rng = MLP(1, 40, 40, 1), torch.Generator().manual_seed(0)
    theta = net.init(rng)
    for _ in range(50):
        loss, gradient = reptile.meta_gradient(net, theta, sample_tasks(10, 20, 1, rng=rng), alpha=0.02, steps=10)
        theta = {name: p - 0.5 * gradient[name] for name, p in theta.items()}  # half of the way to where training led
    loss  # along ten steps on waves that it had not seen
"""

from typing import NamedTuple

import torch
from torch import Tensor

from ..embedding import statistics
from ..losses import mse, of_each_task
from ..tasks import Task, check_examples
from ..weights import Theta, stack, value_and_gradient


class AdamState(NamedTuple):
    """What Adam remembers from one step to the next."""

    steps: int  # how many it has taken
    first: Theta  # the running mean of the gradients
    second: Theta  # and that of their squares


class Adapted(NamedTuple):
    """What the inner loop leaves behind."""

    phi: Theta  # the adapted weights, each (n_tasks, ...)
    loss: Tensor  # the support loss along the way, averaged over steps and tasks: a scalar, nan if there are no steps
    state: AdamState | None  # Adam's, averaged over tasks so that it has theta's shapes; None for plain descent


def adapt(
    net,
    theta: Theta,
    x: Tensor,
    y: Tensor,
    *,
    alpha: float,
    steps: int,
    batch_size: int | None = None,
    rng: torch.Generator | None = None,
    adam: bool = False,
    beta1: float = 0.0,
    beta2: float = 0.999,
    epsilon_hat: bool = False,
    state: AdamState | None = None,
    loss=mse,
) -> Adapted:
    """Train theta on each of a batch of tasks, by gradient descent or by Adam; nothing is differentiated through.

    theta:      the weights to start from; they are not changed
    x, y:       support sets, (n_tasks, n_support, ...)
    alpha:      the inner rate
    batch_size: how many examples of its support set a task sees at each step, drawn with `rng`; None for all of them
    adam:       Adam (Kingma, Ba 2015, arXiv:1412.6980) with beta1 and beta2; the paper turns its first moment off
    epsilon_hat: add Adam's 1e-8 to the root of the second moment before the bias is corrected, as TensorFlow 1 does
                (epsilon hat at the end of the paper's section 2), not after, as torch does (its algorithm 1). So it
                weighs 1 / sqrt(1 - beta2^t) times as much in step t, 32 times in the first.
    state:      Adam's memory to start from, the same for every task (and so Adam it is); None for a fresh one
    loss:       from (predictions, y) to one value a task, (n_tasks,)
    Raises ValueError for inputs that don't fit, and for a loss that is not one value a task.
    """
    check_examples(x, y)
    _check(alpha, steps, batch_size, rng, x.shape[1])
    n_tasks = len(x)
    phi = stack({name: p.detach() for name, p in theta.items()}, n_tasks)
    adam = adam or state is not None
    if adam:
        zero = {name: torch.zeros_like(p) for name, p in theta.items()}
        t, m, v = state or AdamState(0, zero, zero)
        m, v = (stack({name: p.to(theta[name]) for name, p in moment.items()}, n_tasks) for moment in (m, v))
    total = x.new_zeros(())
    for batch in _mini_batches(x, y, steps, batch_size, rng):
        with torch.enable_grad():  # the gradient of the SUM of the task losses holds each task's own
            value, g = value_and_gradient(
                lambda phi, batch=batch: of_each_task(loss, net(phi, batch[0]), batch[1]).sum(), phi
            )
        total = total + value / n_tasks
        if adam:
            t += 1
            m = {name: beta1 * m[name] + (1 - beta1) * g[name] for name in phi}
            v = {name: beta2 * v[name] + (1 - beta2) * g[name] ** 2 for name in phi}
            epsilon = 1e-8 / (1 - beta2**t) ** 0.5 if epsilon_hat else 1e-8
            g = {name: m[name] / (1 - beta1**t) / ((v[name] / (1 - beta2**t)).sqrt() + epsilon) for name in phi}
        phi = {name: p - alpha * g[name] for name, p in phi.items()}
    return Adapted(phi, total / steps, AdamState(t, _mean(m), _mean(v)) if adam else None)


def meta_gradient(net, theta: Theta, task: Task, **how) -> tuple[Tensor, Theta]:
    """The support loss along the way, and theta minus the mean of phi: not the gradient of anything, but used as one.

    Plain descent at rate beta (`torch.optim.SGD`) then steps to theta + beta * (mean phi - theta).
    task: its support set is all that is used. The paper draws more shots for training than the learner gets afterwards.
    how:  goes to `adapt`: alpha, steps, batch_size, rng, adam, epsilon_hat, loss
    """
    return _displacement(net, theta, task, **how)[:2]


class CarriedAdam:
    """`meta_gradient` with one Adam that goes on from task to task, as in the authors' code, openai/supervised-reptile.

    `recipe = CarriedAdam(net, alpha=..., steps=...)` goes to `meta_train`, and then `state=recipe.state` to `predict`.
    A class, because `meta_train` has no place for a memory between two meta-gradients. The authors' tasks take turns
    with their Adam; ours all start from the same state, and its mean over tasks goes on. With one task a meta-step
    it is one torch.optim.Adam that goes on; with `epsilon_hat=True` as well it is the authors' rule, that of TensorFlow
    1. The two differ where gradients are small: epsilon weighs 32 times as much in the first step.
    """

    def __init__(self, net, **how):
        self.net, self.how, self.state = net, how, None

    def __call__(self, theta: Theta, task: Task) -> tuple[Tensor, Theta]:
        """As `meta_gradient`; what Adam has learned is in `state` afterwards."""
        loss, gradient, self.state = _displacement(self.net, theta, task, adam=True, state=self.state, **self.how)
        return loss, gradient


def predict(
    net, theta: Theta, x_support: Tensor, y_support: Tensor, x_query: Tensor, *, support_statistics=False, **how
) -> Tensor:
    """Adapt theta to each support set, then predict its query set.

    x_support, y_support: (n_tasks, n_support, ...)    x_query: (n_tasks, n_query, ...)
    support_statistics: batch norm takes the statistics of the support set for the query set too, see `maml.predict`
    how:     goes to `adapt`; the paper takes many more steps here than in training, 50 with mini-batches of 5
    returns: (n_tasks, n_query, ...)
    """
    phi = adapt(net, theta, x_support, y_support, **how).phi
    return net(phi, x_query, **statistics(x_support, support_statistics))


def _displacement(net, theta: Theta, task: Task, *, steps: int, **how) -> tuple[Tensor, Theta, AdamState | None]:
    """The loss along the way, theta minus the mean of phi, and what Adam remembers."""
    if steps < 1:
        raise ValueError(f"Reptile follows where training leads, so it needs inner steps: got steps = {steps}")
    phi, loss, state = adapt(net, theta, task.x_support, task.y_support, steps=steps, **how)
    mean = _mean(phi)
    return loss, {name: p.detach() - mean[name] for name, p in theta.items()}, state


def _mean(stacked: Theta) -> Theta:
    return {name: p.mean(0) for name, p in stacked.items()}


def _mini_batches(x, y, steps, batch_size, rng):
    """A pair (x, y) for each step, (n_tasks, batch_size, ...).

    Each task goes through its examples in random order, then in another; a mini-batch may straddle the two.
    """
    if batch_size is None:
        return [(x, y)] * steps
    n_tasks, n = x.shape[:2]
    passes = -(-steps * batch_size // n)  # rounded up
    order = torch.rand(n_tasks, passes, n, generator=rng, device=rng.device).argsort(-1)
    order = order.flatten(1).to(x.device)  # (n_tasks, passes * n)
    batches = order[:, : steps * batch_size].unflatten(1, (steps, batch_size))  # (n_tasks, steps, batch_size)
    task = torch.arange(n_tasks, device=x.device).unsqueeze(1)  # (n_tasks, 1)
    return ((x[task, batch], y[task, batch]) for batch in batches.unbind(1))


def _check(alpha, steps, batch_size, rng, n_support) -> None:
    if steps < 0:
        raise ValueError(f"the number of inner steps cannot be negative: got steps = {steps}")
    if alpha < 0:
        raise ValueError(f"an inner rate cannot be negative, that would climb: got alpha = {alpha}")
    if batch_size is not None and not 1 <= batch_size <= n_support:
        raise ValueError(f"mini-batches come from {n_support} support examples: got batch_size = {batch_size}")
    if batch_size is not None and rng is None:
        raise ValueError("mini-batches are drawn at random: pass a torch.Generator as rng along with batch_size")
