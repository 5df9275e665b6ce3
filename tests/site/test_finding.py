"""How a reader finds a way: search, contents, index, previous and next, downloads, keyboard."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tools.site.execute import chapters
from tools.site.paths import BOOK
from tools.site.toc import entries

pytestmark = [pytest.mark.site, pytest.mark.browser]
NUMBERED = [entry.page for entry in entries() if "/" in entry.page][:12]


@pytest.mark.parametrize(
    ("words", "chapter"),
    [
        ("forget gate", "gates/lstm"),
        ("clipping", "memory/optimization"),
        ("TBPTT", "recurrence/bptt"),
        ("echo state", "memory/reservoirs"),
        ("receptive field", "convolution/tcn"),
    ],
)
def test_search_finds_the_chapter(page: Any, home: str, words: str, chapter: str):
    page.goto(f"{home}search.html?q={words.replace(' ', '+')}")
    page.wait_for_function(
        "() => /found|did not match/.test(document.querySelector('#search-results p')?.innerText)"
    )
    page.wait_for_selector("#search-results li a")
    found = page.locator("#search-results li a").evaluate_all("all => all.map((a) => a.href)")
    assert any(f"/{chapter}.html" in address for address in found), found


def test_next_leads_through_all_chapters_and_previous_back(page: Any, home: str):
    page.goto(f"{home}{NUMBERED[0]}.html")
    for name in NUMBERED[1:]:
        page.locator("a.right-next").click()
        page.wait_for_url(f"**/{name}.html")
    page.locator("a.left-prev").click()
    page.wait_for_url(f"**/{NUMBERED[-2]}.html")


def test_contents_name_every_chapter_glossary_and_index(page: Any, home: str):
    page.goto(f"{home}recurrence/bptt.html")
    links = page.locator("#pst-primary-sidebar nav a").evaluate_all("all => all.map((a) => a.href)")
    wanted = [*NUMBERED, "appendix/glossary", "genindex"]
    named = {link.removeprefix(home).split("#")[0].removesuffix(".html") for link in links}
    assert set(wanted) - named - {"recurrence/bptt", "recurrence/bptt#"} <= {""}
    sections = page.locator(".bd-sidebar-secondary a[href^='#']")
    assert sections.count() >= 8
    sections.nth(3).click()
    name = sections.nth(3).get_attribute("href")
    assert page.evaluate("(n) => document.querySelector(n).getBoundingClientRect().top < 300", name)


def test_index_leads_to_sections(page: Any, home: str, built: Path):
    page.goto(f"{home}genindex.html")
    entry = page.locator("dl.index-words dt", has_text=re.compile("^teacher forcing$"))
    places = entry.locator("xpath=following-sibling::dd[1]").locator("a")
    found = [str(a) for a in places.evaluate_all("all => all.map((a) => a.getAttribute('href'))")]
    assert found[0] == "appendix/glossary.html#term-teacher-forcing"
    assert any(address.startswith("recurrence/bptt.html#") for address in found)
    every = page.locator("dl.index-words a").evaluate_all(
        "all => all.map((a) => a.getAttribute('href'))"
    )
    assert len(every) > 150
    for address in every:
        name, _, anchor = address.partition("#")
        assert not anchor or f'id="{anchor}"' in (built / name).read_text("utf8"), address


def test_downloads_are_notebooks_with_their_outputs(page: Any, home: str):
    page.goto(f"{home}recurrence/bptt.html")
    page.locator("details.run-page summary").click()
    with page.expect_download() as started:
        page.locator("details.run-page a[download]").click()
    assert started.value.suggested_filename == "bptt.ipynb"
    notebook = json.loads(Path(started.value.path()).read_text("utf8"))
    assert any(cell.get("outputs") for cell in notebook["cells"])
    menu = page.locator(".dropdown-download-buttons")
    offered = menu.locator("a").evaluate_all("all => all.map((a) => a.getAttribute('href'))")
    assert "../_sources/recurrence/bptt.ipynb" in offered
    assert "../print.html" in offered


def test_each_chapter_says_what_its_code_took(built: Path):
    for source in chapters():
        if source.name == "index.md":
            continue
        text = (built / source.relative_to(BOOK).with_suffix(".html")).read_text("utf8")
        said = re.search(r"The code of this page ran in ([\d.]+) s on one core", text)
        assert said, source.name
        assert float(said[1]) > 0, source.name


def test_by_keyboard_the_first_stop_skips_to_the_text(page: Any, home: str):
    page.goto(f"{home}recurrence/bptt.html")
    page.keyboard.press("Tab")
    focused = page.evaluate("() => document.activeElement.textContent.trim()")
    assert focused == "Skip to main content"
    page.wait_for_function(  # it slides in
        "() => document.activeElement.checkVisibility({opacityProperty: true}) && "
        "document.activeElement.getBoundingClientRect().top >= 0"
    )
    page.keyboard.press("Enter")
    assert page.evaluate("() => location.hash") == "#main-content"
    page.keyboard.press("Tab")
    assert page.evaluate(
        "() => document.querySelector('#main-content').contains(document.activeElement)"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_focus_is_visible(chromium: Any, home: str, scheme: str):
    context = chromium.new_context(color_scheme=scheme)
    context.set_default_timeout(120_000)
    page = context.new_page()
    page.goto(f"{home}recurrence/bptt.html")
    unseen = []
    for _ in range(25):
        page.keyboard.press("Tab")
        style = page.evaluate(
            "() => { const e = document.activeElement, s = getComputedStyle(e); return "
            "{what: e.outerHTML.slice(0, 90), width: parseFloat(s.outlineWidth), "
            "line: s.outlineStyle, shadow: s.boxShadow}; }"
        )
        if (style["line"] == "none" or style["width"] < 1) and style["shadow"] == "none":
            unseen.append(style["what"])
    context.close()
    assert unseen == []


@pytest.mark.parametrize(
    "path", ["index", "recurrence/bptt", "reference/simple", "appendix/glossary", "print"]
)
def test_text_is_painted_before_any_script_has_come(chromium: Any, home: str, path: str):
    context = chromium.new_context()
    context.set_default_timeout(120_000)
    page = context.new_page()
    held: list[Any] = []
    page.route(re.compile(r"\.m?js(\?|$)"), lambda route: held.append(route))
    page.goto(f"{home}{path}.html", wait_until="commit")
    page.wait_for_function(
        "() => performance.getEntriesByName('first-contentful-paint').length"
        " && document.querySelector('article h1, nav h2')?.checkVisibility()",
        timeout=60_000,
    )
    assert held, "no script was asked for: this tests nothing"
    assert page.evaluate("() => document.body.innerText.length") > 300
    for route in held:
        route.abort()
    context.close()
