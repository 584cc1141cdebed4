"""What lesson 15 records: a record goes on where it stopped, tasks are the same for all, choices are the best."""

from functools import partial

import pytest
import torch

from mlcourse.evaluation import summarise
from mlcourse.networks import MLP, Coder
from mlcourse.runs import frozen, zoo
from mlcourse.runs import latent as record


@pytest.fixture
def small(monkeypatch):
    """A record of half an hour in seconds: few characters and tasks, three iterations, codes of two numbers."""
    parts = frozen.features([part.select(slice(10)) for part in zoo.split()])
    found = dict(zip(("all", "validation", "test"), parts, strict=True))
    nets = {"head": Coder(record.D, encoder=False, decoder=False), "comparison": MLP(record.D, 2)}
    few = {
        name: record.CONTESTANTS[name]._replace(net=nets.get(name, Coder(record.D, size=2)))
        for name in ("LEO", "LEO, gentle", "no steps", "fine-tuning", "head", "comparison", "LEO, 240 known")
    }
    for name, value in dict(
        CONTESTANTS=few,
        SHORT=3,
        LONG=4,
        SEEDS={3: (1, 2, 3), 4: (1, 2, 3)},
        N_TEST=10,
        sources=lambda: found | dict(known=found["all"]),
    ).items():
        monkeypatch.setattr(record, name, value)


def test_a_record_that_was_stopped_goes_on_and_is_read_back(small, gone_on):
    _, file = gone_on(record)
    few_longer = [name for name in record.LONGER if name in record.CONTESTANTS]
    for name, contestant in record.CONTESTANTS.items():
        if contestant.source == "all" and not contestant.beta:
            beta, tried = record.chosen(file["runs"], name)
            assert tried[0] < beta < tried[-1]
        assert record.numbers(file, name, 3, 1).shape == (3,)
    assert all(record.numbers(file, name, 4, 5).shape == (3,) for name in few_longer)
    gain = record.numbers(file, "comparison", 3, 1) - record.numbers(file, "LEO", 3, 1)
    shown = record.difference(file, "comparison", 3, 1)
    assert (shown.mean, shown.interval) == pytest.approx((gain.mean().item(), 4.303 * gain.std().item() / 3**0.5))
    assert record.numbers(file, "LEO", 3, 1, "unmoved").shape == (3,)
    assert all(("unmoved" in run) == (run["name"] not in ("no steps", "comparison")) for run in file["runs"])


def test_the_same_seed_trains_the_same_weights_and_all_see_the_same_tasks(small, monkeypatch):
    first, again, other = (record.train("LEO", n_iterations=3, beta=0.01, seed=seed) for seed in (1, 1, 2))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)
    seen = {}

    def keep(name, meta_gradient, theta, sample, **how):
        seen[name] = [sample() for _ in range(2)]
        return theta

    for name in ("LEO", "comparison"):
        monkeypatch.setattr(record.ledger, "train", partial(keep, name))
        record.train(name, n_iterations=2, beta=0.01, seed=4)
    for one, two in zip(*seen.values(), strict=True):
        assert all(torch.equal(a, b) for a, b in zip(one, two, strict=True))


def test_test_tasks_differ_by_seed_and_hold_no_training_character(small):
    one, again, other = (record.tasks("test", 1, seed=seed).x_query for seed in (1, 1, 2))
    assert torch.equal(one, again) and not torch.equal(one, other)
    training = record.sources()["all"].images.view(-1, record.D)
    assert torch.cdist(one[0].to(training), training).min() > 1e-4


def test_codes_that_are_all_the_same_are_not_apart(small, rng):
    net = Coder(record.D, size=2)
    theta, task = net.init(rng), record.tasks("test", 1, seed=1)
    assert record.apart(net, theta, task) > 0.01
    collapsed = theta | {"g.2": torch.zeros_like(theta["g.2"])}
    assert record.apart(net, collapsed, task) == 0


def test_the_quantiles_are_those_of_student_and_there_is_one_for_every_number_of_seeds():
    stats = pytest.importorskip("scipy.stats")
    for n, quantile in record.T.items():
        assert quantile == pytest.approx(stats.t.ppf(0.975, n - 1), abs=1e-3)
    assert {len(seeds) for seeds in record.SEEDS.values()} <= record.T.keys()
    assert summarise(torch.tensor([0.1, 0.2, 0.3]), quantile=record.T[3]).interval > 0.2
