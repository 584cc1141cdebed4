"""A learner opens the course, runs a lesson to its end, answers its exercise, unfolds the answers, moves its sliders,
and plays ten episodes by clicking.

The tests are one visit, in this order. The screenshots in build/browser/ are for a person to look at.
"""

import pytest
from lesson import Lesson, open_lesson, outputs
from playwright.sync_api import expect

FIRST, MAML, FIRST_ORDER = "00_start_here.ipynb", "02_maml.ipynb", "03_first_order.ipynb"
EPISODES, IMAGES, REPTILE = "04_episodes.ipynb", "05_maml_images.ipynb", "06_reptile.ipynb"
PROTOTYPES, HEAD_TO_HEAD = "08_prototypes.ipynb", "09_head_to_head.ipynb"
WRONG = """\
def my_meta_gradient(theta, support, query, alpha, steps):
    return query.slope(theta).mean()  # no step at all


checks.meta_gradient(my_meta_gradient)"""


@pytest.fixture(scope="module")
def maml(page, course):
    return open_lesson(page, course.folder, MAML)


def test_the_course_opens_on_its_first_lesson(page, course, picture):
    first = Lesson(page, course.folder / "my" / FIRST)
    expect(outputs(first.panel)).to_have_count(0)
    expect(first.panel.get_by_role("heading", level=1)).to_be_in_viewport()
    expect(first.panel.locator("mjx-container").first).to_be_attached()  # formulas are set
    picture("1_the_course_opens")


def test_a_lesson_runs_to_its_end(maml, picture):
    maml.run_all()
    picture("2_a_lesson_at_its_end")
    cells = maml.save()
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    results = [output for cell in cells for output in cell["outputs"]]
    assert not [o for o in results if o["output_type"] == "error" or o.get("name") == "stderr"]
    assert sum("image/png" in o.get("data", {}) for o in results) == 5


def test_a_wrong_answer_is_told_why_and_the_right_one_that_it_is(maml, picture):
    cell = maml.cells.nth(maml.find("checks.meta_gradient(my_meta_gradient)"))
    expect(outputs(cell)).to_contain_text("not attempted yet")
    maml.write_and_run(cell, WRONG)
    expect(outputs(cell)).to_contain_text("not yet: this is the query's slope at theta")
    picture("3_a_wrong_answer")
    solution = maml.source(maml.find("def solution_meta_gradient"))
    maml.write_and_run(cell, solution.replace("solution_", "my_"))
    expect(outputs(cell)).to_have_text("correct\n")
    picture("4_the_right_answer")


def test_the_solution_and_the_answer_unfold(maml, picture):
    solution = maml.cells.nth(maml.find("def solution_meta_gradient"))
    code = solution.locator(".cm-content")
    expect(code).not_to_be_visible()
    solution.locator(".jp-Placeholder-contentContainer").click()
    expect(code).to_contain_text("support.curvature(phi)")
    expect(code).to_be_visible()
    picture("5_the_solution")
    answer = maml.cells.nth(maml.find("<details><summary>Answer"))
    text = answer.locator("details p", has_text="there is no adaptation")
    expect(text).not_to_be_visible()
    answer.locator("summary").click()
    expect(text).to_be_visible()
    picture("6_the_answer")


@pytest.mark.parametrize(
    ("slider", "handle", "key", "times", "reads"),
    [
        ("steps", 0, "ArrowRight", 9, "10"),
        ("between", 1, "ArrowLeft", 10, "−5.0 – 0.0"),
        ("lift", 0, "ArrowRight", 20, "2.0"),
    ],
)
def test_sliders_move_the_figure(maml, picture, slider, handle, key, times, reads):
    cell = maml.cells.nth(maml.find("plots.playground("))
    assert maml.turn(cell, slider, key, times=times, handle=handle) == reads
    picture(f"7_the_slider_{slider}")


def test_what_was_solved_stands_on_the_map(page, course, picture):
    first = open_lesson(page, course.folder, FIRST)
    for text in "from mlcourse import checks", "checks.solved()":
        cell = first.cells.nth(first.find(text))
        first.write_and_run(cell, first.source(first.find(text)))
    expect(outputs(cell)).to_have_text("Solved so far: 02 maml. Next: 00 start_here.\n")
    picture("8_the_map")


def test_the_stored_page_is_one_click_away(page, course, picture):
    lesson = open_lesson(page, course.folder, IMAGES)
    lesson.panel.get_by_role("link", name="stored page").click()
    stored = Lesson(page, course.folder / "notebooks" / IMAGES)
    expect(outputs(stored.panel).first).to_be_attached()
    picture("8_the_stored_page")


@pytest.mark.parametrize(
    ("name", "figure", "turns"),
    [
        (FIRST_ORDER, "plots.valley(", {"alpha lambda": "2.50", "steps": "10"}),
        (REPTILE, "plots.two_valleys(", {"k": "30", "alpha": "0.45"}),
        (PROTOTYPES, "plots.borders(", {"x": "4.4", "y": "4.4"}),
    ],
)
def test_sliders_go_to_their_ends_and_the_figure_follows(page, course, picture, name, figure, turns):
    lesson = open_lesson(page, course.folder, name)
    lesson.clear()
    for text in "manual_seed(0)", figure:
        cell = lesson.cells.nth(lesson.find(text))
        lesson.write_and_run(cell, lesson.source(lesson.find(text)))
    assert {slider: lesson.turn(cell, slider, "End") for slider in turns} == turns
    picture(f"8_the_sliders_of_{name[:2]}")


def test_ten_episodes_are_played_by_clicking(page, course, picture):
    lesson = open_lesson(page, course.folder, EPISODES)
    cell = lesson.cells.nth(lesson.find("plots.guessing("))
    lesson.run_up_to(cell)
    drawn, rows = cell.locator("img"), cell.locator(".widget-toggle-buttons")
    expect(rows).to_have_count(10)
    for i in range(10):
        before = drawn.get_attribute("src")
        rows.nth(i).get_by_role("button").nth(i % 5).click()
        expect(drawn).not_to_have_attribute("src", before)
    picture("9_ten_episodes")


def test_a_slider_says_how_many_tasks_it_takes(page, course, picture):
    lesson = open_lesson(page, course.folder, HEAD_TO_HEAD)
    cell = lesson.cells.nth(lesson.find("plots.how_many_tasks("))
    lesson.run_up_to(cell)
    assert int(lesson.turn(cell, "tasks", "End")) > int(lesson.turn(cell, "tasks", "Home"))
    lesson.turn(cell, "draw", "ArrowRight")
    picture("10_how_many_tasks")


def test_nothing_else_happened_on_the_way(page, noted):
    expect(page.locator(".jp-Dialog, .Toastify__toast")).to_have_count(0)
    assert noted.requests
    assert noted.foreign == []
    assert noted.errors == []
