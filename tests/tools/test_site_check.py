"""The static checks of the built site: each finds what it is for, and lets the rest be."""

import pytest
from bs4 import BeautifulSoup

from tools.site import check


def found(run, html):
    return list(run(BeautifulSoup(html, "html.parser")))


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<script src="//cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="http://cdn.example/x.css">',
        '<link rel="preconnect" href="https://cdn.example">',
        '<img src="https://cdn.example/x.png">',
        '<img srcset="https://cdn.example/x.png 2x">',
        '<iframe src="https://cdn.example"></iframe>',
        "<style>@import 'https://cdn.example/x.css';</style>",
        '<style>a { background: url("//cdn.example/x.png") }</style>',
    ],
)
def test_a_foreign_resource_is_found(html):
    assert len(found(check.foreign_resources, html)) == 1


@pytest.mark.parametrize(
    "html",
    [
        '<a href="https://example.org">a link is followed by a reader, not by the page</a>',
        '<link rel="canonical" href="https://example.org">',
        '<img src="../_static/x.png">',
        '<img src="data:image/png;base64,AAAA">',
        "<style>a { background: url(x.png) }</style>",
    ],
)
def test_what_loads_nothing_foreign_passes(html):
    assert found(check.foreign_resources, html) == []


@pytest.mark.parametrize(
    "picture",
    [
        '<img src="x.png">',
        '<img src="x.png" alt="">',
        '<img src="x.png" alt="../_images/x.png">',
        '<img src="x.png" alt="A plot">',
        "<svg></svg>",
    ],
)
def test_an_undescribed_picture_is_found(picture):
    assert len(found(check.undescribed_pictures, f"<article>{picture}</article>")) == 1


def test_described_and_hidden_pictures_pass():
    html = """<img class="logo" src="logo.svg"><article>
      <img src="x.png" alt="The loss falls from 2.1 to 0.3 in forty steps.">
      <svg role="img" aria-label="The loss falls from 2.1 to 0.3 in forty steps."></svg>
      <span aria-hidden="true"><svg></svg></span></article>"""
    assert found(check.undescribed_pictures, html) == []


def test_dead_widgets_and_shown_errors_are_found():
    state = '<script type="application/vnd.jupyter.widget-view+json">{}</script>'
    assert len(found(check.dead_widgets, f'<div class="widget-interact"></div>{state}')) == 2
    assert len(found(check.unready_texts, '<div class="output stderr">careful</div>')) == 1
    assert len(found(check.unready_texts, '<span class="problematic">*bold</span>')) == 1
    assert found(check.unready_texts, "<p>well</p>") == []


SOURCE = """
```{code-cell}
def rnn_backward(params, x, y, h0):
    ### BEGIN SOLUTION
    d_a = (1 - h[t] ** 2) * d_h
    grads["W_hh"] += d_a.T @ h[t - 1]
    d_h = d_o[t - 1] @ params["W_ho"] + d_a @ params["W_hh"]
    ### END SOLUTION
```
"""


@pytest.fixture
def folders(tmp_path):
    site, solutions = tmp_path / "html", tmp_path / "solutions"
    site.mkdir()
    solutions.mkdir()
    (solutions / "bptt.md").write_text(SOURCE)
    (site / "index.html").write_text("<p>d_a = (1 - h[t] ** 2) * d_h</p>")  # one line is no leak
    return site, solutions


def test_a_page_without_solutions_passes(folders):
    assert list(check.leaks(*folders)) == []


def test_a_copied_instructor_file_is_found(folders):
    site, solutions = folders
    (site / "bptt.txt").write_text(SOURCE)
    problems = list(check.leaks(site, solutions))
    assert len(problems) == 2
    assert any("BEGIN SOLUTION" in p for p in problems)
    assert any("a solution of bptt.md" in p for p in problems)


def test_a_solution_in_coloured_html_is_found(folders):
    site, solutions = folders
    inside = SOURCE.split("### BEGIN SOLUTION\n")[1].split("### END")[0]
    page = "".join(f'<span class="n">{piece}</span> ' for piece in inside.split(" "))
    (site / "index.html").write_text(f"<pre>{page}</pre>")
    assert list(check.leaks(site, solutions)) == ["index.html: holds a solution of bptt.md"]
