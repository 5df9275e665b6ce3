"""Slides are made of the page: its headings, stressed sentences and exhibits, and nothing else."""

import pytest
from bs4 import BeautifulSoup

from tools.site.slides import deck, sentences, slides, stressed

PAGE = """<html><head>
<link rel="stylesheet" href="../_static/site.css?v=1">
<link rel="stylesheet" href="../_static/theme.css">
<script>window.MathJax = {}</script><script src="../_static/figures.js"></script>
<script src="../_static/searchtools.js"></script></head><body><article>
<section id="gates"><h1>4. Gates<a class="headerlink" href="#gates">#</a></h1>
<p>You will see.</p><ul><li>open</li><li>close</li></ul>
<section id="why"><h2>Why?<a class="headerlink" href="#why">#</a></h2>
<p>A long story that only notes hold. <strong>A gate is a number.</strong>
See <a href="lstm.html#x">it</a>.</p>
<div class="math notranslate">\\[ f = 1 \\]</div>
<div class="cell docutils"><div class="cell_input"><div class="highlight-ipython3">
<div class="highlight"><pre>f = 1\nassert f</pre></div></div></div></div>
<p>It falls:</p>
<div class="cell docutils"><div class="cell_output"><div class="output text_html">
<figure class="rnn-picture"><svg role="img" aria-label="A line that falls from 1 to 0."></svg>
</figure></div><div class="output text_html"><p>It fell by <b>1</b>.</p></div></div></div>
<div class="cell docutils"><div class="cell_input"><div class="highlight">
<pre>LONG</pre></div></div></div>
</section>
<section id="exercises"><h2>Exercises</h2>
<div class="exercise admonition"><p class="admonition-title">Exercise</p>
<section><p>Try.</p></section></div>
<div class="solution dropdown admonition"><p>SECRET</p></div></section>
</section></article></body></html>""".replace("LONG", "x = 1\n" * 13)


@pytest.fixture
def made():
    return BeautifulSoup(
        deck(BeautifulSoup(PAGE, "html.parser"), "gates/gates.html"), "html.parser"
    )


def test_sections_become_stacks_of_slides(made):
    stacks = made.select(".slides > section")
    assert [[s.h2.get_text() for s in stack.select(":scope > section")] for stack in stacks] == [
        ["4. Gates"],
        ["Why?", "Why?"],
        ["Exercises"],
    ]


def test_stressed_sentences_are_shown_and_the_rest_is_said(made):
    first = made.select(".slides > section")[1].select("section")[0]
    assert [p.get_text() for p in first.select(":scope > p")] == ["A gate is a number."]
    assert "A long story" in first.select_one("aside.notes").get_text()
    assert first.select_one(".math") and "f = 1\nassert f" in first.select_one("pre").get_text()


def test_a_picture_comes_with_its_description_and_its_sentence(made):
    second = made.select(".slides > section")[1].select("section")[1]
    assert second.select_one("svg")["aria-label"] == "A line that falls from 1 to 0."
    assert "It fell by 1." in second.select_one(".exhibit").get_text()
    assert [p.get_text() for p in second.select(":scope > p")] == ["It falls:"]


def test_solutions_and_long_code_stay_on_the_page(made):
    assert "SECRET" not in str(made)
    assert "x = 1" not in str(made)
    assert "Try." in made.get_text()


def test_links_lead_back_into_the_site_and_scripts_are_those_needed(made):
    assert made.select_one("aside.notes a")["href"] == "../gates/lstm.html#x"
    assert {s["src"] for s in made.select("head script[src]")} == {"../_static/figures.js"}
    assert {s["href"] for s in made.select("head link[rel=stylesheet]")} == {
        "../_static/vendor/reveal/reveal.css",
        "../_static/site.css?v=1",
        "../_static/slides.css",
    }
    assert "window.MathJax = {}" in str(made.head)


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("One. Two?", ["One.", "Two?"]),
        (
            "It is <b>1.5</b> or 2. Then <em>why?</em>",
            ["It is <b>1.5</b> or 2.", "Then <em>why?</em>"],
        ),
        ("<strong>The law.</strong> Rest.", ["<strong>The law.</strong>", "Rest."]),
        ("a &lt; b. c", ["a &lt; b.", "c"]),
    ],
)
def test_sentences_keep_their_markup(html, found):
    paragraph = BeautifulSoup(f"<p>{html}</p>", "html.parser").p
    assert list(sentences(paragraph)) == found


def test_what_is_stressed():
    assert stressed("<strong>three bold words</strong> here")
    assert stressed("Is it so?")
    assert not stressed("<strong>one</strong> word is no statement.")


def test_decks_are_written_where_they_changed_and_stray_ones_removed(tmp_path):
    (tmp_path / "gates").mkdir()
    (tmp_path / "slides").mkdir()
    (tmp_path / "gates/gates.html").write_text(PAGE)
    (tmp_path / "slides/old.html").write_text("")
    (path,) = slides(["gates/gates"], tmp_path)
    before = path.stat().st_mtime_ns
    slides(["gates/gates"], tmp_path)
    assert path.stat().st_mtime_ns == before
    assert [p.name for p in (tmp_path / "slides").iterdir()] == ["gates.html"]
