"""A world of recorded runs: its tasks come from the seed alone, and its unit is the measure that the file names."""

import pytest
import torch
from scipy import stats

from mlcourse.runs.experiments import EXPERIMENTS
from mlcourse.runs.worlds import WORLDS
from mlcourse.tasks import Pairs, Task
from mlcourse.worlds import alphabets, omniglot, sample_episodes
from mlcourse.worlds.characters import Characters

RUN_OF = {experiment.data: name for name, experiment in EXPERIMENTS.items() if experiment.draw.get("n_tasks")}


@pytest.fixture(autouse=True)
def no_omniglot(monkeypatch):
    def runs():
        rng = torch.Generator().manual_seed(0)
        return sample_episodes(alphabets.load(), 20, n_way=20, k_shot=1, n_query=1, rng=rng, within_alphabet=True)

    monkeypatch.setattr(omniglot, "load", lambda part="all": alphabets.load())
    monkeypatch.setattr(omniglot, "load_runs", runs)


def opened(data, seed=0):
    experiment = EXPERIMENTS[RUN_OF[data]]._replace(split=(800, 423))
    return experiment, WORLDS[data][0](experiment, torch.Generator().manual_seed(seed))


def test_distorted_drawings_are_those_of_the_same_tasks():
    plain, moved = (
        WORLDS["omniglot"][0](
            EXPERIMENTS[name]._replace(split=(800, 423), draw=EXPERIMENTS[name].draw | more),
            torch.Generator().manual_seed(0),
        ).train()
        for name, more in (("siamese", dict(distorted=False)), ("siamese", dict(distorted=True)))
    )
    assert torch.equal(plain.y, moved.y) and plain.a.shape == moved.a.shape
    assert not torch.equal(plain.a, moved.a) and not torch.equal(plain.b, moved.b)
    ink = [drawings.sum((1, 2, 3)) for drawings in (plain.a, moved.a)]
    assert torch.corrcoef(torch.stack(ink))[0, 1] > 0.7


def test_every_run_has_a_world():
    assert {experiment.data for experiment in EXPERIMENTS.values()} == set(WORLDS) == set(RUN_OF)


@pytest.mark.parametrize("data", WORLDS)
def test_the_same_seed_gives_the_same_tasks(data):
    (experiment, one), (_, other) = opened(data), opened(data)
    test = experiment.tests[0]._replace(episodes=5, at_once=2)
    parts = list(one.test(test, 0))
    assert [part.n_tasks for part in parts] == [2, 2, 1]
    for a, b in [(one.train(), other.train()), *zip(parts, other.test(test, 0), strict=True)]:
        assert all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("data", WORLDS)
def test_the_measure_is_in_the_unit(data):
    experiment, world = opened(data)
    task = next(world.test(experiment.tests[0]._replace(episodes=3, at_once=3), 0))

    def right(x_support, y_support, x_query):
        labels = not task.y_query.is_floating_point()
        return torch.nn.functional.one_hot(task.y_query).double() if labels else task.y_query

    best = {"mean squared error": 0.0, "accuracy in %": 100.0}[world.unit]
    torch.testing.assert_close(world.measure(right, task), torch.full((3,), best))


def test_the_interval_of_the_official_runs_is_over_their_alphabets():
    """Runs of one alphabet that agree are worth one value; Student's t widens the interval of so few."""
    _, world = opened("background")
    by_alphabet = torch.tensor([1.0, 2.0, 4.0, 3.0, 5.0, 5.0, 7.0, 0.0, 2.0, 6.0], dtype=torch.float64)
    result = world.summarise(by_alphabet.repeat_interleave(2))
    low, high = stats.ttest_1samp(by_alphabet, 0).confidence_interval(0.95)
    assert (result.mean - result.interval, result.mean + result.interval) == pytest.approx((low, high), abs=1e-3)


@pytest.mark.skipif(not omniglot.PATH.is_file(), reason="needs the real Omniglot")
def test_two_runs_in_a_row_are_of_one_alphabet(monkeypatch):
    monkeypatch.undo()
    evaluation, runs = omniglot.load("evaluation"), omniglot.load_runs()
    images = evaluation.images.to(torch.uint8)
    of = {x.numpy().tobytes(): a for a, c in zip(evaluation.alphabet.tolist(), images, strict=True) for x in c}
    alphabets_of = [{of[x.to(torch.uint8).numpy().tobytes()] for x in run} for run in runs.x_support]
    assert alphabets_of[::2] == alphabets_of[1::2] and len(set.union(*alphabets_of)) == 10


def test_who_learns_from_pairs_gets_pairs():
    rng = torch.Generator().manual_seed(0)
    siamese = EXPERIMENTS["siamese"]._replace(split=(800, 423))
    assert isinstance(WORLDS["omniglot"][0](siamese, rng).train(), Pairs)
    assert isinstance(opened("omniglot")[1].train(), Task)


def test_the_list_of_vinyals_cuts_the_set_in_its_own_order(monkeypatch):
    """Counted in the published list, by alphabet: the last 4 characters of Gurmukhi, and twelve whole alphabets."""
    counted = [4, 41, 26, 47, 40, 30, 45, 46, 28, 23, 25, 42, 26]
    if not omniglot.PATH.is_file():
        pytest.skip("the real Omniglot has not been fetched")
    monkeypatch.undo()
    alphabet = omniglot.load().alphabet
    assert alphabet[1200:].unique(return_counts=True)[1].tolist() == counted
    assert set(alphabet[:1200].tolist()) & set(alphabet[1200:].tolist()) == {37}


def test_on_that_list_nothing_of_the_test_is_seen_in_training():
    """Each drawing is marked with its character's number, in bits: no character is drawn on both sides."""
    images = (torch.arange(1223).unsqueeze(1) >> torch.arange(16) & 1).view(-1, 1, 4, 4).expand(-1, 20, -1, -1)
    marked = Characters(images.to(torch.uint8), torch.arange(1223) // 40)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(omniglot, "load", lambda: marked)
        world = WORLDS["omniglot in order"][0](
            EXPERIMENTS[RUN_OF["omniglot in order"]]._replace(
                split=(800, 423), draw=dict(n_tasks=100, n_way=60, k_shot=1, n_query=1)
            ),
            torch.Generator().manual_seed(0),
        )
        test = EXPERIMENTS[RUN_OF["omniglot in order"]].tests[0]._replace(episodes=200, at_once=200)
        test = test._replace(draw=test.draw | dict(rotations=False))
        numbers = [
            set((task.x_support.flatten(0, 1).flatten(1).long() << torch.arange(16)).sum(1).tolist())
            for task in (world.train(), next(world.test(test, 0)))
        ]
    assert max(numbers[0]) == 799 and min(numbers[1]) == 800 and max(numbers[1]) == 1222
