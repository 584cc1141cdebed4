"""The ladder: what is chosen is the best, no learner knows a tested user's answers, and the meta-gradient is right."""

from functools import partial

import pytest
import torch
from sklearn.metrics import ndcg_score

from mlcourse.evaluation import evaluate
from mlcourse.methods import learned_prior, maml
from mlcourse.networks import MLP
from mlcourse.runs import ladder, movielens, questions, taste
from mlcourse.worlds import ratings, viewers

NET = MLP(2, 6, 6, 1)


@pytest.fixture
def at(monkeypatch):
    monkeypatch.setattr(taste, "USERS", 90)
    return taste.setting(0.6, seed=3)


@pytest.fixture
def theta(at):
    return {head: ladder.train(NET, at.known, head_only=head, n_iterations=5, beta=0.01) for head in (False, True)}


def all_learners(at, theta, k):
    rng = torch.Generator().manual_seed(1)
    asks = {"item means": ladder.item_means, "offset": ladder.closed_form(at.known, ladder.alone)}
    asks["ridge"] = ladder.ridge(at.known, k, rng=rng)[0]
    asks["closed form"] = ladder.closed_form(at.known)
    asks["on features"] = ladder.closed_form(at.known, partial(ladder.of_body, NET, theta[False]))
    for head_only, weights in theta.items():
        asks[f"MAML {head_only}"] = ladder.adapted(NET, weights, at.known, k, head_only=head_only, rng=rng)[0]
    return asks


def test_what_a_tested_user_gave_to_the_asked_films_moves_no_prediction(monkeypatch):
    """All of it is done again, from the split of the users on, in a world where his query ratings are others."""
    monkeypatch.setattr(taste, "USERS", 90)
    before, real, found = taste.setting(0.6, seed=3), viewers.rate, []
    task = taste.asked(before.test, seed=0)[5]

    def others(*given, **how):
        table = real(*given, **how)
        asked = torch.zeros(len(table.user), dtype=torch.bool)
        for user, films in zip(_who_is_tested(before).tolist(), task.x_query, strict=True):
            asked |= (table.user == user) & torch.isin(table.film, films)
        assert asked.sum() == task.x_query.numel()
        return table._replace(stars=torch.where(asked, 5.5 - table.stars, table.stars))

    for rate in (real, others):
        monkeypatch.setattr(viewers, "rate", rate)
        at = taste.setting(0.6, seed=3)
        again = taste.asked(at.test, seed=0)[5]
        theta = {head: ladder.train(NET, at.known, head_only=head, n_iterations=5, beta=0.01) for head in (False, True)}
        described = ratings.describe(again, at.known.films)
        asks = all_learners(at, theta, 5)
        found.append((again, {name: ask(*described[:3]).detach() for name, ask in asks.items()}, at.known.films.mean))
    (first, answers, means), (second, again, means_again) = found
    assert torch.equal(first.x_query, second.x_query) and not torch.equal(first.y_query, second.y_query)
    assert torch.equal(means, means_again)
    assert all(torch.equal(answers[name], again[name]) for name in answers)


def _who_is_tested(at):
    """The numbers of the tested users, in the order of their histories."""
    known = {tuple(row) for row in at.test.film.tolist()}
    given = ratings.histories(at.table)
    return torch.tensor([u for u, row in enumerate(given.film.tolist()) if tuple(row) in known])


def test_the_chosen_strength_and_rate_are_the_best_on_validation_viewers(at, theta):
    ask, strength = ladder.ridge(at.known, 5, rng=torch.Generator().manual_seed(1))
    tasks = ladder.drawn(at.known.validation, at.known.films, 5, rng=torch.Generator().manual_seed(1))
    errors = {held: evaluate(ladder.held(held), tasks).mean for held in ladder.STRENGTHS}
    assert min(errors, key=errors.get) == strength and evaluate(ask, tasks).mean == errors[strength]
    rng = torch.Generator().manual_seed(1)
    ask, way = ladder.adapted(NET, theta[True], at.known, 5, head_only=True, rng=rng)
    for alpha in (way["alpha"] / 2, way["alpha"] * 2):
        other = partial(maml.predict, NET, theta[True], head_only=True, alpha=alpha, steps=way["steps"])
        assert evaluate(ask, tasks).mean <= evaluate(other, tasks).mean


def test_a_rate_that_diverges_does_not_stop_the_search(at, theta):
    huge = {name: 1e150 * p for name, p in theta[False].items()}
    with pytest.raises(ValueError, match="nan"):  # whoever asks it is told
        ask, _ = ladder.adapted(NET, huge, at.known, 5, head_only=False, rng=torch.Generator())
        evaluate(ask, ladder.drawn(at.known.validation, at.known.films, 5, rng=torch.Generator()))


def test_ridge_is_the_normal_equations(at):
    x, y, query, _ = ladder.drawn(at.known.validation, at.known.films, 5, rng=torch.Generator().manual_seed(1))
    f, q = ladder.with_one(x), ladder.with_one(query)
    w = torch.linalg.solve(f.mT @ f + 2.0 * torch.eye(3), f.mT @ y)
    torch.testing.assert_close(ladder.held(2.0)(x, y, query), q @ w)


def test_the_prior_comes_from_all_ratings_of_the_training_viewers(at):
    given, films = at.known.training, at.known.films
    table = [(given.film[u, : given.count[u]], given.stars[u, : given.count[u]]) for u in range(len(given.count))]
    f = torch.stack([ladder.with_one(films.features[film]) for film, _ in table])
    y = torch.stack([(stars - films.mean[film]).unsqueeze(-1) for film, stars in table])
    torch.testing.assert_close(ladder.learned(at.known).prior, learned_prior.learn(f, y).prior)


@pytest.mark.parametrize("head_only", [False, True])
def test_the_meta_gradient_that_trains_is_that_of_finite_differences(at, head_only, rng):
    net = MLP(2, 5, 1, activation=torch.tanh)
    theta = net.init(rng)
    task = ladder.drawn(at.known.training.select(slice(4)), at.known.films, 5, rng=rng)
    how = dict(alpha=0.1, head_only=head_only, **ladder.INNER)
    _, gradient = maml.meta_gradient(net, theta, task, **how)
    for name, p in theta.items():
        nudge, step = torch.randn(p.shape, generator=rng), 1e-5
        up, down = (
            maml.meta_loss(net, theta | {name: p + sign * step * nudge}, task, **how).item() for sign in (1, -1)
        )
        assert (up - down) / (2 * step) == pytest.approx((gradient[name] * nudge).sum().item(), rel=1e-4, abs=1e-9)


def test_to_adapt_moves_predictions(at, theta):
    x, y, query, _ = ladder.drawn(at.known.validation, at.known.films, 5, rng=torch.Generator().manual_seed(1))
    ask, _ = ladder.adapted(NET, theta[False], at.known, 5, head_only=False, rng=torch.Generator().manual_seed(1))
    assert (ask(x, y + 1, query) - ask(x, y, query)).abs().min() > 1e-4


def test_a_ranking_is_scikit_learns_of_two_to_the_stars(at):
    task = taste.asked(at.test, seed=0)[5]
    ask = ladder.closed_form(at.known)
    predicted = ask(*ratings.describe(task, at.known.films)[:3]) + at.known.films.mean[task.x_query].unsqueeze(-1)
    by_hand = []
    for y, p in zip(task.y_query.squeeze(-1), predicted.squeeze(-1), strict=True):
        place = 1 / torch.arange(2.0, 7.0).log2()
        best = (2 ** y.sort(descending=True).values[:5] * place).sum()
        by_hand.append((2 ** y[p.argsort(descending=True)[:5]] * place).sum() / best)
    assert ladder.ranking(ask, task, at.known.films) == pytest.approx(torch.stack(by_hand).mean().item())
    assert ndcg_score([[1.0, 2.0]], [[0.1, 0.2]]) == 1.0


def test_what_is_the_same_for_all_films_of_a_user_changes_no_order_but_the_error(at):
    task, films = taste.asked(at.test, seed=0)[5], at.known.films
    offset = ladder.closed_form(at.known, ladder.alone)
    assert ladder.ranking(offset, task, films) == pytest.approx(ladder.ranking(ladder.item_means, task, films))
    assert ladder.error(offset, task, films).mean < ladder.error(ladder.item_means, task, films).mean


def test_all_ways_of_asking_are_tested_on_the_same_films_and_ask_about_others(at):
    rng = torch.Generator().manual_seed(2)
    (prior, noise), tasks = questions.orders(at.known, at.test, 6, rng=rng)
    one = tasks["at random"]
    whole = ratings.matrix(at.table, 120)[_who_is_tested(at)]
    for way, task in tasks.items():
        assert torch.equal(task.x_query, one.x_query) and task.x_support.shape == (len(at.test.count), 6)
        both = torch.cat([task.x_support, task.x_query], 1).tolist()
        assert all(len(set(films)) == 16 for films in both), way
        assert torch.equal(whole.gather(1, task.x_support), task.y_support.squeeze(-1))
    f = ladder.with_one(at.known.films.features)
    k = f @ prior.covariance @ f.T
    left = {way: sum(_left(k, films, noise) for films in task.x_support) for way, task in tasks.items()}
    assert left["by information"] < min(left["at random"], left["best known"])
    times = at.known.training.film.flatten().bincount(minlength=120)
    assert (times[tasks["best known"].x_support].diff() <= 0).all()


def _left(k, films, noise):
    inside = k[films][:, films] + noise**2 * torch.eye(len(films))
    return (k - k[:, films] @ torch.linalg.inv(inside) @ k[films]).trace().item()


def test_factors_are_of_the_training_ratings_alone(at):
    mean = at.known.films.mean
    first = at.table.by(torch.arange(40))
    films = movielens.factored(first, mean)
    above = (ratings.matrix(first, 120) - mean).nan_to_num(0.0)
    u = torch.linalg.svd(above).Vh[: movielens.FACTORS].T
    together = torch.linalg.lstsq(u, films.features).solution
    torch.testing.assert_close(u @ together, films.features)
