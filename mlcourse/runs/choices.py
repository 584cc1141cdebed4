"""What the recorded runs on characters chose, and from what: every candidate, trained for the same time.

    python -m mlcourse choices

Of the 1,200 characters that the runs of seed 0 train on, 1,000 train here and the other 200 choose; the 423 that those
are tested on stay out of it. A candidate is a recorded run with one thing otherwise, trained for a minute of one core,
in which its outer rate falls to zero; where a minute does not decide, for four, too. What is best after an hour, they
do not say.
"""

import time
from functools import partial
from pathlib import Path

import torch

from ..files import DATA
from . import ledger
from .experiments import EXPERIMENTS, TABLES, put_between
from .plan import SIZES, TRANSDUCTIVE, Experiment, Test, shape
from .recorded import markdown
from .recording import learner, measure, network, recipe
from .registry import METHODS
from .resumable import State
from .worlds import characters_held_back

STORED, COMMAND = DATA / "choices.json", "python -m mlcourse choices"
SECONDS, LONGER, SEED = 60, 240, 0
EPISODES = {5: 400, 20: 100}  # test tasks, by their number of ways
AS_RECORDED = "as recorded"
STEPS = {"maml-20way": (2, 5, 10, 20), "fomaml-5way-1shot": (5, 10, 20)}  # in the tests of the run as it is recorded
BEGIN, END = f"<!-- choices: written by `{COMMAND}` -->", "<!-- end of choices -->"


def outer(*rates: float) -> dict:
    """Other outer rates."""
    return {f"outer rate {rate}": dict(outer=dict(beta=rate)) for rate in rates}


def inner(*pairs: tuple[int, float]) -> dict:
    """Other inner steps: how many, and their rate."""
    return {f"{n} step{'s' * (n > 1)} of {rate}": dict(how=dict(steps=n, alpha=rate)) for n, rate in pairs}


FIVE_SHOTS = {"five shots, one task an iteration": dict(draw=dict(k_shot=5, n_query=5, n_tasks=1))}
PAIRS = {f"margin {margin}": dict(how=dict(margin=margin)) for margin in (6.0, 24.0)}
PAIRS |= {"strided net": dict(net=dict(pool=False)), "128 pairs": dict(draw=dict(n_pairs=128))}
OTHERWISE = {  # by run, what is changed, and to what, by field of the plan
    "maml-5way-1shot": outer(0.001, 0.01),
    "maml-20way": inner((5, 0.1), (2, 0.1), (2, 1.0)) | outer(0.001, 0.01) | FIVE_SHOTS,
    "rates-20way": FIVE_SHOTS,
    "fomaml-5way-1shot": inner((1, 0.4), (3, 0.4)),
    "fomaml-5way-5shot": inner((1, 0.4), (5, 0.1)),
    "siamese": outer(0.0025, 0.01) | PAIRS,
}
UNDECIDED = "rates-20way"  # after a minute; all of its candidates are trained for LONGER, too


def plan() -> list[dict]:
    """What tells each training from the others."""
    short = [dict(run=name, otherwise=what) for name in OTHERWISE for what in (AS_RECORDED, *OTHERWISE[name])]
    return short + [key | dict(trained=LONGER) for key in short if key["run"] == UNDECIDED]


def candidate(name: str, what: str) -> Experiment:
    """A recorded run with one thing otherwise, for the split of `characters_held_back`."""
    run = EXPERIMENTS[name]
    changed = OTHERWISE[name].get(what, {})
    fields = {field: getattr(run, field) | new for field, new in changed.items()}
    return run._replace(split=(1000, 200), **fields)


def tests(name: str, what: str) -> dict[str, Test]:
    """What a candidate is tested on, by the name in the file: the run's settings, and how many steps are taken."""
    how, found = candidate(name, what).how, {}
    for test in EXPERIMENTS[name].tests:
        if test.four_turns:
            continue
        n_way, k_shot = test.draw["n_way"], test.draw["k_shot"]
        plain, called = test._replace(episodes=EPISODES[n_way]), shape(n_way, k_shot)
        if "steps" not in test.how:
            found[called] = plain
            continue
        own = (test.how["steps"],)
        for steps in STEPS.get(name, own) if what == AS_RECORDED else own:
            found[f"{called}, {steps} steps"] = plain._replace(how=test.how | dict(alpha=how["alpha"], steps=steps))
    return found


def train(run: Experiment, seconds: float) -> tuple:
    """The run's world, its network, the weights after so many seconds, and how many iterations fitted into them."""
    rng = torch.Generator().manual_seed(SEED)
    world, net = characters_held_back(run, rng), network(run)
    theta = METHODS[run.method].init(net, rng, **run.start)
    training = partial(ledger.train, recipe(run, net, rng), theta, world.train, beta=run.outer["beta"], decay=True)
    one = ledger.milliseconds({"one": partial(training, n_iterations=4)}, 4, repeat=3)["one"]
    n_iterations = round(1000 * seconds / one)
    return world, net, training(n_iterations=n_iterations), n_iterations


def record(path: Path = STORED) -> None:
    """Do all trainings that the file does not hold yet; it is written anew after each, and the page at the end."""
    torch.set_num_threads(1)
    file = load(path) if path.is_file() else _new()
    for key in plan():
        if ledger.find(file, key):
            continue
        name, what = key["run"], key["otherwise"]
        run, start = candidate(name, what), time.process_time()
        world, net, theta, n_iterations = train(run, key.get("trained", SECONDS))
        key |= dict(iterations=n_iterations, seconds=round(time.process_time() - start))
        for called, test in tests(name, what).items():
            statistics = next((which for which, figure in test.paper.items() if figure), TRANSDUCTIVE)
            predict = learner(run, test, statistics, net, State(theta, [], 0.0, ""), SEED)
            result = world.summarise(measure(predict, world, test, SEED, False, "cpu"))
            key[called] = [round(result.mean, 2), round(result.interval, 2)]
        ledger.add(path, file, key)
        print(key, flush=True)
    if path == STORED:
        put_between(TABLES, BEGIN, END, table(file))


def _new() -> dict:
    return ledger.new(
        "accuracy in %, and its 95% interval over test tasks, of recorded runs made otherwise, on characters held back",
        command=COMMAND,
        trained=SECONDS,
        seed=SEED,
    )


def load(path: Path = STORED) -> dict:
    """What is recorded, a dict for each training; raises as `ledger.load` does."""
    return ledger.load(path, command=COMMAND, fields={"run", "otherwise", "iterations", "seconds"})


def table(file: dict) -> str:
    """A row for each training and number of steps in its tests, in Markdown."""
    rows, columns = [], [shape(*size) for size in SIZES]
    for run in file["runs"]:
        found = {}
        for called, (mean, interval) in ((name, value) for name, value in run.items() if "-way" in name):
            setting, _, steps = called.partition(", ")
            found.setdefault(steps, {})[setting] = f"{mean:.1f} ± {interval:.1f}"
        for steps, values in found.items():
            made = [run["otherwise"]]
            made += [f"trained for {run['trained']} s"] if "trained" in run else []
            made += [f"tested after {steps}"] if steps else []
            row = [f"`{run['run']}`", ", ".join(made), f"{run['iterations']:,}"]
            rows.append(row + [values.get(column, "") for column in columns])
    return markdown(["run", "made", "iterations", *columns], rows)
