"""Python source with its words, texts, numbers, notes and names marked, for a page in five colours.

A page has ten cells and more, and a full lexer takes longer for them than all the rest of it. This
one is a single expression that never goes back: its time grows with the length of the text alone.
"""

import keyword
import re
from collections.abc import Iterator

from markupsafe import Markup, escape

_STRING = "|".join(
    rf"(?:[rRbBfFuU]{{1,2}})?{mark}(?:[^\\{mark[0]}{line}]|\\.{inner})*+(?:{mark})?"
    for mark, line, inner in (
        ('"""', "", r'|"(?!"")'),
        ("'''", "", r"|'(?!'')"),
        ('"', r"\n", ""),
        ("'", r"\n", ""),
    )
)
_TOKEN = re.compile(
    rf"""
    (?P<c>\#[^\n]*+)
    |(?P<s>{_STRING})
    |(?P<n>(?m:^)[ \t]*+@[\w.]++ | (?<=\bdef\ )\w++ | (?<=\bclass\ )\w++)
    |(?P<word>[^\W\d]\w*+)
    |(?P<m>0[xXoObB][\da-fA-F_]++ | (?:\d[\d_]*+\.?[\d_]*+ | \.\d[\d_]*+)(?:[eE][+-]?\d++)?j?)
    """,
    re.VERBOSE | re.DOTALL,
)
_WORDS = frozenset(keyword.kwlist)


def highlight(source: str) -> Markup:
    """The source as HTML: spans of the classes t-k, t-s, t-m, t-c and t-n, all else escaped."""
    return Markup("").join(_pieces(source))


def _pieces(source: str) -> Iterator[Markup]:
    end = 0
    for found in _TOKEN.finditer(source):
        kind, text = found.lastgroup, found.group()
        if kind == "word":
            if text not in _WORDS:
                continue
            kind = "k"
        yield escape(source[end : found.start()])
        yield Markup(f'<span class="t-{kind}">{escape(text)}</span>')
        end = found.end()
    yield escape(source[end:])
