"""The ladder of lesson 17 in invented worlds, from slopes to hills: who is ahead, and from how many ratings on.

    python -m mlcourse taste

A seed draws a world of its own, its viewers, the tasks and the start of each network, so that the spread over seeds
holds all of chance. The viewers are split before anything else is done. MAML and its head-only relative are each
trained with an outer rate of their own, chosen on validation viewers of another seed's world of hills; the worlds of
most interest see a training four times as long, too.
"""

import time
from functools import partial
from pathlib import Path
from typing import NamedTuple

import torch

from ..evaluation import evaluate
from ..files import DATA
from ..networks import MLP
from ..worlds import ratings, viewers
from . import ladder, ledger

STORED, COMMAND = DATA / "taste.json", "python -m mlcourse taste"
SHORT, LONG = 1000, 4000  # iterations
BENDS = {SHORT: (0.0, 0.25, 0.5, 0.75, 1.0), LONG: (1.0, 0.0)}
SEEDS = (1, 2, 3)
CHOOSING, RATE = 101, 0.005  # the seed that chooses the outer rates, and the rate to begin with
POINTS = (1, 2, 3, 5, 10, 20)  # ratings given
USERS, EACH, SHARES = 1200, 40, (0.5, 1 / 6, 1 / 3)  # viewers, ratings of each; to train, to choose, to test
NET, TRAINED = MLP(2, 40, 40, 1), {"MAML": False, "MAML, head": True}  # whether the head alone moves
NAMES = (
    "item means",
    "offset",
    "ridge",
    "closed form",
    "MAML",
    "MAML, head",
    "on MAML's features",
    "on untrained features",
    "limit",
)


class Setting(NamedTuple):
    """A world, what may be learned from, and who is tested."""

    world: viewers.World
    known: ladder.Known
    test: ratings.Histories
    table: ratings.Ratings


def setting(bend: float, *, seed: int) -> Setting:
    """An invented world with its viewers split, and its films known from what the training viewers gave."""
    rng = torch.Generator().manual_seed(seed)
    world = viewers.invent(bend, rng=rng)
    table = viewers.rate(world, viewers.sample_viewers(USERS, rng=rng), EACH, rng=rng)
    training, validation, test = (table.by(users) for users in ratings.split_users(table, *SHARES, rng=rng))
    films = ratings.Films(ratings.item_means(training, len(world.x)), world.x)
    return Setting(
        world, ladder.Known(*map(ratings.histories, (training, validation)), films), ratings.histories(test), table
    )


def asked(given: ratings.Histories, *, seed: int) -> dict:
    """Each of these viewers once, by how many ratings are given: the same queries for all, the first ratings kept."""
    rng = torch.Generator().manual_seed(10_000 + seed)
    whole = ratings.sample_tasks(given, None, POINTS[-1], ladder.N_QUERY, rng=rng)
    return {k: whole._replace(x_support=whole.x_support[:, :k], y_support=whole.y_support[:, :k]) for k in POINTS}


def newcomers(at: Setting, n: int = 400, n_each: int = 80, *, rng: torch.Generator) -> ratings.Histories:
    """Further viewers of this world, who have seen many films and can be asked about most of them."""
    return ratings.histories(viewers.rate(at.world, viewers.sample_viewers(n, rng=rng), n_each, rng=rng))


def closed_forms(at: Setting, theta: dict) -> dict[str, ladder.Ask]:
    """Those that are the same however many ratings are given; theta: the trained weights, by the names in TRAINED."""
    return {
        "item means": ladder.item_means,
        "offset": ladder.closed_form(at.known, ladder.alone),
        "closed form": ladder.closed_form(at.known),
        "on MAML's features": ladder.closed_form(at.known, partial(ladder.of_body, NET, theta["MAML"])),
        "on untrained features": ladder.closed_form(at.known, partial(ladder.of_body, NET, theta["untrained"])),
    }


def choosing(at: Setting, theta: dict, k_shot: int, *, seed: int) -> tuple[dict[str, ladder.Ask], dict]:
    """Those that choose something for each number of ratings, and what they chose, on validation viewers."""
    rng = torch.Generator().manual_seed(20_000 + seed)
    asks, choices = {}, {}
    asks["ridge"], choices["ridge"] = ladder.ridge(at.known, k_shot, rng=rng)
    for name, head_only in TRAINED.items():
        asks[name], choices[name] = ladder.adapted(NET, theta[name], at.known, k_shot, head_only=head_only, rng=rng)
    return asks, choices


def measured(at: Setting, theta: dict, seed: int) -> dict:
    """Squared errors and NDCG by learner, a number for each number of ratings given, and the choices."""
    found = dict(error={name: [] for name in NAMES}, ndcg={name: [] for name in NAMES}, choices=[])
    always = closed_forms(at, theta)
    for k_shot, task in asked(at.test, seed=seed).items():
        asks, choices = choosing(at, theta, k_shot, seed=seed)
        limit = viewers.limit(at.world, task) - at.known.films.mean[task.x_query].unsqueeze(-1)
        for name, ask in (always | asks | {"limit": lambda *seen, limit=limit: limit}).items():
            found["error"][name].append(round(ladder.error(ask, task, at.known.films).mean, 4))
            found["ndcg"][name].append(round(ladder.ranking(ask, task, at.known.films), 4))
        found["choices"].append(choices)
    return found


def trained(at: Setting, name: str, *, n_iterations: int, beta: float, seed: int):
    """The weights of MAML, or of its head-only relative."""
    return ladder.train(NET, at.known, head_only=TRAINED[name], n_iterations=n_iterations, beta=beta, seed=seed)


def record(path: Path = STORED) -> None:
    """Do all runs that the file does not hold yet; it is written anew after each."""
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    file = load(path) if path.is_file() else _new()
    best = {}

    def choose(name, beta):
        key = dict(name=name, bend=1.0, iterations=SHORT, beta=beta, seed=CHOOSING)
        if not ledger.find(file, key):
            at = setting(1.0, seed=CHOOSING)
            theta = trained(at, name, n_iterations=SHORT, beta=beta, seed=CHOOSING)
            task = ladder.drawn(at.known.validation, at.known.films, 10, rng=torch.Generator().manual_seed(CHOOSING))
            rng = torch.Generator().manual_seed(20_000 + CHOOSING)
            ask, _ = ladder.adapted(NET, theta, at.known, 10, head_only=TRAINED[name], rng=rng)
            _put(path, file, key | dict(validation=round(evaluate(ask, task).mean, 4)))

    for name in TRAINED:
        best[name] = ledger.widened(RATE, partial(choose, name), partial(chosen, file, name))
    for n_iterations, bends in BENDS.items():
        for bend in bends:
            for seed in SEEDS:
                key = dict(name="all", bend=bend, iterations=n_iterations, seed=seed)
                if ledger.find(file, key):
                    continue
                began, at = time.process_time(), setting(bend, seed=seed)
                theta = {
                    name: trained(at, name, n_iterations=n_iterations, beta=best[name], seed=seed) for name in TRAINED
                }
                theta["untrained"] = NET.init(torch.Generator().manual_seed(30_000 + seed))
                seconds = round(time.process_time() - began, 1)
                _put(path, file, key | dict(beta=best, seconds=seconds) | measured(at, theta, seed))


def _put(path: Path, file: dict, run: dict) -> None:
    ledger.add(path, file, run)
    print(*(run[name] for name in ("name", "bend", "iterations", "seed")), flush=True)


def chosen(file: dict, name: str) -> tuple[float, list[float]]:
    """The outer rate with the lowest validation error, and all that were tried."""
    tried = {run["beta"]: run["validation"] for run in file["runs"] if run["name"] == name}
    return min(tried, key=tried.get), sorted(tried)


def numbers(file: dict, name: str, bend: float, n_iterations: int, what: str = "error") -> torch.Tensor:
    """A learner's squared errors, or its NDCG, (n_seeds, number of POINTS)."""
    runs = {
        run["seed"]: run
        for run in file["runs"]
        if run["name"] == "all" and (run["bend"], run["iterations"]) == (bend, n_iterations)
    }
    return torch.tensor([runs[seed][what][name] for seed in SEEDS])


def _new() -> dict:
    return ledger.new(
        f"squared error in stars, and NDCG, of each learner with {POINTS} ratings given, in invented worlds",
        command=COMMAND,
        settings=dict(users=USERS, each=EACH, shares=SHARES, n_query=ladder.N_QUERY, n_tasks=ladder.N_TASKS, clipped=1),
    )


def load(path: Path = STORED) -> dict:
    """What is recorded, a dict for each run; raises as `ledger.load` does."""
    return ledger.load(path, command=COMMAND, fields={"name", "bend", "iterations", "seed", "beta"})
