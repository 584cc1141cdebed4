"""Training that was stopped or killed, however often, ends like training that was not: bit for bit."""

import os
import random
import signal
import sys
import threading
import time
from functools import partial

import pytest
import torch

from mlcourse.methods import maml, reptile
from mlcourse.networks import MLP
from mlcourse.runs import resumable
from mlcourse.runs.checkpoints import CheckpointError, save, unpack
from mlcourse.runs.resumable import Stopped, rate, stop_button, train
from mlcourse.training import meta_train
from mlcourse.worlds import sinusoids

NET = MLP(1, 8, 8, 1)
ADAM = dict(optimizer="Adam", beta=0.01)
HALVED = dict(ADAM, halved_every=4)
SGD = dict(optimizer="SGD", beta=1.0, falls="to zero in a straight line")
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that start as a copy of this one")


def run(path, *, stop=(), stop_at=None, before_each=None, n=12, method="maml", outer=ADAM, seed=0, **how):
    """Train a little net; with stop_at, ask for a stop during that iteration."""
    rng = torch.Generator().manual_seed(seed)
    theta, stop, drawn = NET.init(rng), stop if isinstance(stop, list) else [], []
    if method == "maml":
        recipe = partial(maml.meta_gradient, NET, alpha=0.01)
    else:
        inner = dict(alpha=0.01, steps=3, batch_size=2, rng=rng)
        fresh = partial(reptile.meta_gradient, NET, adam=True, **inner)
        recipe = reptile.CarriedAdam(NET, **inner) if method == "carried" else fresh

    def sample():
        drawn.append(1)
        if before_each:
            before_each()
        if len(drawn) == stop_at:
            stop.append(1)
        return sinusoids.sample_tasks(4, 5, 5, rng=rng)

    given = dict(name="waves", rng=rng, outer=outer, n_iterations=n, checkpoint=path, fingerprint="f", commit="c")
    return train(recipe, theta, sample, stop=stop, **given | how)


def same(a, b):
    return a.losses == b.losses and all(torch.equal(a.theta[name], b.theta[name]) for name in a.theta)


def test_what_a_recipe_remembers_goes_on_too(tmp_path):
    uncut = run(tmp_path / "uncut", method="carried", outer=SGD)
    with pytest.raises(Stopped):
        run(tmp_path / "cut", method="carried", outer=SGD, stop_at=5)
    (steps, *moments), (as_many, *others) = run(tmp_path / "cut", method="carried", outer=SGD).memory, uncut.memory
    assert steps == as_many == 12 * 3
    for moment, other in zip(moments, others, strict=True):
        assert all(torch.equal(moment[name], other[name]) for name in other)


@pytest.mark.parametrize(("method", "outer"), [("maml", ADAM), ("maml", HALVED), ("reptile", SGD), ("carried", SGD)])
def test_stopped_and_continued_is_the_same_as_never_stopped(tmp_path, method, outer):
    uncut = run(tmp_path / "uncut", method=method, outer=outer)
    for stop_at in (1, 5, 11):  # and each continuation once more
        path = tmp_path / f"cut {stop_at}"
        for more in (stop_at, 1):
            with pytest.raises(Stopped):
                run(path, method=method, outer=outer, stop_at=more)
            if stop_at + 1 >= 12:
                break
        assert same(run(path, method=method, outer=outer), uncut)


@pytest.mark.parametrize("falls", [False, True])
def test_it_is_the_loop_of_the_lessons(tmp_path, falls):
    rng = torch.Generator().manual_seed(0)
    theta = NET.init(rng)
    recipe = partial(maml.meta_gradient, NET, alpha=0.01)
    sample = partial(sinusoids.sample_tasks, 4, 5, 5, rng=rng)
    lesson = meta_train(recipe, theta, sample, n_iterations=12, beta=0.01, decay=falls)
    assert same(run(tmp_path / "run", outer=ADAM | (dict(falls=SGD["falls"]) if falls else {})), lesson)


def test_the_sentence_says_where_it_stopped_and_how_it_goes_on(tmp_path):
    with pytest.raises(Stopped, match=r"Stopped after 5 of 12 iterations: the same command goes on from there\."):
        run(tmp_path / "run", stop_at=5)


def test_finished_training_is_not_done_again(tmp_path):
    first = run(tmp_path / "run")
    saved = unpack((tmp_path / "run").read_bytes(), tmp_path / "run")["seconds"]
    again = run(tmp_path / "run", outer=dict(ADAM, beta=1e9))
    assert same(first, again) and again.seconds >= saved > 0


@needs_fork
@pytest.mark.parametrize("outer", [ADAM, SGD], ids=["MAML", "Reptile"])
def test_killed_at_any_moment_and_continued_is_the_same(tmp_path, monkeypatch, outer):
    monkeypatch.setattr(resumable, "PAUSE", 0)
    how = dict(n=150, outer=outer, method="maml" if outer is ADAM else "reptile")
    uncut, moments = run(tmp_path / "uncut", **how), random.Random(0)
    for _ in range(6):
        waiting, giving = os.pipe()
        os.write(giving, bytes(20))  # a child takes so many iterations and then waits: no kill comes too late
        child = os.fork()
        if child == 0:
            try:
                run(tmp_path / "cut", before_each=partial(os.read, waiting, 1), **how)
            finally:
                os._exit(0)
        while not (tmp_path / "cut").exists():
            assert os.waitpid(child, os.WNOHANG) == (0, 0), "ended before it saved anything"
        time.sleep(moments.uniform(0, 0.06))
        os.kill(child, signal.SIGKILL)
        assert os.waitpid(child, 0)[1] == signal.SIGKILL
        os.close(waiting)
        os.close(giving)
    assert 0 < len(unpack((tmp_path / "cut").read_bytes(), tmp_path)["losses"]) <= 6 * 20
    assert same(run(tmp_path / "cut", **how), uncut)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send a signal to one process alone")
def test_a_signal_at_any_moment_stops_after_the_iteration_and_saves_it(tmp_path, number):
    uncut = run(tmp_path / "uncut", n=200)
    for moment in (0.02, 0.06, 0.1):
        with stop_button() as stop, pytest.raises(Stopped) as stopped:
            timer = threading.Timer(moment, os.kill, (os.getpid(), number))
            timer.start()
            run(tmp_path / "cut", stop=stop, before_each=lambda: time.sleep(0.001), n=200)  # no moment comes too late
        timer.join()
        saved = unpack((tmp_path / "cut").read_bytes(), tmp_path)
        assert str(stopped.value).startswith(f"Stopped after {len(saved['losses'])} of 200")
    assert same(run(tmp_path / "cut", n=200), uncut)


def test_a_second_ctrl_c_stops_at_once_and_the_handlers_come_back():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), stop_button() as stop:
        signal.raise_signal(signal.SIGINT)
        assert stop == [signal.SIGINT]
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_the_checkpoint_of_another_run_is_refused_with_a_sentence(tmp_path):
    with pytest.raises(Stopped):
        run(tmp_path / "run", stop_at=2)
    with pytest.raises(CheckpointError, match="is of a run with other settings: delete it to begin anew"):
        run(tmp_path / "run", fingerprint="another")


def test_a_damaged_checkpoint_is_refused_and_left_where_it_is(tmp_path):
    with pytest.raises(Stopped):
        run(tmp_path / "run", stop_at=2)
    half = (tmp_path / "run").read_bytes()[:-100]
    (tmp_path / "run").write_bytes(half)
    with pytest.raises(CheckpointError, match="damaged"):
        run(tmp_path / "run")
    assert (tmp_path / "run").read_bytes() == half


@pytest.mark.parametrize("field", resumable.FIELDS)
def test_a_checkpoint_that_lacks_a_field_is_refused_with_a_sentence(tmp_path, field):
    path = tmp_path / "run"
    with pytest.raises(Stopped):
        run(path, stop_at=2)
    state = unpack(path.read_bytes(), path)
    del state[field]
    save(path, state)
    with pytest.raises(CheckpointError, match=r"run is damaged or no checkpoint: delete it to begin anew\."):
        run(path)


def test_a_checkpoint_from_before_recipes_could_remember_goes_on_unless_its_recipe_does(tmp_path):
    for method, outer in ("maml", ADAM), ("carried", SGD):
        path = tmp_path / method
        with pytest.raises(Stopped):
            run(path, method=method, outer=outer, stop_at=2)
        state = unpack(path.read_bytes(), path)
        del state["memory"]
        save(path, state)
    assert same(run(tmp_path / "maml"), run(tmp_path / "uncut"))
    with pytest.raises(CheckpointError, match="does not fit this program"):
        run(tmp_path / "carried", method="carried", outer=SGD)


@pytest.mark.parametrize(
    "change", [dict(theta={}), dict(optimizer={}), dict(rng=torch.zeros(3)), dict(theta={"0.weight": torch.ones(3, 3)})]
)
def test_the_checkpoint_of_a_program_with_another_network_is_refused_with_its_commit(tmp_path, change):
    path = tmp_path / "run"
    with pytest.raises(Stopped):
        run(path, stop_at=2)
    save(path, unpack(path.read_bytes(), path) | change)
    with pytest.raises(CheckpointError, match="does not fit this program, since commit c made it: delete it to begin"):
        run(path)


def test_a_run_continued_with_another_program_says_so(tmp_path):
    with pytest.raises(Stopped):
        run(tmp_path / "run", stop_at=2)
    with pytest.raises(Stopped):
        run(tmp_path / "run", stop_at=2)
    assert run(tmp_path / "run", commit="d").commit == "c, d"


def test_rates():
    assert [rate(SGD, i, 4) for i in range(4)] == [1, 0.75, 0.5, 0.25]
    assert [rate(HALVED, i, 12) for i in (0, 3, 4, 8)] == [0.01, 0.01, 0.005, 0.0025]
    assert rate(ADAM, 11, 12) == 0.01
