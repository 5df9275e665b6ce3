import base64

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.gradebook.safe_html import (
    clean_html,
    markdown_to_html,
    safe_markdown,
    safe_notebook,
    safe_outputs,
)

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)></svg>",
    "<div\nonclick=alert(1)>x</div>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "![x](javascript:alert(1))",
    "![x](https://tracker.example/p.png)",
    "[x][1]\n\n[1]: javascript:alert(1)",
    "[x](../../../submitted/x.html)",
    "<javascript:alert(1)>",
    "> quoted\n> <iframe src=//evil></iframe>",
    "- <style>body{display:none}</style>",
    "|a|\n|-|\n|<script>alert(1)</script>|",
    '<span class="btn full-credit">x</span>',
    '<input id="why" value="5">',
    "**bold <math><mtext><style><img src=x onerror=alert(1)></style>**",
    "$x$ <script>alert(1)</script> $y$",
    "<b>fine</b><!-- <script> --><script>alert(1)</script>",
    "![not there](attachment:image.png)",
]
PLAIN = [
    "Because $a < b$ and $$W^\\top \\delta$$ holds, *so* it does.",
    "if `x < y` then\n\n```python\nprint('<script>')\n```",
    "1 < 2, a<b>c, x <= y",
    "[site](https://example.org) and <https://example.org/a?b=c>",
    "line<br>line<sub>2</sub>",
    "# Heading\n\n- item\n- item\n\n> quote",
    "| a | b |\n|---|---|\n| 1 | 2 |",
]


@pytest.mark.parametrize("source", ATTACKS)
def test_what_could_act_is_shown_as_typed(source):
    shown = safe_markdown(source)
    assert "```" in shown and source in shown
    # once more over: the block of text is itself harmless
    assert safe_markdown(shown) == shown


@pytest.mark.parametrize("source", ATTACKS)
def test_rendered_attacks_do_nothing(source):
    if "attachment:" in source:
        source = safe_markdown(source)  # formgrader renders what was made safe before
    html = markdown_to_html(source).lower()
    for bad in ("<script", "onerror", "onload", "onclick", "<svg", "<iframe", "<style", "<input"):
        assert bad not in html.replace("&lt;", "<_")
    for bad in (
        'href="java',
        'href="data',
        'href="vb',
        'src="java',
        "tracker",
        'href="..',
        "full-credit",
    ):
        assert bad not in html


@pytest.mark.parametrize("source", PLAIN)
def test_ordinary_answers_stay_as_they_are(source):
    assert safe_markdown(source) == source or "a<b>c" in source


def test_a_picture_of_the_cell_is_shown():
    assert safe_markdown("![mine](attachment:a.png)", {"a.png": {}}).startswith("![mine]")


def test_mathematics_survives_rendering():
    html = markdown_to_html(PLAIN[0])
    assert "<mi>a</mi><mo>&lt;</mo><mi>b</mi></mrow></math>" in html and "$" not in html


def test_code_keeps_its_colours_and_bytes_are_read():
    assert 'class="highlight' in markdown_to_html("```python\nx = 1\n```")
    assert clean_html(b"<svg><script>alert(1)</script></svg><b>x</b>") == "<b>x</b>"


def test_a_fence_in_the_answer_does_not_end_the_block():
    source = "```\n<script>\n```\n`x ```` y`\n\n<script>alert(1)</script>"
    shown = safe_markdown(source)
    assert "`````text\n" in shown and safe_markdown(shown) == shown


@settings(derandomize=True, deadline=None, max_examples=300)
@given(
    st.lists(
        st.sampled_from(
            [*ATTACKS, *PLAIN, "`", "```", "~~~", "$", "$$", "\n", "\n\n", "    ", "<", ">"]
        ),
        max_size=6,
    ).map("".join)
)
def test_any_mixture_is_harmless_when_rendered_without_any_filter(source):
    from html.parser import HTMLParser

    from nbconvert.filters.markdown_mistune import markdown2html_mistune

    acting = []

    class Look(HTMLParser):
        def handle_starttag(self, tag, attributes):
            if tag in ("script", "iframe", "svg", "style", "input", "math"):
                acting.append(tag)
            for name, value in attributes:
                text = (value or "").strip().lower()
                if name.startswith("on") or text.startswith(
                    ("javascript", "vbscript", "data:text")
                ):
                    acting.append((name, value))

    Look().feed(markdown2html_mistune(safe_markdown(source)))
    assert not acting


def test_outputs_are_text_and_bitmaps():
    png = base64.b64encode(b"\x89PNG").decode()
    outputs = [
        {"output_type": "stream", "name": "evil", "text": ["a\x00", "b\x1b[31m"]},
        {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["t"]},
        {"output_type": "display_data", "data": {"text/html": "<script>", "text/plain": "p"}},
        {"output_type": "execute_result", "data": {"image/svg+xml": "<svg>", "image/png": png}},
        {"output_type": "display_data", "data": {"image/png": '"><script>'}},
        {"output_type": "display_data", "data": {"application/javascript": "alert(1)"}},
        {"output_type": "update_display_data"},
        {"output_type": "display_data", "data": None},
    ]
    made = safe_outputs(outputs)
    assert made == [
        {"output_type": "stream", "name": "stdout", "text": "ab\x1b[31m"},
        {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["t"]},
        {"output_type": "display_data", "data": {"text/plain": "p"}, "metadata": {}},
        {"output_type": "display_data", "data": {"image/png": png}, "metadata": {}},
    ]
    long = safe_outputs([{"output_type": "stream", "text": "x" * 300_000}] * 500)
    assert len(long) == 200 and "100000 more characters" in long[0]["text"]


def test_raw_cells_become_text_and_the_courses_own_stay():
    def cell(kind, id, source, metadata):
        return {"cell_type": kind, "id": id, "metadata": metadata, "source": source}

    nb = nbformat.from_dict(
        {
            "cells": [
                cell("markdown", "c1", "<div class='note'>ours</div>", {}),
                cell("raw", "own-1", "<script>", {}),
                cell("markdown", "own-2", "<script>", {}),
            ],
            "metadata": {}, "nbformat": 4, "nbformat_minor": 5,
        }
    )  # fmt: skip
    made = safe_notebook(nb)
    assert made.cells[0].source == "<div class='note'>ours</div>"
    assert [c.cell_type for c in made.cells] == ["markdown"] * 3
    assert all(c.source.count("```") == 2 for c in made.cells[1:])
