"""One process a run: a second one is told so, a kill blocks nobody, and nothing is left behind."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from test_experiments import EXPERIMENTS, results, tiny

from mlcourse.runs import alone as module
from mlcourse.runs.alone import alone

COMMAND = """
import sys, time, torch
torch.set_num_threads(1)
sys.path.insert(0, {tests!r})
from test_experiments import EXPERIMENTS, results, tiny
from mlcourse.runs import resumable
step = resumable.meta_step
resumable.meta_step = lambda *given: (time.sleep(0.02), step(*given))[1]
EXPERIMENTS["waves"] = tiny(EXPERIMENTS["sine-maml-5shot"])._replace(iterations=5000)
results("waves", "--out", {out!r})
"""


@pytest.fixture
def command(tmp_path):
    """Start `python -m mlcourse results waves`, slow on purpose, in a process or several; whoever is left is ended."""
    script, started = tmp_path / "command.py", []
    script.write_text(COMMAND.format(tests=str(Path(__file__).parent), out=str(tmp_path / "out")), encoding="utf-8")

    def start(*launcher):
        python = [sys.executable, *launcher, str(script)]
        started.append(subprocess.Popen(python, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stderr.close()


def test_a_second_process_is_told_so_and_the_first_goes_on_until_it_is_killed(command, tmp_path, monkeypatch):
    out = tmp_path / "out"
    monkeypatch.setitem(EXPERIMENTS, "waves", tiny(EXPERIMENTS["sine-maml-5shot"]))
    sentence = f"{out / 'waves.json'} is being recorded by another process: wait for it, or name another folder"
    first = command()
    while not (out / "waves.lock").exists():
        assert first.poll() is None, first.stderr.read()
        time.sleep(0.02)

    with pytest.raises(SystemExit, match=re.escape(sentence)):
        results("waves", "--out", out)
    two = command("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
    _, err = two.communicate(timeout=100)  # one of them speaks, and neither hangs
    assert two.returncode == 1 and err.count(sentence) == 1
    assert first.poll() is None and os.listdir(out) == ["waves.lock"]

    first.kill()
    first.wait()
    assert os.listdir(out) == ["waves.lock"]
    results("waves", "--out", out)
    assert os.listdir(out) == ["waves.json"]


def test_what_is_held_is_given_back_however_the_block_ends(tmp_path):
    for error in ValueError, KeyboardInterrupt:
        with pytest.raises(error), alone(tmp_path / "run.json"):
            with pytest.raises(OSError, match="is being recorded by another"), alone(tmp_path / "run.json"):
                pass
            with alone(tmp_path / "another.json"):
                assert {path.name for path in tmp_path.iterdir()} == {"run.lock", "another.lock"}
            raise error
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(module.fcntl is None, reason="Windows removes the file itself")
def test_a_file_that_is_removed_just_before_it_is_held_is_made_anew(tmp_path, monkeypatch):
    """Else a third process would make one of its own, and both would be inside."""
    lock, flock, left = tmp_path / "run.lock", module.fcntl.flock, []

    def just_left(*given):
        if not left:
            left.append(lock.unlink())
        flock(*given)

    monkeypatch.setattr(module.fcntl, "flock", just_left)
    with alone(tmp_path / "run.json"):
        assert left and lock.exists()
    assert not lock.exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that start as a copy of this one")
def test_of_many_that_come_at_once_one_alone_is_let_in(tmp_path):
    """Each adds a letter while nobody else is inside, over and over; a lock that is removed must not let two in."""
    inside, children = tmp_path / "inside", []
    for _ in range(4):
        children.append(os.fork())
        if children[-1] == 0:
            entered = 0
            while entered < 30:
                try:
                    with alone(tmp_path / "run.json"):
                        os.close(os.open(inside, os.O_CREAT | os.O_EXCL))  # fails where somebody is there
                        entered += 1
                        inside.unlink()
                except FileExistsError:
                    os._exit(1)
                except OSError:
                    time.sleep(0.001)
            os._exit(0)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"Could not write .*run.lock \(.+\): "), alone(tmp_path / "file" / "run.json"):
        pass
