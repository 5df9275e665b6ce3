"""The whole book on one page, and on paper."""

import re
from pathlib import Path
from typing import Any

import pytest

from tools.site.toc import entries

pytestmark = [pytest.mark.site, pytest.mark.browser]
TYPESET = "async () => { await MathJax.startup.promise; }"


@pytest.fixture(scope="module")
def whole(chromium: Any, home: str) -> Any:
    """The page, typeset."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(300_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: message.type == "error" and errors.append(message.text))
    page.on("request", lambda r: r.url.startswith((home, "data:")) or errors.append(r.url))
    page.goto(f"{home}print.html")
    page.evaluate(TYPESET)
    page.errors = errors
    yield page
    context.close()


def test_every_chapter_is_there_in_order(whole: Any):
    found = whole.locator("section.chapter").evaluate_all("all => all.map((s) => s.id)")
    wanted = [e.page.replace("/", "-") for e in entries() if "/" in e.page]
    wanted = [name for name in wanted if not name.startswith(("reference", "assignments"))]
    assert found == [*wanted, "answers"]
    assert whole.errors == []


def test_formulas_are_set_once_and_right(whole: Any):
    facts = whole.evaluate(
        "() => ({formulas: document.querySelectorAll('.math').length,"
        " set: document.querySelectorAll('mjx-container').length,"
        " wrong: document.querySelectorAll('mjx-merror, [data-mjx-error]').length})"
    )
    assert facts["formulas"] > 500
    assert facts["set"] >= facts["formulas"]
    assert facts["wrong"] == 0


def test_links_within_the_page_lead_somewhere_and_names_are_given_once(whole: Any):
    wrong = whole.evaluate(
        "() => [...document.querySelectorAll('a[href^=\"#\"]')].map((a) => a.getAttribute('href'))"
        ".filter((to) => !document.getElementById(decodeURIComponent(to.slice(1))))"
    )
    assert wrong == []
    twice = whole.evaluate(
        "() => { const all = [...document.querySelectorAll('main [id]')].map((e) => e.id)"
        ".filter((id) => !id.startsWith('mjx') && !id.startsWith('MJX'));"
        " return all.filter((id, i) => all.indexOf(id) !== i); }"
    )
    assert twice == []


def test_links_to_other_pages_are_there(whole: Any, built: Path):
    others = whole.locator("a[href]").evaluate_all("all => all.map((a) => a.getAttribute('href'))")
    others = {to.split("#")[0] for to in others if not re.match(r"#|https?:|mailto:", to)}
    assert {to for to in others if not (built / to).is_file()} == set()


def test_solutions_are_open_figures_still_and_answers_at_the_end(whole: Any):
    facts = whole.evaluate(
        """() => {
          const all = (s) => [...document.querySelectorAll(s)];
          const last = document.querySelector('#answers');
          return {
            solutions: all('.solution').length,
            closed: all('.solution > section').filter((e) => !e.checkVisibility()).length,
            figures: all('[data-figure]').length,
            stills: all('[data-figure] svg[role=img]').length,
            answers: all('.quiz-feedback').length,
            early: all('.quiz-feedback').filter((e) => !last.contains(e)).length,
          };
        }"""
    )
    assert facts["solutions"] >= 15 and facts["closed"] == 0
    assert facts["figures"] >= 3 and facts["stills"] >= facts["figures"]
    assert facts["answers"] >= 8 and facts["early"] == 0


def test_a_phone_scrolls_one_way(whole: Any):
    whole.set_viewport_size({"width": 390, "height": 844})
    over = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert whole.evaluate(over) <= 0
    whole.set_viewport_size({"width": 1280, "height": 900})


def test_pdf_has_an_outline_and_tags(built: Path):
    file = built / "book.pdf"
    if not file.exists():
        pytest.skip("not made: python -m tools.site pdf")
    content = file.read_bytes()
    assert content.startswith(b"%PDF-")
    assert b"/Outlines" in content and b"/StructTreeRoot" in content
    assert b"file:///" not in content and b"127.0.0.1" not in content
    assert max(map(int, re.findall(rb"/Count (\d+)", content))) > 60


def test_a_chapter_prints_its_text_alone(page: Any, home: str):
    page.goto(f"{home}recurrence/unfolding.html")
    page.emulate_media(media="print")
    shown = page.evaluate(
        """() => ['.bd-sidebar-primary', '.bd-sidebar-secondary', '.bd-header-article',
          '.prev-next-footer', '.headerlink', '.run-page', '#pst-back-to-top']
          .filter((s) => [...document.querySelectorAll(s)].some((e) => e.checkVisibility()))"""
    )
    assert shown == []
    assert page.locator("h1:visible").count() == 1  # the theme prints a title of its own
    assert page.locator("article h2").first.is_visible()
