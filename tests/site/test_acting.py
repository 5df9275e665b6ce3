"""What a reader does: moves a figure, answers a question, searches, reads without scripts."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from rnncourse.figures.gradient_by_lag import shares, terms

pytestmark = [pytest.mark.site, pytest.mark.browser]
FIGURE = "[data-figure=gradient_by_lag]"


def test_figure_moves_by_keyboard_and_says_what_it_shows(page, home):
    page.goto(home)
    page.locator(FIGURE).scroll_into_view_if_needed()
    slider = page.get_by_label("recurrent weight w")
    said, drawing = page.locator(f"{FIGURE} output"), page.locator(f"{FIGURE} svg")
    before, drawn = said.inner_text(), drawing.inner_html()
    slider.focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    w, T = float(slider.input_value()), int(page.get_by_label("steps T").input_value())
    assert said.inner_text() != before
    assert drawing.inner_html() != drawn
    assert f"{sum(terms(w, T, 'steady')):.3g}".replace("-", "−") in said.inner_text()
    assert f"{100 * shares(w, T, 'steady')[0]:.3g} %" in said.inner_text()
    assert said.inner_text() in drawing.get_attribute("aria-label")


def test_figure_follows_its_other_controls(page, home):
    page.goto(home)
    page.locator(FIGURE).scroll_into_view_if_needed()
    page.get_by_label("steps T").focus()
    page.keyboard.press("Home")
    assert page.locator(f"{FIGURE} rect").count() == 2
    page.keyboard.press("End")
    assert page.locator(f"{FIGURE} rect").count() == 40
    page.get_by_label("input").select_option("pulse")
    total = sum(terms(0.9, 40, "pulse"))
    assert f"{total:.3g}".replace("-", "−") in page.locator(f"{FIGURE} output").inner_text()


def test_figures_on_one_page_leave_each_others_styles_alone(page, home):
    """One figure centres its words; the other's numbers still end at its axis."""
    page.goto(home + "recurrence/bptt.html")
    for name in ("stepping", "gradient_by_lag"):
        page.locator(f"[data-figure={name}]").scroll_into_view_if_needed()
        page.locator(f"[data-figure={name}] svg text").first.wait_for(state="attached")
    anchors = page.locator("[data-figure=gradient_by_lag] svg text[text-anchor=end]").evaluate_all(
        "texts => texts.map(t => getComputedStyle(t).textAnchor)"
    )
    assert anchors and set(anchors) == {"end"}


def test_a_reservoir_is_driven_by_what_a_reader_draws(page, home):
    """By pointer and by keys: either way the signal is the reader's, and the sentence says so."""
    page.goto(home + "memory/reservoirs.html")
    figure = page.locator("[data-figure=reservoir]")
    figure.scroll_into_view_if_needed()
    said, signal = figure.locator("output"), figure.locator("select[name=preset]")
    before = said.inner_text()
    figure.locator("svg").scroll_into_view_if_needed()
    box = figure.locator("svg").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 3, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 90, steps=5)
    page.mouse.up()
    assert signal.input_value() == "yours"
    assert said.inner_text() != before
    signal.select_option("silence")
    assert "does not move" in said.inner_text()
    figure.locator("input[name=level]").focus()
    page.keyboard.press("End")
    assert signal.input_value() == "yours"
    assert "explains" in said.inner_text()


def test_question_answers_by_keyboard_and_hides_its_answers_till_then(page, home):
    page.goto(home + "appendix/notation.html")
    quiz = page.locator(".quiz").first
    assert not quiz.locator(".quiz-answers").is_visible()
    assert quiz.locator(".quiz-reply").inner_text() == ""
    quiz.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    reply = quiz.get_by_role("status")
    assert reply.inner_text().startswith("Not quite.")
    page.keyboard.press("ArrowDown")
    assert reply.inner_text().startswith("Right.")
    assert quiz.get_by_role("radiogroup").count() == 1


def test_without_scripts_everything_can_be_read(chromium, home):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(home)
    still = page.locator(f"{FIGURE} svg[role=img]")
    assert still.is_visible()
    assert "logarithmic" in still.get_attribute("aria-label")
    page.goto(home + "appendix/notation.html")
    quiz = page.locator(".quiz").first
    assert quiz.locator(".quiz-choices li").count() == 3
    assert quiz.locator("summary").is_visible()
    assert not quiz.locator(".quiz-feedback").is_visible()
    quiz.locator("summary").click()
    expect(quiz.locator(".quiz-feedback")).to_be_visible()
    context.close()


@pytest.mark.parametrize("served", [True, False], ids=["served", "folder"])
def test_search_finds(page: Any, home: str, built: Path, served: bool):
    start = home if served else built.as_uri() + "/"
    page.goto(start + "search.html?q=reset")
    page.wait_for_selector("#search-results li a")
    found = page.locator("#search-results li a").all_inner_texts()
    assert any("Notation" in title for title in found)
    assert page.evaluate("() => document.querySelectorAll('#search-results li').length") >= 1


def test_solution_opens_by_keyboard(page, home, built):
    holders = [
        p.relative_to(built).as_posix()
        for p in sorted(built.glob("*/*.html"))  # on the page of all chapters they are open
        if 'class="solution dropdown' in p.read_text("utf8")
    ]
    assert holders, "no page has a folded solution"
    page.goto(home + holders[0])
    solution = page.locator(".solution.dropdown").first
    assert not solution.locator("section").first.is_visible()
    solution.locator("button").first.focus()
    page.keyboard.press("Enter")
    expect(solution.locator("section").first).to_be_visible()
