"""The slides of every chapter in a browser: they open, ask no other host, and fit."""

import json

import pytest

from tools.site.plan import chapters

pytestmark = [pytest.mark.site, pytest.mark.browser]
READY = "html[data-deck=ready]"
OUTSIDE = """() => {
  const slide = deck.getCurrentSlide().getBoundingClientRect();
  const low = Math.max(...[...document.querySelectorAll('section.present:not(.stack) .exhibit')]
    .map((e) => e.getBoundingClientRect().bottom), 0);
  return low - innerHeight;
}"""


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
        if (out := page.evaluate(OUTSIDE)) > 4:
            sticking[number] = round(out)
        page.evaluate("deck.next()")
    assert (foreign, errors) == ([], [])
    assert sticking == {}, json.dumps(sticking)
    page.close()


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
