"""Each check accepts every right answer, calls the stub a stub, and names the mistake of a plausible wrong answer."""

import math
import re
from importlib import import_module

import numpy as np
import pytest
import torch

from mlcourse import checks

pytestmark = pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")  # one answer's

ANSWERS = {name: import_module(f"answers.{name}") for name in checks.__all__}
RIGHT = [(name, style, answer) for name, file in ANSWERS.items() for style, answer in file.RIGHT.items()]
WRONG = [(name, words, answer) for name, file in ANSWERS.items() for words, answer in file.WRONG]
THINGS = [
    *(0, 1.5, True, 1j, math.nan, math.inf, "a", b"a", {}, {"a": 1}, set(), object(), len, range(3), iter("ab")),
    *([], (), [[]], [None, None], ["a", "b"], [1, 2], [[1], [1, 2]], [{}, {}], (1, "a"), [torch.ones(2), 1]),
    *(np.array(None), np.array(["a", "b"]), np.array([1, 2]), np.zeros((2, 0)), np.float32(0), np.datetime64("2000")),
    *(torch.tensor([]), torch.zeros(2, 0, 3), torch.ones(2).to_sparse(), torch.ones(2, dtype=torch.bool)),
    *((torch.ones(3),) * 4, [torch.zeros(10, 4, 4), torch.zeros(10)] * 2),
    dict.fromkeys(["0.weight", "0.bias", "1.weight", "1.bias"], 1),
    dict.fromkeys(["0.weight", "0.bias", "1.weight", "1.bias"], torch.ones(2).to_sparse()),
    dict.fromkeys(["0.weight", "0.bias", "1.weight", "1.bias"]),
]


def each(cases):
    return pytest.mark.parametrize(
        ("check", "words", "answer"),
        [(getattr(checks, name), words, answer) for name, words, answer in cases],
        ids=[f"{name}: {words}" for name, words, _ in cases],
    )


@each(RIGHT)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_a_right_answer_is_right_in_any_style(check, words, answer, dtype, capsys):
    torch.set_default_dtype(dtype)
    check(answer)
    assert capsys.readouterr().out == "correct\n"


@each(WRONG)
@pytest.mark.parametrize(("dtype", "seed"), [(torch.float64, 0), (torch.float32, 5)])
def test_the_verdict_names_what_is_wrong_in_few_words(check, words, answer, dtype, seed, capsys):
    """In float32 too, since a learner may have left the default alone; there with other numbers than the lesson's."""
    torch.set_default_dtype(dtype)
    assert not check.passes(answer, seed=seed)
    said = capsys.readouterr().out
    assert said.startswith("not attempted yet" if words == "not attempted" else "not yet: ")
    assert re.search(words, said)
    assert said.count("\n") == 1 and len(said) < 330
    assert "the check cannot read" not in said  # it is the check's task to read whatever comes


@pytest.mark.parametrize("name", checks.__all__)
def test_whatever_comes_back_is_read(name, capsys):
    """Not one of these is a right answer to anything, and none stops the check."""
    for thing in THINGS:
        assert not getattr(checks, name).passes(lambda *given, thing=thing: thing)
        said = capsys.readouterr().out
        assert said.startswith("not yet: ") and "the check cannot read" not in said


@pytest.mark.parametrize("name", checks.__all__)
def test_a_check_s_own_error_is_not_put_down_to_the_learner(name, capsys):
    class Strange(torch.Tensor):
        @classmethod
        def __torch_function__(cls, *given, **how):
            raise KeyError("strange")

    assert not getattr(checks, name).passes(lambda *given: torch.ones(2).as_subclass(Strange))
    assert "your function stopped" not in capsys.readouterr().out


@pytest.mark.parametrize("name", checks.__all__)
def test_every_check_is_tried_with_many_answers(name):
    assert len(ANSWERS[name].WRONG) >= 13  # one of them is the stub
    assert len(ANSWERS[name].RIGHT) >= 5  # the plainest, and four in another style
