"""A text coloured by its numbers: nothing is lost, and the numbers can be read."""

import html
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnncourse import plots


class Parts(HTMLParser):
    """Spans of the text, and cells of the table."""

    def __init__(self, page):
        super().__init__()
        self.open, self.spans, self.cells = [], [], []
        self.feed(page)
        assert not self.open, "every element is closed"

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)
        if tag == "span":
            self.spans.append([dict(attributes), ""])
        elif tag == "td":
            self.cells.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "span":
            self.spans[-1][1] += data
        elif self.open and self.open[-1] == "td":
            self.cells[-1] += data

    def letters(self):
        return [span for span in self.spans if "title" in span[0]]


TEXT = 'if x < 3:\n\ty = "&"'


def test_every_character_is_there_with_its_number():
    values = [k / 10 - 0.9 for k in range(len(TEXT))]
    parts = Parts(plots.passage(values, TEXT).html)
    shown = "".join(text for _, text in parts.letters())
    assert shown == TEXT.replace("\n", "↵").replace("\t", "⇥")
    table = [parts.cells[k : k + 3] for k in range(0, len(parts.cells), 3)]
    assert [row[0] for row in table] == [str(k + 1) for k in range(len(TEXT))]
    assert [float(row[2]) for row in table] == pytest.approx(values, abs=1e-3)
    assert table[2][1] == "␣"


def test_sign_and_size_are_said_without_colour_too():
    page = plots.passage([1.0, -0.5, 0.0], "abc")
    up, down, none = (span[0]["style"] for span in Parts(page.html).letters())
    assert "--plot-1" in up and "45%" in up and "border" not in up
    assert "--plot-0" in down and "22%" in down and "border-bottom" in down
    assert none == ""
    assert "mean 0.167, lowest -0.5 at character 2 (b), highest 1 at character 1 (a)" in page.alt
    assert f'aria-label="{page.alt}"' in page.html


def test_tokens_are_told_from_characters():
    page = plots.passage([0.1, 0.2], ["The ", "cat\n"], name="cell <3>")
    assert page.alt.startswith("A text of 2 tokens coloured by cell <3>: mean 0.15")
    assert "cell &lt;3&gt;" in page.html
    assert [text for _, text in Parts(page.html).letters()] == ["The ", "cat↵"]
    assert re.search(r"cat↵</span>\n", page.html)  # the line ends here


@given(st.text(min_size=1, max_size=20), st.integers(0, 99))
def test_any_text_is_escaped_and_its_elements_closed(text, seed):
    values = [((seed + k) % 7 - 3) / 3 for k in range(len(text))]
    page = plots.passage(values, text, name=text)
    assert len(Parts(page.html).letters()) == len(text)


def test_it_shows_and_saves_itself(tmp_path):
    page = plots.passage([0.0], "x")
    bundle = page._repr_mimebundle_()
    assert bundle == {"text/html": page.html, "text/plain": f"[picture: {page.alt}]"}
    page.save(tmp_path / "page.html")
    saved = (tmp_path / "page.html").read_text("utf8")
    assert page.html in saved
    assert "color-scheme" in saved
    assert html.escape("<") not in page.alt


@pytest.mark.parametrize(
    ("values", "text", "message"),
    [
        ([], "", "values must hold at least one number, got none"),
        ([1.0], "ab", "text must have 1 labels, got 2"),
        ([[1.0]], "a", r"values must have shape \(T,\), got \(1, 1\)"),
        ([float("nan")], "a", r"values\[0\] must be finite, got nan"),
    ],
)
def test_refusals(values, text, message):
    with pytest.raises(ValueError, match=message):
        plots.passage(values, text)
