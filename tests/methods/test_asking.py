"""Questions: what an answer takes away is what a belief really loses, and the best question is found by trying all."""

import pytest
import torch

from mlcourse.methods import asking, learned_prior


@pytest.fixture
def belief(rng):
    """Features of eight films, and a prior of three weights."""
    root = torch.randn(3, 3, generator=rng)
    return torch.randn(8, 3, generator=rng), learned_prior.Prior(torch.zeros(3), root @ root.T)


def test_after_a_question_the_covariance_is_the_beliefs(belief):
    f, prior = belief
    asked = learned_prior.believe(prior, f[None, 2:3], torch.tensor([[[0.7]]]), noise=0.5).covariance[0]
    torch.testing.assert_close(asking.after(f @ prior.covariance @ f.T, 2, noise=0.5), f @ asked @ f.T)


def test_a_gain_is_what_all_variances_lose_together(belief):
    f, prior = belief
    k = f @ prior.covariance @ f.T
    gains = asking.gains(k, noise=0.5)
    for film in range(8):
        torch.testing.assert_close(gains[film], (k - asking.after(k, film, noise=0.5)).trace())


def test_questions_are_the_best_of_all_one_after_the_other(belief):
    f, prior = belief
    k = f @ prior.covariance @ f.T
    found = asking.questions(k, noise=0.5, n=3)
    for step, film in enumerate(found):
        left = [k if j in found[:step] else asking.after(k, j, noise=0.5) for j in range(8)]
        assert min(range(8), key=lambda j: left[j].trace().item()) == film
        k = asking.after(k, film, noise=0.5)
    assert len(set(found)) == 3


def test_only_films_that_can_be_asked_about_are(belief):
    f, prior = belief
    among = torch.tensor([0, 1, 0, 1, 0, 0, 1, 0]).bool()
    assert sorted(asking.questions(f @ prior.covariance @ f.T, noise=0.5, n=3, among=among)) == [1, 3, 6]


def test_of_a_slope_the_outermost_film_tells_most():
    place = torch.tensor([[-0.4], [0.1], [0.9], [0.5]])
    assert asking.questions(place @ place.T, noise=0.5, n=1) == [2]


@pytest.mark.parametrize(("how", "words"), [(dict(noise=0.0, n=1), "some noise"), (dict(noise=1.0, n=9), "8 films")])
def test_what_cannot_be_asked_is_refused(belief, how, words):
    f, prior = belief
    with pytest.raises(ValueError, match=words):
        asking.questions(f @ prior.covariance @ f.T, **how)
