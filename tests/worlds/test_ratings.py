"""Ratings as tasks: users are split before films are described, a user's ratings are his own, no leak by the means."""

import pytest
import torch

from mlcourse.worlds import ratings


@pytest.fixture
def table(rng):
    """30 users with 5 to 20 ratings each of 25 films, in a disorder of rows."""
    rows = []
    for user in range(30):
        n = int(torch.randint(5, 21, (), generator=rng))
        for time, film in enumerate(torch.randperm(25, generator=rng)[:n].tolist()):
            rows.append((user, film, 1 + 4 * torch.rand((), generator=rng).item(), time))
    order = torch.randperm(len(rows), generator=rng).tolist()
    user, film, stars, time = zip(*(rows[i] for i in order), strict=True)
    return ratings.Ratings(torch.tensor(user), torch.tensor(film), torch.tensor(stars), torch.tensor(time))


def test_the_parts_share_no_user_and_lose_none(table, rng):
    parts = ratings.split_users(table, 0.5, 0.2, 0.3, rng=rng)
    assert [len(part) for part in parts] == [15, 6, 9]
    assert torch.cat(parts).sort().values.tolist() == list(range(30))
    assert set(table.by(parts[0]).user.tolist()) == set(parts[0].tolist())


@pytest.mark.parametrize("shares", [(0.5, 0.4), (1.5, -0.5)])
def test_shares_that_are_none_are_refused(table, shares, rng):
    with pytest.raises(ValueError, match="together 1"):
        ratings.split_users(table, *shares, rng=rng)


def test_item_means_are_those_of_the_plainest_loop_and_an_unseen_film_has_the_overall_mean(table):
    mu = table.stars.mean()
    means = ratings.item_means(table, 26, held=3.0)
    for film in range(25):
        stars = table.stars[table.film == film]
        torch.testing.assert_close(means[film], (stars.sum() + 3 * mu) / (len(stars) + 3))
    torch.testing.assert_close(means[25], mu)


def test_a_history_is_a_users_ratings_in_the_order_of_time(table):
    given = ratings.histories(table)
    for user in range(30):
        rows = (table.user == user).nonzero().flatten()
        rows = rows[table.time[rows].argsort()]
        n = int(given.count[user])
        assert given.film[user, :n].tolist() == table.film[rows].tolist()
        assert torch.equal(given.stars[user, :n], table.stars[rows]) and given.seen[user].sum() == n


def test_a_task_is_one_users_ratings_and_none_twice(table, rng):
    given, whole = ratings.histories(table), ratings.matrix(table, 25)
    task = ratings.sample_tasks(given, None, 2, 3, rng=rng)
    films = torch.cat([task.x_support, task.x_query], 1)
    assert all(len(set(row)) == 5 for row in films.tolist())
    stars = torch.cat([task.y_support, task.y_query], 1).squeeze(-1)
    assert torch.equal(whole.gather(1, films), stars)
    assert ratings.sample_tasks(given, 7, 2, 3, rng=rng).x_query.shape == (7, 3)


def test_in_time_the_support_set_comes_first(table, rng):
    given = ratings.histories(table)
    task = ratings.sample_tasks(given, None, 2, 3, rng=rng, in_time=True)
    assert torch.equal(torch.cat([task.x_support, task.x_query], 1), given.film[:, :5])


def test_all_of_a_users_ratings_can_be_drawn(rng):
    table = ratings.Ratings(torch.zeros(4).long(), torch.arange(4), torch.ones(4), torch.arange(4))
    given = ratings.histories(table)
    first = {int(ratings.sample_tasks(given, None, 1, 1, rng=rng).x_support) for _ in range(60)}
    assert first == {0, 1, 2, 3}


def test_described_answers_lie_above_the_means(table, rng):
    films = ratings.Films(ratings.item_means(table, 25), torch.randn(25, 2, generator=rng))
    task = ratings.sample_tasks(ratings.histories(table), None, 2, 3, rng=rng)
    described = ratings.describe(task, films)
    torch.testing.assert_close(described.y_query.squeeze(-1) + films.mean[task.x_query], task.y_query.squeeze(-1))
    assert torch.equal(described.x_support, films.features[task.x_support])


@pytest.mark.parametrize(("k_shot", "n_query"), [(4, 2), (-1, 1), (1, 0)])
def test_more_than_a_user_has_given_is_refused(table, k_shot, n_query, rng):
    with pytest.raises(ValueError, match=r"ratings to learn from|need a query"):
        ratings.sample_tasks(ratings.histories(table), None, k_shot, n_query, rng=rng)


def test_tables_are_joined_row_by_row(table):
    twice = ratings.together(table, table)
    assert len(twice.user) == 2 * len(table.user) and torch.equal(twice.stars[: len(table.stars)], table.stars)
