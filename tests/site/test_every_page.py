"""What must hold on every page of the built site: served and from a folder, light, dark, narrow."""

from pathlib import Path
from typing import Any

import pytest
from jupyter_cache import get_cache
from myst_nb.core.read import myst_nb_reader_plugin

from tools.site import plan
from tools.site.execute import chapters

pytestmark = [pytest.mark.site, pytest.mark.browser]


def test_nothing_is_wrong_with_the_page(visit: Any, name: str, desk: Any, home: str, axe: str):
    assert visit(desk, home + name, home, axe) == {}


def test_from_a_folder_it_works_too(visit: Any, name: str, desk: Any, built: Path):
    assert visit(desk, (built / name).as_uri(), "file://") == {}


@pytest.mark.parametrize("chapter", plan.chapters())
def test_a_chapter_has_formulas_and_a_figure_to_move(chapter: str, built: Path):
    text = (built / f"{chapter}.html").read_text("utf8")
    assert 'class="math' in text
    assert "data-figure=" in text


def test_every_cell_that_is_shown_was_run(built: Path):
    pages = chapters(built.parents[1] / "book" / "_toc.yml")
    store = get_cache(str(built.parent / ".jupyter_cache"))
    assert pages
    for path in pages:
        record = store.match_cache_notebook(myst_nb_reader_plugin(str(path)))  # or KeyError
        cells = store.get_cache_bundle(record.pk).nb.cells
        unrun = [c.source for c in cells if c.source.strip() and c.execution_count is None]
        assert unrun == [], path.name
