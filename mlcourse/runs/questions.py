"""Which film to ask about first: the error after 1, 2, 3, ... answers, by how the films were chosen.

Each tested user has some films that nobody asks about, and is tested on these. The others that he has rated are those
that can be asked about: the ones whose answers leave the least open (`methods/asking`), the ones that most training
users have rated, or any.
"""

from collections.abc import Callable

import torch

from ..methods import asking, learned_prior
from ..tasks import Task
from ..worlds import ratings
from . import ladder

WAYS = ("best known", "at random", "by information")


def orders(
    known: ladder.Known, given: ratings.Histories, n: int, *, look: Callable = ladder.with_one, rng: torch.Generator
) -> tuple[learned_prior.Learned, dict[str, Task]]:
    """The learned prior, and by way of choosing a batch of tasks: n films in the order in which they are asked about.

    given: users with at least n ratings besides the N_QUERY that they are tested on, the same for all ways
    """
    prior, noise = learned = ladder.learned(known, look)
    whole = ratings.sample_tasks(given, None, 0, ladder.N_QUERY, rng=rng)
    times = known.training.film[known.training.seen].bincount(minlength=len(known.films.mean))
    chosen = {way: [] for way in WAYS}
    for i, query in enumerate(whole.x_query):
        mine = given.film[i, : given.count[i]]
        pool = mine[~torch.isin(mine, query)]
        pool = pool[torch.randperm(len(pool), generator=rng)]
        (f,) = look(known.films.features[pool].unsqueeze(0))
        best = asking.questions(f @ prior.covariance @ f.T, noise=noise, n=n)
        chosen["by information"].append(pool[best])
        chosen["best known"].append(pool[times[pool].argsort(descending=True, stable=True)[:n]])
        chosen["at random"].append(pool[:n])
    said = torch.full((len(given.count), len(known.films.mean)), torch.nan)
    row = torch.arange(len(said)).unsqueeze(1).expand(given.film.shape)
    said[row[given.seen], given.film[given.seen]] = given.stars[given.seen]
    return learned, {
        way: whole._replace(x_support=(x := torch.stack(films)), y_support=said.gather(1, x).unsqueeze(-1))
        for way, films in chosen.items()
    }


def errors(
    known: ladder.Known, given: ratings.Histories, n: int, *, look: Callable = ladder.with_one, rng: torch.Generator
) -> dict[str, list]:
    """Squared errors with their intervals after 1 to n answers, by way of choosing; as for `orders`."""
    (prior, noise), tasks = orders(known, given, n, look=look, rng=rng)

    def ask(x_support, y_support, x_query):
        return learned_prior.predict(prior, look(x_support), y_support, look(x_query), noise=noise)

    return {
        way: [
            ladder.error(
                ask, task._replace(x_support=task.x_support[:, :k], y_support=task.y_support[:, :k]), known.films
            )
            for k in range(1, n + 1)
        ]
        for way, task in tasks.items()
    }
