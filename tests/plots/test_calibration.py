"""The figures of lesson 12 show the numbers that they are given."""

import pytest
import torch
from matplotlib.collections import PolyCollection

from mlcourse import plots
from mlcourse.worlds import sinusoids


def test_a_curve_of_calibration_has_its_shares_and_a_diagonal(shown):
    plots.calibration([0.5, 0.9], {"3 points": [0.4, 0.8], "20 points": [0.6, 0.95]})
    diagonal, few, many = shown[0].axes[0].lines
    assert list(diagonal.get_xdata()) == list(diagonal.get_ydata())
    assert few.get_ydata() == pytest.approx([0.4, 0.8]) and many.get_ydata() == pytest.approx([0.6, 0.95])


def test_a_band_reaches_two_spreads_to_either_side(shown, rng):
    waves = sinusoids.sample_waves(2, rng=rng)
    rows = {f"{k} points": sinusoids.sample_points(waves, k, 1, rng=rng) for k in (1, 4)}
    plots.spreads(waves, rows, lambda x, y, query: (0 * query + 1, 0 * query + 0.5))
    axes = shown[0].axes
    assert [len(ax.lines[-1].get_xdata()) for ax in axes] == [1, 1, 4, 4]
    for ax in axes:
        band = next(part for part in ax.collections if isinstance(part, PolyCollection))
        y = torch.tensor(band.get_paths()[0].vertices[:, 1])
        assert y.min() == 0 and y.max() == 2
