"""What is handed to the battery: meta-gradients that are right, each in another style, and wrong ones.

Each entry is a maker: called with a network it gives a fresh function from (theta, task), since some keep state. All
take STEPS steps of ALPHA on squared errors, or believe so. `plain` is the loop that most of them change in one place.
"""

from functools import partial
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch.func import grad, vmap

from mlcourse.losses import mse
from mlcourse.methods import maml
from mlcourse.museum import exhibits, idioms
from mlcourse.tasks import Task
from mlcourse.weights import stack

ALPHA, STEPS = 0.05, 1


def plain(
    net,
    theta,
    task,
    *,
    inner=mse,
    outer=mse,
    start=lambda leaf: leaf,
    step=lambda p, g, s, state: p - ALPHA * g,
    steps=STEPS,
    keep=lambda s: True,
    sets=lambda xs, ys, xq, yq: (xs, ys, xq, yq),
    tasks=lambda n: list(range(n)),
    total=lambda losses: losses.mean(),
    after=lambda g, theta: g,
):
    """MAML, all tasks at once; each keyword is a place where it can go wrong."""
    leaves = {name: p.detach().clone().requires_grad_() for name, p in theta.items()}
    xs, ys, xq, yq = sets(*task.select(tasks(task.n_tasks)))
    phi = {name: start(p).expand(len(xs), *p.shape) for name, p in leaves.items()}
    states = {name: {} for name in leaves}
    for s in range(steps):
        loss = inner(net(phi, xs), ys).sum()
        grads = torch.autograd.grad(loss, list(phi.values()), create_graph=keep(s), retain_graph=True)
        phi = {name: step(p, g, s, states[name]) for (name, p), g in zip(phi.items(), grads, strict=True)}
    gradients = torch.autograd.grad(total(outer(net(phi, xq), yq)), list(leaves.values()))
    return after(dict(zip(leaves, gradients, strict=True)), theta)


def changed(**how):
    """A maker of the plain loop with something changed."""
    return lambda net: partial(plain, net, **how)


def ours(net, theta, task, *, alpha=ALPHA, first_order=False):
    """The plain loop, with two of the course's switches."""
    return plain(net, theta, task, step=lambda p, g, s, state: p - alpha * g, keep=lambda s: not first_order)


# --- right ------------------------------------------------------------------------------------------------------------


def by_torch_func(net):
    """`grad` inside `grad` inside `vmap`, as in functorch's example."""

    def loss(phi, x, y):
        return (net(phi, x[None]) - y[None]).square().mean()

    def one(theta, xs, ys, xq, yq):
        phi = theta
        for _ in range(STEPS):
            g = grad(loss)(phi, xs, ys)
            phi = {name: phi[name] - ALPHA * g[name] for name in phi}
        return loss(phi, xq, yq)

    return grad(lambda theta, task: vmap(partial(one, theta))(*task).mean())


def by_hessian_vector_products(net):
    """Backwards through the steps by hand: v <- v - alpha H v."""

    def loss(flat, like, x, y):
        parts = flat.split([p.numel() for p in like.values()])
        phi = {name: part.view_as(p) for (name, p), part in zip(like.items(), parts, strict=True)}
        return mse(net(phi, x), y).sum()

    def function(theta, task):
        total = 0
        for t in range(task.n_tasks):
            xs, ys, xq, yq = task.select([t])
            path = [torch.cat([p.detach().flatten() for p in theta.values()])]
            for _ in range(STEPS):
                here = path[-1].requires_grad_()
                path.append((here - ALPHA * torch.autograd.grad(loss(here, theta, xs, ys), here)[0]).detach())
            here = path.pop().requires_grad_()
            (v,) = torch.autograd.grad(loss(here, theta, xq, yq), here)
            for here in reversed(path):
                _, product = torch.autograd.functional.vhp(lambda w, x=xs, y=ys: loss(w, theta, x, y), here.detach(), v)
                v = v - ALPHA * product
            total = total + v / task.n_tasks
        parts = total.split([p.numel() for p in theta.values()])
        return {name: part.view_as(p) for (name, p), part in zip(theta.items(), parts, strict=True)}

    return function


def by_module(net):
    """`nn.Parameter`s, `backward` and `.grad`, with tasks accumulated and the sum divided at the end."""

    def function(theta, task):
        parameters = {name: torch.nn.Parameter(p.detach().clone()) for name, p in theta.items()}
        for t in range(task.n_tasks):
            xs, ys, xq, yq = task.select([t])
            phi = parameters
            for _ in range(STEPS):
                loss = F.mse_loss(net(phi, xs), ys)
                grads = torch.autograd.grad(loss, list(phi.values()), create_graph=True)
                phi = dict(zip(phi, (p - ALPHA * g for p, g in zip(phi.values(), grads, strict=True)), strict=True))
            (F.mse_loss(net(phi, xq), yq) / task.n_tasks).backward()
        return {name: p.grad for name, p in parameters.items()}

    return function


def on_the_given_tensors(net):
    """theta itself becomes the leaves, and is left clean."""

    def function(theta, task):
        for p in theta.values():
            p.requires_grad_(True)
            p.grad = None
        maml.meta_loss(net, theta, task, alpha=ALPHA, steps=STEPS).backward()
        found = {name: p.grad for name, p in theta.items()}
        for p in theta.values():
            p.requires_grad_(False)
            p.grad = None
        return found

    return function


def with_a_true_cache(net):
    """Remembers answers, by the values of all that was given."""
    known = {}

    def function(theta, task):
        key = tuple(tuple(tensor.flatten().tolist()) for tensor in (*theta.values(), *task))
        if key not in known:
            known[key] = ours(net, theta, task)
        return known[key]

    return function


def in_chunks(net):
    """One task at a time, each weighed by its share."""

    def function(theta, task):
        parts = [ours(net, theta, task.select([t])) for t in range(task.n_tasks)]
        return {name: sum(part[name] for part in parts) / len(parts) for name in theta}

    return function


def by_columns(net):
    """Other names first, and each gradient stored by columns, and with a graph."""

    def function(theta, task):
        found = ours(net, theta, task)
        return {name: found[name].mT.contiguous().mT.requires_grad_() for name in reversed(theta)}

    return function


def in_one_vector(net):
    """theta as one flat vector, as optimizers of the second order like it."""

    def function(theta, task):
        flat = torch.cat([p.detach().flatten() for p in theta.values()]).requires_grad_()
        parts = flat.split([p.numel() for p in theta.values()])
        weights = {name: part.view_as(p) for (name, p), part in zip(theta.items(), parts, strict=True)}
        (g,) = torch.autograd.grad(maml.meta_loss(net, weights, task, alpha=ALPHA, steps=STEPS), flat)
        parts = g.split([p.numel() for p in theta.values()])
        return {name: part.view_as(p) for (name, p), part in zip(theta.items(), parts, strict=True)}

    return function


def with_sgd(net):
    """The functions of torchopt's style, with a fresh state for each task."""
    init, update = idioms.sgd(ALPHA)

    def function(theta, task):
        leaves = {name: p.detach().clone().requires_grad_() for name, p in theta.items()}
        total = 0.0
        for t in range(task.n_tasks):
            xs, ys, xq, yq = task.select([t])
            phi, state = leaves, init(leaves)
            for _ in range(STEPS):
                grads = torch.autograd.grad(F.mse_loss(net(phi, xs), ys), list(phi.values()), create_graph=True)
                updates, state = update(dict(zip(phi, grads, strict=True)), state)
                phi = idioms.apply_updates(phi, updates)
            total = total + F.mse_loss(net(phi, xq), yq)
        return dict(zip(leaves, torch.autograd.grad(total / task.n_tasks, list(leaves.values())), strict=True))

    return function


def by_checkpoints(net):
    """Each inner step is forgotten and taken again on the way back, to save memory."""

    def step(xs, ys, names, *phi):
        grads = torch.autograd.grad(F.mse_loss(net(dict(zip(names, phi, strict=True)), xs), ys), phi, create_graph=True)
        return tuple(p - ALPHA * g for p, g in zip(phi, grads, strict=True))

    def function(theta, task):
        leaves = [p.detach().clone().requires_grad_() for p in theta.values()]
        total = 0.0
        for t in range(task.n_tasks):
            xs, ys, xq, yq = task.select([t])
            phi = leaves
            for _ in range(STEPS):
                phi = torch.utils.checkpoint.checkpoint(partial(step, xs, ys, list(theta)), *phi, use_reentrant=False)
            total = total + F.mse_loss(net(dict(zip(theta, phi, strict=True)), xq), yq)
        (total / task.n_tasks).backward()
        return {name: p.grad for name, p in zip(theta, leaves, strict=True)}

    return function


def in_float32(net):
    """Right to seven digits."""

    def function(theta, task):
        small = {name: p.float() for name, p in theta.items()}
        return {name: g.double() for name, g in ours(net, small, Task(*(t.float() for t in task))).items()}

    return function


def times(number):
    """MAML with sums for means: `number` is what it is multiplied with, for a task."""
    return lambda net: lambda theta, task: {name: number(task) * g for name, g in ours(net, theta, task).items()}


class Answer(NamedTuple):
    loss: torch.Tensor
    gradient: dict


RIGHT = {
    "as a named tuple": lambda net: lambda theta, task: Answer(torch.tensor(0.0), ours(net, theta, task)),
    "the course's": lambda net: partial(maml.meta_gradient, net, alpha=ALPHA, steps=STEPS),
    "the museum's": lambda net: partial(exhibits.meta_gradient, net, alpha=ALPHA, steps=STEPS),
    "the plain loop": changed(),
    "the gradient alone": lambda net: partial(ours, net),
    "torch.func": by_torch_func,
    "Hessian-vector products": by_hessian_vector_products,
    "parameters and backward": by_module,
    "on the given tensors": on_the_given_tensors,
    "a true cache": with_a_true_cache,
    "in chunks": in_chunks,
    "by columns": by_columns,
    "in one vector": in_one_vector,
    "torchopt's style": with_sgd,
    "checkpoints": by_checkpoints,
    "backwards through the tasks": changed(tasks=lambda n: list(range(n))[::-1]),
    "clones": changed(start=torch.clone),
    "losses as sums by hand": changed(outer=lambda a, b: ((a - b) ** 2).sum((1, 2)) / b[0].numel()),
    "a sum over tasks": changed(total=torch.sum),
    "a sum over queries": changed(outer=lambda a, b: (a - b).square().sum((1, 2))),
    "a sum over both": times(lambda task: task.y_query.numel()),
    "in float32": in_float32,
    "times one": times(lambda task: (task.y_query * 0 + 1).mean()),
    "times 1.0": changed(start=lambda p: p * 1.0),
    "the step the other way round": changed(step=lambda p, g, s, state: torch.sub(p, g, alpha=ALPHA)),
}


# --- wrong ------------------------------------------------------------------------------------------------------------


def momentum(p, g, s, state):
    state["v"] = 0.9 * state.get("v", 0.0) + g
    return p - ALPHA * state["v"]


def adam(p, g, s, state):
    state["m"] = 0.9 * state.get("m", 0.0) + 0.1 * g
    state["v"] = 0.999 * state.get("v", 0.0) + 0.001 * g.square()
    return p - ALPHA * state["m"] / (1 - 0.9 ** (s + 1)) / ((state["v"] / (1 - 0.999 ** (s + 1))).sqrt() + 1e-8)


def step_with(change):
    return changed(step=lambda p, g, s, state: p - ALPHA * change(p, g, s))


def after(change):
    """Right, and then changed: `change` from the dict of gradients and theta to a dict."""
    return changed(after=change)


def stateful(function):
    """A maker: `function(net, state, theta, task)`, with a state that lives on from call to call."""
    return lambda net: partial(function, net, {})


def at_the_first_theta(net, state, theta, task):
    return ours(net, state.setdefault("theta", {name: p.clone() for name, p in theta.items()}), task)


def fomaml_at_the_first_theta(net, state, theta, task):
    first = state.setdefault("theta", {name: p.clone() for name, p in theta.items()})
    return ours(net, first, task, first_order=True)


def half_of_fomaml(net, state, theta, task):
    return {name: g / 2 for name, g in ours(net, theta, task, first_order=True).items()}


def at_the_theta_before(net, state, theta, task):
    before = state.get("theta", theta)
    state["theta"] = {name: p.clone() for name, p in theta.items()}
    return ours(net, before, task)


def adapts_from_the_first_theta(net, state, theta, task):
    """The inner gradient is that at the first weights; the step is taken from the present ones."""
    first = state.setdefault("theta", {name: p.detach().clone() for name, p in theta.items()})
    leaves = {name: p.detach().clone().requires_grad_() for name, p in theta.items()}
    there = stack({name: first[name] + p - p.detach() for name, p in leaves.items()}, task.n_tasks)
    inner = mse(net(there, task.x_support), task.y_support).sum()
    grads = torch.autograd.grad(inner, list(there.values()), create_graph=True)
    phi = {name: p - ALPHA * g for (name, p), g in zip(leaves.items(), grads, strict=True)}
    loss = mse(net(phi, task.x_query), task.y_query).mean()
    return dict(zip(leaves, torch.autograd.grad(loss, list(leaves.values())), strict=True))


def first_answer(net, state, theta, task):
    return state.setdefault("answer", ours(net, theta, task))


def cache_by_task(net, state, theta, task):
    """Keeps the task for as long as its identity is the key, as a cache would."""
    key = id(task.x_support)
    if key not in state:
        state[key] = task, ours(net, theta, task)
    return state[key][1]


def cache_by_theta(net, state, theta, task):
    key = id(next(iter(theta.values())))
    if key not in state:
        state[key] = theta, ours(net, theta, task)
    return state[key][1]


def keeps_the_labels(net, state, theta, task):
    """The labels of a batch of this size are looked up once."""
    labels = state.setdefault(task.y_support.shape, task.y_support.clone())
    return ours(net, theta, task._replace(y_support=labels))


def accumulates(net, state, theta, task):
    for name, g in ours(net, theta, task).items():
        state[name] = state.get(name, 0.0) + g
    return {name: g.clone() for name, g in state.items()}


def noise(net, state, theta, task):
    return {name: g + 1e-6 * torch.randn_like(g) for name, g in ours(net, theta, task).items()}


def averages(net, state, theta, task):
    """An average over calls, as if for a smoother curve."""
    for name, g in ours(net, theta, task).items():
        state[name] = 0.9 * state.get(name, g) + 0.1 * g
    return dict(state)


def theta_in_place(net, state, theta, task):
    found = ours(net, theta, task)
    for name, p in theta.items():
        p.data -= 1e-3 * found[name]
    return found


def task_in_place(net, state, theta, task):
    found = ours(net, theta, task)
    task.y_query.mul_(0.5)
    return found


def another_task_s_labels(net, state, theta, task):
    return ours(net, theta, task._replace(y_query=task.y_query.roll(1, 0)))


def one_phi_for_all(net, state, theta, task):
    """The inner gradient is averaged over all tasks' support sets: one phi."""
    n = task.n_tasks
    xs, ys = (t.flatten(0, 1).expand(n, -1, -1) for t in (task.x_support, task.y_support))
    return ours(net, theta, task._replace(x_support=xs, y_support=ys))


def half_the_queries(net, state, theta, task):
    n = task.x_query.shape[1] // 2
    return ours(net, theta, task._replace(x_query=task.x_query[:, :n], y_query=task.y_query[:, :n]))


def first_two_tasks(net, state, theta, task):
    return ours(net, theta, task.select(slice(0, 2)))


def fixed_number(net, state, theta, task):
    return {name: g * task.n_tasks / 3 for name, g in ours(net, theta, task).items()}


def fixed_number_of_queries(net, state, theta, task):
    return {name: g * task.x_query.shape[1] / 4 for name, g in ours(net, theta, task).items()}


def every_fifth(net, state, theta, task):
    """Every fifth call saves the second derivative."""
    state["calls"] = state.get("calls", 0) + 1
    return ours(net, theta, task, first_order=state["calls"] % 5 == 0)


def one_exhibit(name):
    return lambda net: partial(exhibits.EXHIBITS[name].build(), net, alpha=ALPHA, steps=STEPS)


def support_gradient_left(net, state, theta, task):
    xs, ys, _, _ = task
    left = ours(net, theta, Task(xs, ys, xs, ys), alpha=0.0)
    return {name: g + left[name] for name, g in ours(net, theta, task).items()}


def clipped(g, theta):
    norm = torch.cat([part.flatten() for part in g.values()]).norm()
    return {name: 0.1 * part / norm for name, part in g.items()}


def clipped_at_100(g, theta):
    norm = torch.cat([part.flatten() for part in g.values()]).norm()
    return {name: part * (100 / norm).clamp(max=1) for name, part in g.items()}


def not_in(name, value):
    return after(lambda g, theta: g | {name: value(g[name])})


def first_order_in(name):
    def function(net, state, theta, task):
        return ours(net, theta, task) | {name: ours(net, theta, task, first_order=True)[name]}

    return stateful(function)


def frozen(name):
    rates = lambda theta: {n: 0.0 if n == name else ALPHA for n in theta}  # noqa: E731
    return lambda net: lambda theta, task: maml.meta_gradient(net, theta, task, alpha=rates(theta), steps=STEPS)


def reptile(net, state, theta, task):
    phi = maml.adapt(net, theta, task.x_support, task.y_support, alpha=ALPHA, steps=STEPS)
    return {name: p - phi[name].mean(0) for name, p in theta.items()}


def l1(a, b):
    return (a - b).abs().mean((1, 2))


def mix(change):
    return changed(sets=change)


def both(a, b):
    return torch.cat([a, b], 1)


LOOKS = r"gradient of the meta-loss: off by"  # it is found, and not known

WRONG = {  # a name: a maker, and what the verdict says
    "alpha off by a millionth": (
        step_with(lambda p, g, s: g * (1 + 1e-6)),
        r"alpha what you told me\? with alpha = 0.05000005|0.0500001 it",
    ),
    "alpha off by 1e-4": (
        step_with(lambda p, g, s: g * (1 + 1e-4)),
        r"alpha what you told me\? with alpha = 0.05000?5|0.05001 it",
    ),
    "alpha / 5": (step_with(lambda p, g, s: g / 5), r"alpha what you told me\? with alpha = 0.01 it agrees"),
    "climbs": (step_with(lambda p, g, s: -g), "its sign is wrong"),
    "a step more": (changed(steps=2), r"it takes 2 inner step\(s\), not 1"),
    "inner sum over examples": (
        changed(inner=lambda a, b: (a - b).square().sum((1, 2))),
        "the inner loss is summed over the examples",
    ),
    "inner mean over tasks": (
        stateful(lambda net, state, theta, task: ours(net, theta, task, alpha=ALPHA / task.n_tasks)),
        "the inner loss is averaged over the tasks",
    ),
    "inner l1": (changed(inner=l1), r"is loss what you told me\? with l1_loss inside"),
    "outer l1": (changed(outer=l1), r"is loss what you told me\? with l1_loss outside"),
    "l1": (changed(inner=l1, outer=l1), r"is loss what you told me\? with l1_loss it agrees"),
    "weight decay outside": (
        after(lambda g, theta: {n: p + 1e-6 * theta[n] for n, p in g.items()}),
        "1e-06 times theta is added",
    ),
    "weight decay inside": (step_with(lambda p, g, s: g + 1e-4 * p), r"0.0001 times phi"),
    "Adam inside": (changed(step=adam), "the inner steps are Adam's"),
    "signs inside": (step_with(lambda p, g, s: g.sign()), "only the signs of the gradient"),
    "judged on support": (mix(lambda xs, ys, xq, yq: (xs, ys, xs, ys)), "it adapts and judges on the support set"),
    "adapts on queries": (mix(lambda xs, ys, xq, yq: (xq, yq, xq, yq)), "it adapts and judges on the query set"),
    "swapped": (mix(lambda xs, ys, xq, yq: (xq, yq, xs, ys)), "support and query are swapped"),
    "adapts on both": (
        mix(lambda xs, ys, xq, yq: (both(xs, xq), both(ys, yq), xq, yq)),
        "it adapts on support and query together",
    ),
    "judges on both": (
        mix(lambda xs, ys, xq, yq: (xs, ys, both(xs, xq), both(ys, yq))),
        "it judges on support and query together",
    ),
    "adapted weights unused": (one_exhibit("adapted weights unused"), "the adapted weights never reach it"),
    "only the last task": (one_exhibit("only the last task"), r"only task 2 is in it \(the last is 2\)"),
    "the first counts twice": (
        changed(tasks=lambda n: [0, *range(n)]),
        "the tasks do not weigh the same, but 1.5 : 0.75 : 0.75",
    ),
    "the first two tasks": (stateful(first_two_tasks), "the tasks do not weigh the same, but 1.5 : 1.5 : 0"),
    "a fixed number of tasks": (stateful(fixed_number), "does it divide by a fixed number"),
    "a fixed number of queries": (stateful(fixed_number_of_queries), "does it divide by a fixed number"),
    "every fifth call": (stateful(every_fifth), "it keeps state|with query labels 10,000 times"),
    "theta cut off": (changed(step=lambda p, g, s, state: p.detach() - ALPHA * g), "theta is cut off"),
    "half of the second derivative": (
        step_with(lambda p, g, s: (g + g.detach()) / 2),
        "-0.5 times the second derivative",
    ),
    "a first-order tensor": (first_order_in("0.weight"), r"right but for 0\.weight"),
    "a tensor without gradient": (not_in("1.weight", torch.zeros_like), r"right but for 1\.weight \(0 times\)"),
    "a tensor too long": (not_in("1.weight", lambda g: 2 * g), r"right but for 1\.weight \(2 times\)"),
    "a frozen tensor": (frozen("1.weight"), LOOKS),
    "half of FOMAML": (stateful(half_of_fomaml), "the second derivative is dropped; fine if you mean it, 0.5 times"),
    "FOMAML at the first theta": (stateful(fomaml_at_the_first_theta), "dropped.*the same with other weights"),
    "minus": (after(lambda g, theta: {n: -p for n, p in g.items()}), "-1 times"),
    "a third": (after(lambda g, theta: {n: p / 3 for n, p in g.items()}), "0.333 times"),
    "a millionth too long": (after(lambda g, theta: {n: 1.000001 * p for n, p in g.items()}), "the length is not"),
    "a length of 0.1": (after(clipped), "the direction is right, the length is not"),
    "a length of 100 at most": (after(clipped_at_100), "is it clipped"),
    "losses of 100 at most": (
        changed(total=lambda losses: losses.clamp(max=100).mean()),
        "with query labels 10,000 times as large",
    ),
    "numbers clipped": (
        after(lambda g, theta: {n: p.clamp(-0.05, 0.05) for n, p in g.items()}),
        "numbers are clipped to 0.05",
    ),
    "signs": (after(lambda g, theta: {n: p.sign() for n, p in g.items()}), "only the signs of MAML's gradient"),
    "the support gradient is left": (stateful(support_gradient_left), "1 times the support loss's gradient at theta"),
    "Reptile": (stateful(reptile), "as in Reptile"),
    "phi goes on": (one_exhibit("phi carried to the next task"), "their order matters"),
    "momentum goes on": (one_exhibit("momentum carried over"), "their order matters"),
    "deepcopy": (one_exhibit("deepcopy cuts the graph"), "no gradient reaches theta"),
    "never cleared": (one_exhibit("gradients never cleared"), "a second call gives another"),
    "at the first theta": (stateful(at_the_first_theta), "the same with other weights"),
    "at the theta before": (
        stateful(at_the_theta_before),
        "the same with other weights|keeps something of an earlier call",
    ),
    "adapts from the first theta": (stateful(adapts_from_the_first_theta), "it keeps something of an earlier call"),
    "the first answer": (stateful(first_answer), "the same with other weights"),
    "a cache by task": (stateful(cache_by_task), "keeps state, or a cache"),
    "a cache by theta": (stateful(cache_by_theta), "keeps state, or a cache"),
    "keeps the labels": (stateful(keeps_the_labels), "their order matters"),
    "accumulates": (stateful(accumulates), "a second call gives another|earlier call"),
    "averages over calls": (stateful(averages), "earlier call"),
    "noise": (stateful(noise), "a second call gives another"),
    "changes theta": (stateful(theta_in_place), "theta has been changed in place"),
    "changes the task": (stateful(task_in_place), "the task has been changed in place"),
    "another task's labels": (stateful(another_task_s_labels), "their order matters"),
    "one phi for all tasks": (stateful(one_phi_for_all), LOOKS),
    "half of the queries": (stateful(half_the_queries), "two halves do not add up"),
    "the last support example is dropped": (mix(lambda xs, ys, xq, yq: (xs[:, :-1], ys[:, :-1], xq, yq)), LOOKS),
}

WRONG_OF_TWO_STEPS = {
    "a step less": (changed(steps=1), r"it takes 1 inner step\(s\), not 2"),
    "three steps": (changed(steps=3), r"it takes 3 inner step\(s\), not 2"),
    "momentum inside": (changed(steps=2, step=momentum), r"momentum \(0\.9\)"),
    "alpha halves": (changed(steps=2, step=lambda p, g, s, _: p - ALPHA * g / 2**s), "the inner rate falls as 1, 1/2"),
    "alpha fades": (changed(steps=2, step=lambda p, g, s, _: p - ALPHA * g * 0.99**s), "rate is multiplied by 0.99"),
    "theta cut off": (changed(steps=2, step=lambda p, g, s, _: p.detach() - ALPHA * g), "theta is cut off"),
    "a graph for the first step only": (changed(steps=2, keep=lambda s: s == 0), LOOKS),
}
