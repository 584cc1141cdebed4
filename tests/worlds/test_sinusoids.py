"""The sine tasks have the distribution that they state, and no point knows another task's wave."""

from math import pi

import pytest
import torch

from mlcourse.worlds import sinusoids


def test_amplitudes_and_phases_are_uniform_on_their_ranges(rng):
    waves = sinusoids.sample_waves(100_000, rng=rng)
    for values, low, high in (waves.amplitude, 0.1, 5.0), (waves.phase, 0.0, pi):
        quantiles = torch.quantile(values.flatten(), torch.linspace(0, 1, 11))
        torch.testing.assert_close(quantiles, torch.linspace(low, high, 11), rtol=0, atol=0.01 * (high - low))
        assert values.min() >= low
        assert values.max() <= high


def test_inputs_are_uniform_and_support_and_query_come_from_the_same_range(rng):
    task = sinusoids.sample_tasks(5_000, 10, 10, rng=rng)
    for x in task.x_support, task.x_query:
        quantiles = torch.quantile(x.flatten(), torch.linspace(0, 1, 11))
        torch.testing.assert_close(quantiles, torch.linspace(-5, 5, 11), rtol=0, atol=0.1)


def test_amplitude_and_phase_are_independent(rng):
    waves = sinusoids.sample_waves(100_000, rng=rng)
    correlation = torch.corrcoef(torch.stack([waves.amplitude.flatten(), waves.phase.flatten()]))[0, 1]
    assert abs(correlation) < 0.01


def test_labels_are_the_wave_at_the_inputs(rng):
    waves = sinusoids.sample_waves(3, rng=rng)
    task = sinusoids.sample_points(waves, 4, 6, rng=rng)
    for t in range(3):
        for x, y in (task.x_support[t], task.y_support[t]), (task.x_query[t], task.y_query[t]):
            torch.testing.assert_close(y, waves.amplitude[t] * torch.sin(x - waves.phase[t]))


def test_support_and_query_share_no_point(rng):
    task = sinusoids.sample_tasks(50, 10, 10, rng=rng)
    assert not (task.x_support == task.x_query.mT).any()


def test_the_best_single_prediction_is_the_mean_over_waves(rng):
    x = torch.linspace(-5, 5, 11).view(1, -1, 1)
    many = sinusoids.sample_waves(200_000, rng=rng)(x).mean(0, keepdim=True)
    torch.testing.assert_close(sinusoids.mean_wave(x), many, rtol=0, atol=0.03)


def test_the_same_seed_gives_the_same_tasks():
    first, second = (sinusoids.sample_tasks(4, 5, 5, rng=torch.Generator().manual_seed(7)) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def test_shapes_carry_a_leading_task_axis(rng):
    task = sinusoids.sample_tasks(7, 5, 3, rng=rng)
    assert [tuple(tensor.shape) for tensor in task] == [(7, 5, 1), (7, 5, 1), (7, 3, 1), (7, 3, 1)]
    assert task.n_tasks == 7


@pytest.mark.parametrize(("n_tasks", "k_shot", "n_query"), [(0, 5, 5), (3, -1, 5), (3, 5, 0)])
def test_impossible_requests_get_a_sentence(rng, n_tasks, k_shot, n_query):
    with pytest.raises(ValueError, match=r"need (at least one task|a query point)"):
        sinusoids.sample_tasks(n_tasks, k_shot, n_query, rng=rng)


def test_other_ranges_are_kept(rng):
    waves = sinusoids.sample_waves(200, amplitude=(5, 10), phase=(pi, 2 * pi), rng=rng)
    assert waves.amplitude.min() >= 5 and waves.amplitude.max() <= 10
    assert pi <= waves.phase.min() and waves.phase.max() <= 2 * pi
    task = sinusoids.sample_points(waves, 3, 3, x_range=(5, 10), rng=rng)
    assert all(x.min() >= 5 and x.max() <= 10 for x in (task.x_support, task.x_query))


def test_a_grid_has_every_wave_near_by(rng):
    laid_out, drawn = sinusoids.grid(20), sinusoids.sample_waves(50, rng=rng)
    away = (laid_out.amplitude - drawn.amplitude.view(1, -1)).abs().squeeze(1)
    turned = (laid_out.phase - drawn.phase.view(1, -1)).abs().squeeze(1)
    assert len(laid_out.amplitude) == 400
    assert ((away <= 4.9 / 40 + 1e-6) & (turned <= pi / 40 + 1e-6)).any(0).all()


def test_some_points_means_any_number_within_the_bounds_and_all_of_them(rng):
    numbers = {sinusoids.sample_some(2, fewest=1, most=4, n_query=3, rng=rng).x_support.shape[1] for _ in range(60)}
    assert numbers == {1, 2, 3, 4}
    assert sinusoids.sample_some(2, most=0, n_query=3, rng=rng).x_support.shape == (2, 0, 1)
