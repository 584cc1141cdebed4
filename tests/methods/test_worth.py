"""Learned worth: its gradient against finite differences, its start, and what it may and may not look at."""

from functools import partial

import pytest
import torch
import torch.nn.functional as F

from mlcourse.evaluation import dependence
from mlcourse.methods import tf_idf, worth
from mlcourse.networks import bags
from mlcourse.tasks import Task

N_WORDS = 25


@pytest.fixture
def task(rng):
    x = torch.randint(0, N_WORDS, (3, 15, 6), generator=rng)
    y = torch.stack([torch.arange(3).repeat(3)[torch.randperm(9, generator=rng)] for _ in range(3)])
    return Task(x[:, :9], y, x[:, 9:], torch.arange(3).repeat(3, 2))


@pytest.fixture
def signature(rng):
    rows = [torch.randint(0, N_WORDS - 5, (4, 6), generator=rng) for _ in range(3)]
    return worth.signature(bags.tally(rows, N_WORDS), bags.tally(rows[:2], N_WORDS))


@pytest.fixture
def net(signature):
    return worth.network(signature)


def test_the_signature_is_rarity_among_texts_and_classes_of_each_pool(signature):
    assert signature.shape == (N_WORDS, 4)
    assert signature.min() >= 0 and (signature[-5:] == 1).all()


def test_at_the_start_every_word_is_worth_one(net, task, signature, rng):
    found = worth.predict(net, worth.init(net, rng), signature, *task[:3])
    torch.testing.assert_close(found, worth.SCALE * tf_idf.predict(torch.ones(N_WORDS), *task[:3]))


def test_the_gradient_is_that_of_finite_differences(net, task, signature, rng):
    theta = {name: p + 0.3 * torch.randn(p.shape, generator=rng) for name, p in worth.init(net, rng).items()}
    drawn = (*task, signature)
    _, gradient = worth.meta_gradient(net, theta, drawn)
    for name, p in theta.items():
        direction = torch.randn(p.shape, generator=rng)
        near = [worth.meta_gradient(net, theta | {name: p + h * direction}, drawn)[0] for h in (1e-5, -1e-5)]
        assert (near[0] - near[1]).item() / 2e-5 == pytest.approx((gradient[name] * direction).sum().item(), abs=1e-7)


def test_how_a_word_stands_in_the_support_set_by_hand():
    counts, y = torch.tensor([[[2.0, 1, 0], [0, 1, 0], [0, 2, 0]]]), torch.tensor([[0, 1, 1]])
    found = worth.in_support(counts, y)[0]
    spread = -(0.25 * torch.tensor(0.25).log() + 0.75 * torch.tensor(0.75).log()).item()
    assert found.flatten().tolist() == pytest.approx([1.0986, 0, 1.6094, spread, 0, 0], abs=1e-4)


def test_it_sees_neither_other_queries_nor_the_names_of_words_nor_padding(net, task, signature, rng):
    theta = {name: p + 0.3 * torch.randn(p.shape, generator=rng) for name, p in worth.init(net, rng).items()}
    ask = partial(worth.predict, net, theta, signature)
    assert dependence(ask, task).max() < 1e-12
    expected = ask(*task[:3])
    x, y, q = F.pad(task.x_support, (0, 2)), task.y_support, task.x_query
    torch.testing.assert_close(ask(x, y, q), expected)
    other = torch.cat([torch.zeros(1, dtype=torch.int64), 1 + torch.randperm(N_WORDS - 1, generator=rng)])
    renamed = torch.zeros_like(signature).index_copy_(0, other, signature)
    torch.testing.assert_close(worth.predict(net, theta, renamed, other[task.x_support], y, other[q]), expected)


def test_classes_in_another_order_have_their_scores_in_that_order(net, task, signature, rng):
    theta = {name: p + 0.3 * torch.randn(p.shape, generator=rng) for name, p in worth.init(net, rng).items()}
    order = torch.tensor([2, 0, 1])
    before, after = (worth.predict(net, theta, signature, task[0], y, task[2]) for y in (task[1], order[task[1]]))
    torch.testing.assert_close(after[..., order], before)
