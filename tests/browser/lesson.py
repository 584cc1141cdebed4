"""What a learner does with a lesson in JupyterLab."""

import json
import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

MINUTES = 60_000  # milliseconds


class Lesson:
    """A lesson that is open in JupyterLab's front tab."""

    def __init__(self, page: Page, file: Path):
        self.page, self.file = page, file
        self.stored = json.loads(file.read_text(encoding="utf-8"))["cells"]
        self.panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
        self.cells = self.panel.locator(".jp-Cell")
        expect(page.locator(".lm-TabBar-tab.jp-mod-current")).to_have_text(re.compile(re.escape(file.name)))
        expect(self.cells).to_have_count(len(self.stored))
        expect(page.locator("#jp-main-statusbar")).to_contain_text("| Idle")  # the kernel has answered

    def source(self, position: int) -> str:
        return "".join(self.stored[position]["source"])

    def find(self, text: str) -> int:
        """The position of the one cell whose source holds the text."""
        (position,) = (i for i in range(len(self.stored)) if text in self.source(i))
        return position

    def caption(self, number: int) -> re.Pattern:
        """How the caption of a figure begins, as somebody hears it."""
        words = self.source(self.find(f"*Figure {number}.")).strip("*").split("`")[0].split(" ")[:8]
        return re.compile("^" + re.escape(" ".join(words)))

    def clear(self) -> None:
        """Clear the outputs of all cells, and with them the numbers of the stored run."""
        choose(self.page, "Edit", "Clear Outputs of All Cells")
        expect(prompt(self.panel.locator(".jp-CodeCell").last)).to_have_text("[ ]:")

    def run_all(self) -> None:
        """Clear all outputs, run all cells, and wait until the last one is done."""
        self.clear()
        codes = self.panel.locator(".jp-CodeCell")
        last = prompt(codes.last)
        choose(self.page, "Run", "Run All Cells")
        expect(last).to_have_text(f"[{codes.count()}]:", timeout=9 * MINUTES)

    def run_up_to(self, cell: Locator) -> None:
        """Clear all outputs, run all cells above this one and this one, and wait for its end."""
        self.clear()
        cell.locator(".cm-content").click()
        choose(self.page, "Run", "Run All Above Selected Cell")
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")
        expect(prompt(cell)).to_have_text(re.compile(r"^\[\d+\]:$"), timeout=9 * MINUTES)

    def write_and_run(self, cell: Locator, code: str) -> None:
        """Put other code into a cell, run it, and wait for its end."""
        before = prompt(cell).text_content()
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(code)
        self.page.keyboard.press("Control+Enter")
        expect(prompt(cell)).to_have_text(re.compile(rf"^(?!{re.escape(before)})\[\d+\]:$"))

    def turn(self, cell: Locator, name: str, key: str, *, times: int = 1, handle: int = 0) -> str:
        """Move a slider below the cell's figure by a key, wait for the new figure, and return what the slider reads."""
        cell.scroll_into_view_if_needed()
        drawn, slider = cell.locator("img"), cell.locator(".widget-slider", has_text=name)
        before = drawn.get_attribute("src")
        slider.get_by_role("slider").nth(handle).focus()
        for _ in range(times):
            self.page.keyboard.press(key)
        expect(drawn).not_to_have_attribute("src", before)
        return slider.locator(".widget-readout").text_content()

    def save(self) -> list[dict]:
        """Save the lesson, and read the code cells that were saved."""
        before = self.file.stat().st_mtime_ns
        with self.page.expect_response(lambda r: r.request.method == "PUT" and self.file.name in r.url):
            self.page.keyboard.press("Control+S")
        assert self.file.stat().st_mtime_ns > before
        cells = json.loads(self.file.read_text(encoding="utf-8"))["cells"]
        return [cell for cell in cells if cell["cell_type"] == "code"]


def open_lesson(page: Page, folder: Path, name: str) -> Lesson:
    """Open a lesson by a double click in the list of files."""
    page.locator(".jp-DirListing-item", has_text=name).dblclick()
    return Lesson(page, folder / "my" / name)


def open_stored(copy: Lesson) -> Lesson:
    """Open the stored page of a lesson by the link at the head of one's copy."""
    copy.panel.get_by_role("link", name="stored page").click()
    return Lesson(copy.page, copy.file.parents[1] / "notebooks" / copy.file.name)


def choose(page: Page, menu: str, item: str) -> None:
    page.locator(".lm-MenuBar-item").get_by_text(menu, exact=True).click()
    page.locator(".lm-Menu-item").get_by_text(item, exact=True).click()


def prompt(cell: Locator) -> Locator:
    return cell.locator(".jp-InputPrompt")


def outputs(cell: Locator) -> Locator:
    return cell.locator(".jp-OutputArea-output")
