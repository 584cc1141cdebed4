"""What lesson 16 records: a record goes on where it stopped, no domain is shared, tasks are the same for all."""

import pytest
import torch

from mlcourse.evaluation import summarise
from mlcourse.runs import text as record
from mlcourse.worlds import intents


@pytest.fixture
def small(monkeypatch):
    """A record of minutes in seconds: ten domains of three invented intents, few tasks, two iterations."""
    rng = torch.Generator().manual_seed(0)

    def said(n):
        return "".join("abcdefghijklmnopqrstuvwxyz"[i] for i in torch.randint(26, (n,), generator=rng).tolist())

    domain = {f"{d}{i}": f"domain {d}" for d in range(10) for i in range(6)}
    own = {intent: [said(5) for _ in range(3)] for intent in domain}
    requests = {
        intent: [f"please {own[intent][i % 3]} the {said(4)} {own[intent][(i + 1) % 3]}" for i in range(14)]
        for intent in domain
    }
    monkeypatch.setattr(record.intents, "load", lambda: intents.Intents(requests, domain))
    record.split.cache_clear()
    for name, value in dict(
        SHORT=2, LONG=3, SEEDS={2: (1, 2, 3), 3: (1, 2, 3)}, N_TEST=4, AT_ONCE=2, N_ASKED=2, N_TASKS=2, N_QUERY=2,
        STRENGTHS=(3.0, 30.0),
    ).items():  # fmt: skip
        monkeypatch.setattr(record, name, value)
    yield domain
    record.split.cache_clear()


def test_a_record_that_was_stopped_goes_on_and_is_read_back(small, gone_on, monkeypatch):
    monkeypatch.setattr(record.ledger, "widened", lambda rate, attempt, chosen: (attempt(rate), chosen()[0])[1])
    _, file = gone_on(record)
    for name in record.UNTRAINED + record.TRAINED:
        assert record.numbers(file, name, 2, 1).shape == record.numbers(file, name, 3, 5).shape == (3,)
    gain = record.numbers(file, "worth", 2, 1) - record.numbers(file, "TF-IDF", 2, 1)
    shown = record.difference(file, "worth", 2, 1)
    assert (shown.mean, shown.interval) == pytest.approx((gain.mean().item(), 4.303 * gain.std().item() / 3**0.5))


def test_the_parts_and_the_pools_share_no_domain(small):
    torch.set_default_dtype(torch.float32)
    of = record.split(3)
    domains = [{small[name] for name in part.names} for part in of[:3]]
    assert [len(d) for d in domains] == [5, 1, 4] and not any(a & b for a in domains for b in domains if a is not b)
    assert len(of.folds) == 5 and of.pool.n_texts == 14 * 30
    for fold, signature in of.folds:
        assert len({small[name] for name in fold.names}) == 1
        mine = {w for rows in fold.rows for w in rows.flatten().tolist()} - {0}
        others = {
            w
            for name, rows in zip(of.training.names, of.training.rows, strict=True)
            if name not in fold.names
            for w in rows.flatten().tolist()
        }
        assert all((signature[w, 0] == 1) == (w not in others) for w in mine)


def test_the_strength_is_the_one_that_validation_prefers(small):
    runs = [
        dict(name="ridge", seed=1, rate=rate, validation=[0.5, v]) for rate, v in ((1.0, 0.6), (2.0, 0.8), (4.0, 0.7))
    ]
    assert record.chosen(runs, "ridge", 1) == (2.0, [1.0, 2.0, 4.0])


@pytest.mark.parametrize("name", record.TRAINED)
def test_the_same_seed_trains_the_same_learner(small, name):
    torch.set_default_dtype(torch.float32)
    how = dict(n_iterations=2, beta=0.01)
    task = record.tasks(record.split(1).test, 1, seed=1)[0]
    one, again = (record.train(name, seed=1, **how)(*task[:3]) for _ in range(2))
    assert torch.equal(one, again) and one.shape == (2, 10, 5)


def test_the_quantiles_are_those_of_student():
    stats = pytest.importorskip("scipy.stats")
    for n, quantile in record.T.items():
        assert quantile == pytest.approx(stats.t.ppf(0.975, n - 1), abs=1e-3)
    assert summarise(torch.tensor([0.1, 0.2, 0.3]), quantile=record.T[3]).interval > 0.2


def test_the_stored_record_is_whole_and_its_choices_lie_inside_their_grids():
    file = record.load()
    for n_iterations in record.SEEDS:
        for name in record.UNTRAINED + record.TRAINED:
            assert len(record.numbers(file, name, n_iterations, 1)) == len(record.SEEDS[n_iterations])
    for name in record.TRAINED:
        if name not in record.SET:
            rate, tried = record.chosen(file["runs"], name, record.CHOOSING)
            assert tried[0] < rate < tried[-1]
