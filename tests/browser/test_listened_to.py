"""Who listens to a lesson instead of looking: figures say what they show, sliders what they move, before and after."""

import pytest
from lesson import open_lesson
from playwright.sync_api import expect

FIRST, MAML = "00_start_here.ipynb", "02_maml.ipynb"


@pytest.fixture(scope="module")
def maml(page, course):
    return open_lesson(page, course.folder, MAML)


def test_every_stored_figure_has_its_caption_as_alternative(maml):
    figures = maml.panel.locator(".jp-RenderedImage img")
    expect(figures).to_have_count(5)
    for number in range(5):
        expect(figures.nth(number)).to_have_accessible_name(maml.caption(number + 1))


def test_a_figure_that_is_drawn_anew_has_it_too_and_its_sliders_have_names(maml):
    cell = maml.cells.nth(maml.find("plots.playground("))
    maml.run_up_to(cell)
    for name in "amplitude", "phase", "points", "steps", "lift", "between, from", "between, to":
        expect(cell.get_by_role("slider", name=name, exact=True)).to_have_count(1)
    maml.turn(cell, "steps", "ArrowRight", times=3)
    expect(cell.locator(".jp-RenderedImage img")).to_have_accessible_name(maml.caption(5))


def test_a_row_of_buttons_says_which_question_it_answers(maml):
    cell = maml.cells.nth(maml.find("torch.set_default_dtype"))
    maml.write_and_run(cell, 'import ipywidgets\n\nipywidgets.ToggleButtons(options=range(5), description="episode 3")')
    expect(cell.get_by_role("group", name="episode 3", exact=True).get_by_role("button")).to_have_count(5)


def test_a_solution_unfolds_by_the_keys_that_lesson_00_names(page, course):
    lesson = open_lesson(page, course.folder, FIRST)
    stub, solution = (lesson.cells.nth(lesson.find(text)) for text in ("def my_mean_squared_error", "def solution_mean_squared_error"))
    stub.locator(".cm-content").focus()
    expect(solution.locator(".cm-content")).not_to_be_visible()
    for key in "Escape", "ArrowDown", "ArrowDown", "Control+Shift+C":
        page.keyboard.press(key)
    page.keyboard.type("expand selected code")
    page.keyboard.press("Enter")
    expect(solution.locator(".cm-content")).to_be_visible()


def test_nothing_went_wrong_meanwhile(noted):
    assert (noted.foreign, noted.errors) == ([], [])
