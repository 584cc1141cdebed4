"""What lesson 12 records: a record goes on where it stopped, weights are read back, choices are the best."""

import pytest
import torch

from mlcourse.evaluation import evaluate
from mlcourse.methods import in_context, transfer
from mlcourse.networks import MLP, SetEncoder, Transformer
from mlcourse.runs import context as record


@pytest.fixture
def small(monkeypatch):
    """A record of half an hour in seconds: tiny networks, three iterations, few tasks."""
    nets = {
        "set encoder": SetEncoder(1, 4, 2),
        "transformer": Transformer(1, 4, 1, layers=1, heads=2),
        "MAML": MLP(1, 4, 1),
        "linear": Transformer(2, 4, 1, layers=1, heads=2),
    }
    learners = {name: learner._replace(net=nets[name]) for name, learner in record.LEARNERS.items()}
    tasks = record.tasks
    for name, value in dict(
        LEARNERS=learners,
        SHORT=0.002,
        SEEDS={0.002: (1, 2), 0.004: (1,)},
        KEPT=(0.004, 1),
        POINTS=(1, 4),
        STEPS=(1, 3),
        milliseconds=lambda: dict.fromkeys(learners, 1.0),
        tasks=lambda *given, **how: tasks(*given, **how, n_tasks=5),
    ).items():
        monkeypatch.setattr(record, name, value)


def test_a_record_that_was_stopped_goes_on_and_is_read_back(small, gone_on):
    path, file = gone_on(record)
    for name, theta in record.weights(path.with_suffix(".npz")).items():
        beta, tried = record.chosen(file["runs"], name)
        assert tried[0] < beta < tried[-1]
        assert name == "linear" or record.errors(file, name, 0.002).shape == (2, 2)
        run = next(r for r in file["runs"] if (r["learner"], r["budget"], r["seed"]) == (name, 0.004, 1))
        theta = {key: p.float() for key, p in theta.items()}
        assert record.measured(name, theta)["error"] == run["error"]
        assert len(run["adapt"]) == (2 if name == "MAML" else 0)


def test_the_same_seed_trains_the_same_weights_in_16_bits(small):
    first, again, other = (record.train("set encoder", n_iterations=3, beta=0.01, seed=seed) for seed in (1, 1, 2))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)
    assert all(torch.equal(p, p.half().to(p)) for p in first.values())


def test_maml_takes_the_steps_that_were_best_on_validation_waves(small):
    net, theta = record.LEARNERS["MAML"].net, record.train("MAML", n_iterations=3, beta=0.01, seed=1)
    theta = {name: p.double() for name, p in theta.items()}
    validation = record.tasks("MAML", 4, seed=1000)
    adapt, error = record.best_steps(theta, validation)
    file = dict(runs=[dict(learner="MAML", budget=0.004, seed=1, adapt=[{}, adapt])])
    ready = record.ready("MAML", theta, 4, file)
    measured = (ready(*validation[:3]) - validation.y_query).square().mean().item()
    assert measured == pytest.approx(error, rel=1e-9)
    others = [
        record.maml.predict(net, theta, *validation[:3], alpha=alpha, steps=steps)
        for alpha in record.RATES
        for steps in record.STEPS
    ]
    assert error <= min((answer - validation.y_query).square().mean().item() for answer in others) + 1e-9


def test_the_stored_weights_are_those_that_were_measured():
    """On other waves they err much as the record says."""
    file, stored = record.load(), record.weights()
    for name in ("set encoder", "transformer"):
        run = record.ledger.find(file, dict(learner=name, budget=record.KEPT[0], seed=record.KEPT[1]))
        task = record.tasks(name, 5, seed=5)
        answers = in_context.predict(record.LEARNERS[name].net, stored[name], *task[:3])
        assert (answers - task.y_query).square().mean().item() == pytest.approx(run["error"][3], rel=0.6)
    assert record.WEIGHTS.stat().st_size < 1_000_000


def test_more_steps_than_maml_may_choose_would_gain_little():
    """It often chooses the most: ten times as many gain less than a quarter, and the set encoder has half of that."""
    most, net, theta = max(record.STEPS), record.LEARNERS["MAML"].net, record.weights()["MAML"]
    for k in (5, 10, 20):
        few = record.tasks("MAML", k, seed=1001, n_tasks=60)
        chosen, more = transfer.errors_on_the_way(net, theta, few, alpha=0.01, steps=[most, 10 * most])
        assert more.mean > 0.75 * chosen.mean
        rival = record.ready("set encoder", record.weights()["set encoder"], k, record.load())
        assert evaluate(rival, few).mean < more.mean / 2
