"""Stored weights: a name for each training, in 16 bits, replaced one by one, and refused where one is missing."""

import numpy as np
import pytest
import torch

from mlcourse.runs import kept

NAMES = ("MAML/1", "pooled")


def theta(value: float) -> dict:
    return {"0.weight": torch.full((2, 3), value, requires_grad=True), "0.bias": torch.full((2,), value / 3)}


def test_weights_come_back_by_name_in_16_bits_and_one_training_replaces_only_its_own(tmp_path):
    path = tmp_path / "weights.npz"
    for name, value in (*zip(NAMES, (1.0, 2.0), strict=True), ("MAML/1", 3.0)):
        kept.keep(path, name, theta(value))
    found = kept.weights(path, NAMES, command="make it")
    assert list(found) == list(NAMES) and found["MAML/1"]["0.weight"].dtype == torch.get_default_dtype()
    for name, value in zip(NAMES, (3.0, 2.0), strict=True):
        for of, p in theta(value).items():
            assert torch.equal(found[name][of], p.detach().half().to(torch.get_default_dtype()))
    with np.load(path) as stored:
        assert {array.dtype for array in stored.values()} == {np.dtype("float16")}


def test_a_file_without_one_of_them_or_with_another_is_refused_with_the_command_that_makes_it(tmp_path):
    path = tmp_path / "weights.npz"
    with pytest.raises(FileNotFoundError, match="record it anew with `make it`"):
        kept.weights(path, NAMES, command="make it")
    kept.keep(path, "pooled", theta(1.0))
    with pytest.raises(ValueError, match="record it anew with `make it`"):
        kept.weights(path, NAMES, command="make it")
    kept.keep(path, "MAML/1", theta(1.0))
    with pytest.raises(ValueError, match="record it anew with `make it`"):
        kept.weights(path, NAMES[:1], command="make it")
