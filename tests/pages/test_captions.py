"""What a figure says to those who do not see it is its own caption, in plain words."""

import re

import pytest
from lessons import LESSONS, read
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from teaching.captions import PICTURE, caption, describe, pictures


def figure():
    return new_code_cell(outputs=[new_output("display_data", {PICTURE: "", "text/plain": "<Figure>"})])


def test_a_caption_is_the_first_paragraph_that_calls_itself_one_without_its_signs():
    text = r"*Figure 1. The `loss` over $\alpha$, as [recorded](../data/README.md).*" + "\n\nMore prose."
    cells = [figure(), new_code_cell("assert True"), new_markdown_cell(text)]
    assert caption(cells, 0) == "Figure 1. The loss over alpha, as recorded."


def test_a_figure_does_not_take_the_caption_of_the_next_one():
    cells = [figure(), figure(), new_markdown_cell("*Figure 2. The second.*")]
    assert [caption(cells, 0), caption(cells, 1)] == ["", "Figure 2. The second."]


def test_describing_changes_nothing_that_is_printed_or_read():
    cells = [figure(), new_markdown_cell("*Figure 1. One.*")]
    cells[0].outputs.append(new_output("stream", text="printed"))
    described = describe(new_notebook(cells=cells)).cells
    picture, stream = described[0].outputs
    assert picture.metadata == {PICTURE: {"alt": "Figure 1. One."}}
    assert (stream.text, described[1].source) == ("printed", "*Figure 1. One.*")


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_every_figure_of_a_lesson_has_a_caption_of_its_own(lesson):
    cells = read(lesson).cells
    said = [caption(cells, i) for i, cell in enumerate(cells) for _ in pictures(cell)]
    assert said and len(set(said)) == len(said)
    for number, text in enumerate(said, start=1):
        assert re.match(rf"Figure {number}[.,] ", text) and len(text) > 30
