"""Laws are tested in float64, with one thread and a generator of their own."""

import pytest
import torch

collect_ignore = ["browser"]  # `make browser-test` runs these, in an environment of their own


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
