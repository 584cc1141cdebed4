"""Somebody draws two signs on the pad with a mouse, asks about a third drawing, and keeps and loads a folder."""

import json
import math

import pytest
from lesson import open_lesson, outputs
from playwright.sync_api import expect

NAME = "98_pad.ipynb"
CODE = "from mlcourse.plots.pad import Pad\n\npad = Pad()\npad"
SECOND_VIEW = "pad"
RING = [(0.5 + 0.3 * math.cos(t / 4), 0.5 + 0.3 * math.sin(t / 4)) for t in range(27)]
ZIGZAG = [(0.15, 0.3), (0.35, 0.7), (0.5, 0.3), (0.65, 0.7), (0.85, 0.3)]


def code_cell(source: str) -> dict:
    return dict(cell_type="code", id=source[:4], metadata={}, source=source, outputs=[], execution_count=None)


@pytest.fixture(scope="module")
def pad(page, course):
    """The pad in a notebook of its own, shown twice."""
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    cells = [code_cell(CODE), code_cell(SECOND_VIEW)]
    notebook = dict(cells=cells, metadata=kernel, nbformat=4, nbformat_minor=5)
    (course.folder / "my" / NAME).write_text(json.dumps(notebook), encoding="utf-8")
    page.get_by_title("Refresh the file browser.").click()
    lesson = open_lesson(page, course.folder, NAME)
    lesson.run_all()
    first, second = (outputs(lesson.cells.nth(i)).locator(".mlcourse-pad") for i in (0, 1))
    expect(first.locator("canvas")).to_be_visible()
    return first, second


def draw(page, pad, points, dx: float = 0.0) -> None:
    """A line with the mouse, points from 0 to 1 on the pad."""
    canvas = pad.locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    places = [(box["x"] + (x + dx) * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=4)
    page.mouse.up()


def ink(pad) -> int:
    """How many dark pixels the canvas shows."""
    data = "c.getContext('2d').getImageData(0, 0, c.width, c.height).data"
    return pad.locator("canvas").evaluate(f"c => {data}.filter((v, i) => i % 4 == 0 && v < 128).length")


def test_drawings_become_examples_and_a_new_one_gets_four_answers(page, pad, picture):
    first, second = pad
    for name, points in (("ring", RING), ("zigzag", ZIGZAG)):
        draw(page, first, points)
        first.get_by_label("class").fill(name)
        first.get_by_label("class").press("Enter")  # no hand need leave the keyboard
        expect(first.locator(".pad-message")).to_contain_text(f"Added to {name}")
    draw(page, first, ZIGZAG, dx=0.05)
    first.get_by_role("button", name="What is it?").click()
    expect(first.locator(".pad-label")).to_have_text(["zigzag"] * 4)
    picture("9_the_drawing_pad")
    expect(second.locator(".pad-label")).to_have_text(["zigzag"] * 4)  # both views show one pad
    assert ink(second) > 500


def test_undo_takes_the_last_stroke_and_clear_all_of_them(page, pad):
    first, second = pad
    before = ink(first)
    draw(page, first, [(0.1, 0.1), (0.9, 0.1)])
    first.get_by_role("button", name="Undo").press("Enter")
    expect(first.locator("canvas")).to_be_visible()
    page.wait_for_timeout(300)
    assert ink(first) == before
    first.get_by_role("button", name="Clear").click()
    page.wait_for_timeout(300)
    assert ink(first) == ink(second) == 0


def test_a_folder_is_kept_an_example_taken_away_and_the_folder_loaded(page, pad, course):
    first, _ = pad
    first.get_by_role("button", name="Keep").click()
    expect(first.locator(".pad-message")).to_contain_text("Kept in")
    kept = course.folder / "my" / "my_signs"
    assert sorted(path.relative_to(kept).as_posix() for path in kept.rglob("*.png")) == ["ring/1.png", "zigzag/1.png"]
    first.get_by_title("take this example of ring away").click()
    expect(first.locator(".pad-examples img")).to_have_count(1)
    first.get_by_role("button", name="Load").click()
    expect(first.locator(".pad-message")).to_contain_text("Loaded 2 classes.")
    expect(first.locator(".pad-examples img")).to_have_count(2)


def test_a_finger_draws_as_a_mouse_does(page, pad):
    first, _ = pad
    first.locator("canvas").evaluate("""c => {
        const box = c.getBoundingClientRect();
        const send = (type, x, y) => c.dispatchEvent(new PointerEvent(type, {
            pointerId: 1, pointerType: "touch", isPrimary: true, bubbles: true,
            clientX: box.x + x * box.width, clientY: box.y + y * box.height }));
        c.setPointerCapture = () => {};  // there is no real finger to capture
        send("pointerdown", 0.2, 0.2); send("pointermove", 0.8, 0.8); send("pointerup", 0.8, 0.8);
    }""")
    page.wait_for_timeout(300)
    assert ink(first) > 500


def test_lesson_18_keeps_a_still_and_shows_the_pad_below_it(page, pad, course, picture):
    lesson = open_lesson(page, course.folder, "18_your_own.ipynb")
    cell = lesson.cells.nth(lesson.find("plots.drawing_pad("))
    lesson.run_up_to(cell)
    expect(outputs(cell).locator("img").first).to_be_visible()
    own = outputs(cell).locator(".mlcourse-pad")
    expect(own.locator(".pad-examples img")).to_have_count(6)
    draw(page, own, [(0.1, 0.55), (0.3, 0.4), (0.45, 0.6), (0.6, 0.4), (0.75, 0.6), (0.95, 0.45)])
    own.get_by_role("button", name="What is it?").click()
    expect(own.locator(".pad-label").first).to_have_text("wave")
    picture("9_the_pad_of_lesson_18")


def test_nothing_came_from_elsewhere(noted):
    assert not noted.foreign
