"""Scores averaged over four turns: what each turn says counts once, and a turned task gets the same answer."""

import json
from functools import partial

import torch

from mlcourse.methods import prototypical
from mlcourse.networks import ConvNet
from mlcourse.runs import recorded, recording, worlds
from mlcourse.runs.experiments import EXPERIMENTS
from mlcourse.runs.turns import over_four_turns
from mlcourse.runs.variants import also_in_four_turns
from mlcourse.worlds import alphabets, sample_episodes


def task(n_tasks=2):
    rng = torch.Generator().manual_seed(0)
    return sample_episodes(alphabets.load(), n_tasks, n_way=5, k_shot=1, n_query=2, rng=rng)


def turned(task, turn):
    return task.x_support.rot90(turn, (-2, -1)), task.y_support, task.x_query.rot90(turn, (-2, -1))


def test_the_scores_are_the_mean_of_those_of_each_turn_by_a_plain_loop():
    net, one = ConvNet(None, filters=4), task()
    predict = partial(prototypical.predict, net, net.init(torch.Generator().manual_seed(0)))
    expected = sum(predict(*turned(one, turn)) for turn in range(4)) / 4
    scores = over_four_turns(predict)(*one[:3])
    torch.testing.assert_close(scores, expected)
    assert (scores - predict(*one[:3])).abs().max() > 0.01  # one turn alone says something else


def test_a_turned_task_gets_the_same_scores():
    net, one = ConvNet(None, filters=4), task()
    predict = over_four_turns(partial(prototypical.predict, net, net.init(torch.Generator().manual_seed(0))))
    for turn in range(1, 4):
        torch.testing.assert_close(predict(*turned(one, turn)), predict(*one[:3]))


def test_support_and_queries_turn_together():
    seen = []

    def predict(x_support, y_support, x_query):
        seen.append((x_support, x_query))
        return torch.zeros(1, 10, 5)

    one = task(n_tasks=1)
    over_four_turns(predict)(*one[:3])
    assert len(seen) == 4
    for turn, (x_support, x_query) in enumerate(seen):
        assert torch.equal(x_support.rot90(-turn, (-2, -1)), one.x_support)
        assert torch.equal(x_query.rot90(-turn, (-2, -1)), one.x_query)


def test_a_run_measures_both_and_its_other_rows_stay_as_they_are(tmp_path, monkeypatch):
    monkeypatch.setattr(worlds.omniglot, "load", lambda part="all": alphabets.load())
    plain = EXPERIMENTS["prototypical-1shot"]
    plain = plain._replace(
        net=plain.net | dict(filters=2), iterations=1, split=(800, 423), tests=(plain.tests[0]._replace(episodes=8),)
    )
    rows = {}
    for name, experiment in ("plain", plain), ("both", also_in_four_turns(plain)):
        path = recording.record(name, experiment, seed=0, out=tmp_path)
        rows[name] = json.loads(path.read_text(encoding="utf-8"))["results"]
    assert rows["both"][:2] == rows["plain"]
    assert [row["setting"] for row in rows["both"][2:]] == 2 * ["5-way 1-shot, four turns"]
    for once, averaged in zip(rows["plain"], rows["both"][2:], strict=True):
        assert once["per_task"] != averaged["per_task"] and once["paper"] == averaged["paper"]
    (tmp_path / "plain.json").unlink()
    assert "| prototypical | 5-way 1-shot, four turns |" in recorded.tables(tmp_path)
    assert "four turns" not in recorded.lines("prototypical", folder=tmp_path) + recorded.summary(tmp_path)
    assert "four_turns" not in recording.plain(plain)["tests"][0]
    assert recording.plain(also_in_four_turns(plain))["tests"][1]["four_turns"] is True
