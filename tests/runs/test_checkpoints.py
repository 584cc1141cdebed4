"""Checkpoints: what comes back is what went in, and a file that is not whole is refused with a sentence."""

import os
import pickle
import signal
import time
from hashlib import sha256

import pytest
import torch

from mlcourse.runs.checkpoints import CheckpointError, pack, save, unpack


def state(rng):
    weights = {"a": torch.randn(3, 4, generator=rng), "b": torch.randn((), generator=rng).float()}
    optimizer = torch.optim.Adam(list(weights.values()), lr=0.1)
    for p in weights.values():
        p.grad = torch.ones_like(p)
    optimizer.step()
    return dict(theta=weights, outer=optimizer.state_dict(), rng=rng.get_state(), losses=[0.1, 1 / 3], commit="c")


def test_what_comes_back_is_what_went_in(tmp_path, rng):
    before = state(rng)
    save(tmp_path / "run.checkpoint", before)
    after = unpack((tmp_path / "run.checkpoint").read_bytes(), tmp_path)
    assert after.pop("commit") == before.pop("commit") and after["losses"] == before["losses"]
    torch.testing.assert_close(after, before, rtol=0, atol=0)
    assert after["theta"]["b"].dtype == torch.float32


def test_nothing_else_is_left_in_the_folder(tmp_path, rng):
    for _ in range(2):
        save(tmp_path / "run.checkpoint", state(rng))
    assert [path.name for path in tmp_path.iterdir()] == ["run.checkpoint"]


@pytest.mark.parametrize("damage", ["cut", "one bit", "empty", "the digest alone", "another file"])
def test_a_damaged_file_is_refused_with_a_sentence(tmp_path, rng, damage):
    whole = pack(state(rng))
    middle = len(whole) // 2
    damaged = {
        "cut": whole[:-1],
        "one bit": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        "empty": b"",
        "the digest alone": whole[:32],
        "another file": b"PK" * 100,
    }[damage]
    with pytest.raises(CheckpointError, match=r"run.checkpoint is damaged or no checkpoint: delete it to begin anew\."):
        unpack(damaged, tmp_path / "run.checkpoint")


@pytest.mark.parametrize("stored", [{}, {"theta": {}}, torch.zeros(3), [1, 2]], ids=["none", "one", "tensor", "list"])
def test_a_checkpoint_without_its_fields_is_none(tmp_path, stored):
    with pytest.raises(CheckpointError, match=r"run.checkpoint is damaged or no checkpoint: delete it to begin anew\."):
        unpack(pack(stored), tmp_path / "run.checkpoint", fields=("theta", "rng"))


def test_to_load_a_checkpoint_runs_no_code(tmp_path):
    """A pickle with a right digest may ask for any function; it must be refused, not called."""

    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "was here"),)

    for content in (pickle.dumps(Evil(), protocol=2), pack({"x": Evil()})[32:]):
        with pytest.raises(CheckpointError, match="delete it to begin anew"):
            unpack(sha256(content).digest() + content, tmp_path / "run.checkpoint")
    assert not (tmp_path / "was here").exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that start as a copy of this one")
def test_a_kill_at_any_moment_leaves_a_whole_checkpoint(tmp_path):
    path = tmp_path / "run.checkpoint"
    save(path, {"n": 0, "x": torch.zeros(20_000)})
    seen = 0
    for attempt in range(12):
        child = os.fork()
        if child == 0:
            n = seen
            while True:
                n += 1
                save(path, {"n": n, "x": torch.full((20_000,), float(n))})
        time.sleep(0.02 + 0.003 * attempt)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        stored = unpack(path.read_bytes(), path)
        assert stored["n"] >= seen and (stored["x"] == stored["n"]).all()
        seen = stored["n"]
    assert seen > 0


def test_a_folder_that_cannot_be_written_gets_a_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="Could not write"):
        save(tmp_path / "file" / "run.checkpoint", {})
