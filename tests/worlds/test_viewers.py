"""Invented viewers: stars are what the docstring says, and the limit is the posterior mean, by two other ways."""

import pytest
import torch

from mlcourse.methods import learned_prior
from mlcourse.tasks import Task
from mlcourse.worlds import ratings, viewers


def test_without_a_bend_taste_is_linear_in_a_films_place(rng):
    place, x = (torch.randn(4, 2, generator=rng) for _ in range(2))
    both = viewers.taste(0.0, place, x[:1] + x[1:2])
    torch.testing.assert_close(both, viewers.taste(0.0, place, x[:1]) + viewers.taste(0.0, place, x[1:2]))


def test_a_hill_is_highest_where_its_viewer_is():
    place = torch.tensor([[0.3, -0.2]])
    felt = viewers.taste(1.0, place, torch.tensor([[0.3, -0.2], [0.5, -0.2], [-0.9, 0.9]]))[0]
    assert felt[0] > felt[1] > felt[2] > 0


def test_both_ends_of_the_bend_tell_viewers_apart_by_as_many_stars(rng):
    people, films = viewers.sample_viewers(4000, rng=rng), viewers.invent(0.0, n_films=2000, rng=rng)
    for bend in (0.0, 1.0):
        felt = viewers.taste(bend, people.place, films.x)
        apart = (felt - felt.mean(0)).square().mean().sqrt()
        assert apart.item() == pytest.approx(viewers.TASTE, rel=0.05)


def test_the_groups_are_three_along_a_line(rng):
    place = viewers.sample_viewers(6000, rng=rng).place @ torch.tensor(viewers.ALONG)
    thirds = [(place < -0.35).double().mean(), ((place > -0.35) & (place < 0.35)).double().mean()]
    assert all(share.item() == pytest.approx(1 / 3, abs=0.03) for share in thirds)


def test_ratings_are_liking_and_noise_and_well_known_films_are_seen_more(rng):
    world, people = viewers.invent(0.5, rng=rng), viewers.sample_viewers(2000, rng=rng)
    table = viewers.rate(world, people, 30, rng=rng)
    noise = table.stars - viewers.liked(world, people)[table.user, table.film]
    assert noise.std().item() == pytest.approx(viewers.NOISE, rel=0.02) and abs(noise.mean().item()) < 0.01
    assert (table.user.bincount() == 30).all() and not ratings.matrix(table, 120).isfinite().all()
    times = table.film.bincount(minlength=120).double()
    assert torch.corrcoef(torch.stack([times.log1p(), world.known]))[0, 1] > 0.9


def test_a_mood_that_drifts_wanders_as_far_as_it_should(rng):
    world, people = viewers.invent(0.0, rng=rng), viewers.sample_viewers(3000, rng=rng)
    table = viewers.rate(world, people, 40, drift=0.8, rng=rng)
    left = (table.stars - viewers.liked(world, people)[table.user, table.film]).view(3000, 40)
    assert (left[:, -1].var() - viewers.NOISE**2).sqrt().item() == pytest.approx(0.8, rel=0.06)
    assert (left[:, 0].var() - viewers.NOISE**2).item() == pytest.approx(0.8**2 / 40, abs=0.03)


@pytest.mark.parametrize("bend", [0.0, 0.6, 1.0])
def test_the_limit_is_bayes_rule_over_many_drawn_viewers(bend, rng):
    """By brute force: a million viewers, moods and all, weighed by how well they explain the ratings."""
    world = viewers.invent(bend, n_films=6, rng=rng)
    people = viewers.sample_viewers(1_000_000, rng=rng)
    liked = viewers.liked(world, people)
    x, y = torch.tensor([[0, 1, 2]]), torch.tensor([[[4.0], [2.5], [3.9]]])
    weights = torch.softmax(-(liked[:, :3] - y[0, :, 0]).square().sum(1) / (2 * viewers.NOISE**2), 0)
    task = Task(x, y, torch.tensor([[3, 4, 5]]), torch.zeros(1, 3, 1))
    torch.testing.assert_close(viewers.limit(world, task)[0, :, 0], weights @ liked[:, 3:], atol=0.02, rtol=0)


def test_with_slopes_and_one_group_the_limit_is_the_closed_form(monkeypatch, rng):
    monkeypatch.setattr(viewers, "AWAY", 0.0)
    monkeypatch.setattr(viewers, "SPREAD", 0.35)
    world = viewers.invent(0.0, rng=rng)
    table = viewers.rate(world, viewers.sample_viewers(20, rng=rng), 15, rng=rng)
    task = ratings.sample_tasks(ratings.histories(table), None, 5, 10, rng=rng)
    films = ratings.Films(viewers.MU + world.quality, torch.cat([torch.ones(120, 1), world.x], 1))
    slope = (viewers.TASTE * 0.35 / viewers.SLOPE) ** 2
    prior = learned_prior.Prior(torch.zeros(3), torch.tensor([viewers.MOOD**2, slope, slope]).diag())
    shown = ratings.describe(task, films)
    above = learned_prior.predict(prior, *shown[:3], noise=viewers.NOISE)
    expected = above + films.mean[task.x_query].unsqueeze(-1)
    torch.testing.assert_close(viewers.limit(world, task), expected, atol=1e-3, rtol=0)


def test_nothing_that_was_drawn_errs_less_than_the_limit(rng):
    world = viewers.invent(1.0, rng=rng)
    table = viewers.rate(world, viewers.sample_viewers(600, rng=rng), 40, rng=rng)
    task = ratings.sample_tasks(ratings.histories(table), None, 5, 20, rng=rng)
    found = viewers.limit(world, task)
    off = (found - task.y_query).square().mean()
    for shift in (-0.1, 0.1):
        assert (found + shift - task.y_query).square().mean() > off
    shrunk = 3.5 + 0.9 * (found - 3.5)
    assert (shrunk - task.y_query).square().mean() > off > viewers.NOISE**2


def test_the_same_seed_gives_the_same_world_and_titles_differ():
    worlds = [viewers.invent(0.3, rng=torch.Generator().manual_seed(4)) for _ in range(2)]
    assert torch.equal(worlds[0].x, worlds[1].x) and len(set(viewers.TITLES)) == len(viewers.TITLES) == 120


@pytest.mark.parametrize("bend", [-0.1, 1.1])
def test_a_bend_beyond_its_ends_is_refused(bend, rng):
    with pytest.raises(ValueError, match="bend goes from 0"):
        viewers.invent(bend, rng=rng)


def test_more_films_than_there_are_cannot_be_seen(rng):
    world, people = viewers.invent(0.0, n_films=5, rng=rng), viewers.sample_viewers(2, rng=rng)
    with pytest.raises(ValueError, match="none twice"):
        viewers.rate(world, people, 6, rng=rng)
