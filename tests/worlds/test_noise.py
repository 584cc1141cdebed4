"""Spoiled support sets: as much noise as was asked for, and the queries as they were."""

import pytest
import torch

from mlcourse.tasks import Task
from mlcourse.worlds import noise, sinusoids


def characters(n_tasks=400, n_way=5, k_shot=5):
    y = torch.arange(n_way).repeat_interleave(k_shot).expand(n_tasks, -1)
    x = torch.zeros(n_tasks, n_way * k_shot, 1, 4, 4)
    return Task(x, y, x.clone(), y.clone())


def test_noise_has_the_standard_deviation_that_was_asked_for(rng):
    task = sinusoids.sample_tasks(1000, k_shot=20, n_query=3, rng=rng)
    added = noise.noisy_answers(task, 0.7, rng=rng).y_support - task.y_support
    assert added.std().item() == pytest.approx(0.7, rel=0.02) and abs(added.mean()) < 0.02
    pictures = noise.noisy_pictures(characters(), 0.5, rng=rng)
    assert pictures.x_support.std().item() == pytest.approx(0.5, rel=0.02)


def test_the_queries_and_the_other_half_stay_as_they_were(rng):
    task = characters()
    spoiled = noise.wrong_labels(noise.noisy_pictures(task, 1.0, rng=rng), 0.5, rng=rng)
    assert torch.equal(spoiled.x_query, task.x_query) and torch.equal(spoiled.y_query, task.y_query)
    assert not task.x_support.any() and torch.equal(task.y_support, task.y_query)  # nothing changed in place
    assert torch.equal(noise.noisy_answers(task._replace(y_support=task.x_support), 1.0, rng=rng)[0], task.x_support)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3])
def test_so_many_labels_are_wrong_and_all_other_classes_as_often(rng, share):
    task = characters(2000)
    spoiled = noise.wrong_labels(task, share, rng=rng).y_support
    wrong = spoiled != task.y_support
    assert wrong.double().mean().item() == pytest.approx(share, abs=0.01)
    if share:
        by = ((spoiled - task.y_support) % 5)[wrong].bincount(minlength=5)[1:].double()
        assert (by / by.sum() - 0.25).abs().max() < 0.02


def test_every_class_keeps_an_example(rng):
    spoiled = noise.wrong_labels(characters(k_shot=1), 0.5, rng=rng).y_support
    assert all(labels.unique().numel() == 5 for labels in spoiled)


def test_of_one_class_no_label_can_be_wrong(rng):
    task = characters(n_way=1)
    assert torch.equal(noise.wrong_labels(task, 0.5, rng=rng).y_support, task.y_support)


def test_what_is_no_probability_and_no_standard_deviation_is_refused(rng):
    with pytest.raises(ValueError, match=r"a probability, from 0 to 1: got 1\.5"):
        noise.wrong_labels(characters(), 1.5, rng=rng)
    with pytest.raises(ValueError, match="not negative: got sigma = -1"):
        noise.noisy_pictures(characters(), -1, rng=rng)
