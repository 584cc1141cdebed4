"""A recorded run: train, test, and write down in one file what was done and what came out."""

import json
import time
from functools import partial
from pathlib import Path

import torch
from tqdm import tqdm

from .. import losses
from ..files import replacing
from ..networks import MLP, ConvNet
from . import distributed
from .plan import PLAIN, SUPPORT, Experiment, Test
from .provenance import commit, processor
from .registry import METHODS
from .resumable import State, Stopped, stop_button, train
from .turns import over_four_turns
from .worlds import WORLDS, World

FEW = 100  # values of so few test tasks are written one by one
LOSSES = {"cross entropy": losses.cross_entropy}


def record(name: str, experiment: Experiment, *, seed: int, out: Path, device="cpu", command="") -> Path | None:
    """Train and test, and write what came out to a file in the folder `out`; return its path.

    Under `torchrun` all processes call it, and the first one tests, writes and returns the path, the others None.
    Raises Stopped after Ctrl+C or a polite kill, and ValueError, CheckpointError or OSError with a sentence.
    """
    _check(name, experiment)
    n_tasks = 1 if experiment.how.get("carried") else experiment.draw.get("n_tasks", 1)
    if distributed.n_processes() > n_tasks:
        raise ValueError(
            f"{name} cannot be spread over {distributed.n_processes()} processes: an iteration has {n_tasks} "
            f"{'task' if n_tasks == 1 else 'tasks'} that may part, and a task stays whole"
        )
    path = path_of(name, seed, out)
    checkpoint = path.with_suffix(".checkpoint")
    rng = torch.Generator().manual_seed(seed)
    world = WORLDS[experiment.data][0](experiment, rng)
    net = network(experiment)
    theta = METHODS[experiment.method].init(net, rng, **experiment.start) if net else {}
    with stop_button() as stop:
        state = train(
            recipe(experiment, net, rng),
            {weight: p.to(device) for weight, p in theta.items()},
            lambda: _to(device, world.train()),  # drawn on the CPU, so that a GPU gets the same tasks
            name=name,
            rng=rng,
            outer=experiment.outer,
            n_iterations=experiment.iterations,
            checkpoint=checkpoint,
            fingerprint=json.dumps([seed, plain(experiment)]),
            commit=commit(),
            stop=stop,
        )
        if distributed.rank() > 0:
            return None
        start = time.monotonic()
        rows = []
        for test in experiment.tests:
            for statistics in test.paper:
                predict = learner(experiment, test, statistics, net, state, seed)
                per_task = measure(predict, world, test, seed, stop, device)
                rows.append(_row(experiment, test, statistics, world, per_task))
    written = dict(name=name, results=rows, seed=seed, settings=plain(experiment))
    written |= _budget(experiment) | dict(command=command) | _provenance(state, device)
    written["seconds"] = dict(training=round(state.seconds), tests=round(time.monotonic() - start))
    written |= dict(last_losses=state.losses[-5:], remarks=list(experiment.remarks))
    with replacing(path) as file:
        file.write((json.dumps(written, indent=1, ensure_ascii=False) + "\n").encode())
    checkpoint.unlink(missing_ok=True)
    return path


def _check(name: str, experiment: Experiment) -> None:
    """Raise ValueError, with a sentence, for a name in the plan that nobody knows."""
    losses_named = [how["loss"] for how in (experiment.how, *(test.how for test in experiment.tests)) if "loss" in how]
    _, table = WORLDS.get(experiment.data, (None, None))
    settings = [test.setting.split(", ")[0] for test in experiment.tests]
    for what, given, known in (
        ("world", [experiment.data], WORLDS),
        ("method", [experiment.method], METHODS),
        ("loss", losses_named, LOSSES),
        ("setting", settings, table.settings if table else settings),
    ):
        if unknown := [one for one in given if one not in known]:
            raise ValueError(f"{name} has the {what} {unknown[0]!r}, which is unknown: choose from {', '.join(known)}")


def path_of(name: str, seed: int, out: Path) -> Path:
    """Where a run's file lies."""
    return out / f"{name}{f'-seed{seed}' if seed else ''}.json"


def network(experiment: Experiment):
    """The run's network, or None where nothing is trained."""
    if "sizes" in experiment.net:
        return MLP(*experiment.net["sizes"])
    return ConvNet(**experiment.net) if experiment.net else None


def recipe(experiment: Experiment, net, rng: torch.Generator):
    """The method's gradient with the run's settings, its tasks spread over the processes."""
    gradient, how = METHODS[experiment.method].gradient, _with_loss(experiment.how)
    if how.pop("carried", False):
        return METHODS[experiment.method].carried(net, rng=rng, **how)
    if gradient is None or "batch_size" not in how:
        return gradient and distributed.spread(partial(gradient, net, **how))
    n_support = experiment.draw["n_way"] * experiment.draw["k_shot"]
    passes = -(-how["steps"] * how["batch_size"] // n_support)  # Reptile puts a task's examples in order so many times
    return distributed.spread(partial(gradient, net, rng=rng, **how), rng=rng, draws=passes * n_support)


def learner(experiment: Experiment, test: Test, statistics: str, net, trained: State, seed: int):
    """The trained method as a function from (x_support, y_support, x_query) to predictions."""
    how = _with_loss(test.how)
    if trained.memory is not None:
        how["state"] = trained.memory
    if "batch_size" in how:
        how["rng"] = torch.Generator().manual_seed(seed)
    if statistics != PLAIN:
        how["support_statistics"] = statistics == SUPPORT
    predict = partial(METHODS[experiment.method].predict, net, trained.theta, **how)
    return over_four_turns(predict) if test.four_turns else predict


def measure(predict, world: World, test: Test, seed: int, stop, device) -> torch.Tensor:
    """One value a test task, (n_tasks,), in the world's unit."""
    per_task, n_parts = [], -(-test.episodes // test.at_once)
    for task in tqdm(world.test(test, seed), desc=test.setting, total=n_parts, disable=None, mininterval=1):
        per_task.append(world.measure(predict, _to(device, task)).cpu())
        if stop:
            raise Stopped("Stopped during the tests: the same command begins with them, the training is done.")
    return torch.cat(per_task)


def _row(experiment: Experiment, test: Test, statistics: str, world: World, per_task: torch.Tensor) -> dict:
    result = world.summarise(per_task)
    row = dict(
        method=experiment.method,
        setting=test.setting,
        statistics=statistics,
        measure=world.unit,
        value=round(result.mean, 4),
        interval=round(result.interval, 4),
        episodes=len(per_task),
        paper=test.paper[statistics],
        source=test.source if test.paper[statistics] is not None else None,
    )
    if len(per_task) <= FEW:
        row["per_task"] = [round(value, 4) for value in per_task.tolist()]
    return row


def _budget(experiment: Experiment) -> dict:
    """For how long it trained, beside the paper; the share is counted in tasks."""
    budget = dict(iterations=experiment.iterations, paper_iterations=experiment.paper_iterations)
    if experiment.paper_iterations:
        share = experiment.iterations / experiment.paper_iterations
        if experiment.paper_n_tasks:
            share *= experiment.draw["n_tasks"] / experiment.paper_n_tasks
        budget["of the paper's budget"] = share
    return budget


def _provenance(state: State, device) -> dict:
    return dict(
        commit=state.commit,
        torch=torch.__version__,
        processor=processor(device),
        processes=distributed.n_processes(),
        threads=torch.get_num_threads(),
    )


def plain(experiment: Experiment) -> dict:
    """The settings as JSON has them; what is said about it is written elsewhere."""
    settings = experiment._asdict() | dict(tests=[test._asdict() for test in experiment.tests])
    del settings["remarks"], settings["minutes"], settings["paper_n_tasks"]
    if not settings["start"]:
        del settings["start"]
    for test in settings["tests"]:
        if not test["four_turns"]:
            del test["four_turns"]
    return json.loads(json.dumps(settings))


def _with_loss(how: dict) -> dict:
    return {name: LOSSES.get(value, value) if name == "loss" else value for name, value in how.items()}


def _to(device, task):
    return task.map(lambda tensor: tensor.to(device))
