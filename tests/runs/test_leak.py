"""What lesson 04 records of leaks: the three sources are what they are called; a record goes on, and is read back."""

import pytest
import torch

from mlcourse.methods import nearest
from mlcourse.runs import leak
from mlcourse.worlds.characters import Characters


@pytest.fixture
def characters(rng):
    """Twelve characters of two alphabets, no two drawings alike."""
    images = (torch.rand(12, 20, 28, 28, generator=rng) < 0.2).to(torch.uint8)
    return Characters(images, torch.arange(12) // 8)


def drawings(characters):
    return {image.numpy().tobytes() for image in characters.images.flatten(0, 1)}


def test_the_sources_are_of_one_size_and_meet_the_test_where_their_names_say(characters, rng):
    training, tested = characters.select(slice(8)), characters.select(slice(8, 12))
    sources = leak.sources(training, tested, rng)
    assert tuple(sources) == leak.SOURCES
    assert {source.images.shape for source in sources.values()} == {(4, 10, 28, 28)}
    by_character, by_drawing, none = (drawings(source) for source in sources.values())
    asked = drawings(leak.to_ask(tested))
    assert by_character <= drawings(training) and by_drawing <= drawings(tested)
    assert not by_character & drawings(tested) and not by_drawing & asked and none == asked


def test_a_network_knows_its_own_drawings_by_heart_and_the_same_seed_gives_the_same_one(characters):
    few = characters.select(slice(4))._replace(images=characters.images[:4, :5])
    learned, again, other = (leak.train(few, n_iterations=60, seed=seed) for seed in (0, 0, 1))
    x = few.images.flatten(0, 1).unsqueeze(0)
    answers = learned["answers"](x)
    torch.testing.assert_close(answers.square().sum(2), torch.ones(1, 20, dtype=torch.float32))  # probabilities
    assert answers.argmax(2).tolist() == [[c for c in range(4) for _ in range(5)]]
    assert torch.equal(answers, again["answers"](x)) and not torch.equal(answers, other["answers"](x))
    torch.testing.assert_close(learned["logits"](x).softmax(2), answers.square())
    assert tuple(learned) == leak.WAYS and learned["hidden"](x).shape == (1, 20, leak.HIDDEN)


def test_answers_are_the_closer_the_better_their_probabilities_overlap():
    p, q = torch.tensor([[0.9, 0.1, 0.0]]), torch.tensor([[[0.8, 0.2, 0.0]], [[0.0, 0.5, 0.5]]])
    y = torch.zeros(2, 1, dtype=torch.int64)
    scores = nearest.predict(q.sqrt(), y, p.sqrt().expand(2, 1, 3))
    torch.testing.assert_close(scores.flatten(), 2 * (p * q.squeeze(1)).sqrt().sum(1) - 2)


@pytest.fixture
def small(monkeypatch, rng):
    """A record of a minute in a second: fewer characters, trainings and episodes."""
    images = (torch.rand(100, 20, 28, 28, generator=rng) < 0.2).to(torch.uint8)
    monkeypatch.setattr(leak.alphabets, "load", lambda: Characters(images, torch.arange(100) // 2))
    for name, value in dict(SPLITS={2: (0,), 3: (0, 1)}, N_TASKS=4, HIDDEN=4).items():
        monkeypatch.setattr(leak, name, value)


def test_a_record_that_was_stopped_goes_on_and_is_read_back_paired(small, gone_on):
    _, file = gone_on(leak)
    assert len(file["runs"]) == 3 * len(leak.SOURCES)
    by_drawing, honest = (leak.found(file, source, iterations=3, way="hidden") for source in leak.SOURCES[1::-1])
    paired = leak.found(file, leak.SOURCES[1], iterations=3, way="hidden", over=leak.SOURCES[0])
    for a, b, difference in zip(by_drawing, honest, paired, strict=True):
        torch.testing.assert_close(a.per_task - b.per_task, difference.per_task)


def test_the_recorded_file_is_whole_and_another_one_is_refused_in_a_sentence(tmp_path):
    file = leak.load()
    kinds = {(run["iterations"], run["split"], run["source"]) for run in file["runs"]}
    assert len(kinds) == len(file["runs"]) == sum(map(len, leak.SPLITS.values())) * len(leak.SOURCES)
    assert file["commit"] and file["processor"] and file["command"] == "python -m mlcourse leak"
    with pytest.raises(FileNotFoundError, match="record it anew with `python -m mlcourse leak`"):
        leak.load(tmp_path / "leak.json")
    (tmp_path / "leak.json").write_text('{"runs": [{}]}')
    with pytest.raises(ValueError, match="record it anew"):
        leak.load(tmp_path / "leak.json")
