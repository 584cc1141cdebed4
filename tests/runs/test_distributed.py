"""Several processes: the same meta-gradient as one, and one run with one result. Two processes are really started."""

import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import torch
from test_resumable import NET

from mlcourse.methods import maml, reptile
from mlcourse.runs import distributed, recording
from mlcourse.runs.wave_protocols import waves
from mlcourse.worlds import sinusoids

SCRIPT = """
import signal
import sys
import weakref
from functools import partial
from pathlib import Path

import torch

sys.path.insert(0, {tests!r})
from mlcourse.runs import distributed, recording, resumable
from mlcourse.runs.resumable import Stopped
from test_distributed import TINY, meta_gradients

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
out = Path({out!r})
distributed.start()
i = distributed.rank()
torch.save(meta_gradients(), out / f"gradients{{i}}")
heard = distributed.from_first(b"first" if i == 0 else None), distributed.from_first(None if i == 0 else b"second")
votes = distributed.any_process(False), distributed.any_process(i == 1)
(out / f"heard{{i}}").write_text(repr((heard, votes, distributed.n_processes())))

# The second process alone is asked to stop at the fourth iteration; both do, and both go on.
record = partial(recording.record, "tiny", TINY, seed=0, out=out)
step, steps = resumable.meta_step, []
def stop_at_four(*given):
    steps.append(1)
    if i == 1 and len(steps) == 4:
        signal.raise_signal(signal.SIGINT)
    return step(*given)
resumable.meta_step = stop_at_four
try:
    record()
except Stopped as stopped:
    (out / f"stopped{{i}}").write_text(str(stopped))
record()
try:
    recording.record("narrow", TINY._replace(draw=dict(TINY.draw, n_tasks=1)), seed=0, out=out)
except ValueError as error:
    (out / f"refused{{i}}").write_text(str(error))
group = weakref.ref(torch.distributed.group.WORLD)
distributed.finish()
(out / f"left{{i}}").write_text(repr(group()))
"""

TINY = waves(5)._replace(
    net=dict(sizes=(1, 8, 1)), draw=dict(n_tasks=5, k_shot=5, n_query=5), iterations=8, tests=waves(5).tests[:1]
)


def meta_gradients():
    """Of MAML, and twice of Reptile with random mini-batches; and the next random number afterwards."""
    rng = torch.Generator().manual_seed(0)
    theta, task = NET.init(rng), sinusoids.sample_tasks(5, 5, 5, rng=rng)
    found = [distributed.spread(partial(maml.meta_gradient, NET, alpha=0.01))(theta, task)]
    how = dict(alpha=0.01, steps=3, batch_size=2, rng=rng, adam=True)
    recipe = distributed.spread(partial(reptile.meta_gradient, NET, **how), rng=rng, draws=10)
    return [*found, recipe(theta, task), recipe(theta, task), torch.rand(1, generator=rng)]


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """What two processes left behind."""
    out = tmp_path_factory.mktemp("two")
    script = out / "script.py"
    script.write_text(SCRIPT.format(tests=str(Path(__file__).parent), out=str(out)), encoding="utf-8")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", str(script)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    finally:
        if process.poll() is None:  # processes that wait for each other would do so for half an hour
            process.terminate()
            process.communicate()
    return out


def test_two_processes_give_the_meta_gradient_of_one(two):
    one = meta_gradients()
    for i in (0, 1):
        torch.testing.assert_close(torch.load(two / f"gradients{i}"), one, rtol=1e-12, atol=1e-12)


def test_all_processes_end_up_with_the_very_same_numbers(two):
    first, second = (torch.load(two / f"gradients{i}") for i in (0, 1))
    torch.testing.assert_close(first, second, rtol=0, atol=0)


def test_the_first_process_is_heard_and_any_may_ask_to_stop(two):
    for i in (0, 1):
        assert (two / f"heard{i}").read_text() == repr(((b"first", None), (False, True), 2))


def test_when_one_process_is_asked_to_stop_all_do_after_the_same_iteration(two):
    for i in (0, 1):
        assert (two / f"stopped{i}").read_text().startswith("Stopped after 4 of 8 iterations")


def test_a_run_over_two_processes_stopped_and_continued_has_the_result_of_one(two, tmp_path):
    alone = json.loads(recording.record("tiny", TINY, seed=0, out=tmp_path).read_text())
    both = json.loads((two / "tiny.json").read_text())
    assert (alone["processes"], both["processes"]) == (1, 2)
    assert both["results"] == alone["results"]
    torch.testing.assert_close(both["last_losses"], alone["last_losses"], rtol=1e-10, atol=0)


def test_what_cannot_be_shared_is_refused_with_a_sentence(two):
    for i in (0, 1):
        assert (two / f"refused{i}").read_text().startswith("narrow cannot be spread over 2 processes")


def test_nothing_keeps_the_group_and_its_threads_once_the_processes_have_left_it(two):
    for i in (0, 1):
        assert (two / f"left{i}").read_text() == "None"


def test_a_single_process_needs_none_of_this():
    recipe = object()
    assert distributed.spread(recipe) is recipe
    assert (distributed.n_processes(), distributed.rank(), distributed.any_process(True)) == (1, 0, True)
    assert distributed.from_first(b"x") == b"x" and distributed.from_first(None) is None
