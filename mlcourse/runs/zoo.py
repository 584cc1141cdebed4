"""The zoo: every learned method of the course, trained on the same characters for the same time, weights and curves.

All have the body of one convolutional network, 32 filters, halving by stride, and were trained on 30 of the invented
alphabets by `train_zoo`. `load` reads them, `learners` makes them ready to be asked, `train` trains one of them anew.
"""

import json
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from ..evaluation import Evaluation
from ..files import DATA, reading, replacing
from ..methods import nearest, transfer
from ..networks import ConvNet
from ..tasks import Task
from ..training import meta_train
from ..weights import Theta
from ..worlds import alphabets
from ..worlds.characters import Characters
from ..worlds.episodes import sample_episodes, split_by_alphabet
from . import remembered
from .registry import EMBEDDING, LEARNERS, METHODS, NAMES, Contestant

STORED, OMNIGLOT, AGAIN = DATA / "zoo.npz", DATA / "zoo_omniglot.json", DATA / "zoo_again.json"
MOMENTS = (0, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 3 / 4, 1)  # shares of the training after which we look


class Training(NamedTuple):
    """One more training of a method, from a seed of its own, for a share of the zoo's time."""

    method: str
    share: float
    seed: int
    seconds: float
    accuracy: dict[str, Evaluation]  # of each of its learners, 5-way 1-shot on the test alphabets; per_task is empty
    scale: float | None = None  # of the last block's points before training; None: the zoo's


class Entry(NamedTuple):
    """A method after its training."""

    theta: Theta  # for "pooled" without the head, which knows only the training characters
    seconds: list[float]  # of processor time, when we looked
    accuracy: list[Evaluation]  # 5-way 1-shot on the validation alphabets, at these times; per_task is empty
    settings: dict  # what was tried and chosen, and how long it took


def split() -> list[Characters]:
    """The alphabets of meta-training, meta-validation and meta-test: 30, 8 and 12, as in lesson 05."""
    return split_by_alphabet(alphabets.load(), 30, 8, 12, rng=torch.Generator().manual_seed(0))


def validation_episodes(n_tasks: int = 100) -> Task:
    """The 5-way 1-shot tasks on which everything is chosen, the same for all methods."""
    rng = torch.Generator().manual_seed(1)
    return sample_episodes(split()[1], n_tasks, n_way=5, k_shot=1, n_query=5, rng=rng)


def contestant(name: str, variant: Contestant | str | None = None) -> Contestant:
    """How a method is trained: in the variant of this name, in the usual one, or as a Contestant of your own says."""
    return variant if isinstance(variant, Contestant) else METHODS[name].zoo.variant(variant)


def ready(learner: str, theta: Theta, *, variant: Contestant | str | None = None, **adapt):
    """One learner, from its name, its weights and the variant that they were trained in, see `contestant`.

    adapt: alpha and steps, for those that take gradient steps
    """
    return partial(contestant(LEARNERS[learner], variant).learners[learner].predict, theta, **adapt)


def learners(zoo: dict[str, Entry]) -> dict:
    """Every learner as a function from (x_support, y_support, x_query) to scores, for `evaluate`; pixels come first."""
    untrained = EMBEDDING.init(torch.Generator().manual_seed(0))
    random_features = partial(transfer.class_mean, EMBEDDING, untrained, support_statistics=True)
    aligned = partial(nearest.predict, embed=nearest.aligned)
    found = {"pixels": nearest.predict, "aligned pixels": aligned, "random features": random_features}
    for name, method in LEARNERS.items():
        if method in zoo:
            settings = zoo[method].settings
            adapt = settings["adapt"].get(name, {})
            found[name] = ready(name, zoo[method].theta, variant=settings["variant"], **adapt)
    return found


def recipe(name: str, characters: Characters, rng: torch.Generator, variant: Contestant | str | None = None) -> tuple:
    """A method's network, its gradient, from (theta, task) to (loss, gradient), and what draws its batches."""
    trained = contestant(name, variant)
    net, how = trained.net or ConvNet(characters.n_classes, filters=32), dict(trained.how)
    if "batch_size" in how:
        how["rng"] = rng  # mini-batches are drawn at random
    own = partial(partial, trained.gradient or METHODS[name].gradient)
    make = METHODS[name].carried if how.pop("carried", False) else own
    return net, make(net, **how), partial(trained.draw, characters, rng=rng)


def initial(name: str, net: ConvNet, rng: torch.Generator, variant: Contestant | str | None = None) -> Theta:
    """The weights from which a method's training starts."""
    trained = contestant(name, variant)
    theta = (trained.init or METHODS[name].init)(net, rng, **trained.start)
    return theta | {"3.scale": trained.scale * theta["3.scale"]}


def train(
    name: str,
    characters: Characters,
    *,
    n_iterations: int,
    beta: float | None = None,
    variant: Contestant | str | None = None,
    seed: int = 0,
    look=None,
) -> Theta:
    """Train a method from scratch, with an outer rate that falls from beta to 0; the same numbers, the same weights.

    beta, variant: the usual ones without them, see `contestant`
    look: called as look(iteration, theta) at the MOMENTS, the last time with the weights that are returned
    """
    how, rng = contestant(name, variant), torch.Generator().manual_seed(seed)
    net, gradient, sample = recipe(name, characters, rng, variant)
    moments = {round(share * n_iterations) for share in MOMENTS[:-1]} if look else set()

    def stored(theta):
        return rounded(remembered.join(theta, getattr(gradient, "state", None)))

    trained = meta_train(
        gradient,
        initial(name, net, rng, variant),
        sample,
        n_iterations=n_iterations,
        beta=how.beta if beta is None else beta,
        decay=True,
        optimizer=how.optimizer,
        watch=lambda iteration, theta: look(iteration, stored(theta)) if iteration in moments else None,
    )
    theta = stored(trained.theta)
    if look:
        look(n_iterations, theta)
    return theta


def rounded(theta: Theta) -> Theta:
    """The weights as they will be stored, in 16 bits."""
    return {name: p.detach().half().float() for name, p in theta.items()}


def save(zoo: dict[str, Entry], path: Path = STORED) -> None:
    """Write a zoo as a .npz file, weights in 16 bits; nobody ever sees half of it."""
    arrays = {}
    for name, entry in zoo.items():
        arrays |= {f"{name}/theta/{key}": p.numpy().astype(np.float16) for key, p in entry.theta.items()}
        arrays[f"{name}/curve"] = np.array(
            [[s, a.mean, a.interval] for s, a in zip(entry.seconds, entry.accuracy, strict=True)]
        )
        arrays[f"{name}/settings"] = np.array(json.dumps(entry.settings))
    with replacing(path) as file:
        np.savez_compressed(file, **arrays)


def load(path: Path = STORED, *, up_to: int | None = None) -> dict[str, Entry]:
    """Read a zoo that `save` wrote: an Entry for each method, by name.

    up_to: the number of a lesson; leave out the methods that only later ones teach
    Raises FileNotFoundError where there is none, ValueError where it is not whole or something else.
    """
    with reading(path, "train it with `python -m mlcourse zoo`") as file, np.load(file) as stored:
        arrays = dict(stored)
        zoo = {name: _entry(name, arrays) for name in sorted({key.split("/")[0] for key in arrays}, key=NAMES.index)}
        if not zoo:
            raise ValueError("it is empty")
    return {name: entry for name, entry in zoo.items() if up_to is None or METHODS[name].lesson <= up_to}


def _entry(name: str, arrays: dict[str, np.ndarray]) -> Entry:
    """A method's part of a zoo's arrays; raises KeyError or ValueError where something of it is missing."""
    start = f"{name}/theta/"
    theta = {key.removeprefix(start): array for key, array in arrays.items() if key.startswith(start)}
    if not theta:
        raise KeyError(start)
    seconds, mean, interval = arrays[f"{name}/curve"].T.tolist()
    accuracy = [Evaluation(m, i, torch.empty(0)) for m, i in zip(mean, interval, strict=True)]
    weights = {key: torch.from_numpy(array.astype(np.float32)) for key, array in theta.items()}
    return Entry(weights, seconds, accuracy, json.loads(str(arrays[f"{name}/settings"])))


def on_omniglot(path: Path = OMNIGLOT, *, up_to: int | None = None) -> dict[str, Evaluation]:
    """What `train_zoo` has recorded on the real Omniglot, by learner; per_task is empty. up_to: see `load`."""
    with reading(path, "measure it anew with `python -m mlcourse zoo`, where the real Omniglot is") as file:
        found = _evaluations(json.load(file)["results"])
        if not found:
            raise ValueError("it is empty")
    late = {learner for learner, name in LEARNERS.items() if up_to is not None and METHODS[name].lesson > up_to}
    return {name: result for name, result in found.items() if name not in late}


def again(path: Path = AGAIN) -> tuple[list[Training], dict[str, Evaluation]]:
    """What `repeat_zoo` has recorded: all trainings, and what is reached on the same tasks without any."""
    with reading(path, "measure it anew with `python -m mlcourse zoo --again`") as file:
        record = json.load(file)
        trainings = [Training(**run | dict(accuracy=_evaluations(run["accuracy"]))) for run in record["runs"]]
        untrained = _evaluations(record["untrained"])
        if not trainings:
            raise ValueError("it is empty")
    return trainings, untrained


def _evaluations(results: dict) -> dict[str, Evaluation]:
    return {name: Evaluation(**result, per_task=torch.empty(0)) for name, result in results.items()}
