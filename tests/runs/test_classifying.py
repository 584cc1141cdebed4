"""Drawings of one's own from folders: answered as in any episode, counted with an interval, refused in sentences."""

import json

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_digits

from mlcourse import __main__ as command
from mlcourse import losses
from mlcourse.evaluation import evaluate
from mlcourse.runs import classifying, zoo
from mlcourse.tasks import Task
from mlcourse.worlds import folders, inking, sample_episodes

N_SHOT, N_QUERY = 3, 6


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Digits 0 to 4 in grey as scikit-learn has them, light on dark: a support set, and queries by class."""
    digits, folder = load_digits(), tmp_path_factory.mktemp("digits")
    for label in range(5):
        for i, image in enumerate(digits.images[digits.target == label][: N_SHOT + N_QUERY]):
            target = folder / ("support" if i < N_SHOT else "queries") / str(label) / f"{i}.png"
            target.parent.mkdir(parents=True, exist_ok=True)
            large = Image.fromarray((image * 255 / 16).astype(np.uint8)).resize((160, 160), Image.Resampling.BICUBIC)
            large.save(target)
    return folder


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    try:
        command.main(["classify", *map(str, arguments)])
        code = 0
    except SystemExit as end:
        code = end.code
    return code, *capsys.readouterr()


@pytest.mark.parametrize("method", ["prototypical", "maml", "anil", "aligned pixels", "transfer, new head"])
def test_digits_are_told_apart_by_networks_that_never_saw_one(place, method):
    found = classifying.classify(place / "support", place / "queries", method)
    counted = classifying.accuracy(found)
    assert counted["of"] == 5 * N_QUERY == len(found) and counted["right"] / counted["of"] > 0.6
    assert counted["low"] < counted["right"] / counted["of"] < counted["high"]
    for answer in found:
        assert sum(answer.shares.values()) == pytest.approx(1, abs=1e-5)
        assert answer.label == max(answer.shares, key=answer.shares.get) and answer.truth == answer.file.parent.name


def test_the_command_says_the_same_in_lines_and_in_json(place, capsys):
    code, lines, err = run(capsys, "--support", place / "support", place / "queries")
    assert (code, err) == (0, "") and lines.count("\n") == 5 * N_QUERY + 1
    assert "right: " in lines.splitlines()[-1] and "95% interval" in lines.splitlines()[-1]
    code, out, _ = run(capsys, "--support", place / "support", place / "queries", "--json")
    found = json.loads(out)
    wrong = [answer for answer in found["answers"] if answer["label"] != answer["truth"]]
    assert lines.count("but it is") == len(wrong) == found["accuracy"]["of"] - found["accuracy"]["right"]


def test_pictures_of_no_known_class_get_answers_without_an_accuracy(place, capsys):
    code, out, _ = run(capsys, "--support", place / "support", place / "queries" / "3", "--method", "pixels", "--json")
    found = json.loads(out)
    assert code == 0 and found["accuracy"] is None and len(found["answers"]) == N_QUERY
    assert all(answer["truth"] is None for answer in found["answers"])


def test_answers_do_not_depend_on_the_other_queries_or_on_the_number_of_examples_a_class(place):
    examples = folders.read(place / "support")
    fewer = folders.Drawings(examples.images[1:], examples.labels[1:], examples.names, examples.files[1:])
    images = folders.drawn(folders.pictures(place / "queries" / "2"))
    for predict in classifying.learners().values():
        together, alone = (classifying.answers(predict, fewer, some) for some in (images, images[:1]))
        torch.testing.assert_close(together[:1], alone, rtol=1e-3, atol=1e-3)


def test_characters_that_are_blown_up_and_read_again_are_recognised_as_before():
    few = zoo.split()[2].select(slice(0, 60, 3))
    size = (280, 280)
    large = [[Image.fromarray(255 * (1 - i.numpy())).resize(size) for i in row[:6]] for row in few.images]
    again = torch.from_numpy(np.array([[inking.ink(image) for image in row] for row in large]))
    shares = []
    for images in (few.images, again):
        rng = torch.Generator().manual_seed(0)
        task = sample_episodes(few._replace(images=images[:, :6]), 200, n_way=5, k_shot=1, n_query=5, rng=rng)
        task = Task(*(part.float() if part.is_floating_point() else part for part in task))
        shares.append(evaluate(classifying.learners()["prototypical"], task, metric=losses.accuracy).mean)
    assert shares[1] > shares[0] - 0.03 and shares[0] > 0.75


def test_those_with_a_last_layer_for_five_classes_are_known_from_their_weights():
    stored = zoo.load()
    heads = {learner for learner, method in zoo.LEARNERS.items() if "head.weight" in stored[method].theta}
    assert heads == classifying.STEPPING and classifying.N_WAY == 5


def test_what_cannot_be_done_ends_with_a_sentence_and_code_2(place, tmp_path, capsys):
    support, queries = place / "support", place / "queries"
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "0").symlink_to(support / "0")
    (tmp_path / "six").mkdir()
    for name in "012345":
        (tmp_path / "six" / name).mkdir()
        (tmp_path / "six" / name / "1.png").write_bytes((support / "1" / "0.png").read_bytes())
    (tmp_path / "single" / "0").mkdir(parents=True)
    (tmp_path / "single" / "0" / "1.png").write_bytes((support / "1" / "0.png").read_bytes())
    (tmp_path / "mixed" / "1").mkdir(parents=True)
    (tmp_path / "mixed" / "loose.png").write_bytes((support / "1" / "0.png").read_bytes())
    (tmp_path / "phone").mkdir()
    (tmp_path / "phone" / "a.heic").write_bytes(b"from a phone")
    (tmp_path / "empty").mkdir()
    cases = {
        "loose.png lies beside folders in": (support, tmp_path / "mixed"),
        "a.heic is of a kind that cannot be read here: save it as JPEG or PNG.": (support, tmp_path / "phone"),
        "There is no picture in": (support, tmp_path / "empty"),
        "is among the examples, too, as": (support, support),
        "There is no method magic: choose from": (support, queries, "--method", "magic"),
        "There is no folder": (tmp_path / "nowhere", queries),
        "0 is a link to another place": (tmp_path / "one", queries),
        "There is one class in": (tmp_path / "single", queries),
        "The stored maml knows tasks of 5 classes, and": (tmp_path / "six", queries, "--method", "maml"),
        "There is no class 5 in the support set: it has 0, 1": (support, tmp_path / "six"),
    }
    one = next(iter(sorted(queries.rglob("*.png"))))
    assert run(capsys, "--support", support, one)[0] == 0  # one picture is as good as a folder
    for sentence, (support, *rest) in cases.items():
        code, out, err = run(capsys, "--support", support, *rest)
        assert (code, out) == (2, "") and sentence in err and err.count("\n") == 1
