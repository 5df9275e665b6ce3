"""The slides of every chapter in a browser: they open, ask no other host, and fit."""

import json

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tools.site.plan import chapters

pytestmark = [pytest.mark.site, pytest.mark.browser]
READY = "html[data-deck=ready]"
DRAWN = """() => {
  const shown = 'section.present:not(.stack) .rnn-figure[data-figure]';
  return [...document.querySelectorAll(shown)].every((e) => e.dataset.ready === 'true');
}"""
OUTSIDE = """() => {
  const slide = deck.getCurrentSlide().getBoundingClientRect();
  const low = Math.max(...[...document.querySelectorAll('section.present:not(.stack) .exhibit')]
    .map((e) => e.getBoundingClientRect().bottom), 0);
  return low - innerHeight;
}"""


def fits(page) -> bool:
    """Whether what the slide shows ends within it, at most a second after it was drawn."""
    try:
        page.wait_for_function(f"() => ({OUTSIDE})() <= 4", timeout=1000)
    except PlaywrightTimeout:
        return False
    return True


@pytest.mark.parametrize("chapter", chapters())
def test_a_deck_opens_and_every_slide_fits(chapter, chromium, home):
    page = chromium.new_page(viewport={"width": 1280, "height": 720})
    foreign, errors = [], []
    page.on(
        "request",
        lambda r: foreign.append(r.url) if not r.url.startswith((home, "data:", "blob:")) else None,
    )
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.goto(f"{home}slides/{chapter.rsplit('/', 1)[-1]}.html")
    page.wait_for_selector(READY)
    assert page.locator("mjx-merror").count() == 0
    total = page.evaluate("deck.getTotalSlides()")
    assert total > 20
    sticking = {}
    for number in range(total):
        page.wait_for_function(DRAWN)
        if not fits(page):
            sticking[number] = round(page.evaluate(OUTSIDE))
        page.evaluate("deck.next()")
    assert (foreign, errors) == ([], [])
    assert sticking == {}, json.dumps(sticking)
    page.close()


def test_a_figure_that_arrives_late_still_fits(page, home):
    late = []
    page.route("**/state_plane.js*", lambda route: late.append(route))
    page.goto(f"{home}slides/networks.html")
    page.wait_for_selector(READY)
    plane = "section.present:not(.stack) [data-figure=state_plane]"
    for _ in range(page.evaluate("deck.getTotalSlides()")):
        if page.locator(plane).count():
            break
        page.evaluate("deck.next()")
    page.evaluate("document.querySelector('section.present:not(.stack) .exhibit').style.zoom = ''")
    assert page.locator(f"{plane}[data-ready]").count() == 0
    for route in late:
        route.continue_()
    page.wait_for_selector(f"{plane}[data-ready]")
    assert fits(page)


def test_figures_and_questions_are_alive_in_a_deck(page, home):
    page.goto(f"{home}slides/unfolding.html")
    page.wait_for_selector(READY)
    for _ in range(page.evaluate("deck.getTotalSlides()")):
        page.evaluate("deck.next()")
        if page.locator("section.present:not(.stack) .rnn-figure").count():
            break
    slider = page.locator("section.present:not(.stack) .rnn-figure input").first
    slider.wait_for()
    said = page.locator("section.present:not(.stack) .rnn-figure output")
    before = said.inner_text()
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert said.inner_text() != before
