"""The learners of lesson 12: set encoder, transformer and MAML in equal time, on waves with 1 to 20 points.

    python -m mlcourse context

All are trained on the same tasks, with as many points as chance says, and with a clipped gradient. The outer rate of
each is chosen on other seeds and other waves, after the shorter time. At test MAML may take whatever inner rate and
number of steps is best on validation waves, for each number of points anew; the others have nothing to choose. A
further transformer learns linear functions. Weights of one long training of each are kept, in 16 bits.
"""

import math
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import torch

from ..evaluation import evaluate
from ..files import DATA
from ..methods import in_context, maml, transfer
from ..networks import MLP, SetEncoder, Transformer
from ..training import clipped
from ..weights import Theta
from ..worlds import linear, sinusoids
from . import kept, ledger

STORED, COMMAND = DATA / "in_context.json", "python -m mlcourse context"
WEIGHTS = STORED.with_suffix(".npz")
SHORT, LONG = 20.0, 80.0  # seconds of processor time
SEEDS = {SHORT: (1, 2, 3), LONG: (1, 2)}  # to compare those that learn waves
CHOOSING, KEPT = 101, (LONG, 1)  # the seed that chooses the outer rate; the training whose weights are stored
POINTS, MOST = (1, 2, 3, 5, 10, 20), 20  # support points at test, and at most in training
N_TASKS, N_QUERY, DIMENSIONS = 10, 20, 2
RATES, STEPS = (0.001, 0.003, 0.01, 0.03), (1, 10, 100)  # among which MAML may choose at test


class Learner(NamedTuple):
    """One contestant: its network, its recipe for training, what draws its batches, and the first outer rate to try."""

    net: Callable
    meta_gradient: Callable  # from (net, theta, task) to (loss, gradient)
    sample: Callable  # from rng to a batch
    beta: float


def _waves(rng, fewest=0):
    return sinusoids.sample_some(N_TASKS, fewest=fewest, most=MOST, n_query=N_QUERY, rng=rng)


def _lines(rng):
    k_shot = int(torch.randint(0, MOST + 1, (), generator=rng))
    return linear.sample_tasks(2 * N_TASKS, k_shot, N_QUERY, d=DIMENSIONS, rng=rng)


squared = partial(in_context.meta_gradient, spread=False)
LEARNERS = {
    "set encoder": Learner(SetEncoder(1, 128, 2), in_context.meta_gradient, _waves, 0.002),
    "transformer": Learner(Transformer(1, 64, 1), squared, _waves, 0.002),
    "MAML": Learner(MLP(1, 40, 40, 1), partial(maml.meta_gradient, alpha=0.01), partial(_waves, fewest=1), 0.01),
    "linear": Learner(Transformer(DIMENSIONS, 32, 1, layers=2), squared, _lines, 0.004),
}


WAVES = ("set encoder", "transformer", "MAML")


def train(name: str, *, n_iterations: int, beta: float, seed: int) -> Theta:
    """Train a learner; its weights as they will be stored, in 16 bits."""
    learner, rng = LEARNERS[name], torch.Generator().manual_seed(seed)
    recipe = clipped(partial(learner.meta_gradient, learner.net))
    start = learner.net.init(rng)
    theta = ledger.train(recipe, start, partial(learner.sample, rng), n_iterations=n_iterations, beta=beta, decay=True)
    return {key: p.detach().half().float() for key, p in theta.items()}


def tasks(name: str, k_shot: int, *, seed: int, n_tasks: int = 500):
    """Unseen tasks to choose by (seed 1000) or to compare by (1001): waves, or linear functions."""
    rng = torch.Generator().manual_seed(seed)
    if name == "linear":
        return linear.sample_tasks(n_tasks, k_shot, 50, d=DIMENSIONS, rng=rng)
    return sinusoids.sample_tasks(n_tasks, k_shot, 50, rng=rng)


def measured(name: str, theta: Theta) -> dict:
    """The errors by number of points, on tasks to choose by and to compare by; of MAML also the choices."""
    net, found = LEARNERS[name].net, dict(validation=[], error=[], adapt=[])
    for k in POINTS:
        validation, test = (tasks(name, k, seed=seed) for seed in (1000, 1001))
        if name == "MAML":
            adapt, error = best_steps(theta, validation)
            found["adapt"].append(adapt)
            found["validation"].append(error)
            predict = partial(maml.predict, net, theta, **adapt)
        else:
            predict = partial(in_context.predict, net, theta)
            found["validation"].append(evaluate(predict, validation).mean)
        found["error"].append(evaluate(predict, test).mean)
    rounded = {key: [round(value, 4) for value in found[key]] for key in ("validation", "error")}
    return found | rounded


def best_steps(theta: Theta, validation) -> tuple[dict, float]:
    """MAML's inner rate and number of steps with the lowest error on these tasks, and that error."""
    net, errors = LEARNERS["MAML"].net, {}
    for alpha in RATES:
        on_the_way = transfer.errors_on_the_way(net, theta, validation.select(slice(200)), alpha=alpha, steps=STEPS)
        errors |= {(alpha, s): error.mean for s, error in zip(STEPS, on_the_way, strict=True)}
    alpha, steps = min(errors, key=errors.get)
    return dict(alpha=alpha, steps=steps), errors[alpha, steps]


def milliseconds() -> dict[str, float]:
    """Processor time of one iteration of each learner, see `ledger.milliseconds`."""
    short = {name: partial(train, name, n_iterations=10, beta=0.001, seed=0) for name in LEARNERS}
    return ledger.milliseconds(short, 10)


def chosen(runs: list[dict], name: str) -> tuple[float, list[float]]:
    """The outer rate with the lowest validation error, the geometric mean over the points, and all that were tried."""
    tried = {run["beta"]: run["validation"] for run in runs if (run["learner"], run["seed"]) == (name, CHOOSING)}
    score = {beta: sum(math.log(error) if error else math.inf for error in errors) for beta, errors in tried.items()}
    return min(score, key=score.get), sorted(tried)


def record(path: Path = STORED) -> None:
    """Do all runs that the file does not hold yet; it is written anew after each, and the weights beside it."""
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float32)
    file = load(path) if path.is_file() else _new()

    def do(name, budget, beta, seed):
        key = dict(learner=name, budget=budget, beta=beta, seed=seed)
        if ledger.find(file, key):
            return
        n_iterations, start = round(1000 * budget / file["milliseconds"][name]), time.process_time()
        theta = train(name, n_iterations=n_iterations, beta=beta, seed=seed)
        took = dict(iterations=n_iterations, seconds=round(time.process_time() - start, 1))
        run = key | took | measured(name, theta)
        if (budget, seed) == KEPT:
            kept.keep(path.with_suffix(".npz"), name, theta)
        ledger.add(path, file, run)
        print(f"{name}, {budget:g} s, outer rate {beta:g}, seed {seed}: {run['error']}", flush=True)

    best = {}
    for name, learner in LEARNERS.items():
        attempt = partial(do, name, SHORT, seed=CHOOSING)
        best[name] = ledger.widened(learner.beta, attempt, lambda name=name: chosen(file["runs"], name))
        do(name, *KEPT[:1], best[name], KEPT[1])
    for budget, seeds in SEEDS.items():
        for seed in seeds:
            for name in WAVES:
                do(name, budget, best[name], seed)


def weights(path: Path = WEIGHTS) -> dict[str, Theta]:
    """The stored weights by learner, see `kept.weights`."""
    return kept.weights(path, LEARNERS, command=COMMAND)


def ready(name: str, theta: Theta, k_shot: int, file: dict) -> Callable:
    """A learner as it is asked about tasks with so many of POINTS, from (x_support, y_support, x_query) to answers.

    MAML takes the inner rate and the steps that its stored training chose for that number of points.
    """
    net = LEARNERS[name].net
    if name != "MAML":
        return partial(in_context.predict, net, theta)
    run = ledger.find(file, dict(learner=name, budget=KEPT[0], seed=KEPT[1]))
    return partial(maml.predict, net, theta, **run["adapt"][POINTS.index(k_shot)])


def errors(file: dict, name: str, budget: float) -> torch.Tensor:
    """The recorded errors of a learner after so many seconds, a row for each seed and a column for each of POINTS."""
    runs = {run["seed"]: run for run in file["runs"] if (run["learner"], run["budget"]) == (name, budget)}
    return torch.tensor([runs[seed]["error"] for seed in SEEDS[budget]])


def _new() -> dict:
    return ledger.new(
        f"squared error on 500 unseen tasks with {POINTS} support points, after so many seconds of training",
        command=COMMAND,
        settings=dict(n_tasks=N_TASKS, n_query=N_QUERY, most_points=MOST, dimensions=DIMENSIONS, clipped=1.0),
        milliseconds=milliseconds(),
    )


def load(path: Path = STORED) -> dict:
    """What is recorded, a dict for each run; raises as `ledger.load` does."""
    return ledger.load(path, command=COMMAND, fields={"learner", "budget", "beta", "seed", "validation", "error"})
