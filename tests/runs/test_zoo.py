"""The zoo: the stored networks are all there and can do what they should, and one command trains them anew."""

import json

import numpy as np
import pytest
import torch

from mlcourse import losses
from mlcourse.__main__ import main
from mlcourse.evaluation import evaluate
from mlcourse.methods import reptile
from mlcourse.runs import remembered, repeat_zoo, train_zoo, zoo
from mlcourse.runs.registry import CLASSIFIER, LEARNERS, METHODS, NAMES
from mlcourse.worlds import alphabets, sample_episodes

LEAST = {"pooled": 0.67, "MAML": 0.65, "FOMAML": 0.63, "ANIL": 0.69, "Reptile": 0.58, "Siamese": 0.63, "Meta-SGD": 0.6}


@pytest.fixture(autouse=True)
def single_precision(exact_arithmetic):  # which puts back what was set before
    torch.set_default_dtype(torch.float32)


@pytest.fixture(scope="module")
def characters():
    return zoo.split()[0]


def test_every_method_is_stored_and_every_learner_is_ready():
    stored = zoo.load()
    assert tuple(stored) == NAMES
    assert set(zoo.learners(stored)) == {"pixels", "aligned pixels", "random features", *LEARNERS}


def test_the_stored_file_is_small():
    assert zoo.STORED.stat().st_size < 1_000_000


def test_the_stored_weights_reach_on_new_alphabets_what_they_should():
    rng = torch.Generator().manual_seed(5)
    episodes = sample_episodes(zoo.split()[2], 60, n_way=5, k_shot=1, n_query=5, rng=rng)
    for name, learner in zoo.learners(zoo.load()).items():
        least = LEAST.get(LEARNERS[name], 0.7) if name in LEARNERS else 0.25
        assert evaluate(learner, episodes, metric=losses.fair_accuracy).mean > least, name


def test_the_curves_start_before_training_end_after_it_and_got_the_same_time():
    for name, entry in zoo.load().items():
        assert entry.seconds[0] < 1 and sorted(entry.seconds) == entry.seconds
        assert 0.7 * train_zoo.SECONDS < entry.seconds[-1] < 1.3 * train_zoo.SECONDS, name
        assert entry.accuracy[-1].mean > entry.accuracy[0].mean


def test_no_outer_rate_is_at_the_edge_of_those_tried_and_the_best_variant_was_taken():
    for name, entry in zoo.load().items():
        chosen, tried = entry.settings, entry.settings["tried"]
        usual = next(iter(METHODS[name].zoo.variants))
        rates = {beta: accuracy for variant, beta, accuracy in tried if variant == chosen["variant"]}
        assert min(rates) < chosen["beta"] < max(rates), name
        assert rates[chosen["beta"]] == max(rates.values()), name
        assert {variant for variant, _, _ in tried} == set(METHODS[name].zoo.variants), name
        assert sum(variant == usual for variant, _, _ in tried) >= 3, name


def test_who_adapts_tried_rates_on_both_sides_and_took_the_best():
    stored = zoo.load()
    for name in NAMES:
        settings = stored[name].settings
        for learner, (_, alpha, steps) in zoo.contestant(name, settings["variant"]).learners.items():
            if alpha is not None:
                chosen, tried = settings["adapt"][learner], settings["tried_adapt"][learner]
                rates = {rate: accuracy for n, rate, accuracy in tried if n == chosen["steps"]}
                assert {n for n, _, _ in tried} == set(steps), learner
                assert min(rates) < chosen["alpha"] < max(rates) and rates[chosen["alpha"]] == max(rates.values())


def test_to_climb_is_to_find_the_top_however_far_with_a_try_on_both_sides_of_it():
    for top in (-5, 0, 1, 7):
        asked = []
        assert train_zoo.climb(lambda k, top=top, asked=asked: asked.append(k) or -((k - top) ** 2)) == top
        assert {top - 1, top, top + 1} <= set(asked)
    assert train_zoo.climb(lambda k: 0) == 0  # equally good, so it stays


def test_all_variants_train_and_are_asked(characters):
    episodes = zoo.validation_episodes(2)
    for name in NAMES:
        for variant in METHODS[name].zoo.variants:
            theta = zoo.train(name, characters, n_iterations=1, variant=variant)
            assert 0 <= train_zoo.usual(name, theta, episodes, variant).mean <= 1


def test_a_contestant_of_your_own_is_trained_and_asked(characters):
    own = zoo.contestant("prototypical")._replace(scale=1.0)
    theta = zoo.train("prototypical", characters, n_iterations=1, variant=own)
    usual = zoo.train("prototypical", characters, n_iterations=1)
    assert any((theta[key] != p).any() for key, p in usual.items())
    task = zoo.validation_episodes(2)
    assert zoo.ready("prototypical", theta, variant=own)(*task[:3]).shape == (2, 25, 5)


def test_another_seed_gives_other_weights(characters):
    one, two = (zoo.train("FOMAML", characters, n_iterations=1, seed=seed) for seed in (0, 1))
    assert all((one[key] != two[key]).any() for key in one if key.endswith("weight"))


def test_adam_carried_on_is_stored_beside_the_weights_and_goes_on_from_there(characters):
    how = dict(variant="Adam carried on")
    stored = zoo.train("Reptile", characters, n_iterations=2, **how)
    theta, state = remembered.split(stored)
    assert state.steps == 10 and set(state.second) == set(theta) == set(
        zoo.train("Reptile", characters, n_iterations=1)
    )
    task, asked = zoo.validation_episodes(2), dict(alpha=0.01, steps=3)
    goes_on = zoo.ready("Reptile", stored, **how, **asked)(*task[:3])
    alone = reptile.predict(
        CLASSIFIER, theta, *task[:3], state=state, loss=losses.cross_entropy, support_statistics=True, **asked
    )
    torch.testing.assert_close(goes_on, alone, rtol=0, atol=0)
    fresh = zoo.ready("Reptile", theta, **how, **asked)(*task[:3])
    assert (fresh - goes_on).abs().max() > 1e-3
    again, _ = remembered.split(remembered.join(theta, state))
    torch.testing.assert_close(again, theta, rtol=0, atol=0)


def test_no_alphabet_is_in_two_parts():
    parts = [set(part.alphabet.tolist()) for part in zoo.split()]
    assert [len(part) for part in parts] == [30, 8, 12]
    assert not (parts[0] & parts[1] or parts[0] & parts[2] or parts[1] & parts[2])


def test_no_learner_lets_its_queries_help_each_other():
    rng = torch.Generator().manual_seed(6)
    task = sample_episodes(zoo.split()[2], 2, n_way=5, k_shot=2, n_query=2, rng=rng)
    for name, learner in zoo.learners(zoo.load()).items():
        together = learner(*task[:3])
        alone = learner(task.x_support, task.y_support, task.x_query[:, :1])
        torch.testing.assert_close(together[:, :1], alone, rtol=1e-3, atol=1e-3, msg=name)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_iterations_give_the_same_weights(name, characters):
    once, twice = (zoo.train(name, characters, n_iterations=2) for _ in range(2))
    torch.testing.assert_close(once, twice, rtol=0, atol=0)
    assert any((once[key] != p).any() for key, p in zoo.train(name, characters, n_iterations=1).items())


def test_looking_on_changes_nothing_and_ends_with_what_is_returned(characters):
    seen = {}
    theta = zoo.train("prototypical", characters, n_iterations=8, look=seen.__setitem__)
    torch.testing.assert_close(theta, zoo.train("prototypical", characters, n_iterations=8), rtol=0, atol=0)
    assert list(seen) == [0, 1, 2, 4, 6, 8]
    torch.testing.assert_close(seen[8], theta, rtol=0, atol=0)


def test_the_command_trains_one_method_and_leaves_the_others(tmp_path, monkeypatch):
    few = zoo.validation_episodes(4)
    monkeypatch.setattr(zoo, "validation_episodes", lambda: few)
    path = tmp_path / "zoo.npz"
    for name in "Siamese", "matching":
        main(["zoo", name, "--seconds", "0.3", "--to", str(path)])
    both = zoo.load(path)
    assert set(both) == {"Siamese", "matching"}
    train_zoo.train_all(["matching"], seconds=0.3, path=path)
    torch.testing.assert_close(zoo.load(path)["Siamese"].theta, both["Siamese"].theta, rtol=0, atol=0)


def test_transfer_keeps_nothing_of_the_head_that_knows_the_training_characters():
    assert not any(key.startswith("head.") for key in zoo.load()["pooled"].theta)


def test_what_is_saved_is_what_is_loaded(tmp_path, characters):
    theta = zoo.train("FOMAML", characters, n_iterations=1)
    curve = zoo.Evaluation(0.3, 0.01, torch.empty(0))
    entry = zoo.Entry(theta, [0.5], [curve], dict(beta=0.1))
    zoo.save({"FOMAML": entry}, tmp_path / "zoo.npz")
    again = zoo.load(tmp_path / "zoo.npz")["FOMAML"]
    torch.testing.assert_close(again.theta, theta, rtol=0, atol=0)
    assert again.seconds == [0.5] and again.settings == dict(beta=0.1)


def test_an_unknown_method_is_refused_by_name(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["zoo", "MALM"])
    assert f"there is no method MALM: choose from {', '.join(NAMES)}" in capsys.readouterr().err


def test_a_missing_zoo_says_how_to_train_it(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"python -m mlcourse zoo"):
        zoo.load(tmp_path / "zoo.npz")


def without(part):
    """The stored zoo's arrays without those whose names have this part."""
    return {key: array for key, array in np.load(zoo.STORED).items() if part not in key}


@pytest.mark.parametrize(
    "arrays",
    [
        lambda: {},
        lambda: dict(np.load(alphabets.STORED)),
        lambda: without("MAML/curve"),
        lambda: without("Reptile/settings"),
        lambda: without("matching/theta"),
        lambda: without("no such part") | {"MALM/curve": np.zeros((1, 3))},
    ],
    ids=["nothing", "another file", "no curve", "no settings", "no weights", "an unknown method"],
)
def test_a_zoo_in_which_something_is_missing_is_refused_and_no_method_vanishes(tmp_path, arrays):
    np.savez(tmp_path / "zoo.npz", **arrays())
    for command in zoo.load, lambda path: train_zoo.train_all(path=path):  # which tells it before it trains
        with pytest.raises(ValueError, match=r"zoo.npz is damaged, or another file: delete it, and train it"):
            command(tmp_path / "zoo.npz")


@pytest.mark.parametrize(
    "content", ["", "<html>", "[]", "{}", '{"results": {"MAML', '{"results": {"MAML": {"mean": 1}}}']
)
def test_an_omniglot_record_that_is_not_whole_is_named(tmp_path, content):
    path = tmp_path / "zoo_omniglot.json"
    with pytest.raises(FileNotFoundError, match=r"There is no .*zoo_omniglot.json: measure it anew with"):
        zoo.on_omniglot(path)
    path.write_text(content)
    with pytest.raises(ValueError, match=r"zoo_omniglot.json is damaged, or another file: delete it, and measure it"):
        zoo.on_omniglot(path)


def test_the_zoo_is_in_the_order_of_the_lessons_and_gives_those_of_some():
    lessons = [METHODS[name].lesson for name in NAMES]
    assert lessons == sorted(lessons)
    assert list(zoo.load(up_to=3)) == [name for name in NAMES if METHODS[name].lesson <= 3]


def test_the_omniglot_record_names_every_learner_and_how_it_was_measured():
    record = json.loads(zoo.OMNIGLOT.read_text(encoding="utf-8"))
    assert set(record["results"]) == set(zoo.learners(zoo.load()))
    assert {"command", "seed", "episodes", "queries", "torch"} <= set(record)


@pytest.fixture
def two_trained(tmp_path, monkeypatch):
    """A zoo of one method, trained for a moment, and few tasks to measure it on."""
    few, tests = zoo.validation_episodes(4), repeat_zoo.test_episodes(3)
    monkeypatch.setattr(zoo, "validation_episodes", lambda: few)
    monkeypatch.setattr(repeat_zoo, "test_episodes", lambda: tests)
    train_zoo.train_all(["prototypical"], seconds=0.3, path=tmp_path / "zoo.npz")
    return tmp_path


def test_trainings_are_repeated_once_each_and_a_second_call_adds_what_is_missing(two_trained):
    how = dict(stored=two_trained / "zoo.npz", path=two_trained / "again.json", other=())
    repeat_zoo.repeat(["prototypical"], plan=((1.0, (0,)), (0.5, (0,))), **how)
    first, untrained = zoo.again(how["path"])
    repeat_zoo.repeat(["prototypical"], plan=((1.0, (0,)), (0.5, (0, 1))), **how)
    both, _ = zoo.again(how["path"])
    assert [run.seconds for run in both[:2]] == [run.seconds for run in first]
    assert [(run.share, run.seed) for run in both] == [(1.0, 0), (0.5, 0), (0.5, 1)]
    assert set(untrained) == {"pixels", "aligned pixels", "random features"}
    assert set(both[0].accuracy) == {"prototypical"} and both[0].seconds > both[1].seconds * 0.8


def test_the_other_start_is_trained_beside_the_zoos_and_differs_in_the_start_alone(two_trained):
    how = dict(stored=two_trained / "zoo.npz", path=two_trained / "again.json", plan=((0.5, (0,)),))
    repeat_zoo.repeat(["prototypical"], other=((0.5, (0,), ["prototypical"]),), **how)
    usual, other = zoo.again(how["path"])[0]
    assert usual[:3] == other[:3] and (usual.scale, other.scale) == (None, 1.0)
    assert "scale" not in json.loads(how["path"].read_text(encoding="utf-8"))["runs"][0]
    entry = zoo.load(how["stored"])["prototypical"]
    kept = {key: entry.settings[key] for key in ("beta", "variant")}
    kept["variant"] = zoo.contestant("prototypical", kept["variant"])._replace(scale=1.0)
    n = round(0.5 * entry.settings["n_iterations"])
    theta = zoo.train("prototypical", zoo.split()[0], n_iterations=max(1, n), **kept)
    expected = train_zoo.accuracy("prototypical", theta, repeat_zoo.test_episodes(), entry.settings["variant"])
    assert other.accuracy["prototypical"].mean == pytest.approx(expected.mean, abs=1e-5)
    repeat_zoo.repeat(["prototypical"], other=((0.5, (0,), ["prototypical"]),), **how)
    assert len(zoo.again(how["path"])[0]) == 2


def test_who_starts_small_is_also_started_plain_and_the_others_small():
    starts = {name: (zoo.contestant(name).scale, repeat_zoo.other_start(name)) for name in NAMES}
    assert starts["prototypical"] == starts["matching"] == (0.2, 1.0)
    assert starts["pooled"] == starts["ANIL"] == starts["Siamese"] == (1.0, 0.2)


def test_the_recorded_trainings_are_of_the_stored_zoo_for_three_lengths_the_shorter_ones_from_three_seeds():
    runs, untrained = zoo.again()
    stored = zoo.load(up_to=repeat_zoo.LATEST)
    done = {(run.method, run.share, run.seed, run.scale) for run in runs}
    assert len(done) == len(runs)
    usual = {(name, share, seed, None) for name in stored for share in (0.25, 1.0) for seed in (0, 1, 2)}
    usual |= {(name, 4.0, 0, None) for name in stored}
    assert done - usual == {
        (name, share, seed, repeat_zoo.other_start(name))
        for share, seeds, names in repeat_zoo.OTHER_START
        for name in names
        for seed in seeds
    }
    assert usual <= done
    assert all(set(run.accuracy) <= set(LEARNERS) for run in runs) and "aligned pixels" in untrained


def test_recorded_trainings_that_are_not_there_or_not_whole_are_named(tmp_path):
    path = tmp_path / "again.json"
    with pytest.raises(FileNotFoundError, match=r"There is no .*again.json: measure it anew with"):
        zoo.again(path)
    for content in "", "[]", '{"runs": [], "untrained": {}}', '{"runs": [{"method": "MAML"}], "untrained": {}}':
        path.write_text(content)
        with pytest.raises(ValueError, match=r"again.json is damaged, or another file"):
            zoo.again(path)
