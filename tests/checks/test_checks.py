"""Each check accepts the reference, calls the stub a stub, and names the mistake of a plausible wrong answer."""

import re

import answers_paired
import numpy as np
import pytest
import test_checks_pairs
import torch

from mlcourse import checks
from mlcourse.losses import mse
from mlcourse.methods import maml
from mlcourse.weights import stack

# --- 00: the mean squared error of each task -------------------------------------------------------------------------

MEAN_SQUARED_ERRORS = {
    "correct": lambda p, y: ((p - y) ** 2).mean((1, 2)),
    "not attempted": lambda p, y: None,
    "divide by the number of points": lambda p, y: ((p - y) ** 2).sum((1, 2)),
    "one number for all tasks": lambda p, y: ((p - y) ** 2).mean(),
    "mean over the tasks": lambda p, y: ((p - y) ** 2).mean(0),
    "last axis is still there": lambda p, y: ((p - y) ** 2).mean(1),
    "not squared": lambda p, y: (p - y).abs().mean((1, 2)),
    "errors of opposite sign cancel": lambda p, y: (p - y).mean((1, 2)),
    "leave out the root": lambda p, y: ((p - y) ** 2).mean((1, 2)).sqrt(),
    "a tensor is expected": lambda p, y: ((p - y) ** 2).mean().item(),
    "the shape is": lambda p, y: (p - y) ** 2,
    r"your function gives 11\.333333, 22\.000000, expected 6\.666667, 12\.000000": lambda p, y: (
        2 * ((p - y) ** 2).mean((1, 2)) - 2
    ),
    "stopped with TypeError": lambda p: p,
}

# --- 01: fine-tuning -------------------------------------------------------------------------------------------------


def descend(net, theta, x, y, alpha, steps, *, reduce=torch.mean, sign=-1):
    phi = {name: p.clone().requires_grad_() for name, p in theta.items()}
    for _ in range(steps):
        grads = torch.autograd.grad(reduce((net(phi, x) - y).square()), list(phi.values()))
        phi = {name: p + sign * alpha * g for (name, p), g in zip(phi.items(), grads, strict=True)}
    return phi


def descend_in_place(net, theta, x, y, alpha, steps):
    for p in theta.values():
        p.requires_grad_()
    for _ in range(steps):
        grads = torch.autograd.grad((net(theta, x) - y).square().mean(), list(theta.values()))
        for p, g in zip(theta.values(), grads, strict=True):
            p.data -= alpha * g
    return theta


def always_the_gradient_at_theta(net, theta, x, y, alpha, steps):
    first = descend(net, theta, x, y, alpha, 1)
    return {name: p + steps * (first[name] - p) for name, p in theta.items()}


def always_from_theta(net, theta, x, y, alpha, steps):
    phi = {name: p.clone().requires_grad_() for name, p in theta.items()}
    for _ in range(steps):
        grads = torch.autograd.grad((net(phi, x) - y).square().mean(), list(phi.values()))
        phi = {name: (p - alpha * g).requires_grad_() for (name, p), g in zip(theta.items(), grads, strict=True)}
    return phi


def without_clearing_gradients(net, theta, x, y, alpha, steps):
    phi = {name: p.clone().requires_grad_() for name, p in theta.items()}
    for _ in range(steps):
        (net(phi, x) - y).square().mean().backward()
        for p in phi.values():
            p.data -= alpha * p.grad
    return phi


def in_theta_s_own_tensors(net, theta, x, y, alpha, steps):
    phi = {name: p.requires_grad_() for name, p in theta.items()}
    return descend(net, phi, x, y, alpha, steps)


FINE_TUNINGS = {
    "correct": descend,
    "not attempted": lambda *given: None,
    "no step was taken": lambda net, theta, *rest: theta,
    "this climbs": lambda *given: descend(*given, sign=+1),
    "only one step was taken": lambda *given: descend(*given[:-1], 1),
    "uses the gradient at theta": always_the_gradient_at_theta,
    "summed over the points": lambda *given: descend(*given, reduce=torch.sum),
    "does not use alpha": lambda net, theta, x, y, alpha, steps: descend(net, theta, x, y, 1.0, steps),
    "theta has changed": descend_in_place,
    "a dict with the names": lambda *given: list(descend(*given).values()),
    "one step too many": lambda net, theta, x, y, alpha, steps: descend(net, theta, x, y, alpha, steps + 1),
    "starts from theta again": always_from_theta,
    r"pile up in p\.grad": without_clearing_gradients,
    "theta itself was told to require a gradient": in_theta_s_own_tensors,
    "does not require grad.*Were the weights told to": lambda net, theta, x, *rest: net(theta, x).sum().backward(),
    "your function gives": lambda net, theta, x, y, alpha, steps: descend(net, theta, x, y, alpha / 2, steps),
}

# --- 02: the meta-loss of several steps ------------------------------------------------------------------------------


def meta_loss(net, theta, task, alpha, steps, *, create_graph=True, adapt_on="support", judge_on="query", mean=True):
    sets = {"support": (task.x_support, task.y_support), "query": (task.x_query, task.y_query)}
    phi = stack(theta, task.n_tasks)
    for _ in range(steps):
        x, y = sets[adapt_on]
        grads = torch.autograd.grad(mse(net(phi, x), y).sum(), list(phi.values()), create_graph=create_graph)
        phi = {name: p - alpha * g for (name, p), g in zip(phi.items(), grads, strict=True)}
    x, y = sets[judge_on]
    losses = mse(net(phi, x), y)
    return losses.mean() if mean else losses.sum()


def tasks_leak(net, theta, task, alpha, steps):
    total, phi = 0.0, theta
    for t in range(task.n_tasks):
        one = task.select([t])
        for _ in range(steps):
            inner = mse(net(phi, one.x_support), one.y_support).sum()
            grads = torch.autograd.grad(inner, list(phi.values()), create_graph=True)
            phi = {name: p - alpha * g for (name, p), g in zip(phi.items(), grads, strict=True)}
        total = total + mse(net(phi, one.x_query), one.y_query).sum()
    return total / task.n_tasks


def one_phi_for_all(net, theta, task, alpha, steps, reduce=torch.mean):
    phi = theta
    for _ in range(steps):
        inner = reduce(mse(net(phi, task.x_support), task.y_support))
        grads = torch.autograd.grad(inner, list(phi.values()), create_graph=True)
        phi = {name: p - alpha * g for (name, p), g in zip(phi.items(), grads, strict=True)}
    return mse(net(phi, task.x_query), task.y_query).mean()


def inner_mean_over_tasks(net, theta, task, alpha, steps):
    return meta_loss(net, theta, task, alpha / task.n_tasks, steps)


META_LOSSES = {
    "correct": meta_loss,
    "not attempted": lambda *given: ...,
    "the first-order one": lambda *given: meta_loss(*given, create_graph=False),
    "loss of theta itself": lambda net, theta, task, alpha, steps: meta_loss(net, theta, task, alpha, 0),
    "this is the loss on the support set": lambda *given: meta_loss(*given, judge_on="support"),
    "adapted on the query set": lambda *given: meta_loss(*given, adapt_on="query"),
    "sum over the tasks": lambda *given: meta_loss(*given, mean=False),
    "only one inner step": lambda net, theta, task, alpha, steps: meta_loss(net, theta, task, alpha, 1),
    "tasks leak into each other": tasks_leak,
    "all tasks share one phi": one_phi_for_all,
    "all tasks share one phi: give": lambda *given: one_phi_for_all(*given, reduce=torch.sum),
    "inner loss is averaged over the tasks": inner_mean_over_tasks,
    "2 inner steps were taken, not 1": lambda *given: meta_loss(*given[:-1], given[-1] + 1),
    "no gradient reaches theta": lambda *given: meta_loss(*given).detach(),
    "a tensor is expected": lambda *given: meta_loss(*given).item(),
    "stopped with RuntimeError": lambda net, theta, task, alpha, steps: net(theta, task.x_support).backward(),
}

# --- 03: the first-order meta-gradient -------------------------------------------------------------------------------


def fomaml(net, theta, task, alpha, **how):
    return maml.meta_gradient(net, theta, task, **(dict(alpha=alpha, first_order=True) | how))[1]


def last_task(net, theta, task, alpha):
    return fomaml(net, theta, task.select([task.n_tasks - 1]), alpha)


FOMAML_GRADIENTS = {
    "correct": fomaml,
    "not attempted": lambda *given: None,
    "this is MAML's gradient": lambda *given: fomaml(*given, first_order=False),
    "query gradient at theta": lambda *given: fomaml(*given, steps=0),
    "support set's gradient": lambda net, theta, task, alpha: fomaml(
        net, theta, task._replace(x_query=task.x_support, y_query=task.y_support), alpha
    ),
    "sum over the tasks": lambda net, theta, task, alpha: {
        name: task.n_tasks * g for name, g in fomaml(net, theta, task, alpha).items()
    },
    "only the last task": last_task,
    "divided by the number of tasks": lambda net, theta, task, alpha: {
        name: g / task.n_tasks for name, g in last_task(net, theta, task, alpha).items()
    },
    "a dict with the names": lambda *given: list(fomaml(*given).values()),
    "support and query are swapped": lambda net, theta, task, alpha: fomaml(
        net, theta, type(task)(task.x_query, task.y_query, task.x_support, task.y_support), alpha
    ),
    "inner loss is averaged over the tasks": lambda net, theta, task, alpha: fomaml(
        net, theta, task, alpha / task.n_tasks
    ),
    "sign is reversed": lambda *given: {name: -g for name, g in fomaml(*given).items()},
    "mean over the tasks is taken twice": lambda net, theta, task, alpha: {
        name: g / task.n_tasks for name, g in fomaml(net, theta, task, alpha).items()
    },
}

# --- 04: an episode --------------------------------------------------------------------------------------------------


def draw(
    characters, n_way, k_shot, n_query, rng, *, classes=None, shift=0, labels=None, query_order=None, shuffle=True
):
    """One episode, with switches for the ways to get it wrong."""
    n_classes, n_drawings = characters.images.shape[:2]
    classes = torch.randperm(n_classes, generator=rng)[:n_way] if classes is None else classes(n_classes, rng)
    orders = [torch.randperm(n_drawings, generator=rng) if shuffle else torch.arange(n_drawings) for _ in classes]
    support = [characters.images[c, order[:k_shot]] for c, order in zip(classes, orders, strict=True)]
    start = k_shot + shift
    query = [characters.images[c, order[start : start + n_query]] for c, order in zip(classes, orders, strict=True)]
    query = query if query_order is None else [query[i] for i in query_order]
    y = torch.arange(n_way) if labels is None else labels(classes)
    return torch.cat(support), y.repeat_interleave(k_shot), torch.cat(query), y.repeat_interleave(n_query)


def same_seed(characters, n_way, k_shot, n_query, rng):
    return draw(characters, n_way, k_shot, n_query, torch.Generator().manual_seed(0))


EPISODES = {
    "correct": draw,
    "not attempted": lambda *given: None,
    "a drawing comes twice": lambda *given: draw(*given, shift=-1),
    "a class comes twice": lambda *given: draw(*given, classes=lambda n, rng: torch.randint(n, (5,), generator=rng)),
    "the places in this task": lambda *given: draw(*given, labels=lambda classes: classes),
    "label 0 stands for one class in the support set and for another": lambda *given: draw(
        *given, query_order=[1, 0, 2, 3, 4]
    ),
    "label 0 always stands for the same class": lambda *given: draw(*given, classes=lambda n, rng: torch.arange(5)),
    "all episodes are the same": same_seed,
    "some drawings are never used": lambda *given: draw(*given, shuffle=False),
    "x_support has shape": lambda characters, n_way, k_shot, n_query, rng: draw(
        characters, n_way, k_shot + 1, n_query, rng
    ),
    "four tensors are expected": lambda *given: draw(*given)[:2],
    "draw all that is random with rng": lambda *given: draw(*given, classes=lambda n, rng: torch.randperm(n)[:5]),
    "y_support is torch.float64": lambda *given: draw(*given, labels=lambda classes: torch.arange(5).double()),
    "leave the images as they are": lambda *given: tuple(
        part.flatten(1) if part.dim() > 1 else part for part in draw(*given)
    ),
    "need 2 of each": lambda *given: (lambda xs, ys, xq, yq: (xs, torch.zeros_like(ys), xq, yq))(*draw(*given)),
}

# --- 05: cross-entropy -----------------------------------------------------------------------------------------------


def log_probability(scores, y, axis=2):
    return scores.log_softmax(axis).gather(2, y.unsqueeze(2)).squeeze(2)


CROSS_ENTROPIES = {
    "correct": lambda scores, y: -log_probability(scores, y).mean(1),
    "not attempted": lambda scores, y: None,
    "sums over the examples": lambda scores, y: -log_probability(scores, y).sum(1),
    "one number for all tasks": lambda scores, y: torch.nn.functional.cross_entropy(scores.flatten(0, 1), y.flatten()),
    "one number for each example": lambda scores, y: -log_probability(scores, y),
    "the sign is wrong": lambda scores, y: log_probability(scores, y).mean(1),
    "the softmax is missing": lambda scores, y: -scores.gather(2, y.unsqueeze(2)).squeeze(2).mean(1),
    "this is the probability": lambda scores, y: log_probability(scores, y).exp().mean(1),
    "this is 1 minus the probability": lambda scores, y: (1 - log_probability(scores, y).exp()).mean(1),
    "only the right class counts": lambda scores, y: -scores.log_softmax(2).mean((1, 2)),
    "should run over the classes": lambda scores, y: -log_probability(scores, y, axis=1).mean(1),
    "no gradient reaches the scores": lambda scores, y: -log_probability(scores.detach(), y).mean(1),
    "base 2": lambda scores, y: -log_probability(scores, y).mean(1) / torch.tensor(2.0).log(),
}

# --- 06: do two halves of a support set agree? -----------------------------------------------------------------------


def halves_agree(net, theta, task, *, parts=(slice(None, 4), slice(4, None)), of="support"):
    """The two gradients of every task, (2, n_tasks, n_weights)."""
    x, y = (getattr(task, f"{letter}_{of}") for letter in "xy")
    rows = []
    for part in parts:
        phi = {name: p.clone().requires_grad_() for name, p in stack(theta, task.n_tasks).items()}
        loss = (net(phi, x[:, part]) - y[:, part]).square().mean((1, 2)).sum()
        rows.append(torch.cat([g.flatten(1) for g in torch.autograd.grad(loss, list(phi.values()))], 1))
    return torch.stack(rows)


def cosine(a, b, dim=-1):
    return torch.cosine_similarity(a, b, dim=dim)


def product(a, b):
    return (a * b).sum(1)


AGREEMENTS = {
    "correct": lambda *given: cosine(*halves_agree(*given)),
    "not attempted": lambda net, theta, task: None,
    "divide by both of their lengths": lambda *given: product(*halves_agree(*given)),
    "only one of the two lengths": lambda *given: (lambda a, b: product(a, b) / a.norm(dim=1))(*halves_agree(*given)),
    "squared": lambda *given: (lambda a, b: product(a, b) / (product(a, a) * product(b, b)))(*halves_agree(*given)),
    "the sign is wrong": lambda *given: -cosine(*halves_agree(*given)),
    "come from the same half": lambda *given: cosine(*halves_agree(*given, parts=[slice(None, 4)] * 2)),
    "compares support with query": lambda *given: cosine(
        halves_agree(*given, parts=[slice(None)])[0], halves_agree(*given, parts=[slice(None)], of="query")[0]
    ),
    "every other point": lambda *given: cosine(*halves_agree(*given, parts=[slice(None, None, 2), slice(1, None, 2)])),
    "one number for all tasks": lambda *given: cosine(*halves_agree(*given).flatten(1)),
    "not both of them": lambda *given: halves_agree(*given).norm(dim=2),
    "1 minus the cosine": lambda *given: 1 - cosine(*halves_agree(*given)),
    "this is the angle": lambda *given: cosine(*halves_agree(*given)).acos(),
    "give one for each": lambda *given: cosine(*halves_agree(*given).mean(1)).expand(3),
    "a tensor is expected": lambda *given: cosine(*halves_agree(*given)).tolist(),
}

# --- 08: scores of a prototypical network ----------------------------------------------------------------------------


def squared_distances(
    z_support, y_support, z_query, *, centre=lambda own: own.mean(0), score=lambda d: -(d**2).sum(-1)
):
    """One task, one class after the other, with switches for the ways to get it wrong."""
    scores = []
    for z_s, y_s, z_q in zip(z_support, y_support, z_query, strict=True):
        c = torch.stack([centre(z_s[y_s == label]) for label in y_s.unique()])
        scores.append(score(z_q[:, None] - c))
    return torch.stack(scores)


def with_centres(function):
    """What a function of queries and prototypes gives, as an answer."""

    def answer(z_support, y_support, z_query):
        c = torch.stack(
            [
                torch.stack([z[y == label].mean(0) for label in range(3)])
                for z, y in zip(z_support, y_support, strict=True)
            ]
        )
        return function(z_query, c)

    return answer


def mean_of_distances(z_support, y_support, z_query, reduce=torch.mean):
    d = -((z_query[:, :, None] - z_support[:, None]) ** 2).sum(-1)
    return torch.stack(
        [
            torch.stack([reduce(d_t[:, y == label], 1) for label in range(3)], 1)
            for d_t, y in zip(d, y_support, strict=True)
        ]
    )


PROTOTYPE_SCORES = {
    "correct": squared_distances,
    "not attempted": lambda *given: None,
    "the sign is wrong": lambda *given: -squared_distances(*given),
    "the distance is not squared": lambda *given: squared_distances(*given, score=lambda d: -d.norm(dim=-1)),
    "distance is not squared: leave": lambda *given: squared_distances(*given, score=lambda d: d.norm(dim=-1)),
    "sums of absolute differences": lambda *given: squared_distances(*given, score=lambda d: -d.abs().sum(-1)),
    "averaged over the coordinates": lambda *given: squared_distances(*given, score=lambda d: -(d**2).mean(-1)),
    "these are dot products": with_centres(lambda z, c: z @ c.mT),
    r"the same for every class, \|z\|\^2, is missing": with_centres(lambda z, c: 2 * z @ c.mT - (c**2).sum(2)[:, None]),
    "these are cosines": with_centres(lambda z, c: torch.cosine_similarity(z[:, :, None], c[:, None], dim=-1)),
    "this is the sum: divide": lambda *given: squared_distances(*given, centre=lambda own: own.sum(0)),
    "by n_support / n_way": lambda *given: squared_distances(*given, centre=lambda own: own.sum(0) / 2),
    "labels of the first task": lambda z_support, y_support, z_query: squared_distances(
        z_support, y_support[:1].expand(2, 6), z_query
    ),
    "expected scalar type.*Two types of number meet": lambda z_support, y_support, z_query: (
        torch.nn.functional.one_hot(y_support).mT.float() @ z_support
    ),
    "have the same dtype.*Two types of number meet": lambda z_support, y_support, z_query: (
        torch.nn.functional.one_hot(y_support[0]).T.float() @ z_support[0]
    ),
    "do not reshape it": lambda z_support, y_support, z_query: (
        -((z_query[:, :, None] - z_support.view(2, 3, 2, 3).mean(2)[:, None]) ** 2).sum(-1)
    ),
    "may come in any order": lambda z_support, y_support, z_query: (
        -((z_query[:, :, None] - z_support.view(2, 2, 3, 3).mean(1)[:, None]) ** 2).sum(-1)
    ),
    "only the first example": lambda *given: squared_distances(*given, centre=lambda own: own[0]),
    "the nearest example of each class": lambda *given: mean_of_distances(*given, reduce=lambda d, axis: d.amax(axis)),
    "the mean of the distances": mean_of_distances,
    "averaged over the tasks too": with_centres(
        lambda z, c: -((z[:, :, None] - c.mean(0, keepdim=True)[:, None]) ** 2).sum(-1)
    ),
    "these are probabilities": lambda *given: squared_distances(*given).softmax(-1),
    "these are log-probabilities": lambda *given: squared_distances(*given).log_softmax(-1),
    "the last two axes are exchanged": lambda *given: squared_distances(*given).mT,
    "two shots each, sorted: a tensor is expected": lambda *given: squared_distances(*given).tolist(),
    "your function gives": lambda *given: squared_distances(*given, score=lambda d: -(d**4).sum(-1)),
}

# --- 10: a finite difference -----------------------------------------------------------------------------------------


def difference(function, theta, direction, *, ahead=1e-5, behind=-1e-5, divide_by=2e-5, towards=None):
    def value(distance):
        moved = {name: p + distance * (towards or direction)[name] for name, p in theta.items()}
        return function(moved).item()

    return (value(ahead) - value(behind)) / divide_by


def difference_in_place(function, theta, direction):
    for name, p in theta.items():
        p += 1e-5 * direction[name]
    ahead = function(theta)
    for name, p in theta.items():
        p -= 2e-5 * direction[name]
    return (ahead - function(theta)) / 2e-5


def difference_moved_and_put_back(function, theta, direction):
    """Right, if not pretty: theta is moved in place, and has its values again in the end."""
    start, values = {name: p.clone() for name, p in theta.items()}, []
    for side in (1, -1):
        for name, p in theta.items():
            p.copy_(start[name] + side * 1e-5 * direction[name])
        values.append(function(theta).item())
    for name, p in theta.items():
        p.copy_(start[name])
    return (values[0] - values[1]) / 2e-5


def along_unit_length(function, theta, direction):
    length = sum(d.square().sum() for d in direction.values()).sqrt()
    return difference(function, theta, direction, towards={name: d / length for name, d in direction.items()})


DIFFERENCES = {
    "correct": difference,
    "not attempted": lambda *given: None,
    "theta has changed: make a new dict for each side": difference_in_place,
    "multiplies by epsilon": lambda *given: difference(*given, divide_by=2 / 1e-5),
    "to one side only": lambda *given: difference(*given, behind=0.0, divide_by=1e-5),
    "the two sides differ": lambda *given: difference(*given, behind=-2e-5, divide_by=3e-5),
    "is too far": lambda *given: difference(*given, ahead=0.1, behind=-0.1, divide_by=0.2),
    "is too near": lambda *given: difference(*given, ahead=1e-14, behind=-1e-14, divide_by=2e-14),
    "twice the slope": lambda *given: difference(*given, divide_by=1e-5),
    "divide by the distance": lambda *given: difference(*given, divide_by=1.0),
    "divide by epsilon too": lambda *given: difference(*given, divide_by=2.0),
    "sign is reversed": lambda *given: difference(*given, divide_by=-2e-5),
    "a direction of length 1": along_unit_length,
    "not on the line": lambda function, theta, direction: difference(
        function, theta, direction, towards={name: torch.ones_like(d) for name, d in direction.items()}
    ),
    "asked at theta only": lambda *given: difference(*given, ahead=0.0, behind=0.0, divide_by=1.0),
    "never called": lambda *given: 1.0,
    "one number is expected": lambda function, theta, direction: theta,
    "hand it one": lambda function, theta, direction: function(list(theta.values())),
    "the slope is": lambda *given: difference(*given) + 1,
}

ANSWERS = {
    checks.agreement: AGREEMENTS,
    checks.prototype_scores: PROTOTYPE_SCORES,
    checks.finite_difference: DIFFERENCES,
    checks.cross_entropy: CROSS_ENTROPIES,
    checks.episode: EPISODES,
    checks.mean_squared_error: MEAN_SQUARED_ERRORS,
    checks.fine_tune: FINE_TUNINGS,
    checks.meta_loss: META_LOSSES,
    checks.fomaml_gradient: FOMAML_GRADIENTS,
}


FILES = {checks.contrastive_loss: test_checks_pairs, checks.paired_difference: answers_paired}
CASES = [(check, verdict, answer) for check, answers in ANSWERS.items() for verdict, answer in answers.items()]
for check, file in FILES.items():
    CASES += [(check, "correct", answer) for answer in file.RIGHT.values()]
    CASES += [(check, verdict, answer) for verdict, answer in file.WRONG.items()]


@pytest.mark.parametrize(
    ("check", "verdict", "answer"), CASES, ids=[f"{check.__name__}: {verdict}" for check, verdict, _ in CASES]
)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_the_verdict_names_what_is_wrong(check, verdict, answer, dtype, capsys):
    """In float32 too, since a learner may have left the default alone."""
    torch.set_default_dtype(dtype)
    check(answer)
    said = capsys.readouterr().out
    assert re.search(verdict, said)
    assert said.startswith({"correct": "correct", "not attempted": "not attempted yet"}.get(verdict, "not yet: "))


def test_every_check_is_tried_with_three_wrong_answers_at_least():
    assert {check.__name__ for check, *_ in CASES} == set(checks.__all__)
    for name in checks.__all__:
        verdicts = {verdict for check, verdict, _ in CASES if check.__name__ == name}
        assert "correct" in verdicts and len(verdicts - {"correct", "not attempted"}) >= 3


@pytest.mark.parametrize(
    "answer",
    [
        difference_moved_and_put_back,
        lambda *given: np.array(difference(*given)),
        lambda *given: np.float64(difference(*given)),
        lambda *given: torch.tensor(difference(*given), dtype=torch.float64),
    ],
)
def test_a_right_slope_is_right_in_any_kind_of_number(answer, capsys):
    checks.finite_difference(answer)
    assert capsys.readouterr().out == "correct\n"
