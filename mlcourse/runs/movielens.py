"""The table of lesson 17 for real ratings: the same ladder, the same leaks, the same questions.

    python -m mlcourse movielens --from DIR

Users with too few ratings are left out; the others are split before films are described. Each tested user is asked
about several times, with other films, and counts once. `features` are what is said of a film (its decade, its genres)
and what training users made of it (its mean, how many rated it). `factors` come from the ratings alone: the first
singular vectors of the training users' ratings above the films' means, zeros where there is none. The training users
are part of these factors, so their prior is learned from the validation users.
"""

import json
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from ..evaluation import evaluate, summarise
from ..files import replacing
from ..methods import neighbour
from ..networks import MLP
from ..worlds import movielens, ratings
from . import ladder, provenance, questions

COMMAND = "python -m mlcourse movielens"
SHARES = 0.636, 0.106, 0.258  # to learn from, to choose, to test: 600, 100 and 243 of 943 users
POINTS, DRAWS, QUESTIONS = (1, 5, 10), 5, 10  # ratings given; how often each user is asked; answers at most
FEWEST = POINTS[-1] + ladder.N_QUERY
FACTORS, WIDTH = 8, 40
ITERATIONS, BETA, ALPHA = 1000, 0.003, 0.05
LEAST_USERS = 50


def prepared(loaded: movielens.MovieLens, *, rng: torch.Generator) -> tuple[list[ratings.Ratings], int]:
    """The ratings of users to learn from, to choose and to test, who are split here; and how many were left out."""
    table = loaded.table
    count = table.user.bincount()
    enough = (count >= FEWEST).nonzero().flatten()
    if len(enough) < LEAST_USERS:
        raise ValueError(
            f"The table needs {LEAST_USERS} users with {FEWEST} ratings each: the files have {len(enough)} such users."
        )
    parts = ratings.split_users(table.by(enough), *SHARES, rng=rng)
    return [table.by(users) for users in parts], int((count > 0).sum()) - len(enough)


def described(training: ratings.Ratings, said: Tensor) -> ratings.Films:
    """Films by what is said of them and what the training users made of them."""
    mean = ratings.item_means(training, len(said))
    times = training.film.bincount(minlength=len(said))
    made = torch.stack([mean - training.stars.mean(), times.log1p().to(mean) / 5], 1)
    return ratings.Films(mean, torch.cat([made, said], 1))


def factored(training: ratings.Ratings, mean: Tensor) -> ratings.Films:
    """Films by the first singular vectors of the training users' ratings above the means."""
    above = (ratings.matrix(training, len(mean)) - mean).nan_to_num(0.0)
    _, size, vectors = torch.linalg.svd(above, full_matrices=False)
    return ratings.Films(mean, (vectors[:FACTORS] * size[:FACTORS].unsqueeze(1)).T / size[0] * 10)


def measured(ask: ladder.Ask, tasks: list, films: ratings.Films) -> dict:
    """The root of the mean squared error with an interval over users, and NDCG."""
    each = torch.stack([ladder.error(ask, task, films).per_task for task in tasks]).mean(0)
    error = summarise(each)
    root = error.mean**0.5
    ndcg = sum(ladder.ranking(ask, task, films) for task in tasks) / len(tasks)
    return dict(rmse=round(root, 3), interval=round(error.interval / (2 * root), 3), ndcg=round(ndcg, 3))


def rows(parts: list[ratings.Ratings], said: Tensor, *, n_iterations: int, rng: torch.Generator) -> Iterator[dict]:
    """The ladder: for each number of ratings given, a row for each learner."""
    films = described(parts[0], said)
    factors = factored(parts[0], films.mean)
    first, second, tested = map(ratings.histories, parts)
    known = ladder.Known(first, second, films)
    of_factors = ladder.Known(second, second, factors)
    net = MLP(films.features.shape[1], WIDTH, WIDTH, 1)
    how = dict(n_iterations=n_iterations, beta=BETA, alpha=ALPHA)
    theta = {head_only: ladder.train(net, known, head_only=head_only, **how) for head_only in (False, True)}
    always = {
        "item means": (ladder.item_means, films),
        "offset, shrunk": (ladder.closed_form(known, ladder.alone), films),
        "closed form, features": (ladder.closed_form(known), films),
        "closed form, factors": (ladder.closed_form(of_factors), factors),
        "closed form, MAML's body": (ladder.closed_form(known, partial(ladder.of_body, net, theta[False])), films),
    }
    whole = [ratings.sample_tasks(tested, None, POINTS[-1], ladder.N_QUERY, rng=rng) for _ in range(DRAWS)]
    for k in POINTS:
        tasks = [task._replace(x_support=task.x_support[:, :k], y_support=task.y_support[:, :k]) for task in whole]
        asks = always | {"ridge, features": (ladder.ridge(known, k, rng=rng)[0], films)}
        for head_only, name in (False, "MAML"), (True, "MAML, head"):
            asks[name] = ladder.adapted(net, theta[head_only], known, k, head_only=head_only, rng=rng)[0], films
        for name, (ask, by) in asks.items():
            yield dict(given=k, name=name) | measured(ask, tasks, by)


def leaks(parts: list[ratings.Ratings], said: Tensor, *, rng: torch.Generator) -> dict[str, tuple[float, float]]:
    """What each leak is worth: the root of the squared error as it should be, and with the leak."""
    training, _, test = parts
    films, tested = described(training, said), ratings.histories(test)
    known = ladder.Known(ratings.histories(training), None, films)
    both = ratings.together(training, test)
    task, in_time = (ratings.sample_tasks(tested, None, 10, 10, rng=rng, in_time=it) for it in (False, True))

    def root(ask, task, films):
        return round(ladder.error(ask, task, films).mean ** 0.5, 3)

    def remembering(table):
        people = ratings.matrix(table, len(said))
        ask = partial(neighbour.predict, people, overall=table.stars.mean().item())
        return round(evaluate(ask, task).mean ** 0.5, 3)

    ask = ladder.closed_form(known)
    return {
        "item means from tested users, too": (
            root(ladder.item_means, task, films),
            root(ladder.item_means, task, described(both, said)),
        ),
        "ratings in any order, not in time": (root(ask, in_time, films), root(ask, task, films)),
        "users split after sampling": (remembering(training), remembering(both)),
    }


def asking(parts: list[ratings.Ratings], said: Tensor, *, rng: torch.Generator) -> dict[str, list[float]]:
    """The root of the squared error after 1 to QUESTIONS answers, by way of choosing the films."""
    training, validation, test = parts
    known = ladder.Known(*map(ratings.histories, (training, validation)), described(training, said))
    tested = ratings.histories(test)
    tested = tested.select(tested.count >= QUESTIONS + 2 * ladder.N_QUERY)  # or there is little to choose from
    found = questions.errors(known, tested, QUESTIONS, rng=rng)
    return {way: [round(error.mean**0.5, 3) for error in errors] for way, errors in found.items()}


def table(folder: Path, *, n_iterations: int = ITERATIONS, show=print) -> dict:
    """Measure all of it, and show it as it comes; what is returned is what `--to` writes."""
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    began, rng = time.process_time(), torch.Generator().manual_seed(0)
    loaded = movielens.load(folder)
    parts, few = prepared(loaded, rng=rng)
    n = [len(part.user.unique()) for part in parts]
    show(f"{len(loaded.table.user):,} ratings; users to learn from {n[0]}, to choose {n[1]}, to test {n[2]}", end="")
    show(f"; {few} with less than {FEWEST} ratings left out" if few else "")
    show(f"\n{'ratings given':16s}{'':26s}root of squared error   NDCG")
    ladder_rows = []
    for row in rows(parts, loaded.features, n_iterations=n_iterations, rng=rng):
        ladder_rows.append(row)
        show(
            f"{row['given']:<16d}{row['name']:26s}{row['rmse']:.3f} ± {row['interval']:.3f}          {row['ndcg']:.3f}"
        )
    worth = leaks(parts, loaded.features, rng=rng)
    show(f"\n{'leak':42s}as it should be   with the leak")
    for name, (honest, leaked) in worth.items():
        show(f"{name:42s}{honest:.3f}             {leaked:.3f}")
    answers = asking(parts, loaded.features, rng=rng)
    show(f"\n{'film asked about':18s}after 1, 2, ... answers")
    for way, errors in answers.items():
        show(f"{way:18s}" + " ".join(f"{error:.3f}" for error in errors))
    seconds = round(time.process_time() - began, 1)
    show(f"\n{seconds:.0f} s of processor time, one training of each network")
    where = dict(commit=provenance.commit(), torch=str(torch.__version__), processor=provenance.processor("cpu"))
    settings = dict(iterations=n_iterations, beta=BETA, alpha=ALPHA, factors=FACTORS, users=n, draws=DRAWS, seed=0)
    return dict(
        command=COMMAND, seconds=seconds, **where, settings=settings, rows=ladder_rows, leaks=worth, asking=answers
    )


def write(folder: Path, path: Path | None) -> None:
    """Show the table of these files, and write it where a path is given."""
    found = table(folder)
    if path is not None:
        with replacing(path) as file:
            file.write(json.dumps(found, indent=1).encode())
