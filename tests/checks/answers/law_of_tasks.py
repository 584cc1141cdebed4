"""Lesson 10: the law that no task knows of another, as a test."""

from functools import partial

import numpy as np
import torch


def one_by_one(meta_gradient, theta, task):
    return [meta_gradient(theta, task.select([t])) for t in range(task.n_tasks)]


def added(gradients):
    return {name: sum(g[name] for g in gradients) for name in gradients[0]}


def law(meta_gradient, theta, task, *, close=torch.allclose, every=all, divisors=None, names=None):
    whole, total = meta_gradient(theta, task), added(one_by_one(meta_gradient, theta, task))
    names = names(theta) if names else theta
    divisors = divisors(task) if divisors else (1, task.n_tasks)
    return any(every(close(whole[name], total[name] / n) for name in names) for n in divisors)


def changed(**how):
    return lambda *given: law(*given, **how)


def vector(gradient):
    return torch.cat([g.flatten() for g in gradient.values()])


def in_one_vector(meta_gradient, theta, task):
    """Is the whole a multiple of the sum, by one of two numbers?"""
    whole = vector(meta_gradient(theta, task))
    total = vector(added(one_by_one(meta_gradient, theta, task)))
    return min((whole - total / n).norm() for n in (1, task.n_tasks)) < 1e-9 * total.norm()


def by_assert_close(meta_gradient, theta, task):
    whole, alone = meta_gradient(theta, task), one_by_one(meta_gradient, theta, task)
    for combine in (torch.mean, torch.sum):
        try:
            for name in whole:
                torch.testing.assert_close(whole[name], combine(torch.stack([g[name] for g in alone]), 0))
            return True
        except AssertionError:
            pass
    return False


def in_numpy(meta_gradient, theta, task):
    whole = {name: g.numpy() for name, g in meta_gradient(theta, task).items()}
    alone = {name: np.stack([g[name].numpy() for g in one_by_one(meta_gradient, theta, task)]) for name in theta}
    mean = np.all([np.allclose(whole[name], alone[name].mean(0)) for name in theta])
    return mean | np.all([np.allclose(whole[name], alone[name].sum(0)) for name in theta])


def by_isclose(meta_gradient, theta, task):
    alone = [vector(g) for g in one_by_one(meta_gradient, theta, task)]
    whole = vector(meta_gradient(theta, task))
    return torch.stack([torch.isclose(whole, sum(alone) / n).all() for n in (1, len(alone))]).any()


def by_cosine(meta_gradient, theta, task):
    whole, total = vector(meta_gradient(theta, task)), vector(added(one_by_one(meta_gradient, theta, task)))
    return torch.cosine_similarity(whole, total, dim=0) > 0.99


def order(meta_gradient, theta, task):
    turned = meta_gradient(theta, task.select(list(range(task.n_tasks))[::-1]))
    return all(torch.allclose(g, turned[name]) for name, g in meta_gradient(theta, task).items())


def same_call(meta_gradient, theta, task):
    return torch.allclose(vector(meta_gradient(theta, task)), vector(meta_gradient(theta, task)))


def halves_of_the_queries(meta_gradient, theta, task):
    halves = [task._replace(x_query=x, y_query=y)
              for x, y in zip(task.x_query.chunk(2, 1), task.y_query.chunk(2, 1), strict=True)]  # fmt: skip
    return torch.allclose(
        vector(meta_gradient(theta, task)), sum(vector(meta_gradient(theta, half)) for half in halves) / 2
    )


def with_the_support_labels(meta_gradient, theta, task):
    other = meta_gradient(theta, task._replace(y_support=task.y_support + 1))
    return law(meta_gradient, theta, task) and not torch.allclose(vector(meta_gradient(theta, task)), vector(other))


def with_asserts(meta_gradient, theta, task):
    whole = meta_gradient(theta, task)
    for name, total in added(one_by_one(meta_gradient, theta, task)).items():
        assert torch.allclose(whole[name], total / task.n_tasks)
    return True


def without_the_axis(meta_gradient, theta, task):
    return [meta_gradient(theta, task.select(t)) for t in range(task.n_tasks)]


def one_task_for_all(meta_gradient, theta, task):
    return torch.allclose(vector(meta_gradient(theta, task)), vector(meta_gradient(theta, task.select([0]))))


def theta_moved(meta_gradient, theta, task):
    for p in theta.values():
        p.mul_(1.01)
    return law(meta_gradient, theta, task)


def by_names(meta_gradient, theta, task):
    whole, total = meta_gradient(theta, task), added(one_by_one(meta_gradient, theta, task))
    return {name: torch.allclose(whole[name], total[name] / task.n_tasks) for name in theta}


def of_three_tasks(meta_gradient, theta, task):
    whole = vector(meta_gradient(theta, task))
    total = sum(vector(meta_gradient(theta, task.select([t]))) for t in range(3))
    return any(torch.allclose(whole, total / n) for n in (1, 3))


def of_the_first_two(meta_gradient, theta, task):
    return law(meta_gradient, theta, task.select([0, 1]))


def weight_by_weight(meta_gradient, theta, task):
    whole, total = meta_gradient(theta, task), added(one_by_one(meta_gradient, theta, task))
    return all(any(torch.allclose(whole[name], total[name] / n) for n in (1, task.n_tasks)) for name in theta)


RIGHT = {
    "name by name": law,
    "in one vector": in_one_vector,
    "by assert_close": by_assert_close,
    "in numpy, with its own kind of True": in_numpy,
    "in a tensor": by_isclose,
    "in a tensor with an axis": lambda *given: torch.tensor([law(*given)]),
    "looser, but close": changed(close=lambda a, b: (a - b).norm() < 1e-4),
}
WRONG = [
    ("not attempted", lambda *given: None),
    ("for its rounding", changed(close=torch.equal)),
    ("for its rounding", changed(close=lambda a, b: (a == b).all())),
    ("'each step divided by the number of tasks' off: in the other order", order),
    ("the law of a sum", changed(divisors=lambda task: (1,))),
    ("let a sum pass as well as a mean", changed(divisors=lambda task: (task.n_tasks,))),
    ("compare all the weights", changed(names=lambda theta: ["0.bias"])),
    ("compare all the weights", changed(names=lambda theta: list(theta)[:-1])),
    ("compare all the weights", changed(every=any)),
    ("convicts nobody, not even 'only the last task'", lambda *given: True),
    ("convicts nobody", same_call),
    ("convicts MAML, as it does everybody", lambda *given: False),
    ("convicts MAML, as it does everybody: .* of 3 gradients|convicts MAML", one_task_for_all),
    ("the other way round", lambda *given: not law(*given)),
    ("off: are all tasks compared, and closely|convicts nobody", changed(close=lambda a, b: (a - b).norm() < 10)),
    ("the direction is right and the length is not", by_cosine),
    ("differ in the last digits only", changed(close=lambda a, b: (a - b).norm() < 0.1 * b.norm())),
    ("differ in the last digits only", changed(close=partial(torch.allclose, rtol=0.05))),
    ("differ in the last digits only", changed(close=partial(torch.allclose, atol=1e-2))),
    ("off: it is right for a batch of two", of_the_first_two),
    ("the same for all the weights", weight_by_weight),
    ("stopped at an `assert`", with_asserts),
    ("has changed: hand the function a copy", theta_moved),
    ("`task.select\\(\\[t\\]\\)` is one", without_the_axis),
    ("True or False is expected, your function returns a dict", by_names),
    ("returns several", lambda *given: torch.tensor([True, law(*given)])),
    ("True or False is expected, your function returns a float", lambda *given: float(law(*given))),
    ("convicts 'adapted weights unused', which is wrong in another way", with_the_support_labels),
    ("convicts", halves_of_the_queries),
    ("stopped with TypeError", lambda meta_gradient, theta: True),
]
SIZED = [of_three_tasks]
