"""Searches: expected improvement against Monte Carlo, and what a search may look at."""

import numpy as np
import pytest
import torch

from mlcourse.runs import search


@pytest.mark.parametrize(("mean", "sd", "best"), [(0.4, 0.3, 0.2), (0.1, 0.5, 0.2), (2.0, 0.1, 2.0)])
def test_expected_improvement_is_the_mean_of_what_lies_below_the_best(mean, sd, best):
    draws = mean + sd * np.random.default_rng(0).standard_normal(1_000_000)
    below = np.maximum(best - draws, 0)
    error = below.std() / 1000
    assert search.expected_improvement(mean, sd, best) == pytest.approx(below.mean(), abs=4 * error)


def test_with_equal_means_it_is_in_proportion_to_the_standard_deviation():
    assert search.expected_improvement(1.0, 0.3, 1.0) == pytest.approx(3 * search.expected_improvement(1.0, 0.1, 1.0))


def test_where_nothing_is_uncertain_it_is_the_plain_improvement():
    gains = search.expected_improvement(np.array([1.0, 3.0]), np.full(2, 1e-9), 2.0)
    np.testing.assert_allclose(gains, [1.0, 0.0], atol=1e-8)


def test_n_draws_hit_the_best_5_percent_with_1_minus_095_to_the_n(rng):
    hits = torch.stack([(search.at_random(2000, 59, rng=rng) < 100).any() for _ in range(4000)]).double().mean()
    assert hits.item() == pytest.approx(1 - 0.95**59, abs=0.015)


@pytest.mark.parametrize(("n", "sigmas"), [(10, 1.54), (30, 2.04), (100, 2.51)])
def test_the_best_of_n_equal_trials_promises_too_much_by_so_many_standard_deviations(rng, n, sigmas):
    errors = torch.randn(20_000, n, generator=rng)  # each row a search whose settings are all worth 0
    promised = torch.stack([row[search.winners(torch.arange(n), row)[-1]] for row in errors[:2000]])
    assert -promised.mean().item() == pytest.approx(sigmas, abs=0.05)


def test_a_search_tries_no_setting_twice_and_all_are_different_from_seed_to_seed(rng):
    places, errors = torch.rand(40, 2, generator=rng), 1 + torch.rand(40, generator=rng)
    one, two = (search.by_expected_improvement(places, errors, 20, rng=rng).tolist() for _ in range(2))
    assert len(set(one)) == len(set(two)) == 20 and one != two


def test_expected_improvement_looks_only_at_errors_of_settings_that_it_tried(rng):
    places, errors = torch.rand(40, 2, generator=rng), 1 + torch.rand(40, generator=rng)
    tried = search.by_expected_improvement(places, errors, 10, rng=torch.Generator().manual_seed(3))
    other = torch.full_like(errors, 100.0)
    other[tried] = errors[tried]
    again = search.by_expected_improvement(places, other, 10, rng=torch.Generator().manual_seed(3))
    assert torch.equal(tried, again)


def test_it_finds_the_bottom_of_a_bowl_sooner_than_chance(rng):
    places = torch.rand(200, 2, generator=rng)
    errors = 0.1 + (places - 0.4).square().sum(1)
    best = errors.argmin()
    found = [best in search.by_expected_improvement(places, errors, 20, rng=rng) for _ in range(10)]
    assert sum(found) >= 7  # at random each has one chance in ten


def test_a_grid_is_every_so_many_th_row_and_column_from_anywhere(rng):
    for _ in range(20):
        cells = search.on_a_grid(12, 3, rng=rng)
        rows, columns = cells // 12, cells % 12
        assert len(cells.unique()) == 16 and len(rows.unique()) == len(columns.unique()) == 4
        assert (rows % 3).unique().numel() == (columns % 3).unique().numel() == 1


def test_the_winner_is_the_best_so_far():
    errors = torch.tensor([3.0, 1.0, 2.0, 0.5])
    assert search.winners(torch.tensor([0, 2, 1, 3]), errors).tolist() == [0, 2, 1, 3]
    assert search.winners(torch.tensor([3, 2, 1]), errors).tolist() == [3, 3, 3]


def test_pruning_compares_with_those_that_came_as_far():
    watched = torch.tensor([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0], [9.0, 0.0], [2.0, 9.0], [0.0, 0.0]])
    stops = search.pruned(torch.arange(6), watched, first=3)
    assert stops.tolist() == [2, 2, 2, 0, 1, 2]


def test_who_keeps_fewer_stops_more(rng):
    watched, tried = torch.rand(60, 3, generator=rng), torch.arange(60)
    stopped = [(search.pruned(tried, watched, keep=keep) < 3).sum() for keep in (1.0, 0.5, 0.1)]
    assert stopped[0] < stopped[1] < stopped[2]
