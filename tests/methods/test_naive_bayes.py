"""Naive Bayes: scikit-learn's with the prior as pseudo-counts, the exact predictive, and its two limits."""

import pytest
import torch
from sklearn.naive_bayes import MultinomialNB

from mlcourse.methods import naive_bayes
from mlcourse.networks import bags


@pytest.fixture
def prior(rng):
    p = torch.rand(15, generator=rng)
    p[0] = 0
    return p / p.sum()


@pytest.fixture
def task(rng):
    x = torch.randint(0, 15, (2, 14, 6), generator=rng)
    return x[:, :8], torch.tensor([[0, 1, 2, 3] * 2, [3, 3, 2, 0, 1, 0, 2, 1]]), x[:, 8:]


def bag(rows):
    return torch.stack([torch.bincount(row[row > 0], minlength=15) for row in rows]).numpy()


@pytest.mark.parametrize("strength", [0.5, 40.0])
def test_it_is_scikit_learns_with_the_prior_as_pseudo_counts(prior, task, strength):
    found = naive_bayes.predict(prior, *task, strength=strength)
    for t in range(2):
        theirs = MultinomialNB(alpha=strength * prior.numpy().clip(1e-12), fit_prior=False)
        theirs.fit(bag(task[0][t]), task[1][t].numpy())
        expected = theirs.predict_joint_log_proba(bag(task[2][t])) + torch.tensor(4.0).log().item()
        torch.testing.assert_close(found[t], torch.from_numpy(expected), rtol=1e-6, atol=1e-6)


def test_a_single_word_has_the_probability_that_is_averaged_over_the_posterior(prior, rng):
    """The mean over draws from the Dirichlet posterior: the exact predictive distribution."""
    x, word = torch.tensor([[[3, 3, 5]]]), torch.tensor([[[3]]])
    found = naive_bayes.predict(prior, x, torch.tensor([[0]]), word, strength=6.0).exp().item()
    torch.manual_seed(0)
    counts = torch.bincount(x[0, 0], minlength=15)
    draws = torch.distributions.Dirichlet((counts + 6.0 * prior)[1:]).sample((40_000,))
    assert found == pytest.approx(draws[:, 2].mean().item(), abs=5e-3)


def test_with_a_heavy_prior_all_classes_are_the_same_and_with_a_light_one_the_support_decides(prior, task):
    heavy, light = (naive_bayes.predict(prior, *task, strength=s) for s in (1e12, 1e-9))
    assert (heavy.amax(2) - heavy.amin(2)).max() < 1e-8
    x, y, _ = task
    assert (
        naive_bayes.predict(prior, x, y, x, strength=1e-9).argmax(2) == y
    ).float().mean() > 0.9 and light.isfinite().all()


def test_a_prior_sums_to_one_and_gives_no_word_nothing():
    pool = bags.tally([torch.tensor([[1, 2, 2, 0]])], 5)
    p = naive_bayes.prior(pool, pool)
    assert p.sum() == pytest.approx(1) and p[0] == 0
    assert p[1:].tolist() == pytest.approx([2.5 / 8, 4.5 / 8, 0.5 / 8, 0.5 / 8])
