"""Python source with the class of every character: which parts are comments, strings, names?

    for i in range(3):  # thrice
    kkk n kk nnnnno9oo  cccccccc

A quotation mark three lines above decides whether `for` is a keyword or a word of a string, so the
label needs memory. The labels come from `tokenize` of the standard library and are exact.

The parts are whole modules of the standard library. Their text differs a little by version of
Python; the classes do not: a formatted string counts as one string, whatever stands in its braces.

Chance: the most frequent class, string, makes 0.3 of the training part, so who always says it is
right there in 3 of 10 cases. The parts hold some 460,000, 38,000 and 28,000 characters.

Source: the modules' own files.
"""

from __future__ import annotations

import io
import keyword
import tokenize
from typing import NamedTuple

import numpy as np

from rnncourse._validate import Array
from rnncourse.data.splits import Split
from rnncourse.data.text import source

__all__ = [
    "CLASSES",
    "SOURCE_MODULES",
    "Labelled",
    "Token",
    "label_source",
    "source_tokens",
    "tokens",
]

CLASSES = ("space", "keyword", "name", "number", "string", "comment", "operator")

SOURCE_MODULES = Split(
    train=(
        "argparse", "bisect", "configparser", "difflib", "fnmatch", "fractions", "heapq",
        "optparse", "pprint", "sched", "statistics", "textwrap",
    ),
    valid=("calendar", "shlex"),
    test=("csv", "string"),
)  # fmt: skip

_KINDS = {
    tokenize.NAME: "name",
    tokenize.NUMBER: "number",
    tokenize.STRING: "string",
    tokenize.COMMENT: "comment",
    tokenize.OP: "operator",
}
_UNSEEN = {tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
#: from Python 3.12 on a formatted string comes in pieces, between these two
_STRING_STARTS = getattr(tokenize, "FSTRING_START", None), getattr(tokenize, "TSTRING_START", None)
_STRING_ENDS = getattr(tokenize, "FSTRING_END", None), getattr(tokenize, "TSTRING_END", None)


class Token(NamedTuple):
    """A word of source, from `start` up to and without `stop`, and its class's place in CLASSES."""

    start: int
    stop: int
    number: int


class Labelled(NamedTuple):
    """Source and the class of each of its characters."""

    text: str
    classes: Array  # (N,) places in CLASSES


def source_tokens(modules: Split = SOURCE_MODULES) -> Split:
    """Source of the standard library by character, with classes, in three parts of whole modules.

    Args:
        modules: names for each part.

    Returns:
        A Split of Labelled.

    Raises:
        ValueError: there is no such module, or it has no Python source here.

    >>> train, valid, test = source_tokens(Split(["bisect"], ["sched"], ["string"]))
    >>> len(train.text) == len(train.classes), CLASSES[train.classes[0]]
    (True, 'string')
    """
    return Split(*(Labelled(text, label_source(text)) for text in map(source, modules)))


def label_source(text: str) -> Array:
    """The class of each character of Python source (N,); 0, space, is what belongs to no token.

    Raises:
        ValueError: it is no Python source.

    >>> label_source("x = 'a'  # b").tolist()
    [2, 0, 6, 0, 4, 4, 4, 0, 0, 5, 5, 5]
    """
    classes = np.zeros(len(text), np.intp)
    for token in tokens(text):
        classes[token.start : token.stop] = token.number
    return classes


def tokens(text: str) -> list[Token]:
    """The tokens of Python source in order, without line ends and indentation.

    Raises:
        ValueError: it is no Python source.

    >>> [(text[t.start : t.stop], CLASSES[t.number]) for text in ["if x: y"] for t in tokens(text)]
    [('if', 'keyword'), ('x', 'name'), (':', 'operator'), ('y', 'name')]
    """
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    found: list[Token] = []
    open_strings: list[int] = []
    try:
        for kind, word, start, stop, _ in tokenize.generate_tokens(io.StringIO(text).readline):
            first, last = (starts[line - 1] + column for line, column in (start, stop))
            if kind in _STRING_STARTS:
                open_strings.append(first)
            elif kind in _STRING_ENDS:
                outermost = open_strings.pop()
                if not open_strings:
                    found.append(Token(outermost, last, CLASSES.index("string")))
            elif not open_strings and kind not in _UNSEEN:
                if kind not in _KINDS:
                    raise SyntaxError(f"{word!r} in line {start[0]} belongs to no token")
                name = "keyword" if keyword.iskeyword(word) else _KINDS[kind]
                found.append(Token(first, last, CLASSES.index(name)))
    except (tokenize.TokenError, SyntaxError) as error:
        raise ValueError(f"text must be Python source: {error}") from None
    return found
