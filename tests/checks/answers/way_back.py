"""Lesson 03: back through the inner steps, from FOMAML's gradient to MAML's."""

from functools import partial, reduce

import torch


def back(way, g, alpha, product, *, order=reversed, sign=-1, rate=None, places=None, end=lambda p: p.mean(0)):
    v = g
    for w in places(way) if places else order(way):
        Hv = product(w, v)
        v = {name: v[name] + sign * (alpha if rate is None else rate) * Hv[name] for name in v}
    return {name: end(p) for name, p in v.items()}


def by_recursion(way, g, alpha, product):
    if not way:
        return {name: p.mean(dim=0) for name, p in g.items()}
    Hg = product(way[-1], g)
    return by_recursion(way[:-1], {name: torch.sub(g[name], Hg[name], alpha=alpha) for name in g}, alpha, product)


def by_popping(way, g, alpha, product):
    v, left = dict(g), list(way)
    while left:
        Hv = product(left.pop(), v)
        v = {name: v[name].clone().sub_(alpha * Hv[name]) for name in v}
    return {name: sum(p) / len(p) for name, p in v.items()}


def by_reduce(way, g, alpha, product):
    def bracket(v, w):
        return {name: v[name] - alpha * h for name, h in product(w, v).items()}

    return {name: p.mean(0).numpy() for name, p in reduce(bracket, way[::-1], g).items()}


def by_all_orders(way, g, alpha, product):
    """The brackets multiplied out: a sum over all subsets of the steps, with a product for each."""
    if not way:
        return {name: p.mean(0) for name, p in g.items()}
    without, Hg = by_all_orders(way[:-1], g, alpha, product), product(way[-1], g)
    with_it = by_all_orders(way[:-1], {name: -alpha * h for name, h in Hg.items()}, alpha, product)
    return {name: without[name] + with_it[name] for name in g}


def of_g_itself(way, g, alpha, product):
    products = [product(w, g) for w in way]
    return {name: (g[name] - alpha * sum(Hg[name] for Hg in products)).mean(0) for name in g}


def only_products(way, g, alpha, product, *, factor=1.0):
    v = g
    for w in reversed(way):
        Hv = product(w, v)
        v = {name: (alpha if factor is None else factor) * Hv[name] for name in v}
    return {name: p.mean(0) for name, p in v.items()}


def dropped(way, g, alpha, product, *, sign=1):
    return {name: sign * (p - g[name].mean(0)) for name, p in back(way, g, alpha, product).items()}


def one_step_late(way, g, alpha, product):
    """At the weights after each step, and at those before the last, as the ones after it are not in the list."""
    return back([*way[1:], way[-1]], g, alpha, product)


def in_place(way, g, alpha, product):
    for w in reversed(way):
        Hg = product(w, g)
        for name in g:
            g[name] = g[name] - alpha * Hg[name]
    return {name: p.mean(0) for name, p in g.items()}


def in_place_of_its_numbers(way, g, alpha, product):
    Hg = product(way[-1], g)
    for name in g:
        g[name] -= alpha * Hg[name]
    return {name: p.mean(0) for name, p in g.items()}


def averaged_first(way, g, alpha, product):
    return back(way, {name: p.mean(0, keepdim=True).expand_as(p) for name, p in g.items()}, alpha, product)


def times(factor):
    return partial(back, end=lambda p: factor * p.mean(0))


RIGHT = {
    "by a loop": back,
    "by recursion": by_recursion,
    "by popping": by_popping,
    "by reduce, as arrays": by_reduce,
    "multiplied out": by_all_orders,
    "as lists": partial(back, end=lambda p: p.mean(0).tolist()),
}
WRONG = [
    ("not attempted", lambda *given: None),
    ("this is FOMAML's gradient", lambda way, g, alpha, product: {name: p.mean(0) for name, p in g.items()}),
    ("this is FOMAML's gradient", lambda way, g, alpha, product: g),
    ("this is phi or theta", lambda way, g, alpha, product: {name: p.mean(0) for name, p in way[-1].items()}),
    ("this is phi or theta", lambda way, g, alpha, product: way[0]),
    ("the steps are walked forwards", partial(back, order=iter)),
    ("every product is taken at theta", partial(back, places=lambda way: way[:1] * len(way))),
    ("every product is taken at the last weights", partial(back, places=lambda way: way[-1:] * len(way))),
    ("every product is of g itself", of_g_itself),
    ("only the last step's bracket", partial(back, places=lambda way: way[-1:])),
    ("only the first step's bracket", partial(back, places=lambda way: way[:1])),
    ("only the first step's bracket", lambda way, g, alpha, product: back(way[:1], g, alpha, product)),
    ("only the first step's bracket", partial(back, places=lambda way: way[:-1])),
    ("only the last step's bracket", partial(back, places=lambda way: way[1:])),
    ("g is averaged before the walk", averaged_first),
    (r"the bracket is I - alpha H", partial(back, sign=+1)),
    ("the sign is wrong", partial(back, sign=+1)),
    ("alpha is missing", partial(back, rate=1.0)),
    ("the I is missing", only_products),
    ("the I is missing", partial(only_products, factor=None)),
    ("the I is missing", lambda way, *rest: (only_products if len(way) > 1 else back)(way, *rest)),
    ("the term that FOMAML drops, alone", dropped),
    ("the term that FOMAML drops, alone", partial(dropped, sign=-1)),
    ("one gradient for each task", partial(back, end=lambda p: p)),
    ("the sum over the tasks", partial(back, end=lambda p: p.sum(0))),
    ("only the last task", partial(back, end=lambda p: p[-1])),
    ("only the first task", partial(back, end=lambda p: p[0])),
    ("the sign is reversed", times(-1)),
    ("alpha times the gradient", lambda way, g, alpha, product: times(alpha)(way, g, alpha, product)),
    ("g has changed", in_place),
    ("g has changed", in_place_of_its_numbers),
    ("the first, the weights, was a list", lambda way, g, alpha, product: product(way, g)),
    ("the second, the vector, was a Tensor", lambda way, g, alpha, product: product(way[-1], g["0.weight"])),
    ("the second, the vector, has other names or shapes", lambda way, g, alpha, product: product(
        way[-1], {name: p.mean(0) for name, p in g.items()})),
    ("a dict with the names", lambda *given: list(back(*given).values())),
    ("your function gives", partial(back, end=lambda p: 1.01 * p.mean(0))),
    ("every product is taken at the last weights", one_step_late),
]  # fmt: skip
