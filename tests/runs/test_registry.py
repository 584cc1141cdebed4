"""One entry is enough: the zoo, the recorded runs, the tables and the figures know a method from there alone."""

import re
import shutil
import subprocess
import sys

import pytest

from mlcourse.files import ROOT
from mlcourse.runs.registry import LEARNERS, METHODS, NAMES

# A newcomer's method: prototypical networks under another name. Nothing else is told of it.
ENTRY = """    "newcomer": Method(
        "#123456", 12, prototypical.meta_gradient, prototypical.predict,
        _embeds("newcomer", prototypical, draw=_episodes(1, n_way=20), beta=0.005, variants={"20 ways": {}}),
    ),
"""
SCRIPT = """
from pathlib import Path

from mlcourse.plots import contest
from mlcourse.runs import experiments, recorded, recording, train_zoo, zoo
from mlcourse.worlds import alphabets, omniglot

few, out = zoo.validation_episodes(2), Path("out")
zoo.validation_episodes = lambda: few
train_zoo.train_all(["newcomer"], seconds=0.05, path=out / "zoo.npz")
learner = zoo.learners(zoo.load(out / "zoo.npz"))["newcomer"]
print("asked", tuple(learner(*few[:3]).shape))

omniglot.load = alphabets.load
run = experiments.EXPERIMENTS["prototypical-1shot"]
run = run._replace(method="newcomer", net=run.net | dict(filters=2), iterations=1, split=(800, 423))
run = run._replace(tests=(run.tests[0]._replace(episodes=2, at_once=2),))
recording.record("newcomer", run, seed=0, out=out)
print(recorded.tables(out))
print("colour", contest._colour("newcomer"))
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What a copy of the house says whose registry has one entry more."""
    house = tmp_path_factory.mktemp("house")
    shutil.copytree(ROOT / "mlcourse", house / "mlcourse", ignore=shutil.ignore_patterns("__pycache__"))
    (house / "data").mkdir()
    shutil.copy(ROOT / "data" / "invented_alphabets.npz", house / "data")
    registry = house / "mlcourse" / "runs" / "registry.py"
    before, end, after = registry.read_text(encoding="utf-8").partition("}  # fmt: skip\n")
    registry.write_text(before + ENTRY + end + after, encoding="utf-8")
    script = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(script, cwd=house, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_method_with_an_entry_is_trained_and_asked_by_the_zoo(said):
    assert re.search(r"newcomer: [\d.]+% ± [\d.]+ on validation", said)
    assert "asked (2, 25, 5)" in said


def test_it_is_recorded_and_stands_in_the_tables(said):
    assert re.search(r"\| newcomer \| 5-way 1-shot \| [\d.]+% ± [\d.]+ \| [\d.]+% ± [\d.]+ \(98\.8%\) \| 1 iter", said)


def test_it_has_its_colour(said):
    assert "colour #123456" in said


def test_no_two_methods_share_a_colour_and_no_two_learners_a_name():
    colours = [method.colour for name, method in METHODS.items() if name != "transfer"]  # pooled training, asked
    assert len(set(colours)) == len(colours)
    assert all(re.fullmatch("#[0-9A-F]{6}", colour) for colour in colours)
    assert len(LEARNERS) == sum(len(METHODS[name].zoo.learners) for name in NAMES)
