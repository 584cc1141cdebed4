"""Texts by class: numbers and words, folds of whole groups, tasks whose query set repeats no support text."""

import pytest
import torch

from mlcourse.worlds import texts

SAID = {f"c{c}": [f"common {'x' * (c + 2)} {'y' * (t + 2)}" for t in range(6)] for c in range(5)}


def test_words_have_two_letters_or_more_and_no_capitals():
    assert texts.words_of("A Tree's find_peaks, x = 3.5e2!") == ["tree", "find", "peaks"]


def test_numbers_lead_back_to_the_words_and_unknown_ones_are_left_out():
    source = texts.numbered({"a": ["two words", "one"]}, ["", "one", "words"])
    assert source.rows[0].tolist() == [[2], [1]]
    whole = texts.numbered(SAID)
    assert [whole.words[i] for i in whole.rows[3][2]] == texts.words_of(SAID["c3"][2])
    assert whole.words == texts.vocabulary(SAID) and whole.words[0] == ""


def test_folds_keep_groups_together_and_hold_every_class_once():
    group = {f"{g}{i}": g for g, n in dict(a=9, b=4, c=4, d=2, e=1).items() for i in range(n)}
    parts = texts.whole_groups(group, 3)
    assert sorted(name for part in parts for name in part) == sorted(group)
    assert sum(len({group[name] for name in part}) for part in parts) == 5
    assert sorted(map(len, parts)) == [5, 6, 9]


def test_a_task_is_what_it_says_and_no_query_repeats_a_support_text(rng):
    source = texts.numbered(SAID)
    task = texts.sample_texts(source, 20, n_way=3, k_shot=2, n_query=4, rng=rng)
    assert task.x_support.shape == (20, 6, 3) and task.x_query.shape == (20, 12, 3)
    for t in range(20):
        classes = {}
        for x, y in (task.x_support[t], task.y_support[t]), (task.x_query[t], task.y_query[t]):
            for row, label in zip(x.tolist(), y.tolist(), strict=True):
                classes.setdefault(label, set()).add(source.words[row[1]])
        assert all(len(found) == 1 for found in classes.values()) and len(set().union(*classes.values())) == 3
        rows = {tuple(row) for row in torch.cat([task.x_support[t], task.x_query[t]]).tolist()}
        assert len(rows) == 18


def test_queries_may_come_from_another_register_of_the_same_classes(rng):
    words = texts.vocabulary(SAID, {"c0": ["other longer texts here"]})
    source = texts.numbered(SAID, words)
    other = texts.numbered({name: ["other longer texts here"] * 2 for name in SAID}, words)
    task = texts.sample_texts(source, 2, n_way=5, k_shot=1, n_query=2, rng=rng, queries=other)
    assert task.x_support.shape[2] == task.x_query.shape[2] == 4
    assert {words[i] for i in task.x_query.flatten().tolist()} == {"other", "longer", "texts", "here"}


def test_the_same_seed_gives_the_same_tasks():
    source = texts.numbered(SAID)
    how = dict(n_way=3, k_shot=1, n_query=1)
    one, again, other = (texts.sample_texts(source, 3, rng=torch.Generator().manual_seed(s), **how) for s in (1, 1, 2))
    assert torch.equal(one.x_query, again.x_query) and not torch.equal(one.x_query, other.x_query)


def test_what_cannot_be_drawn_is_refused_in_a_sentence(rng):
    source = texts.numbered(SAID)
    with pytest.raises(ValueError, match="6-way tasks need 6 classes: there are 5"):
        texts.sample_texts(source, 1, n_way=6, k_shot=1, n_query=1, rng=rng)
    with pytest.raises(ValueError, match=r"needs 7 texts of c.: there are 6"):
        texts.sample_texts(source, 1, n_way=2, k_shot=3, n_query=4, rng=rng)
    with pytest.raises(ValueError, match="same classes"):
        texts.sample_texts(source, 1, n_way=2, k_shot=1, n_query=1, rng=rng, queries=source.select(["c0", "c1"]))
