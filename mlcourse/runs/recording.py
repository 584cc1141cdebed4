"""A recorded run: train, test, and write down in one file what was done and what came out."""

import json
import time
from functools import partial
from pathlib import Path

import torch
from tqdm import tqdm

from .. import evaluation, losses
from ..files import replacing
from ..methods import maml, matching, nearest, prototypical, reptile, siamese, transfer
from ..networks import MLP, ConvNet
from ..worlds import episodes, omniglot, pairs, sinusoids
from . import distributed
from .protocols import PLAIN, SUPPORT, Experiment
from .provenance import commit, processor
from .resumable import State, Stopped, stop_button, train

LOSSES = {"cross entropy": losses.cross_entropy}
RECIPES = {
    "pixels": (None, lambda net, theta, *seen: nearest.predict(*seen)),
    "Siamese": (siamese.meta_gradient, siamese.predict),
    "matching": (matching.meta_gradient, matching.predict),
    "prototypical": (prototypical.meta_gradient, prototypical.predict),
    "MAML": (maml.meta_gradient, maml.predict),
    "FOMAML": (maml.meta_gradient, maml.predict),
    "ANIL": (maml.meta_gradient, maml.predict),
    "Reptile": (reptile.meta_gradient, reptile.predict),
    "transfer": (transfer.pooled_gradient, transfer.predict),
}
TEST_SEED = 1_000_000  # added to the seed: the same test episodes for every method, and others than in training


def record(
    name: str, experiment: Experiment, *, seed: int, out: Path, device="cpu", command="", load=None, load_runs=None
) -> Path | None:
    """Train and test, and write what came out to a file in the folder `out`; return its path.

    load, load_runs: where characters and the official runs come from, `omniglot`'s own if None
    Under `torchrun` all processes call it, and the first one tests, writes and returns the path, the others None.
    Raises Stopped after Ctrl+C or a polite kill, and ValueError or CheckpointError with a sentence.
    """
    n_tasks = experiment.draw.get("n_tasks", 1)
    if distributed.n_processes() > n_tasks:
        raise ValueError(
            f"{name} cannot be spread over {distributed.n_processes()} processes: an iteration has {n_tasks} "
            f"{'task' if n_tasks == 1 else 'tasks'}, and a task stays whole"
        )
    path = path_of(name, seed, out)
    checkpoint = path.with_suffix(".checkpoint")
    rng = torch.Generator().manual_seed(seed)
    train_on, test_on = _characters(experiment, rng, load or omniglot.load)
    net = _net(experiment)
    with stop_button() as stop:
        state = State({}, [], 0.0, commit())
        if experiment.iterations:
            state = train(
                _recipe(experiment, net, rng),
                {weight: p.to(device) for weight, p in net.init(rng).items()},
                _sampler(experiment, train_on, rng, device),
                name=name,
                rng=rng,
                outer=experiment.outer,
                n_iterations=experiment.iterations,
                checkpoint=checkpoint,
                fingerprint=json.dumps([seed, _plain(experiment)]),
                commit=state.commit,
                stop=stop,
            )
        if distributed.rank() > 0:
            return None
        start = time.monotonic()
        rows = []
        for test in experiment.tests:
            for statistics in test.paper:
                predict = _predict(experiment, test, statistics, net, state.theta, seed)
                tasks = _tasks(experiment, test, test_on, seed, load_runs or omniglot.load_runs)
                rows.append(_row(experiment, test, statistics, measure(predict, tasks, experiment, test, stop, device)))
    budget = {}
    if experiment.paper_iterations:  # counted in tasks
        budget["of the paper's budget"] = experiment.iterations / experiment.paper_iterations
        if experiment.paper_n_tasks:
            budget["of the paper's budget"] *= n_tasks / experiment.paper_n_tasks
    written = dict(
        name=name,
        results=rows,
        seed=seed,
        settings=_plain(experiment),
        iterations=experiment.iterations,
        paper_iterations=experiment.paper_iterations,
        **budget,
        command=command,
        commit=state.commit,
        torch=torch.__version__,
        processor=processor(device),
        processes=distributed.n_processes(),
        threads=torch.get_num_threads(),
        seconds=dict(training=round(state.seconds), tests=round(time.monotonic() - start)),
        last_losses=state.losses[-5:],
        remarks=list(experiment.remarks),
    )
    with replacing(path) as file:
        file.write((json.dumps(written, indent=1, ensure_ascii=False) + "\n").encode())
    checkpoint.unlink(missing_ok=True)
    return path


def path_of(name: str, seed: int, out: Path) -> Path:
    """Where a run's file lies."""
    return out / f"{name}{f'-seed{seed}' if seed else ''}.json"


def measure(predict, tasks, experiment, test, stop, device):
    """One value a task, (n_tasks,), in percent or, for waves, the mean squared error."""
    metric, unit = (losses.mse, 1) if experiment.data == "waves" else (losses.fair_accuracy, 100)
    per_task = []
    for task in tqdm(tasks, desc=test.setting, total=-(-test.episodes // test.at_once), disable=None, mininterval=1):
        task = task.map(lambda tensor: tensor.to(device))
        per_task.append(unit * evaluation.evaluate(predict, task, metric=metric).per_task.cpu())
        if stop:
            raise Stopped("Stopped during the tests: the same command begins with them, the training is done.")
    return torch.cat(per_task)


def _net(experiment):
    if "sizes" in experiment.net:
        return MLP(*experiment.net["sizes"])
    return ConvNet(**experiment.net) if experiment.net else None


def _characters(experiment, rng, load):
    """What to train on and what to test on; None where tasks need no characters."""
    if experiment.data == "omniglot":
        return episodes.split_by_class(load(), *experiment.split, rng=rng)
    return (load("background") if experiment.data == "background" else None), None


def _sampler(experiment, characters, rng, device):
    """Draws the tasks of one iteration: on the CPU, so that a GPU gets the same ones."""
    if experiment.data == "waves":
        draw = sinusoids.sample_tasks
    else:
        draw = partial(pairs.sample_pairs if experiment.method == "Siamese" else episodes.sample_episodes, characters)

    def sample():
        return draw(rng=rng, **experiment.draw).map(lambda tensor: tensor.to(device))

    return sample


def _recipe(experiment, net, rng):
    """The method's recipe with the run's settings, spread over the processes."""
    gradient, how = RECIPES[experiment.method][0], _with_loss(experiment.how)
    if "batch_size" not in how:
        return distributed.spread(partial(gradient, net, **how))
    n_support = experiment.draw["n_way"] * experiment.draw["k_shot"]
    passes = -(-how["steps"] * how["batch_size"] // n_support)  # Reptile puts a task's examples in order so many times
    return distributed.spread(partial(gradient, net, rng=rng, **how), rng=rng, draws=passes * n_support)


def _predict(experiment, test, statistics, net, theta, seed):
    how = _with_loss(test.how)
    if "batch_size" in how:
        how["rng"] = torch.Generator().manual_seed(seed)
    if statistics != PLAIN:
        how["support_statistics"] = statistics == SUPPORT
    return partial(RECIPES[experiment.method][1], net, theta, **how)


def _tasks(experiment, test, characters, seed, load_runs):
    """The test tasks, a few at a time, the same for every method."""
    rng = torch.Generator().manual_seed(TEST_SEED + seed)
    runs = load_runs() if experiment.data == "background" else None
    for start in range(0, test.episodes, test.at_once):
        n_tasks = min(test.at_once, test.episodes - start)
        if runs is not None:
            yield runs.select(slice(start, start + n_tasks))
        elif experiment.data == "waves":
            yield sinusoids.sample_tasks(n_tasks, rng=rng, **test.draw)
        else:
            yield episodes.sample_episodes(characters, n_tasks, rng=rng, **test.draw)


def _row(experiment, test, statistics, per_task) -> dict:
    result = evaluation.summarise(per_task)
    return dict(
        method=experiment.method,
        setting=test.setting,
        statistics=statistics,
        measure="mean squared error" if experiment.data == "waves" else "accuracy in %",
        value=round(result.mean, 4),
        interval=round(result.interval, 4),
        episodes=len(per_task),
        paper=test.paper[statistics],
        source=test.source if test.paper[statistics] is not None else None,
    )


def _with_loss(how: dict) -> dict:
    return {name: LOSSES.get(value, value) if name == "loss" else value for name, value in how.items()}


def _plain(experiment: Experiment) -> dict:
    """The settings as JSON has them; what is said about it is written elsewhere."""
    settings = experiment._asdict() | dict(tests=[test._asdict() for test in experiment.tests])
    del settings["remarks"], settings["minutes"], settings["paper_n_tasks"]
    return json.loads(json.dumps(settings))
