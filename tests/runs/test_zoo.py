"""The zoo: the stored networks are all there and can do what they should, and one command trains them anew."""

import json

import numpy as np
import pytest
import torch

from mlcourse import losses
from mlcourse.__main__ import main
from mlcourse.evaluation import evaluate
from mlcourse.runs import train_zoo, zoo
from mlcourse.runs.registry import LEARNERS, METHODS, NAMES
from mlcourse.worlds import alphabets, sample_episodes

LEAST = {"pooled": 0.70, "MAML": 0.68, "FOMAML": 0.60, "ANIL": 0.60, "Reptile": 0.55, "Siamese": 0.62}


@pytest.fixture(autouse=True)
def single_precision():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    yield
    torch.set_default_dtype(before)


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


def test_every_method_had_as_many_tries_for_its_outer_rate_and_the_best_was_taken():
    for entry in zoo.load().values():
        tried = dict(entry.settings["tried"])
        assert len(tried) == 3
        assert entry.settings["beta"] == max(tried, key=tried.get)


def test_who_adapts_had_six_tries_and_took_one_of_them():
    stored = zoo.load()
    for name in NAMES:
        for learner, (_, rates, steps) in METHODS[name].zoo.learners.items():
            if rates:
                assert len(rates) * len(steps) == 6
                chosen = stored[name].settings["adapt"][learner]
                assert chosen["alpha"] in rates and chosen["steps"] in steps


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
