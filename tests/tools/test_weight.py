"""A page's weight is the sum of what it loads at once, as it goes over the wire."""

import gzip
import os

import pytest

from tools.site import weight

PAGE = """<html><head><link rel="stylesheet" href="_static/a.css?v=1">
<link rel="canonical" href="other.html"><link rel="icon" href="_static/icon.svg">
<script defer src="_static/a.js"></script></head>
<body><img src="x.png"><p>plain</p>{more}<a href="other.html">x</a></body></html>"""
CSS = """
@font-face {{ src: url(latin.woff2) format('woff2'); unicode-range: U+0000-00FF, U+2122; }}
@font-face {{ src: url(greek.woff2) format('woff2'); unicode-range: U+0370-03FF; }}
{}
"""


@pytest.fixture
def site(tmp_path):
    static = tmp_path / "_static"
    fonts = static / "vendor/mathjax/output/chtml/fonts/woff-v2"
    fonts.mkdir(parents=True)
    (static / "figures").mkdir()
    (static / "a.css").write_text(CSS.format("a { color: red } " * 100))
    (static / "a.js").write_text("let a = 1; " * 500)
    (static / "icon.svg").write_text("<svg></svg>")
    (static / "figures" / "lag.js").write_text("export default {}; " * 100)
    for name in ("latin.woff2", "greek.woff2"):
        (static / name).write_bytes(os.urandom(5000))
    for kind in ("Regular", "Bold"):
        (fonts / f"MathJax_Main-{kind}.woff").write_bytes(os.urandom(7000))
    (tmp_path / "x.png").write_bytes(os.urandom(3000))
    (tmp_path / "other.html").write_text("<p>" + os.urandom(3000).hex())
    weight.size.cache_clear()
    weight.faces.cache_clear()
    return tmp_path


def zipped(file):
    return len(gzip.compress(file.read_bytes(), 6))


def test_texts_are_compressed_and_fonts_are_taken_where_they_are_needed(site):
    page = site / "index.html"
    page.write_text(PAGE.format(more=""))
    texts = [page, site / "_static/a.css", site / "_static/a.js", site / "_static/icon.svg"]
    plain = sum(map(zipped, texts)) + 5000 + 3000  # the Latin font, the picture
    assert weight.weight(page, site) == plain
    greek = site / "greek.html"
    greek.write_text(PAGE.format(more="<p>τ</p>"))
    assert weight.weight(greek, site) == plain - zipped(page) + zipped(greek) + 5000


def test_formulas_and_figures_bring_their_own(site):
    page = site / "index.html"
    page.write_text(PAGE.format(more='<span class="math">x</span><div data-figure="lag"></div>'))
    names = {file.name for file in weight.loaded(page, site)}
    assert {"MathJax_Main-Regular.woff", "lag.js"} <= names
    assert not {"other.html", "MathJax_Main-Bold.woff"} & names
    page.write_text(PAGE.format(more='<span class="math">\\mathbf x</span>'))
    assert "MathJax_Main-Bold.woff" in {file.name for file in weight.loaded(page, site)}


def test_a_page_above_the_limit_is_named(site, monkeypatch):
    page = site / "index.html"
    page.write_text(PAGE.format(more=""))
    assert list(weight.too_heavy(page, site)) == []
    monkeypatch.setattr(weight, "LIMIT", 8000)
    (wrong,) = weight.too_heavy(page, site)
    assert wrong.startswith("0.01 MB")
