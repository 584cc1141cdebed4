"""Laws are tested in float64, with one thread and a generator of their own."""

from importlib.util import find_spec

import pytest
import torch

# These have environments of their own, see the Makefile.
collect_ignore = ["browser", "server", *([] if find_spec("nbgrader") else ["teaching"])]


@pytest.fixture(autouse=True)
def exact_arithmetic():
    """float64 in every test, and whatever was set before afterwards."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    yield
    torch.set_default_dtype(before)


@pytest.fixture
def rng():
    return torch.Generator().manual_seed(0)
