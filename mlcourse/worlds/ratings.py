"""Ratings as tasks: a user is a task, some of his ratings are the support set, others of them the query set.

The order matters: users are split first (`split_users`), then films are described by what the training users said
(`item_means`), and only then tasks are drawn, each from one user. In a task x is the number of a film; `describe` puts
the film's features in its place, and takes the film's mean away from the stars, which leaves what is this user's own.
"""

from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from ..tasks import Task

HELD = 5.0  # ratings of the overall mean that every film is given beforehand, so that one rating makes no favourite


class Ratings(NamedTuple):
    """A table of ratings, all (n,): who rated which film, by how many stars, and when."""

    user: Tensor  # numbers from 0 on
    film: Tensor  # numbers from 0 on
    stars: Tensor
    time: Tensor  # in any unit

    def by(self, users: Tensor) -> "Ratings":
        """The ratings of these users alone, who keep their numbers."""
        return Ratings(*(column[torch.isin(self.user, users)] for column in self))


class Films(NamedTuple):
    """What is known of films before a new user comes."""

    mean: Tensor  # (n_films,), stars
    features: Tensor  # (n_films, d)


class Histories(NamedTuple):
    """Each user's ratings in the order in which he gave them, filled up at the end; film and stars (n_users, longest).

    count: (n_users,), how many there are
    """

    film: Tensor
    stars: Tensor
    count: Tensor

    @property
    def seen(self) -> Tensor:
        """Where there is a rating, (n_users, longest)."""
        return torch.arange(self.film.shape[1]) < self.count.unsqueeze(1)

    def select(self, users) -> "Histories":
        """The users in these places."""
        return Histories(*(part[users] for part in self))


def split_users(table: Ratings, *shares: float, rng: torch.Generator) -> list[Tensor]:
    """The users at random in parts that share nobody, one part for each share; together the shares are 1."""
    if min(shares) <= 0 or abs(sum(shares) - 1) > 1e-9:
        raise ValueError(f"shares of the users are above 0, and together 1: got {shares}")
    users = table.user.unique()
    users = users[torch.randperm(len(users), generator=rng)]
    cuts = [round(sum(shares[:i]) * len(users)) for i in range(len(shares) + 1)]
    return [users[a:b].sort().values for a, b in pairwise(cuts)]


def item_means(table: Ratings, n_films: int, *, held: float = HELD) -> Tensor:
    """Each film's mean stars, (n_films,), held to the mean of all ratings as if that had been given `held` times."""
    mu = table.stars.mean()
    times = torch.zeros(n_films, dtype=table.stars.dtype).index_add(0, table.film, torch.ones_like(table.stars))
    return mu + torch.zeros_like(times).index_add(0, table.film, table.stars - mu) / (times + held)


def histories(table: Ratings) -> Histories:
    """The table user by user, each in the order of time; users in the order of their numbers."""
    order = torch.argsort(table.time, stable=True)
    order = order[torch.argsort(table.user[order], stable=True)]
    _, row, count = table.user[order].unique(return_inverse=True, return_counts=True)
    place = torch.arange(len(order)) - (count.cumsum(0) - count)[row]
    film = torch.zeros(len(count), int(count.max()), dtype=torch.long)
    stars = torch.zeros(film.shape, dtype=table.stars.dtype)
    film[row, place], stars[row, place] = table.film[order], table.stars[order]
    return Histories(film, stars, count)


def sample_tasks(
    given: Histories, n_tasks: int | None, k_shot: int, n_query: int, *, rng: torch.Generator, in_time: bool = False
) -> Task:
    """Draw users, and of each k_shot ratings for the support set and n_query others: x film numbers, y stars.

    n_tasks: how many users, any of them again; None for each user once
    in_time: take the first k_shot ratings and the n_query that follow, instead of drawing both
    returns: x (n_tasks, n), y (n_tasks, n, 1)
    Raises ValueError where a user has too few ratings.
    """
    if k_shot < 0 or n_query < 1:
        raise ValueError(f"need a query, and no negative number: got k_shot = {k_shot}, n_query = {n_query}")
    if given.count.min() < k_shot + n_query:
        raise ValueError(
            f"every user needs {k_shot} ratings to learn from and {n_query} to be asked about: "
            f"one has {int(given.count.min())}"
        )
    if n_tasks is not None:
        given = given.select(torch.randint(len(given.count), (n_tasks,), generator=rng))
    places = torch.arange(given.film.shape[1], dtype=torch.float64).expand(given.film.shape)
    key = places if in_time else torch.rand(given.film.shape, generator=rng, dtype=torch.float64)
    order = key.masked_fill(~given.seen, torch.inf).argsort(1)[:, : k_shot + n_query]
    x, y = given.film.gather(1, order), given.stars.gather(1, order).unsqueeze(-1)
    return Task(x[:, :k_shot], y[:, :k_shot], x[:, k_shot:], y[:, k_shot:])


def describe(task: Task, films: Films) -> Task:
    """The same tasks in numbers: x (n_tasks, n, d) films' features, y (n_tasks, n, 1) stars above the film's mean."""

    def above(film, stars):
        return stars - films.mean[film].unsqueeze(-1)

    x_support, y_support, x_query, y_query = task
    features = films.features[x_support], films.features[x_query]
    return Task(features[0], above(x_support, y_support), features[1], above(x_query, y_query))


def matrix(table: Ratings, n_films: int) -> Tensor:
    """The table as (n_users, n_films), the users in the order of their numbers, nan where there is no rating."""
    _, row = table.user.unique(return_inverse=True)
    whole = torch.full((int(row.max()) + 1, n_films), torch.nan, dtype=table.stars.dtype)
    whole[row, table.film] = table.stars
    return whole


def together(*tables: Ratings) -> Ratings:
    """Several tables as one; their users keep their numbers."""
    return Ratings(*(torch.cat(columns) for columns in zip(*tables, strict=True)))
