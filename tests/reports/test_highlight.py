"""Marked source: nothing is lost or added, whatever the text, and the marks are right."""

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.reports.highlight import highlight

PIECES = st.sampled_from(
    [
        *"#'\"\\\n\t @.=<&(",
        '"""',
        "'''",
        "def ",
        "class ",
        "f",
        "rb",
        "x1",
        "for",
        "1e-3",
        "0x1F",
        "é",
    ]
)


def marks(source):
    found = re.findall(r'<span class="t-(\w)">(.*?)</span>', highlight(source), re.DOTALL)
    return [(kind, html.unescape(text)) for kind, text in found]


@settings(derandomize=True, deadline=None)
@given(st.lists(PIECES | st.text(max_size=3)).map("".join))
def test_without_the_marks_the_text_is_what_it_was(source):
    bare = re.sub(r'<span class="t-[ksmcn]">|</span>', "", highlight(source))
    assert html.unescape(bare) == html.unescape(html.escape(source))
    assert "<" not in bare


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("for x in forest:", [("k", "for"), ("k", "in")]),
        ("return None", [("k", "return"), ("k", "None")]),
        ("def f(a): pass", [("k", "def"), ("n", "f"), ("k", "pass")]),
        ("class Cell:", [("k", "class"), ("n", "Cell")]),
        ("@batch_first\ndef f", [("n", "@batch_first"), ("k", "def"), ("n", "f")]),
        ("h @W", []),
        ("h1 = 2.5e-3 + .5 * 0xFF + 3j", [("m", t) for t in ("2.5e-3", ".5", "0xFF", "3j")]),
        ("x = 'a # b'  # it's", [("s", "'a # b'"), ("c", "# it's")]),
        (r"f'\'{x}' + rb" + '"\\"', [("s", r"f'\'{x}'"), ("s", 'rb"\\"')]),
        ('"""one\n"two" """ + 1', [("s", '"""one\n"two" """'), ("m", "1")]),
        ("'open\nif", [("s", "'open"), ("k", "if")]),
        ("'''open\nif", [("s", "'''open\nif")]),
        ("''", [("s", "''")]),
    ],
)
def test_what_is_marked(source, found):
    assert marks(source) == found


@pytest.mark.parametrize("piece", ['"', "'", '"""', "\\", "'''\\", "#", "1e", "@", "def "])
def test_no_text_takes_for_ever(piece):
    source = piece * 20_000  # a way back would take hours
    assert len(html.unescape(re.sub("<.*?>", "", highlight(source)))) == len(source)
