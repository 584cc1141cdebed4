"""One file knows the colours: who changes them there changes them in every figure."""

import re

import pytest

from mlcourse.files import ROOT
from mlcourse.plots import style

FIGURES = [path for path in sorted((ROOT / "mlcourse" / "plots").glob("*.py")) if path.name != "style.py"]


@pytest.mark.parametrize("path", FIGURES, ids=lambda path: path.stem)
def test_no_other_file_of_the_figures_chooses_a_colour(path):
    chosen = r'"#[0-9a-fA-F]{6}"|cmap="\w+"|plt\.cm\.\w+|"(?:C\d|tab:\w+|red|green|blue|orange|gr[ae]y)"'
    assert re.findall(chosen, path.read_text(encoding="utf-8")) == [], "choose it in mlcourse/plots/style.py"


def test_classes_can_be_told_apart_and_so_can_support_query_and_truth():
    for chosen in style.CLASSES, (style.SUPPORT, style.QUERY, style.TRUTH):
        assert len(set(chosen)) == len(chosen)


def test_a_label_that_names_a_method_gets_its_colour_and_another_one_a_shade_of_its_own():
    first, maml, second = style.colours(["alpha = 0.1", "MAML", "alpha = 0.4"])
    assert maml == style.METHODS["MAML"]
    assert tuple(first) != tuple(second)
