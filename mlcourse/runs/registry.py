"""Every method that is trained, recorded, tabled or drawn: to add one to all of these, write its entry here.

The zoo of lesson 09 takes those with a `zoo`, in the order of the lessons; tables take all, in the order of this list.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch

from .. import losses
from ..methods import in_context, maml, matching, nearest, prototypical, rates, reptile, siamese, transfer
from ..networks import ConvNet
from ..worlds.episodes import sample_episodes
from ..worlds.pairs import sample_pairs
from ..worlds.pooled import sample_pooled
from . import remembered

EMBEDDING, CLASSIFIER = ConvNet(None, filters=32), ConvNet(5, filters=32)
SMALL = 0.2  # matching and prototypical networks learn faster when their points start close together, see lesson 08


class Learner(NamedTuple):
    """A way to ask a trained network about new tasks."""

    predict: Callable  # from (theta, x_support, y_support, x_query, **adapt) to scores
    alpha: float | None = None  # the usual rate, for those that take gradient steps
    steps: tuple[int, ...] = ()  # how many of them: what to choose from, the usual number second


class Contestant(NamedTuple):
    """How the zoo of lesson 09 trains a method, and the learners that come of it."""

    net: ConvNet | None  # None for a classifier of all training characters
    draw: Callable  # from (characters, rng=...) to a batch of tasks, of pairs, or of plain drawings
    beta: float  # the outer rate to try first
    learners: dict[str, Learner]
    variants: dict[str, dict]  # what to choose from: the name of each, and what it changes here; the usual one first
    how: dict = {}  # goes to the method's gradient
    start: dict = {}  # goes to its `init`
    optimizer: type = torch.optim.Adam
    scale: float = 1.0  # of the last block's points before training
    gradient: Callable | None = None  # in place of the method's
    init: Callable | None = None  # likewise

    def variant(self, name: str | None = None) -> "Contestant":
        """How it is trained in this variant; the usual one without a name."""
        return self._replace(**(self.variants[name] if name else next(iter(self.variants.values()))))


class Method(NamedTuple):
    """A method, and what is known of it outside its file."""

    colour: str  # in every figure
    lesson: int  # that teaches it, or will: the zoo's order
    gradient: Callable | None  # from (net, theta, task, **how) to (loss, gradient); None where nothing is trained
    predict: Callable  # from (net, theta, x_support, y_support, x_query, **how) to scores
    zoo: Contestant | None = None
    carried: Callable | None = None  # from (net, **how) to a `gradient` whose memory goes on from task to task
    init: Callable = lambda net, rng: net.init(rng)  # from (net, rng, **start) to the weights before training


def _episodes(n_tasks: int, n_way: int, k_shot: int = 1, n_query: int = 5) -> Callable:
    return partial(sample_episodes, n_tasks=n_tasks, n_way=n_way, k_shot=k_shot, n_query=n_query)


def _alone(predict: Callable, net: ConvNet, **how) -> Callable:
    """Asked with the statistics of the support set, so that no query's scores depend on the other queries."""
    return partial(predict, net, support_statistics=True, **how)


def _embeds(name: str, method, *, asked: dict | None = None, **training) -> Contestant:
    """An embedding, that needs no gradient step on a new task. asked: goes to its `predict`"""
    learner = Learner(_alone(method.predict, EMBEDDING, **(asked or {})))
    return Contestant(EMBEDDING, learners={name: learner}, **training)


def _matching() -> Contestant:
    """With lesson 08's factor of ten on the cosine, or as in the paper, without."""
    ten = _embeds(
        "matching", matching, asked=dict(scale=10.0), how=dict(scale=10.0), draw=_episodes(1, n_way=20), beta=0.005,
        scale=SMALL, variants={},
    )  # fmt: skip
    plain = dict(how={}, learners={"matching": Learner(_alone(matching.predict, EMBEDDING))})
    return ten._replace(
        variants={
            "20 ways, cosine times 10": {},
            "5 ways, cosine times 10": dict(draw=_episodes(1, n_way=5)),
            "60 ways, cosine times 10": dict(draw=_episodes(1, n_way=60)),
            "20 ways, cosine times 1": plain,
        }
    )


def _with_rates(net, rng: torch.Generator, head_only: bool = False, **start):
    """Weights and their inner rates; head_only: the head alone has rates."""
    theta = net.init(rng)
    return theta | rates.init(net.split(theta)[1] if head_only else theta, **start)


def _adapts(name: str, **kind) -> Contestant:
    """MAML or a relative: trained with steps at one rate, or at rates that are learned."""
    head_only = kind.get("head_only", False)
    how = dict(loss=losses.cross_entropy, **kind)
    at_one_rate = how | dict(alpha=0.4)
    asked = _alone(maml.predict, CLASSIFIER, loss=losses.cross_entropy, head_only=head_only)
    learned = dict(
        how=how,
        gradient=rates.meta_gradient,
        init=_with_rates,
        learners={name: Learner(_alone(rates.predict, CLASSIFIER, loss=losses.cross_entropy, head_only=head_only))},
    )
    start = dict(alpha=0.4, each="tensor", logarithm=True, head_only=head_only)
    return Contestant(
        CLASSIFIER,
        draw=_episodes(4, n_way=5),
        beta=0.004,
        how=at_one_rate,
        learners={name: Learner(asked, alpha=0.4, steps=(1, 3, 10))},
        variants={
            "4 tasks, 1 step": {},
            "16 tasks, 1 step": dict(draw=_episodes(16, n_way=5)),
            "4 tasks, 3 steps": dict(how=at_one_rate | dict(steps=3)),
            "4 tasks, 1 step of 0.1": dict(how=at_one_rate | dict(alpha=0.1)),
            "4 tasks, 1 step of 1.6": dict(how=at_one_rate | dict(alpha=1.6)),
            "4 tasks, 1 learned step": learned | dict(start=start | dict(steps=1)),
            "4 tasks, 3 learned steps": learned | dict(start=start | dict(steps=3)),
        },
    )


def _reptile() -> Contestant:
    """By plain descent, as in training so on a new task; or by Adam, fresh in every task or carried on."""

    def asked(predict, alpha, **how):
        learner = Learner(_alone(predict, CLASSIFIER, loss=losses.cross_entropy, **how), alpha, (1, 5, 20))
        return {"Reptile": learner}

    how = dict(alpha=0.1, steps=5, batch_size=10, loss=losses.cross_entropy)
    by_adam = how | dict(alpha=0.01)
    return Contestant(
        CLASSIFIER,
        draw=_episodes(5, n_way=5, k_shot=10, n_query=1),
        beta=1.0,
        optimizer=torch.optim.SGD,
        how=how,
        learners=asked(reptile.predict, 0.1),
        variants={
            "plain descent": {},
            "fresh Adam": dict(how=by_adam | dict(adam=True), learners=asked(reptile.predict, 0.01, adam=True)),
            "Adam carried on": dict(how=by_adam | dict(carried=True), learners=asked(remembered.predict, 0.01)),
        },
    )


METHODS = {
    "pixels": Method("#737373", 4, None, lambda net, theta, *seen: nearest.predict(*seen)),
    "aligned pixels": Method(
        "#4D4D4D", 4, None, lambda net, theta, *seen: nearest.predict(*seen, embed=nearest.aligned)
    ),
    "Siamese": Method(
        "#2F96D2", 7, siamese.meta_gradient, siamese.predict,
        _embeds(
            "Siamese", siamese, how=dict(margin=5.0), draw=partial(sample_pairs, n_pairs=64), beta=0.015,
            variants={"64 pairs": {}}
            | {f"{n} pairs": dict(draw=partial(sample_pairs, n_pairs=n)) for n in (16, 256)}
            | {f"64 pairs, margin {m}": dict(how=dict(margin=float(m))) for m in (2, 12)},
        ),
    ),
    "matching": Method("#7F7F00", 8, matching.meta_gradient, matching.predict, _matching()),
    "prototypical": Method(
        "#B2182B", 8, prototypical.meta_gradient, prototypical.predict,
        _embeds(
            "prototypical", prototypical, draw=_episodes(1, n_way=20), beta=0.005, scale=SMALL,
            variants={"20 ways": {}} | {f"{n} ways": dict(draw=_episodes(1, n_way=n)) for n in (5, 60)},
        ),
    ),
    "MAML": Method("#0072B2", 2, maml.meta_gradient, maml.predict, _adapts("MAML")),
    "FOMAML": Method("#009E73", 3, maml.meta_gradient, maml.predict, _adapts("FOMAML", first_order=True)),
    "ANIL": Method("#3B1E87", 3, maml.meta_gradient, maml.predict, _adapts("ANIL", head_only=True)),
    "Meta-SGD": Method(
        "#004D40", 11, rates.meta_gradient, rates.predict,
        Contestant(
            CLASSIFIER,
            draw=_episodes(4, n_way=5),
            beta=0.004,
            how=dict(loss=losses.cross_entropy),
            start=dict(alpha=0.4),
            learners={"Meta-SGD": Learner(_alone(rates.predict, CLASSIFIER, loss=losses.cross_entropy))},
            variants={
                "4 tasks, from 0.4": {},
                "16 tasks, from 0.4": dict(draw=_episodes(16, n_way=5)),
                "4 tasks, from 0.1": dict(start=dict(alpha=0.1)),
            },
        ),
        init=_with_rates,
    ),
    "set encoder": Method("#8E0152", 12, in_context.meta_gradient, in_context.predict),
    "transformer": Method("#1B7837", 12, in_context.meta_gradient, in_context.predict),
    "MAML, learned rates": Method("#B38600", 11, rates.meta_gradient, rates.predict, init=_with_rates),
    "Reptile": Method(
        "#8C564B", 6, reptile.meta_gradient, reptile.predict, _reptile(), carried=reptile.CarriedAdam,
    ),
    "Reptile, Adam carried": Method(
        "#D95F02", 6, reptile.meta_gradient, reptile.predict, carried=reptile.CarriedAdam
    ),
    "transfer": Method("#CC79A7", 1, transfer.pooled_gradient, transfer.predict),
    "pooled": Method(
        "#CC79A7", 1, transfer.pooled_gradient, transfer.predict,
        Contestant(
            None,
            draw=partial(sample_pooled, n=128),
            beta=0.015,
            how=dict(loss=losses.cross_entropy),
            learners={
                "transfer, class mean": Learner(_alone(transfer.class_mean, EMBEDDING)),
                "transfer, new head": Learner(_alone(transfer.new_head, EMBEDDING), 1.0, (5, 20, 100)),
                "transfer, all weights": Learner(_alone(transfer.fine_tune, EMBEDDING), 0.1, (1, 3, 10)),
            },
            variants={"128 drawings": {}}
            | {f"{n} drawings": dict(draw=partial(sample_pooled, n=n)) for n in (32, 512)},
        ),
    ),
}  # fmt: skip

# The methods of the zoo; and for each of its learners, the method that it comes from.
NAMES = tuple(sorted((name for name, method in METHODS.items() if method.zoo), key=lambda name: METHODS[name].lesson))
LEARNERS = {learner: name for name in NAMES for learner in METHODS[name].zoo.learners}
