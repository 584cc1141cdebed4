"""An Optuna study that several processes share, for lesson 11: whoever calls `join` with the same file works on it.

    python -c "from mlcourse.runs import study; study.join('waves.log', n_trials=20)"        in two terminals, say

The storage is a journal, a file to which each process appends what it does, and from which it learns what the others
did; on a folder that machines share, they share the study (Akiba, Sano, Yanase, Ohta, Koyama 2019, "Optuna",
arXiv:1907.10902). A trial trains MAML on sine waves and is pruned where it stays behind.
"""

from functools import partial
from pathlib import Path

import optuna
import torch
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from ..methods import maml
from ..training import meta_train
from ..worlds import sinusoids
from . import settings

NAME, EVERY = "waves", 30  # iterations between two reports


def objective(trial: optuna.Trial, *, n_iterations: int = 150) -> float:
    """Train with the rates that the trial suggests; the error on 200 validation waves.

    The trial's number is the seed. Raises optuna.TrialPruned where the pruner gives the trial up, and
    FloatingPointError where the training diverges.
    """
    alpha, beta = (trial.suggest_float(knob, settings.LEAST, settings.MOST, log=True) for knob in ("alpha", "beta"))
    rng, validation = torch.Generator().manual_seed(trial.number), settings.waves(200, 5, 500)

    def error(theta) -> float:
        return settings.errors(theta, validation, alpha=alpha, steps=1).mean().item()

    def watch(iteration, theta):
        if iteration and iteration % EVERY == 0:
            trial.report(error(theta), iteration)
            if trial.should_prune():
                raise optuna.TrialPruned

    sample = partial(sinusoids.sample_tasks, 25, k_shot=5, n_query=5, rng=rng)
    gradient, start = partial(maml.meta_gradient, settings.NET, alpha=alpha), settings.NET.init(rng)
    trained = meta_train(gradient, start, sample, n_iterations=n_iterations, beta=beta, decay=True, watch=watch)
    return error(trained.theta)


def shared(path: Path | str, *, seed: int | None = None) -> optuna.Study:
    """The study in this file, begun where there is none yet; seed: of this process's suggestions."""
    return optuna.create_study(
        study_name=NAME,
        storage=JournalStorage(JournalFileBackend(str(path))),
        load_if_exists=True,
        sampler=optuna.samplers.TPESampler(seed=seed),
        pruner=optuna.pruners.MedianPruner(),
    )


def join(path: Path | str, n_trials: int, *, seed: int | None = None, objective=objective) -> None:
    """Do so many trials of the study in this file, beside whoever else does."""
    torch.set_default_dtype(torch.float64)
    shared(path, seed=seed).optimize(objective, n_trials=n_trials, catch=FloatingPointError)
