"""An Optuna study: log-uniform rates, pruning, a seed that repeats it, and two processes that share it."""

import subprocess
import sys
from functools import partial

import optuna

from mlcourse.runs import study

optuna.logging.set_verbosity(optuna.logging.WARNING)
WORK = """
import optuna
from mlcourse.runs import study
optuna.logging.set_verbosity(optuna.logging.WARNING)
study.join({path!r}, n_trials=8, seed={seed}, objective=lambda trial: (trial.suggest_float("x", -1, 1) - 0.3) ** 2)
"""


def test_two_processes_share_a_study(tmp_path):
    path = str(tmp_path / "waves.log")
    study.shared(path)
    workers = [subprocess.Popen([sys.executable, "-c", WORK.format(path=path, seed=seed)]) for seed in (1, 2)]
    assert [worker.wait(120) for worker in workers] == [0, 0]
    trials = study.shared(path).trials
    assert [trial.number for trial in trials] == list(range(16))
    assert len({trial.params["x"] for trial in trials}) == 16  # none was proposed twice
    assert all(trial.state == optuna.trial.TrialState.COMPLETE for trial in trials)


def test_a_seed_repeats_a_study_with_one_job():
    def found(seed):
        tuned = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
        tuned.optimize(partial(study.objective, n_iterations=2), n_trials=3)
        return [(trial.params, trial.value) for trial in tuned.trials]

    assert found(0) == found(0) != found(1)


def test_a_trial_reports_on_its_way_and_can_be_pruned():
    class Never(optuna.pruners.BasePruner):
        def prune(self, study, trial):
            return True

    tuned = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0), pruner=Never())
    tuned.optimize(partial(study.objective, n_iterations=40), n_trials=1)
    (trial,) = tuned.trials
    assert trial.state == optuna.trial.TrialState.PRUNED and list(trial.intermediate_values) == [study.EVERY]
