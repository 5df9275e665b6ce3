"""What the site's build does about a site that is already there."""

import pytest

from tools.site.build import forget_pages


@pytest.fixture
def built(tmp_path):
    """A script that pages load, and a site built with it."""
    web, html = tmp_path / "web", tmp_path / "html"
    for folder in (web, html / "_static", html / "gates"):
        folder.mkdir(parents=True)
    for place in (web, html / "_static"):
        (place / "site.js").write_text("let a = 1;")
    (html / "gates" / "lstm.html").write_text("a page")
    return web, html


def test_pages_stay_while_they_load_the_same(built):
    web, html = built
    forget_pages(web, html)
    assert (html / "gates" / "lstm.html").exists()


def test_pages_go_with_a_script_of_the_same_length_that_changed(built):
    web, html = built
    (web / "site.js").write_text("let a = 2;")
    forget_pages(web, html)
    assert not (html / "gates" / "lstm.html").exists()
    assert (html / "_static" / "site.js").exists()


def test_pages_go_with_a_script_that_is_new(built):
    web, html = built
    (web / "quiz.js").write_text("")
    forget_pages(web, html)
    assert not (html / "gates" / "lstm.html").exists()


def test_nothing_is_wrong_with_no_site(tmp_path, built):
    forget_pages(built[0], tmp_path / "none")
