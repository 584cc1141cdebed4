"""The ladder of lesson 17: from item means to a learned prior, all asked about the same users.

    item means      what others gave, and nothing of this user
    offset          how many stars he gives above them, shrunk: the closed form with no feature but a one
    ridge           his own weights of the features, all held alike towards zero
    closed form     the same, with the prior of the training users
    MAML            a network that starts where training users are soon reached; "head": its last layer alone moves
    on ... features the closed form again, on what the last layer sees: of MAML's network, or of an untrained one

What has to be chosen for a number of ratings (ridge's strength, MAML's inner rate and steps) is chosen on validation
users, for each number anew. Every learner is given features and answers as `ratings.describe` makes them.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch
from sklearn.metrics import ndcg_score
from torch import Tensor

from ..evaluation import Evaluation, evaluate
from ..methods import learned_prior, maml
from ..networks import MLP
from ..tasks import Task
from ..training import clipped
from ..weights import Theta
from ..worlds import ratings
from . import ledger

MOST, N_QUERY, N_TASKS, INNER = 20, 10, 25, dict(steps=3)  # of training: ratings given at most, asked, users, steps
STRENGTHS = tuple(2.0**i for i in range(-4, 10))
RATES, STEPS = tuple(0.1 * 2.0**i for i in range(-6, 3)), (1, 3, 10)
TOP = 5  # films of a list that a ranking is judged by


class Known(NamedTuple):
    """What there is to learn from: users who share nobody with those who are tested."""

    training: ratings.Histories
    validation: ratings.Histories
    films: ratings.Films


Ask = Callable[[Tensor, Tensor, Tensor], Tensor]  # from (x_support, y_support, x_query) to the stars above the mean


def with_one(x: Tensor) -> Tensor:
    """Features and a one, whose weight is the user's offset."""
    return torch.cat([torch.ones_like(x[..., :1]), x], -1)


def alone(x: Tensor) -> Tensor:
    """The one without the features."""
    return torch.ones_like(x[..., :1])


def of_body(net, theta: Theta, x: Tensor) -> Tensor:
    """A one, and what the network's last layer sees."""
    return with_one(net.features(net.split(theta)[0], x))


def item_means(x_support: Tensor, y_support: Tensor, x_query: Tensor) -> Tensor:
    """No star above the film's mean, whoever it is."""
    return x_query.new_zeros(*x_query.shape[:2], 1)


def learned(known: Known, look: Callable = with_one) -> learned_prior.Learned:
    """The prior of the training users, and the noise, from all of their ratings; look: features of features."""
    given, films = known.training, known.films
    above = (given.stars - films.mean[given.film]).unsqueeze(-1)
    return learned_prior.learn(look(films.features[given.film]), above, given.seen)


def closed_form(known: Known, look: Callable = with_one) -> Ask:
    """Bayesian linear regression on these features with that prior."""
    prior, noise = learned(known, look)
    return lambda x_support, y_support, x_query: learned_prior.predict(
        prior, look(x_support), y_support, look(x_query), noise=noise
    )


def held(strength: float) -> Ask:
    """Ridge regression: each user by himself, his weights held towards zero by this strength."""

    def ask(x_support, y_support, x_query):
        f, q = with_one(x_support), with_one(x_query)
        round_ = learned_prior.Prior(torch.zeros(f.shape[-1]), torch.eye(f.shape[-1]))
        return learned_prior.predict(round_, f, y_support, q, noise=strength**0.5)

    return ask


def ridge(known: Known, k_shot: int, *, rng: torch.Generator) -> tuple[Ask, float]:
    """Ridge regression with the strength that is best on validation users, and that strength."""
    tasks = drawn(known.validation, known.films, k_shot, rng=rng)
    best = min(STRENGTHS, key=lambda strength: evaluate(held(strength), tasks).mean)
    return held(best), best


def train(
    net: MLP, known: Known, *, head_only: bool, n_iterations: int, beta: float, alpha: float = 0.1, seed: int = 0
) -> Theta:
    """Meta-train a network on the training users, who give 1 to MOST ratings."""
    rng = torch.Generator().manual_seed(seed)
    most = min(MOST, int(known.training.count.min()) - N_QUERY)

    def sample() -> Task:
        k_shot = int(torch.randint(1, most + 1, (), generator=rng))
        return ratings.describe(ratings.sample_tasks(known.training, N_TASKS, k_shot, N_QUERY, rng=rng), known.films)

    recipe = clipped(partial(maml.meta_gradient, net, alpha=alpha, head_only=head_only, **INNER))
    return ledger.train(recipe, net.init(rng), sample, n_iterations=n_iterations, beta=beta, decay=True)


def adapted(
    net: MLP, theta: Theta, known: Known, k_shot: int, *, head_only: bool, rng: torch.Generator
) -> tuple[Ask, dict]:
    """MAML with the inner rate and the number of steps that are best on validation users, and these."""
    tasks = drawn(known.validation, known.films, k_shot, rng=rng)
    ways = [dict(alpha=alpha, steps=steps) for alpha in RATES for steps in STEPS]
    asks = [partial(maml.predict, net, theta, head_only=head_only, **way) for way in ways]
    errors = [evaluate(_no_answer_costs(ask), tasks).mean for ask in asks]
    best = min(range(len(ways)), key=errors.__getitem__)
    return asks[best], ways[best]


def _no_answer_costs(ask: Ask) -> Ask:
    """The same, but that to diverge costs infinitely much, and does not stop the search for a rate."""
    return lambda *seen: ask(*seen).nan_to_num(torch.inf, torch.inf, torch.inf)


def drawn(given: ratings.Histories, films: ratings.Films, k_shot: int, *, rng: torch.Generator) -> Task:
    """Each of these users once, in the learners' terms."""
    return ratings.describe(ratings.sample_tasks(given, None, k_shot, N_QUERY, rng=rng), films)


def error(ask: Ask, task: Task, films: ratings.Films) -> Evaluation:
    """The mean squared error, in stars squared, on tasks of film numbers; its root is what tables show."""
    return evaluate(ask, ratings.describe(task, films))


def ranking(ask: Ask, task: Task, films: ratings.Films, *, top: int = TOP) -> float:
    """NDCG of each user's films in the order of the learner's predictions: 1 is the order of his stars.

    A film counts 2^stars, twice as much for each star more, divided by a logarithm of its place in the list; the sum
    over the first places is divided by what the best order would have got.
    """
    described = ratings.describe(task, films)
    with torch.no_grad():
        above = ask(described.x_support, described.y_support, described.x_query).squeeze(-1)
    predicted = above + films.mean[task.x_query]
    return float(ndcg_score(2.0 ** task.y_query.squeeze(-1).numpy(), predicted.numpy(), k=top))
