"""Everybody can read the figures: colours stand out from paper, and none is needed that many people mix up."""

import re
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from colour_vision import SIGHT, contrast, distance, lab
from matplotlib.text import Text

from mlcourse import plots
from mlcourse.files import ROOT
from mlcourse.plots import style
from mlcourse.plots.guessing import RIGHT, WRONG
from mlcourse.plots.pairs import DIFFERENT, HUES, SAME
from mlcourse.plots.style import METHODS, QUERY, SUPPORT, TRUTH
from mlcourse.plots.valleys import COLOURS as VALLEYS
from mlcourse.worlds import sinusoids

APART = 15  # several times what can just be noticed
# What stands in one figure and is told by its colour alone.
ALONE = {
    "classes": style.CLASSES,
    "a task": [SUPPORT, QUERY, TRUTH],
    "same and different": [SAME, DIFFERENT],
    "ROC curves": HUES,
    "right and wrong answers": [RIGHT, WRONG],
    "the two valleys": [*VALLEYS, METHODS["Reptile"]],
    "intervals that hit and miss": [METHODS["MAML"], SUPPORT],
    "bars": [METHODS[name] for name in ("MAML", "pooled", "from scratch")],
    "worths of words": [METHODS["MAML"], METHODS["ANIL"], METHODS["ridge"], SUPPORT],
    "searches": [style.SEARCHES["random"], style.SEARCHES["expected improvement"]],
    "a winner's promises": [TRUTH, METHODS["MAML"], METHODS["FOMAML"], SUPPORT],
    "heads and tails of learned rates": [SUPPORT, METHODS["MAML"]],
    "budgets": [METHODS["ANIL"], TRUTH],
    "better and worse tries": [style.CLASSES[2], SUPPORT],
    "ways through the plane": [METHODS["MAML"], SUPPORT, QUERY],
    "MAML and its relatives": [METHODS[name] for name in ("MAML", "FOMAML", "ANIL")],
}
REFERENCE = {  # L*a*b* by another program, colorspacious 1.1.2, at full severity
    ("#D55E00", "protanopia"): (47.50, -4.04, 53.56),
    ("#D55E00", "deuteranopia"): (57.99, -5.53, 62.36),
    ("#009E73", "deuteranopia"): (55.84, -1.28, 9.21),
    ("#0072B2", "tritanopia"): (49.15, -26.61, -12.64),
}
LABELS = ["MAML", "FOMAML", "ANIL", "pooled", "Reptile", "ridge"]


def test_the_simulation_is_that_of_its_authors():
    for (colour, sight), seen in REFERENCE.items():
        np.testing.assert_allclose(lab(colour, sight), seen, atol=0.1)


@pytest.mark.parametrize("name", [*METHODS, *style.SEARCHES])
def test_a_method_s_colour_stands_out_from_paper(name):
    assert contrast((METHODS | style.SEARCHES)[name]) >= 3


def test_other_colours_stand_out_too_and_so_does_the_lightest_shade():
    shades = style.colours([f"{n} steps" for n in range(6)])
    for colour in (SUPPORT, QUERY, TRUTH, style.TRACE, style.LIMB, *style.CLASSES, *shades):
        assert contrast(colour) >= 3, colour


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("name", ALONE)
def test_colours_that_stand_alone_are_told_apart_by_everybody(name, sight):
    close = {pair: d for pair in combinations(ALONE[name], 2) if (d := distance(*pair, sight)) < APART}
    assert not close, f"{close} in a figure of {name}: choose others, or draw them with other markers"


def lines(x):
    plots.lines(x, {label: np.sin(np.asarray(x) + i) + 2 for i, label in enumerate(LABELS)}, xlabel="", ylabel="")


def side_by_side():
    panel = {label: np.arange(5) + i for i, label in enumerate(LABELS)}
    plots.side_by_side(range(5), {"before": panel, "after": panel}, xlabel="")


def predictions():
    rng = torch.Generator().manual_seed(0)
    waves = sinusoids.sample_waves(2, rng=rng)
    task = sinusoids.sample_points(waves, k_shot=5, n_query=1, rng=rng)
    curves = {label: lambda x, y, at, i=i: at * i for i, label in enumerate(LABELS)}
    plots.predictions(waves, task, {"": curves})


def over_training():
    points = [SimpleNamespace(seconds=s, errors=[1.0, 2.0], medians=[1.0, 2.0]) for s in (1, 2, 4)]
    plots.over_training({label: points for label in LABELS[:4]}, errors="mean", medians="median")


def over_time():
    plots.over_time({"metres": {label: np.random.default_rng(i).random((3, 30)) for i, label in enumerate(LABELS)}})


CURVES = {
    "few points": lambda: lines(range(5)),
    "many points": lambda: lines(np.linspace(0, 5, 50)),
    "side by side": side_by_side,
    "predictions": predictions,
    "over training": over_training,
    "over time": over_time,
    "over seeds": lambda: plots.over_seeds({label: {1: [0.5], 2: [0.6]} for label in LABELS}, levels={}),
    "calibration": lambda: plots.calibration([0.5, 0.9], {label: [0.4, 0.8] for label in LABELS[:5]}),
}


@pytest.mark.parametrize("name", CURVES)
def test_curves_differ_by_more_than_their_colour(name, shown):
    CURVES[name]()
    drawn = shown[-1].axes[0].lines
    marks = {line.get_color(): line.get_marker() for line in drawn if line.get_marker() != "None"}
    curves = [line for line in drawn if line.get_label() in LABELS]
    looks = {(line._unscaled_dash_pattern, marks.get(line.get_color())) for line in curves}
    assert len(looks) == len(curves) >= 4


def texts():
    episode = SimpleNamespace(
        x_support=torch.rand(1, 2, 1, 28, 28), y_support=torch.tensor([[0, 1]]),
        x_query=torch.rand(1, 2, 1, 28, 28), y_query=torch.tensor([[0, 1]]),
    )  # fmt: skip
    drawn = SimpleNamespace(a=torch.rand(4, 1, 28, 28), b=torch.rand(4, 1, 28, 28), y=torch.tensor([1, 1, 0, 0]))
    return {
        "episode": lambda: plots.episode(episode),
        "pairs": lambda: plots.pairs(drawn),
        "paths": plots.two_paths,
        "passages": lambda: plots.passages(
            {"support: a": "some words", "query": "of a text"}, {"words": 1.0, "of": 0.2}
        ),
    }


@pytest.mark.parametrize("name", texts())
def test_words_in_a_figure_stand_out_as_text_must(name, shown):
    texts()[name]()
    for text in shown[-1].findobj(Text):
        assert not text.get_text() or contrast(text.get_color()) >= 4.5, text.get_text()


def test_the_pad_s_lines_stand_out():
    colours = re.findall(r"#\w{6}", (ROOT / "mlcourse" / "plots" / "pad.css").read_text(encoding="utf-8"))
    assert all(contrast(colour) >= 3 for colour in colours if colour != "#ffffff")
