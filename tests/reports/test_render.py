import base64
import struct
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder import mathematics
from autograder.reports import render

ESC = "\x1b"


class Elements(HTMLParser):
    """Collects the elements of a piece of HTML with their attributes."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def png(width=1, height=1, tail=b""):
    raw = b"\x89PNG\r\n\x1a\n" + struct.pack(
        ">I4sIIBBBBB", 13, b"IHDR", width, height, 8, 6, 0, 0, 0
    )
    return base64.b64encode(raw + b"\0\0\0\0" + tail).decode()


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (f"{ESC}[31mred{ESC}[0m", "red"),
        (f"{ESC}]0;title\x07text", "text"),
        ("10%\r50%\r100%\ndone", "100%\ndone"),
        ("a\r\nb", "a\nb"),
        ("bell\x07", "bell␇"),
        ("if x: \u202e return", "if x: [U+202E] return"),
        ("half \ud800", "half \\ud800"),
        (None, ""),
        (3.5, "3.5"),
    ],
)
def test_text_reads_as_it_runs(raw, wanted):
    assert render.clean(raw) == wanted


def test_long_text_is_cut_and_says_by_how_much():
    assert render.clean("x" * 25, limit=10) == "x" * 10 + "\n[15 more characters not shown]"


@given(st.text())
@settings(derandomize=True, deadline=None)
def test_clean_text_can_always_be_written(text):
    cleaned = render.clean(text)
    cleaned.encode("utf-8")
    assert not any(ord(c) < 32 and c not in "\t\n" for c in cleaned)


@given(st.text(alphabet=st.sampled_from("<>\"'&/= abscriptonerrosvgimgx!`[]()#$\\\n")))
@settings(derandomize=True, deadline=None, max_examples=300)
def test_code_and_markdown_make_only_harmless_elements(text):
    for html in (render.code(text), render.markdown(text), render.plain(text)):
        for tag, attributes in Elements(str(html)).found:
            assert tag in render._TAGS | mathematics._ELEMENTS
            assert not any(
                name.startswith("on") or name in ("href", "style") for name in attributes
            )
            assert attributes.get("src", "data:image/png;base64,").startswith("data:image/png;")


def test_code_keeps_the_text_and_marks_the_words():
    html = str(render.code("def f(x):\n    return x < 1  # <b>\n"))
    assert '<span class="t-k">def</span>' in html
    assert "&lt;b&gt;" in html and "<b>" not in html


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[here](javascript:alert(1))",
        "[here](https://example.org/steal)",
        "![x](https://example.org/pixel.png)",
        "![x](data:image/svg+xml;base64,PHN2Zz4=)",
        "<https://example.org>",
        "[x]: javascript:alert(1)\n\n[x]",
        "<iframe srcdoc='<script>1</script>'>",
        "# <style>body{display:none}</style>",
    ],
)
def test_markdown_leads_nowhere(hostile):
    found = Elements(str(render.markdown(hostile))).found
    assert {tag for tag, _ in found} <= {"p", "em", "strong", "code"}
    assert not any({"href", "src", "style"} & attributes.keys() for _, attributes in found)


def test_markdown_keeps_what_a_student_means():
    html = str(
        render.markdown("# Why\n\n**Because** $w_1 * w_2 * x$\n\n- one\n\n|a|b|\n|-|-|\n|1|2|\n")
    )
    assert "<strong>Because</strong>" in html
    assert "<msub><mi>w</mi><mn>1</mn></msub>" in html and "$" not in html
    assert "<li>one</li>" in html and "<td>1</td>" in html
    assert "<h1" not in html


def test_an_attached_picture_is_shown_and_a_missing_one_named():
    text = "![my plot](attachment:plot.png)"
    html = str(render.markdown(text, {"plot.png": {"image/png": png()}}))
    assert 'src="data:image/png;base64,' in html and 'alt="my plot"' in html
    assert "[picture: my plot]" in str(render.markdown(text, {}))


@pytest.mark.parametrize(
    "data",
    [
        "not base64 !",
        base64.b64encode(b"<svg onload=alert(1)>").decode(),
        base64.b64encode(b"GIF89a").decode(),
        png(width=100_000),
        png(height=0),
        png(tail=b"x" * render.PICTURE_BYTES),
        png()[:20],
        7,
        None,
    ],
)
def test_what_is_no_reasonable_png_is_no_picture(data):
    assert render.picture(data, "alt") is None


def test_a_picture_carries_its_size_and_escapes_its_description():
    html = str(render.picture(png(4, 3), '"><script>'))
    ((tag, attributes),) = Elements(html).found
    assert tag == "img"
    assert attributes["alt"] == '"><script>'
    assert (attributes["width"], attributes["height"]) == ("4", "3")


def test_an_output_shows_its_text_and_never_its_html():
    bundle = {
        "text/html": "<script>1</script>",
        "text/plain": "<table>",
        "application/javascript": "1",
    }
    html = str(render.output({"output_type": "display_data", "data": bundle}))
    assert "&lt;table&gt;" in html
    assert "script" not in html


def test_an_error_shows_its_traceback_without_colours():
    html = str(
        render.output({"output_type": "error", "traceback": [f"{ESC}[0;31mKeyError{ESC}[0m: <x>"]})
    )
    assert "KeyError: &lt;x&gt;" in html


@pytest.mark.parametrize("broken", [None, [], "x", 3, {}, {"output_type": "stream"}, {"data": 3}])
def test_a_broken_output_shows_nothing(broken):
    assert render.output(broken) == ""


def test_many_outputs_are_cut():
    many = [{"output_type": "stream", "text": f"{i}"} for i in range(60)]
    shown = render.outputs(many)
    assert len(shown) == 51
    assert "10 more outputs" in shown[-1]
