"""What must hold on every page of the built site, light and dark, served and from a folder."""

from pathlib import Path
from typing import Any

import pytest
from jupyter_cache import get_cache
from myst_nb.core.read import myst_nb_reader_plugin

from tools.site.execute import chapters

pytestmark = [pytest.mark.site, pytest.mark.browser]


def wrong(visits: list[Any], get: Any) -> dict[str, Any]:
    return {f"{v.name} ({v.scheme})": get(v) for v in visits if get(v)}


def test_no_page_asks_another_host(visits):
    assert wrong(visits, lambda v: v.foreign) == {}


def test_nothing_is_missing(visits):
    assert wrong(visits, lambda v: v.missing) == {}


def test_no_console_errors(visits):
    assert wrong(visits, lambda v: v.errors) == {}


def test_both_themes_are_really_shown(visits):
    assert {v.facts["theme"] for v in visits if v.scheme == "dark"} == {"dark"}
    assert {v.facts["theme"] for v in visits if v.scheme == "light"} == {"light"}


def test_mathematics_is_typeset(visits):
    assert any(v.facts["formulas"] for v in visits)
    assert wrong(visits, lambda v: v.facts["typeset"] < v.facts["formulas"]) == {}
    assert wrong(visits, lambda v: v.facts["mathErrors"]) == {}


def test_figures_come_alive(visits):
    assert any(v.facts["figures"] for v in visits)
    assert wrong(visits, lambda v: v.facts["figures"] - v.facts["living"]) == {}


def test_pictures_are_described(visits):
    assert wrong(visits, lambda v: v.facts["undescribed"]) == {}


def test_axe_finds_nothing_serious(visits):
    assert wrong(visits, lambda v: v.violations) == {}


def test_a_phone_scrolls_one_way(visits):
    assert wrong(visits, lambda v: v.overflow) == {}


def test_solutions_are_folded(visits):
    assert wrong(visits, lambda v: v.facts["opened"]) == {}


def test_from_a_folder_the_same_works(folder_visits):
    assert wrong(folder_visits, lambda v: v.foreign) == {}
    assert wrong(folder_visits, lambda v: v.errors) == {}
    assert wrong(folder_visits, lambda v: v.facts["typeset"] < v.facts["formulas"]) == {}
    assert wrong(folder_visits, lambda v: v.facts["figures"] - v.facts["living"]) == {}


def test_every_cell_that_is_shown_was_run(built: Path):
    pages = chapters(built.parents[1] / "book" / "_toc.yml")
    store = get_cache(str(built.parent / ".jupyter_cache"))
    assert pages
    for path in pages:
        record = store.match_cache_notebook(myst_nb_reader_plugin(str(path)))  # or KeyError
        cells = store.get_cache_bundle(record.pk).nb.cells
        unrun = [c.source for c in cells if c.source.strip() and c.execution_count is None]
        assert unrun == [], path.name
