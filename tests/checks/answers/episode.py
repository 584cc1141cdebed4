"""Lesson 04: an episode."""

import random

import numpy as np
import torch

from mlcourse.worlds import sample_episodes


def draw(characters, n_way, k_shot, n_query, rng, *, classes=None, shift=0, labels=None, query_order=None, orders=None):
    """One episode, with switches for the ways to get it wrong."""
    n_classes, n_drawings = characters.images.shape[:2]
    classes = torch.randperm(n_classes, generator=rng)[:n_way] if classes is None else classes(n_classes, n_way, rng)
    orders = (orders or separate_orders)(classes, n_drawings, rng)
    support = [characters.images[c, order[:k_shot]] for c, order in zip(classes, orders, strict=True)]
    start = k_shot + shift
    query = [characters.images[c, order[start : start + n_query]] for c, order in zip(classes, orders, strict=True)]
    query = query if query_order is None else [query[i] for i in query_order]
    y = torch.arange(n_way) if labels is None else labels(classes)
    return torch.cat(support), y.repeat_interleave(k_shot), torch.cat(query), y.repeat_interleave(n_query)


def separate_orders(classes, n, rng):
    return [torch.randperm(n, generator=rng) for _ in classes]


def with_classes(classes):
    """Draw with other classes: a function of (n_classes, n_way, rng)."""
    return lambda *given: draw(*given, classes=classes)


def with_orders(orders):
    """Draw with other orders of drawings: a function of (classes, n_drawings, rng)."""
    return lambda *given: draw(*given, orders=orders)


def from_the_first(count):
    """Draw from the first so many classes only, or from all but so many."""
    return with_classes(lambda n, n_way, rng: torch.randperm(count(n, n_way), generator=rng)[:n_way])


def neighbours(n, n_way, rng):
    start = torch.randint(n, (1,), generator=rng)
    return (start + torch.randperm(n_way, generator=rng)) % n


def neighbours_in_order(n, n_way, rng):
    return torch.randint(n - n_way + 1, (1,), generator=rng) + torch.arange(n_way)


def sorted_classes(n, n_way, rng, descending=False):
    return torch.randperm(n, generator=rng)[:n_way].sort(descending=descending).values


def sorted_and_turned(n, n_way, rng):
    return sorted_classes(n, n_way, rng).roll(torch.randint(n_way, (1,), generator=rng).item())


def with_class_0(n, n_way, rng):
    others = 1 + torch.randperm(n - 1, generator=rng)[: n_way - 1]
    return torch.cat([torch.tensor([0]), others])[torch.randperm(n_way, generator=rng)]


def low_classes_first(n, n_way, rng):
    """Any classes, but label 0 is always one of the lower half."""
    classes = torch.randperm(n, generator=rng)[:n_way]
    while classes[0] >= n // 2:
        classes = torch.randperm(n, generator=rng)[:n_way]
    return classes


def one_of_each_half(n, n_way, rng):
    """Class c and class c + n/2 exclude each other."""
    pairs = torch.randperm(n // 2, generator=rng)[:n_way]
    return pairs + n // 2 * torch.randint(2, (len(pairs),), generator=rng)


def favouring_low_numbers(n, n_way, rng):
    return torch.multinomial(1 / (1 + torch.arange(n)).double(), n_way, generator=rng)


def equally_far_apart(n, n_way, rng):
    step = (1, 3, n - 3, n - 1)[torch.randint(4, (), generator=rng)]
    return (torch.randint(n, (1,), generator=rng) + step * torch.arange(n_way)) % n


def first_below_last(n, n_way, rng):
    classes = torch.randperm(n, generator=rng)[:n_way]
    return classes if classes[0] < classes[-1] else classes.flip(0)


def one_order(classes, n, rng):
    return [torch.randperm(n, generator=rng)] * len(classes)


def one_order_turned(classes, n, rng):
    order = torch.randperm(n, generator=rng)
    return [(order + i) % n for i in range(len(classes))]


def one_query_for_all(classes, n, rng):
    query, orders = torch.randperm(n, generator=rng)[:3].tolist(), []
    for _ in classes:
        others = [d for d in torch.randperm(n, generator=rng).tolist() if d not in query]
        orders.append(torch.tensor([*others[:2], *query, *others[2:]]))
    return orders


def one_from_each_half(classes, n, rng):
    orders = []
    for _ in classes:
        low, high = torch.randperm(n // 2, generator=rng), n // 2 + torch.randperm(n // 2, generator=rng)
        others = torch.cat([low[1:], high[1:]])[torch.randperm(n - 2, generator=rng)]
        orders.append(torch.cat([low[:1], high[:1], others]))
    return orders


def two_orders(classes, n, rng):
    orders = [torch.randperm(n, generator=rng) for _ in range(2)]
    return [orders[i % 2] for i in range(len(classes))]


def one_order_and_its_reverse(classes, n, rng):
    order = torch.randperm(n, generator=rng)
    return [order.flip(0) if i % 2 else order for i in range(len(classes))]


def neighbours_in_support(classes, n, rng):
    starts = [torch.randint(n, (1,), generator=rng) for _ in classes]
    return [(s + torch.cat([torch.arange(2), 2 + torch.randperm(n - 2, generator=rng)])) % n for s in starts]


def one_order_a_class(classes, n, rng):
    return [torch.randperm(n, generator=torch.Generator().manual_seed(int(c))) for c in classes]


def one_order_a_label(classes, n, rng):
    return [torch.arange(n).roll(-i) for i in range(len(classes))]


def orders_that_follow_from_the_classes(classes, n, rng):
    mine = torch.Generator().manual_seed(int((classes * 13 ** torch.arange(len(classes))).sum()))
    return [torch.randperm(n, generator=mine) for _ in classes]


def orders_of_the_global_generator(classes, n, rng):
    return [torch.randperm(n) for _ in classes]


def orders_that_keep_the_first_in_support(classes, n, rng):
    return [torch.cat([torch.tensor([0]), 1 + torch.randperm(n - 1, generator=rng)]) for _ in classes]


def support_always_the_first(classes, n, rng, k_shot=2):
    return [torch.cat([torch.arange(k_shot), k_shot + torch.randperm(n - k_shot, generator=rng)]) for _ in classes]


def never_the_last(classes, n, rng):
    return [torch.cat([torch.randperm(n - 1, generator=rng), torch.tensor([n - 1])]) for _ in classes]


def turned_by_chance(classes, n, rng):
    """Not shuffled: the drawings in their order, from a random start."""
    return [(torch.randint(n, (1,), generator=rng) + torch.arange(n)) % n for _ in classes]


def low_drawings_first(classes, n, rng):
    return [torch.multinomial(0.7 ** torch.arange(n).double(), n, generator=rng) for _ in classes]


def not_for_all(characters, n_way, k_shot, n_query, rng):
    """Right, but for a set of which an episode needs every class."""
    left = torch.randperm(characters.n_classes, generator=rng).tolist()
    classes = torch.tensor([left.pop() for _ in range(n_way)])
    assert left
    return draw(characters, n_way, k_shot, n_query, rng, classes=lambda *given: classes)


def same_seed(characters, n_way, k_shot, n_query, rng):
    return draw(characters, n_way, k_shot, n_query, torch.Generator().manual_seed(0))


def of_a_hundred_seeds(characters, n_way, k_shot, n_query, rng):
    own = torch.Generator().manual_seed(torch.randint(100, (), generator=rng).item())
    return draw(characters, n_way, k_shot, n_query, own)


def of_all_one_label(*given):
    x_support, y_support, x_query, y_query = draw(*given)
    return x_support, torch.zeros_like(y_support), x_query, y_query


def mixed_up(*given):
    x_support, y_support, x_query, y_query = draw(*given)
    return x_support, y_support.roll(1), x_query, y_query


def pictures(function):
    """The right episode, with its pictures changed by a function."""
    return lambda *given: tuple(function(part) if part.dim() > 1 else part for part in draw(*given))


def inverted_in_place(characters, n_way, k_shot, n_query, rng):
    result = draw(characters, n_way, k_shot, n_query, rng)
    characters.images.fill_(0)
    return result


def by_loops(characters, n_way, k_shot, n_query, rng):
    n_classes, n_drawings = characters.images.shape[:2]
    classes, sets = [], ([], [], [], [])
    while len(classes) < n_way:
        c = int(torch.randint(n_classes, (), generator=rng))
        if c not in classes:
            classes.append(c)
    for label, c in enumerate(classes):
        for i, d in enumerate(torch.rand(n_drawings, generator=rng).argsort()[: k_shot + n_query].tolist()):
            x, y = sets[:2] if i < k_shot else sets[2:]
            x.append(characters.images[c, d])
            y.append(label)
    return [torch.stack(part) if label % 2 == 0 else torch.tensor(part) for label, part in enumerate(sets)]


def by_the_sampler(characters, n_way, k_shot, n_query, rng):
    task = sample_episodes(characters, 1, n_way=n_way, k_shot=k_shot, n_query=n_query, rng=rng)
    return [tensor[0] for tensor in task]


def by_multinomial(characters, n_way, k_shot, n_query, rng):
    n_classes, n_drawings = characters.images.shape[:2]
    classes = torch.multinomial(torch.ones(n_classes), n_way, generator=rng)
    drawings = torch.multinomial(torch.ones(n_way, n_drawings), k_shot + n_query, generator=rng)
    x, y = characters.images[classes[:, None], drawings], torch.arange(n_way)[:, None].expand(-1, k_shot + n_query)
    return tuple(part.flatten(0, 1) for part in (x[:, :k_shot], y[:, :k_shot], x[:, k_shot:], y[:, k_shot:]))


def by_numpy(characters, n_way, k_shot, n_query, rng):
    own = np.random.default_rng(int(torch.randint(2**31, (), generator=rng)))
    images = characters.images.numpy()
    chosen = [
        images[c, own.choice(images.shape[1], k_shot + n_query, replace=False)]
        for c in own.permutation(len(images))[:n_way]
    ]
    y = np.arange(n_way)
    support, query = (np.concatenate([one[part] for one in chosen]) for part in (slice(k_shot), slice(k_shot, None)))
    return support, y.repeat(k_shot), query, y.repeat(n_query)


def by_the_standard_library(characters, n_way, k_shot, n_query, rng):
    own = random.Random(torch.randint(2**31, (), generator=rng).item())
    n_classes, n_drawings = characters.images.shape[:2]
    drawn = [own.sample(range(n_drawings), k_shot + n_query) for _ in range(n_way)]
    classes = own.sample(range(n_classes), n_way)
    support = [(c, d, y) for y, (c, ds) in enumerate(zip(classes, drawn, strict=True)) for d in sorted(ds[:k_shot])]
    query = [(c, d, y) for y, (c, ds) in enumerate(zip(classes, drawn, strict=True)) for d in ds[k_shot:]]
    own.shuffle(query)
    return [
        part
        for examples in (support, query)
        for part in ([characters.images[c, d].float() for c, d, _ in examples], [y for *_, y in examples])
    ]


RIGHT = {
    "by switches": draw,
    "by loops, in a list": by_loops,
    "by the sampler of the course": by_the_sampler,
    "by multinomial, with an axis for the colour": lambda *given: tuple(
        part.unsqueeze(1) if part.dim() == 3 else part for part in by_multinomial(*given)
    ),
    "by numpy, with a seed from rng": by_numpy,
    "by the standard library, in lists, queries shuffled": by_the_standard_library,
    "in an iterator made a tuple": lambda *given: tuple(iter(draw(*given))),
    "as float32": pictures(torch.Tensor.float),
}
WRONG = [
    ("not attempted", lambda *given: None),
    ("a drawing comes twice", lambda *given: draw(*given, shift=-1)),
    ("a class comes twice", with_classes(lambda n, n_way, rng: torch.randint(n, (n_way,), generator=rng))),
    ("the places in this task", lambda *given: draw(*given, labels=lambda classes: classes)),
    ("the places in this task", lambda *given: draw(*given, labels=lambda classes: 1 + torch.arange(len(classes)))),
    ("label 0 stands for one class in the support set and for another", lambda *given: draw(
        *given, query_order=[1, 0, 2, 3, 4])),
    ("label 0 always stands for the same class", with_classes(lambda n, n_way, rng: torch.arange(n_way))),
    ("all episodes are the same", same_seed),
    ("of 10 classes these never come", from_the_first(lambda n, n_way: min(n, n_way + 1))),
    ("of 10 classes these never come.* Draw from all", from_the_first(lambda n, n_way: max(n - 1, n_way))),
    ("class 0 and class 5 never meet", with_classes(neighbours)),
    ("class 0 is in .* of 200 episodes, where 100 are expected", with_classes(neighbours_in_order)),
    ("class 0 and class 5 never meet", with_classes(one_of_each_half)),
    ("the classes are sorted", with_classes(sorted_classes)),
    ("the classes are sorted", with_classes(lambda *given: sorted_classes(*given, descending=True))),
    ("the order of the classes follows a rule", with_classes(sorted_and_turned)),
    ("class 0 never gets label 4", with_classes(first_below_last)),
    ("class 0 and class 5 never meet", with_classes(equally_far_apart)),
    ("of 200 episodes only .* differ", of_a_hundred_seeds),
    ("class 5 never gets label 0", with_classes(low_classes_first)),
    ("class 0 is in 200 of 200 episodes, where 100 are expected", with_classes(with_class_0)),
    ("each class should be as likely", with_classes(favouring_low_numbers)),
    ("some drawings are never used", with_orders(lambda classes, n, rng: [torch.arange(n)] * len(classes))),
    ("drawing 2 of a class is never in the support set", with_orders(support_always_the_first)),
    ("drawing 0 of a class is never in the query set", with_orders(orders_that_keep_the_first_in_support)),
    ("some drawings are never used", with_orders(never_the_last)),
    ("more or less often than others", with_orders(low_drawings_first)),
    ("drawings for label 1 follow from those for label 0", with_orders(one_order)),
    ("drawings for label 1 follow from those for label 0", with_orders(one_order_turned)),
    ("drawings for label 1 follow from those for label 0", with_orders(one_query_for_all)),
    ("drawings for label 2 follow from those for label 0", with_orders(two_orders)),
    ("drawings for label 2 follow from those for label 0", with_orders(one_order_and_its_reverse)),
    ("drawings 0 and 2 of a class are never together in the support set", with_orders(turned_by_chance)),
    ("drawings 0 and 1 of a class are never together in the support set", with_orders(one_from_each_half)),
    ("drawings 0 and 2 of a class are never together in the support set", with_orders(neighbours_in_support)),
    ("drawing . of class 0 is never in the support set", with_orders(one_order_a_class)),
    ("drawing 2 is never in the support set for label 0", with_orders(one_order_a_label)),
    ("the same classes always come with the same drawings", with_orders(orders_that_follow_from_the_classes)),
    ("draw all that is random with rng", with_orders(orders_of_the_global_generator)),
    ("draw all that is random with rng", with_classes(lambda n, n_way, rng: torch.randperm(n)[:n_way])),
    ("each class should be as likely|class 0 and class 9 never meet", with_classes(
        lambda n, n_way, rng: torch.randperm(n - 1, generator=rng)[:n_way] + torch.randint(2, (1,), generator=rng))),
    ("asked for all classes that there are, and all of their drawings: your function stopped with", not_for_all),
    ("x_support has shape", lambda characters, n_way, k_shot, n_query, rng: draw(
        characters, n_way, k_shot + 1, n_query, rng)),
    ("x_support has shape.*in this order", lambda *given: [draw(*given)[i] for i in (2, 3, 0, 1)]),
    ("x_support has shape.*leave the images as they are", pictures(lambda x: x.flatten(1))),
    ("these are not drawings", pictures(lambda x: 1 - x)),
    ("these are not drawings", pictures(lambda x: x.mT)),
    ("these are not drawings", pictures(lambda x: x / 255)),
    ("characters has changed", inverted_in_place),
    ("four tensors are expected", lambda *given: draw(*given)[:2]),
    ("four tensors are expected", lambda *given: torch.cat(draw(*given)[::2])),
    ("y_support is torch.float64", lambda *given: draw(*given, labels=lambda classes: torch.arange(5).double())),
    ("y_support has shape.*one axis only", lambda *given: tuple(
        part.unsqueeze(1) if part.dim() == 1 else part for part in draw(*given))),
    ("complex numbers", pictures(lambda x: x + 0j)),
    ("need 2 of each", of_all_one_label),
    ("one label stands for several classes", mixed_up),
]  # fmt: skip
SIZED = [lambda characters, n_way, k_shot, n_query, rng: draw(characters, 5, 2, 3, rng)]
