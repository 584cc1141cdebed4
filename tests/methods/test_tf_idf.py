"""TF-IDF with class means, and ridge regression: against scikit-learn, and primal against dual."""

import pytest
import torch
import torch.nn.functional as F
from sklearn.linear_model import Ridge
from sklearn.neighbors import NearestCentroid

from mlcourse.methods import tf_idf
from mlcourse.networks import bags


@pytest.fixture
def task(rng):
    x = torch.randint(0, 30, (2, 20, 7), generator=rng)
    y = torch.arange(4).repeat(2, 3)
    return x[:, :12], torch.stack([row[torch.randperm(12, generator=rng)] for row in y]), x[:, 12:]


@pytest.fixture
def weight(rng):
    return torch.rand(30, generator=rng) + 0.1


def points(weight, task):
    words, (support, query) = bags.count(task[0], task[2])
    return bags.vectors(support, weight[words]), bags.vectors(query, weight[words])


def test_the_nearest_mean_by_cosine_is_that_of_scikit_learn_on_normalised_means(weight, task):
    z, q = points(weight, task)
    found = tf_idf.predict(weight, *task)
    for t in range(2):
        means = torch.stack([z[t, task[1][t] == c].mean(0) for c in range(4)])
        theirs = NearestCentroid().fit(F.normalize(means, dim=1).numpy(), range(4)).predict(q[t].numpy())
        assert found[t].argmax(1).tolist() == theirs.tolist()


@pytest.mark.parametrize("strength", [0.1, 3.0])
def test_ridge_is_that_of_scikit_learn_and_of_the_primal_equations(weight, task, strength):
    z, q = points(weight, task)
    found, right = tf_idf.ridge(weight, *task, strength=strength), F.one_hot(task[1]).to(z)
    for t in range(2):
        theirs = Ridge(alpha=strength, fit_intercept=False).fit(z[t].numpy(), right[t].numpy()).predict(q[t].numpy())
        torch.testing.assert_close(found[t], torch.from_numpy(theirs))
        primal = torch.linalg.solve(z[t].T @ z[t] + strength * torch.eye(z.shape[2]), z[t].T @ right[t])
        torch.testing.assert_close(found[t], q[t] @ primal)


@pytest.mark.parametrize("learner", [tf_idf.predict, tf_idf.ridge])
def test_padding_order_of_words_and_a_common_factor_change_nothing(weight, task, learner, rng):
    x, y, q = task
    expected = learner(weight, x, y, q)
    mixed = (F.pad(some, (2, 1))[..., torch.randperm(10, generator=rng)] for some in (x, q))
    x, q = mixed
    torch.testing.assert_close(learner(7 * weight, x, y, q), expected)


def test_a_query_is_scored_without_the_other_queries(weight, task):
    x, y, q = task
    alone = torch.cat([tf_idf.predict(weight, x, y, one) for one in q.split(1, dim=1)], 1)
    torch.testing.assert_close(alone, tf_idf.predict(weight, x, y, q))
