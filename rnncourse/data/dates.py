"""Dates as people write them in many languages, to be written as ISO 8601 does.

    mercredi 4 mars 2026   →   2026-03-04        1999年9月4日   →   1999-09-04

A locale has four styles, from digits alone to the weekday's name. Years have four digits always.

A date in digits may be read two ways: 03/04/2026 is in March or in April. Here no source is such a
one: digits that one of the chosen locales and styles writes for another date as well, but for
leading zeros, are drawn again. Nor does a month's word of LOCALES stand for two months (of others
that is not promised). So every source has one right answer and needs no sign of its language;
`tags` gives the locale for who wants to look.

Chance: a target has ten characters, of which two are always "-"; the years 1950 to 2049 have 36,525
days, all equally likely, so who does not read is right in 1 of 36,525 cases.

Source of the styles: the Unicode Common Locale Data Repository, as Babel carries it; another
version of Babel may write a date otherwise.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from rnncourse import _init
from rnncourse.data._packages import need
from rnncourse.data.pairs import Pairs

__all__ = ["LOCALES", "STYLES", "date_symbols", "dates"]

LOCALES = (
    "cs", "da", "de", "el", "en_GB", "en_US", "es", "fi", "fr", "he", "hr", "hu",
    "it", "ja", "nl", "pl", "pt_BR", "ru", "sv", "tr", "zh",
)  # fmt: skip
STYLES = ("short", "medium", "long", "full")

_FIRST = datetime.date(1950, 1, 1)
_DAYS = 36525  # to the end of 2049

Write = Callable[[datetime.date], str]


def dates(
    rng: np.random.Generator,
    B: int,
    *,
    locales: Sequence[str] = LOCALES,
    styles: Sequence[str] = STYLES,
) -> Pairs:
    """Draw B dates of 1950 to 2049; chance is 1 in 36,525 whole dates right.

    Args:
        rng: source of dates, locales and styles, such as `np.random.default_rng(0)`.
        B: pairs, at least 1.
        locales: Babel's names, each equally likely.
        styles: among "short", "medium", "long" and "full", each equally likely.

    Returns:
        The dates as written, as ISO 8601 has them, and their locales.

    Raises:
        ValueError: B below 1, no locale or one that Babel does not know, no style or an unknown
            one.
        ModuleNotFoundError: Babel is not installed.

    >>> sources, targets, tags = dates(np.random.default_rng(1), 2, locales=["en_GB"])
    >>> sources, targets
    (('27 April 1997', 'Tuesday, 8 July 2025'), ('1997-04-27', '2025-07-08'))
    """
    _init.sizes(B=B)
    forms = [
        (locale, write)
        for locale in _some("locales", locales)
        for write in _writers(locale, styles)
    ]
    writers = tuple(write for _, write in forms)
    sources: list[str] = []
    targets: list[str] = []
    tags: list[str] = []
    while len(sources) < B:
        date = _FIRST + datetime.timedelta(days=int(rng.integers(_DAYS)))
        locale, write = forms[rng.integers(len(forms))]
        written = write(date)
        if _is_read_otherwise(written, date, writers):
            continue
        sources.append(written)
        targets.append(date.isoformat())
        tags.append(locale)
    return Pairs(tuple(sources), tuple(targets), tuple(tags))


def date_symbols(locales: Sequence[str] = LOCALES, styles: Sequence[str] = STYLES) -> str:
    """Every character that sources and targets may hold, in order: the task's alphabet.

    Raises:
        ValueError, ModuleNotFoundError: as `dates`.

    >>> date_symbols(["en_US"], ["short"])
    '-/0123456789'
    """
    # every month's name, and every weekday's: the first days of 2024's months fall on all seven
    days = [datetime.date(2024, month, 1) for month in range(1, 13)]
    found = set("0123456789-")
    for locale in _some("locales", locales):
        for write in _writers(locale, styles):
            found.update(*map(write, days))
    return "".join(sorted(found))


def _is_read_otherwise(written: str, date: datetime.date, writers: tuple[Write, ...]) -> bool:
    """Whether one of the forms writes the same for another date."""
    if any(character.isalpha() for character in written) or date.day > 12 or date.day == date.month:
        return False  # words have one meaning, and no day above 12 is a month
    other = datetime.date(date.year, date.day, date.month)
    return any(_without_zeros(write(other)) == _without_zeros(written) for write in writers)


def _without_zeros(written: str) -> str:
    """As somebody reads it who does not care whether the fourth is 4 or 04."""
    return re.sub(r"\b0", "", written)


def _writers(locale: str, styles: Sequence[str]) -> tuple[Write, ...]:
    """What writes a date in each of a locale's styles."""
    _some("styles", styles)
    for style in styles:
        if style not in STYLES:
            raise ValueError(f"styles must be among {', '.join(STYLES)}, got {style!r}")
    return tuple(_writer(locale, style) for style in dict.fromkeys(styles))


@cache
def _writer(locale: str, style: str) -> Write:
    core, babel_dates = need("babel.core", "dates"), need("babel.dates", "dates")
    try:
        known = core.Locale.parse(locale)
    except (ValueError, core.UnknownLocaleError):
        raise ValueError(f"locales must be names that Babel knows, got {locale!r}") from None
    pattern: Any = babel_dates.get_date_format(style, known).pattern
    pattern = babel_dates.parse_pattern(re.sub(r"(?<!y)yy(?!y)", "y", pattern))

    def write(date: datetime.date) -> str:
        return str(pattern.apply(date, known))

    return write


def _some(name: str, given: Sequence[str]) -> tuple[str, ...]:
    if isinstance(given, str) or not given:
        raise ValueError(f"{name} must be a sequence of at least one name, got {given!r}")
    return tuple(dict.fromkeys(given))
