"""A first look at an expression: are its brackets and its operators where they can be?

Python's own parser would refuse the same texts, in words made for programmers and not always at the
right place.
"""

import keyword
import re
from dataclasses import dataclass

from rnncourse.derivation.nodes import LanguageError
from rnncourse.derivation.spelling import Spelled

MAX_TOKENS = 200  # of one expression
MAX_DEPTH = 25  # of brackets
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+\.\d+|\d+|\.\d+)|(?P<transpose>\.\s*T\b)|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<operator>\*\*|[-+*/@])|(?P<open>[(\[])|(?P<close>[)\]])|(?P<comma>,)|(?P<other>\S))",
    re.ASCII,
)
_CLOSED_BY = {"(": ")", "[": "]"}


@dataclass(frozen=True, slots=True)
class Token:
    """A number, a name, an operator, a bracket, a comma or ``.T``."""

    kind: str
    text: str
    start: int
    end: int


def tokens_of(text: str, start: int, end: int) -> list[Token]:
    """The tokens between two places."""
    found, place = [], start
    while match := _TOKEN.match(text, place, end):
        kind = str(match.lastgroup)
        found.append(Token(kind, match[kind], match.start(kind), match.end(kind)))
        place = match.end()
    return found


def check(spelled: Spelled, start: int, end: int) -> None:
    """See that an expression can be read.

    Raises:
        LanguageError: at the first place where it cannot.
    """
    found = tokens_of(spelled.text, start, end)
    if not found:
        raise LanguageError("nothing stands beside the = sign", spelled.column(max(start - 1, 0)))
    if len(found) > MAX_TOKENS:
        column = spelled.column(found[MAX_TOKENS].start)
        raise LanguageError("this is too long: use fewer terms", column)
    opened: list[tuple[Token, bool]] = []  # the bracket, and whether commas may stand in it
    last: Token | None = None
    for token in found:
        _check_one(spelled, token, last, opened)
        last = token
    assert last is not None
    if last.kind in ("operator", "comma", "open"):
        message = f"something is missing after {last.text}"
        raise LanguageError(message, spelled.column(last.start), len(last.text))
    if opened:
        bracket = opened[-1][0]
        message = f"this {bracket.text} is never closed by {_CLOSED_BY[bracket.text]}"
        raise LanguageError(message, spelled.column(bracket.start))


def _check_one(
    spelled: Spelled, token: Token, last: Token | None, opened: list[tuple[Token, bool]]
) -> None:
    """Hold one token against the one before it, and keep track of the open brackets."""

    def refuse(message: str) -> LanguageError:
        return LanguageError(message, spelled.column(token.start), len(token.text))

    complete = last is not None and last.kind in ("number", "name", "close", "transpose")
    if token.kind == "name" and keyword.iskeyword(token.text):
        raise refuse(f"{token.text} is not a symbol of this exercise")
    if token.kind == "other":
        raise refuse(f"{token.text} cannot stand here")
    if token.kind in ("number", "name"):
        if token.kind == "number" and len(token.text) > 12:
            raise refuse("this number has too many digits")
        if complete:
            assert last is not None
            raise refuse(
                f"an operator is missing before {token.text}: "
                "@ is the matrix product, * the product element by element"
            )
    elif token.kind == "open":
        called = last is not None and last.kind == "name" and token.text == "("
        indexed = complete and token.text == "["
        if complete and not called and not indexed:
            raise refuse("an operator is missing before this bracket")
        if token.text == "[" and not indexed:
            raise refuse("square brackets hold the step of a symbol, as in h[t]; use ( ) here")
        opened.append((token, called))
        if len(opened) > MAX_DEPTH:
            raise refuse("too many brackets in each other")
    elif not complete and not (token.kind == "operator" and token.text in "+-"):
        before = f"before {token.text}" if last is None else f"between {last.text} and {token.text}"
        raise refuse(f"something is missing {before}")
    elif token.kind == "close":
        if not opened:
            raise refuse(f"this {token.text} closes nothing")
        bracket, _ = opened.pop()
        if _CLOSED_BY[bracket.text] != token.text:
            raise refuse(f"{bracket.text} was opened, {token.text} closes it")
    elif token.kind == "comma" and not (opened and opened[-1][1]):
        raise refuse("a comma stands only between the arguments of a function")
