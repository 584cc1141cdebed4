"""Who listens to a lesson instead of looking: figures say what they show, sliders what they move, before and after."""

import pytest
from lesson import open_lesson, open_stored
from playwright.sync_api import expect

FIRST, FIRST_ORDER = "00_start_here.ipynb", "03_first_order.ipynb"
CONTROLS = """\
from ipywidgets import FloatRangeSlider, ToggleButtons

display(ToggleButtons(options=range(5), description="episode 3"), FloatRangeSlider(description="x"))
"""


@pytest.fixture(scope="module")
def lesson(page, course):
    return open_stored(open_lesson(page, course.folder, FIRST_ORDER))


def test_every_stored_figure_has_its_caption_as_alternative(lesson):
    figures = lesson.panel.locator(".jp-RenderedImage img")
    expect(figures).to_have_count(5)
    for number in range(5):
        expect(figures.nth(number)).to_have_accessible_name(lesson.caption(number + 1))


def test_a_figure_that_is_drawn_anew_has_it_too_and_its_sliders_have_names(lesson):
    lesson.clear()
    for text in "manual_seed(0)", "plots.valley(":
        cell = lesson.cells.nth(lesson.find(text))
        lesson.write_and_run(cell, lesson.source(lesson.find(text)))
    lesson.turn(cell, "steps", "End")
    expect(cell.locator(".jp-RenderedImage img")).to_have_accessible_name(lesson.caption(4))
    for name in "alpha lambda", "steps":
        expect(cell.get_by_role("slider", name=name, exact=True)).to_have_count(1)


def test_two_handles_are_told_apart_and_a_row_of_buttons_says_what_it_answers(lesson):
    cell = lesson.cells.nth(lesson.find("manual_seed(0)"))
    lesson.write_and_run(cell, CONTROLS)
    expect(cell.get_by_role("group", name="episode 3", exact=True).get_by_role("button")).to_have_count(5)
    for name in "x, from", "x, to":
        expect(cell.get_by_role("slider", name=name, exact=True)).to_have_count(1)


def test_a_solution_unfolds_by_the_keys_that_lesson_00_names(page, course):
    first = open_lesson(page, course.folder, FIRST)
    stub, solution = (first.cells.nth(first.find(f"def {whose}_mean_squared_error")) for whose in ("my", "solution"))
    expect(solution.locator(".cm-content")).not_to_be_visible()
    stub.locator(".cm-content").focus()
    page.keyboard.press("Control+Shift+C")
    expect(page.locator(".lm-CommandPalette-input")).to_be_focused()
    page.keyboard.type("expand all code")
    expect(page.locator(".lm-CommandPalette-item.lm-mod-active")).to_have_text("Expand All Code")
    page.keyboard.press("Enter")
    expect(solution.locator(".cm-content")).to_be_visible()


def test_nothing_went_wrong_meanwhile(noted):
    assert (noted.foreign, noted.errors) == ([], [])
