"""Invented viewers and films, so that what can be known is known: a map of films, and on it what each viewer likes.

A film lies on a plane (how loud it is, how sad it is) and has a quality that all agree on. A viewer lies there, too:
he belongs to one of three groups, and has a mood of his own, how many stars he gives to anything. He gives

    stars = MU + quality + mood + taste + noise

and his taste is a slope where bend = 0 (the further his way, the better), and a hill where bend = 1 (the nearer to him,
the better); in between a mixture of both. So with bend = 0 stars are linear in a film's place.

`limit` knows all of this but the viewer: the posterior mean over a fine grid of viewers, his mood integrated out.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from ..tasks import Task
from .ratings import Ratings

MU, QUALITY, MOOD, TASTE, NOISE = 3.5, 0.4, 0.4, 0.7, 0.5  # stars: the mean, and standard deviations
ALONG, AWAY = (0.8, 0.6), 0.7  # the direction in which the groups lie on the map, and how far from the middle one
SPREAD, REACH = 0.2, 0.35  # of a group's viewers on the map; how wide a hill is
FIRST = "Quiet", "Red", "Lost", "Paper", "Winter", "Second", "Northern", "Glass", "Last", "Hidden", "Borrowed", "Salt"
SECOND = "Harbour", "Garden", "Letter", "Engine", "Choir", "Island", "Witness", "Season", "Bridge", "Orchard"
SLOPE, HILL = 0.37, 0.22  # standard deviations, so that slopes and hills tell viewers apart by TASTE stars each
TITLES = [f"{one} {other}" for other in SECOND for one in FIRST]


class World(NamedTuple):
    """Films, and how taste is bent.

    x: (n_films, 2), places on the map, -1 to 1    quality, known: (n_films,), in stars; how well known, a logarithm
    """

    bend: float
    x: Tensor
    quality: Tensor
    known: Tensor


class Viewers(NamedTuple):
    """place: (n, 2) on the map    mood: (n, 1), in stars"""

    place: Tensor
    mood: Tensor


def invent(bend: float, *, n_films: int = 120, rng: torch.Generator) -> World:
    """A world of films; good films and those in the middle of the map are better known."""
    if not 0 <= bend <= 1 or n_films < 1:
        raise ValueError(f"bend goes from 0, slopes, to 1, hills, and there are films: got {bend}, {n_films} films")
    x = 2 * torch.rand(n_films, 2, generator=rng) - 1
    quality = QUALITY * torch.randn(n_films, generator=rng)
    return World(bend, x, quality, quality / QUALITY - x.norm(dim=1))


def sample_viewers(n: int, *, rng: torch.Generator) -> Viewers:
    """New viewers of all three groups."""
    group = torch.randint(-1, 2, (n, 1), generator=rng)
    place = AWAY * group * torch.tensor(ALONG) + SPREAD * torch.randn(n, 2, generator=rng)
    return Viewers(place, MOOD * torch.randn(n, 1, generator=rng))


def taste(bend: float, place: Tensor, x: Tensor) -> Tensor:
    """What viewers at these places (n, 2) feel about films at x (n_films, 2): (n, n_films), in stars."""
    slope = place @ x.T / SLOPE
    hill = torch.exp(-torch.cdist(place, x).square() / (2 * REACH**2)) / HILL
    return TASTE * ((1 - bend) * slope + bend * hill)


def rate(world: World, viewers: Viewers, n_each: int, *, drift: float = 0.0, rng: torch.Generator) -> Ratings:
    """Every viewer sees n_each films, well-known ones more often, and rates each on the evening when he sees it.

    drift: how far, in stars, a viewer's mood wanders from his first evening to his last: a random walk
    The chance that a film is seen has nothing to do with the viewer.
    """
    n, n_films = len(viewers.place), len(world.quality)
    if not 0 < n_each <= n_films:
        raise ValueError(f"a viewer sees a film at least, and none twice: got n_each = {n_each} of {n_films} films")
    luck = -(-torch.rand(n, n_films, generator=rng).log()).clamp(min=1e-12).log()  # Gumbel: the largest are a fair draw
    film = (world.known + luck).argsort(1, descending=True)[:, :n_each]
    film = film.gather(1, torch.rand(film.shape, generator=rng).argsort(1))  # in any order
    wandering = torch.randn(film.shape, generator=rng).cumsum(1) * drift / n_each**0.5
    noise = NOISE * torch.randn(film.shape, generator=rng)
    stars = liked(world, viewers).gather(1, film) + wandering + noise
    user, evening = (part.flatten() for part in torch.meshgrid(torch.arange(n), torch.arange(n_each), indexing="ij"))
    return Ratings(user, film.flatten(), stars.flatten(), evening)


def liked(world: World, viewers: Viewers) -> Tensor:
    """The stars that each viewer would give to each film, without noise, (n_viewers, n_films)."""
    return MU + world.quality + viewers.mood + taste(world.bend, viewers.place, world.x)


def limit(world: World, task: Task, *, fineness: int = 41) -> Tensor:
    """The posterior mean of the query's stars, (n_tasks, n_query, 1): no learner errs less on average.

    task: x film numbers, y stars    fineness: points of the grid along each side
    Each place i of the grid is weighed by its chance beforehand and by how well it explains the support set. What a
    place leaves unexplained is mood and noise; the best guess of the mood is a shrunk mean of it.
    """
    side = torch.linspace(-1.6, 1.6, fineness)
    place = torch.cartesian_prod(side, side)
    middles = AWAY * torch.tensor([[-1.0], [0.0], [1.0]]) * torch.tensor(ALONG)
    beforehand = torch.logsumexp(-torch.cdist(place, middles).square() / (2 * SPREAD**2), 1)
    stars = liked(world, Viewers(place, torch.zeros(len(place), 1)))  # (n_places, n_films)
    k = task.x_support.shape[1]
    shrunk = MOOD**2 / (NOISE**2 + k * MOOD**2)
    answers = []
    for seen, y, asked in zip(task.x_support, task.y_support.squeeze(-1), task.x_query, strict=True):
        left = y - stars[:, seen]
        mood = shrunk * left.sum(1)
        misfit = (left.square().sum(1) - mood * left.sum(1)) / (2 * NOISE**2)
        weights = torch.softmax(beforehand - misfit, 0)
        answers.append(weights @ (stars[:, asked] + mood.unsqueeze(1)))
    return torch.stack(answers).unsqueeze(-1)
