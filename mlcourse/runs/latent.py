"""LEO with each of its parts taken away, for lesson 15, beside a head that descends alone and a learned comparison.

    python -m mlcourse leo

All are trained on the same 5-way 1-shot tasks of frozen features, 12 at a time, with a clipped gradient. The outer rate
of each is chosen on validation tasks, after the shorter training from another seed; that of the gentle one is set. Each
seed has test tasks of its own, the same for all, so that a difference between two contestants is paired, and its spread
over the seeds holds both sources of chance. Two further trainings of LEO see 240 characters only, known or unknown to
the classifier. Those that matter most are trained four times as long, too.
"""

import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import torch

from ..evaluation import Evaluation, evaluate, summarise
from ..files import DATA
from ..losses import accuracy
from ..methods import leo, prototypical
from ..networks import MLP, Coder
from ..training import clipped
from ..weights import Theta
from ..worlds.characters import Characters
from . import frozen, ledger

STORED, COMMAND = DATA / "leo.json", "python -m mlcourse leo"
SHORT, LONG = 400, 1600  # iterations
SEEDS = {SHORT: (1, 2, 3, 4, 5), LONG: (1, 2, 3)}
CHOOSING, RATE = 101, 0.016  # the seed that chooses the outer rate, and the rate to begin with
N_TASKS, N_TEST, SHOTS, STEPS = 12, 600, (1, 5), 5
GENTLE = 0.004  # an outer rate at which LEO's encoder stays alive
T = {3: 4.303, 5: 2.776}  # Student's t: 97.5% of it lies below, by the number of seeds


class Contestant(NamedTuple):
    """A network, how LEO trains it, and on what; a plain MLP is trained as a prototypical network.

    beta: an outer rate that is set, where it is not chosen
    """

    net: Coder | MLP
    how: dict = {}  # goes to `leo.meta_loss`
    drawn: bool = True  # whether codes and weights are drawn at random in training
    source: str = "all"
    beta: float | None = None


D = frozen.D
PARTS = {
    "LEO": Contestant(Coder(D)),
    "no encoder": Contestant(Coder(D, encoder=False)),
    "no relations": Contestant(Coder(D, related=False)),
    "no decoder": Contestant(Coder(D, decoder=False)),
    "no steps": Contestant(Coder(D), dict(steps=0)),
    "no sampling": Contestant(Coder(D), drawn=False),
    "no KL": Contestant(Coder(D), dict(kl=0.0)),
    "no orthogonality": Contestant(Coder(D), dict(orthogonal=0.0)),
    "fine-tuning": Contestant(Coder(D), dict(fine=5)),
}
AT_GENTLE = {f"{name}, gentle": part._replace(beta=GENTLE) for name, part in PARTS.items()}
CONTESTANTS = PARTS | AT_GENTLE
CONTESTANTS |= {
    "head": Contestant(Coder(D, encoder=False, decoder=False), drawn=False),
    "comparison": Contestant(MLP(D, 64)),
    "comparison, two layers": Contestant(MLP(D, 256, 64)),
    "LEO, 240 known": Contestant(Coder(D), source="known"),
    "LEO, 240 unknown": Contestant(Coder(D), source="unknown"),
}
LONGER = ("LEO", "no encoder", "no decoder", "no steps", *AT_GENTLE, "head", "comparison", "comparison, two layers")


@cache
def sources() -> dict[str, Characters]:
    """The features to train on, by name, and those to choose and to test by."""
    training, validation, test = frozen.features()
    some = torch.randperm(training.n_classes, generator=torch.Generator().manual_seed(0))[: validation.n_classes]
    known = training.select(some)
    return dict(all=training, known=known, unknown=validation, validation=validation, test=test)


def start(contestant: Contestant, rng: torch.Generator) -> Theta:
    """The weights, and rates if any, before training."""
    if isinstance(contestant.net, MLP):
        return contestant.net.init(rng)
    return leo.init(contestant.net, rng, **{k: n for k, n in contestant.how.items() if k in ("steps", "fine")})


def recipe(contestant: Contestant, rng: torch.Generator) -> Callable:
    """From (theta, task) to (loss, gradient), as `meta_train` takes it."""
    if isinstance(contestant.net, MLP):
        return clipped(partial(prototypical.meta_gradient, contestant.net))
    drawn = rng if contestant.drawn else None
    return clipped(partial(leo.meta_gradient, contestant.net, rng=drawn, **contestant.how))


def train(name: str, *, n_iterations: int, beta: float, seed: int) -> Theta:
    """Train a contestant; the tasks depend on the seed alone, so that they are the same for all."""
    contestant = CONTESTANTS[name]
    own, tasks = (torch.Generator().manual_seed(seed + shift) for shift in (0, 10_000))
    sample = partial(frozen.sample, sources()[contestant.source], N_TASKS, k_shot=1, rng=tasks)
    theta = start(contestant, own)
    return ledger.train(recipe(contestant, own), theta, sample, n_iterations=n_iterations, beta=beta, decay=True)


def ready(name: str, theta: Theta, *, steps: int | None = None) -> Callable:
    """A contestant as it is asked, from (x_support, y_support, x_query) to scores; steps: others than in training."""
    contestant = CONTESTANTS[name]
    if isinstance(contestant.net, MLP):
        return partial(prototypical.predict, contestant.net, theta)
    asked = dict(steps=contestant.how.get("steps", STEPS), fine=contestant.how.get("fine", 0))
    return partial(leo.predict, contestant.net, theta, **asked | ({} if steps is None else dict(steps=steps)))


def tasks(where: str, k_shot: int, *, seed: int):
    """Tasks of unseen characters, to choose or to test by."""
    rng = torch.Generator().manual_seed(20_000 + seed)
    return frozen.sample(sources()[where], N_TEST, k_shot=k_shot, rng=rng)


def measured(name: str, theta: Theta, seed: int) -> dict:
    """Accuracy by number of shots, on validation tasks with one, on test tasks; LEO's also without a step."""

    def shares(where, shots, **how):
        found = (evaluate(ready(name, theta, **how), tasks(where, k, seed=seed), metric=accuracy) for k in shots)
        return [round(result.mean, 4) for result in found]

    found = dict(validation=shares("validation", SHOTS[:1])[0], accuracy=shares("test", SHOTS))
    if "log_alpha" in theta:
        found["unmoved"] = shares("test", SHOTS, steps=0)
    if "h" in theta:
        found["apart"] = round(apart(CONTESTANTS[name].net, theta, tasks("test", 1, seed=seed)), 4)
    return found


def apart(net: Coder, theta: Theta, task) -> float:
    """How far codes lie from their mean over all classes of all tasks: a root mean square, 0 where all are the same."""
    mu, _ = net.encode(theta, task.x_support, task.y_support)
    return (mu - mu.mean((0, 1))).square().mean().sqrt().item()


def chosen(runs: list[dict], name: str) -> tuple[float, list[float]]:
    """The outer rate with the highest validation accuracy, and all that were tried."""
    tried = {run["beta"]: run["validation"] for run in runs if (run["name"], run["seed"]) == (name, CHOOSING)}
    return max(tried, key=tried.get), sorted(tried)


def record(path: Path = STORED) -> None:
    """Do all runs that the file does not hold yet; it is written anew after each."""
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float32)
    file = load(path) if path.is_file() else _new()

    def do(name, n_iterations, beta, seed):
        key = dict(name=name, iterations=n_iterations, beta=beta, seed=seed)
        if ledger.find(file, key):
            return
        began = time.process_time()
        theta = train(name, n_iterations=n_iterations, beta=beta, seed=seed)
        run = key | dict(seconds=round(time.process_time() - began, 1)) | measured(name, theta, seed)
        ledger.add(path, file, run)
        print(*key.values(), run["validation"], run["accuracy"], flush=True)

    best = {}
    for name, contestant in CONTESTANTS.items():
        if contestant.beta or contestant.source != "all":
            best[name] = contestant.beta or best["LEO"]
            continue
        attempt = partial(do, name, SHORT, seed=CHOOSING)
        best[name] = ledger.widened(RATE, attempt, lambda name=name: chosen(file["runs"], name))
    for n_iterations, seeds in SEEDS.items():
        for seed in seeds:
            for name in CONTESTANTS:
                if n_iterations == SHORT or name in LONGER:
                    do(name, n_iterations, best[name], seed)


def numbers(file: dict, name: str, n_iterations: int, k_shot: int, what: str = "accuracy") -> torch.Tensor:
    """The recorded accuracies with so many shots, one for each seed; what: "unmoved" for those without a step."""
    runs = {run["seed"]: run for run in file["runs"] if (run["name"], run["iterations"]) == (name, n_iterations)}
    return torch.tensor([runs[seed][what][SHOTS.index(k_shot)] for seed in SEEDS[n_iterations]])


def difference(file: dict, name: str, n_iterations: int, k_shot: int, over: str = "LEO") -> Evaluation:
    """How much more one contestant gets right than another, paired by seed, with Student's interval over the seeds."""
    gain = numbers(file, name, n_iterations, k_shot) - numbers(file, over, n_iterations, k_shot)
    return summarise(gain, quantile=T[len(gain)])


def _new() -> dict:
    return ledger.new(
        f"accuracy on {N_TEST} 5-way tasks of unseen invented alphabets, with {SHOTS} shots, after so many iterations",
        command=COMMAND,
        settings=dict(n_tasks=N_TASKS, n_query=5, k_shot=1, steps=STEPS, clipped=1.0),
    )


def load(path: Path = STORED) -> dict:
    """What is recorded, a dict for each run; raises as `ledger.load` does."""
    return ledger.load(path, command=COMMAND, fields={"name", "iterations", "beta", "seed", "validation", "accuracy"})
