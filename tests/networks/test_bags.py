"""Bags of words: counts against Python's own, weights against scikit-learn and the formula, padding without effect."""

from collections import Counter

import pytest
import torch
from sklearn.feature_extraction.text import TfidfVectorizer

from mlcourse.networks import bags
from mlcourse.worlds import texts

SAID = {"tea": ["milk and tea and more tea", "green tea"], "cars": ["green cars and more cars", "old wheels"]}


@pytest.fixture
def source():
    return texts.numbered(SAID)


def test_counts_are_those_of_a_counter_and_zero_is_no_word(source):
    words, (counts,) = bags.count(torch.stack(source.rows))
    for rows, said in zip(counts, SAID.values(), strict=True):
        for row, text in zip(rows, said, strict=True):
            found = {source.words[w]: int(n) for w, n in zip(words, row, strict=True) if n}
            assert found == Counter(text.split())


def test_more_padding_changes_nothing(source):
    x = torch.stack(source.rows)
    padded = torch.nn.functional.pad(x, (0, 3))
    for a, b in zip(bags.tally(list(x), 20)[:3], bags.tally(list(padded), 20)[:3], strict=True):
        assert torch.equal(a, b)
    assert torch.equal(bags.count(x)[1][0], bags.count(padded)[1][0])


def test_a_tally_counts_texts_classes_and_uses(source):
    pool, number = bags.tally(source.rows, len(source.words)), source.words.index
    for word, expected in {"tea": (2, 1, 3), "green": (2, 2, 2), "and": (2, 2, 3), "cars": (1, 1, 2)}.items():
        assert tuple(int(of[number(word)]) for of in pool[:3]) == expected
    assert (pool.n_texts, pool.n_classes) == (4, 2) and not any(of[0] for of in pool[:3])


def test_vectors_and_idf_are_those_of_scikit_learn(source):
    every = [text for said in SAID.values() for text in said]
    theirs = TfidfVectorizer(token_pattern="[a-z]{2,}", sublinear_tf=True).fit(every)
    pool = bags.tally(source.rows, len(source.words))
    assert bags.idf(pool)[1:].tolist() == pytest.approx(theirs.idf_.tolist())  # both in alphabetical order
    words, (counts,) = bags.count(torch.cat(source.rows)[None])
    ours = bags.vectors(counts, bags.idf(pool)[words])[0]
    torch.testing.assert_close(ours, torch.tensor(theirs.transform(every).toarray()).to(ours))


def test_a_word_of_another_text_only_is_rarest_and_one_of_all_texts_is_worth_one(source):
    pool = bags.tally([torch.tensor([[1, 2], [1, 0]])], 5)
    assert bags.idf(pool)[1] == 1 and bags.idf(pool)[3] == bags.idf(pool).max()
    assert bags.rarity(pool.texts, pool.n_texts)[1:4].tolist() == pytest.approx([0, 1 - 0.6309, 1], abs=1e-4)


def test_likeness_is_the_cosine_with_the_class_mean(rng):
    z, q, y = (
        torch.rand(2, 6, 4, generator=rng),
        torch.rand(2, 3, 4, generator=rng),
        torch.tensor([[0, 1, 2, 2, 1, 0]] * 2),
    )
    found = bags.likeness(z, y, q)
    for t in range(2):
        for i in range(3):
            for c in range(3):
                mean = z[t, y[t] == c].mean(0)
                assert found[t, i, c].item() == pytest.approx(
                    torch.cosine_similarity(mean, q[t, i], dim=0).item(), abs=1e-5
                )
