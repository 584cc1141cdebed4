"""A reader without network, on a phone and on a screen, by day and by night: it all shows, fits, unfolds, is found."""

import re

import pytest
from built import CODE, HERE, LESSONS, PICTURES, PROSE
from playwright.sync_api import expect

LESSON, QUIZ = "notebooks/05_maml_images.html", "teaching/quizzes/02_maml.html"
PALE = (HERE / "pale.js").read_text(encoding="utf-8")
CUT_OFF = """element => {  // it reaches beyond the window, and nothing around it can be moved sideways
  if (!element.checkVisibility() || element.getBoundingClientRect().right <= innerWidth + 0.5) return false;
  for (let e = element; e; e = e.parentElement)
    if (["auto", "scroll"].includes(getComputedStyle(e).overflowX)) return false;
  return true;
}"""


@pytest.mark.parametrize("name", [*PROSE, *CODE[::40]])
def test_a_page_fits_a_phone_asks_nobody_and_sets_its_formulas(window, name):
    reader = window(400)
    page = reader.visit(name)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    assert page.locator(".math").count() == page.locator(".math mjx-container > svg").count()
    expect(page.locator("mjx-merror")).to_have_count(0)
    for part in page.locator(".math, .cell_output, pre, table, img").all():
        assert not part.evaluate(CUT_OFF), part.evaluate("e => e.outerHTML.slice(0, 200)")
    assert reader.wrong == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index.html", "GLOSSARY.html", "mlcourse/inner_loop.html", LESSON, QUIZ])
def test_text_stands_out_by_day_and_by_night(window, name, scheme):
    page = window(scheme=scheme).visit(name)
    assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") == (scheme == "dark")
    for summary in page.locator("summary").all():
        summary.click()
    assert page.evaluate(PALE) == {}
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(255, 255, 255)") == (scheme == "light")


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_solutions_and_answers_unfold_by_mouse_and_by_keyboard(window, lesson):
    page = window().visit(f"notebooks/{lesson.stem}.html")
    solution = page.locator("details", has_text="def solution_").first
    answer = page.locator("details:not(.solution)").first
    for folded, label, tag in (solution, "Solution", "pre"), (answer, "Answer", "p"):
        inside = folded.locator(tag).first
        summary = folded.locator("summary")
        assert summary.text_content().startswith(label)
        expect(inside).to_be_hidden()
        summary.click()
        expect(inside).to_be_visible()
        summary.focus()
        page.keyboard.press("Enter")
        expect(inside).to_be_hidden()
    verdict = page.locator("details .cell_output", has_text="correct").first
    expect(verdict).to_be_hidden()


def test_a_quiz_shows_its_questions_and_folds_its_answers(window):
    page = window(400).visit(QUIZ)
    expect(page.locator("details")).to_have_count(5)
    expect(page.get_by_text("is right.").first).to_be_hidden()


@pytest.mark.parametrize(("word", "found"), [("transduction", "05"), ("meta_gradient", "02"), ("元学习", "Glossary")])
def test_the_search_finds_a_word_a_name_of_the_code_and_a_chinese_term(window, word, found):
    reader = window()
    page = reader.visit("index.html")
    page.get_by_role("textbox", name="Search").first.fill(word)
    page.keyboard.press("Enter")
    expect(page.locator("#search-results .search li a", has_text=found).first).to_be_visible()
    assert reader.wrong == []


def test_a_link_to_the_code_shows_the_code(window):
    page = window().visit("data/results/README.html")
    page.locator("article a", has_text="convnet.py").click()
    expect(page.get_by_role("heading", name="mlcourse/networks/convnet.py")).to_be_visible()
    expect(page.locator("pre")).to_contain_text("class ConvNet")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_lesson_05_is_read_on_a_phone_with_every_figure(window, scheme):
    page = window(400, scheme).visit(LESSON)
    figures = page.locator(".cell_output a.figure > img")
    expect(figures).to_have_count(5)
    for figure in figures.all():
        shown, stored = figure.evaluate("e => e.decode().then(() => [e.width, e.naturalWidth])")
        assert shown >= 0.5 * stored, "the labels of a figure, ten points high, become too small to read"
        assert shown >= 0.59 * stored or shown == figure.locator("..").evaluate("e => e.clientWidth")
        assert figure.locator("..").get_attribute("href") == figure.evaluate("e => e.src")  # tapped, it opens alone
    page.screenshot(path=PICTURES / f"lesson_05_{scheme}.png", full_page=True)


def test_what_goes_on_to_the_right_fades_until_it_is_moved_there(window):
    page = window(400).visit(LESSON)
    for part in page.locator("a.figure").last, page.locator(".highlight pre").first:
        expect(part).to_have_class(re.compile(r"\bmore\b"))
        part.evaluate("e => e.scrollTo(e.scrollWidth, 0)")
        expect(part).not_to_have_class(re.compile(r"\bmore\b"))
    expect(page.locator("a.figure").first).not_to_have_class(re.compile(r"\bmore\b"))


def test_a_lesson_or_a_paper_that_is_mentioned_is_a_link(window):
    page = window().visit(LESSON)
    expect(page.get_by_role("link", name="02", exact=True).first).to_have_attribute("href", "02_maml.html")
    expect(page.locator('article a[href="https://arxiv.org/abs/1703.03400"]').first).to_have_text("arXiv:1703.03400")
