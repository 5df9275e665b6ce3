"""Numbers in digits and in words, in many languages, either way round.

    fr 97   →   quatre-vingt-dix-sept        quatre-vingt-dix-sept   →   97

To write words a network must be told the language: its two letters and a space come first. To write
digits it need not be: of 0 to 9999, no two numbers share their words, even between these languages.

German and Dutch say the units before the tens, French counts in twenties from 80, and some write a
number as one word: German, Dutch, Finnish, Italian, and Turkish as on cheques.

Chance: with every number from 0 to 9999 as likely, 1 of 10,000 right. To measure what was learnt
and not stored, keep numbers for the test: `split(range(10000), seed=0)` and `among`.

Source: the words are those of the package num2words; another version may spell one otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnncourse import _init
from rnncourse.data._packages import need
from rnncourse.data.pairs import Pairs

__all__ = ["LANGUAGES", "number_words"]

LANGUAGES = (
    "cs", "de", "en", "es", "fi", "fr", "hu", "id", "it", "nl", "pl", "pt", "ru", "tr",
)  # fmt: skip


def number_words(
    rng: np.random.Generator,
    B: int,
    *,
    to: str = "words",
    languages: Sequence[str] = LANGUAGES,
    among: Sequence[int] = range(10_000),
) -> Pairs:
    """Draw B numbers with their words; chance is 1 in 10,000 right.

    Args:
        rng: source of numbers and languages, such as `np.random.default_rng(0)`.
        B: pairs, at least 1.
        to: "words", with the language before the digits, or "digits".
        languages: as num2words names them, each equally likely.
        among: the numbers to draw from, none negative, each equally likely.

    Returns:
        What to read, what to write, and the languages.

    Raises:
        ValueError: B below 1, to is neither, no language or an unknown one, no number or a
            negative one.
        ModuleNotFoundError: num2words is not installed.

    >>> sources, targets, tags = number_words(np.random.default_rng(0), 2, languages=["de", "fr"])
    >>> sources, targets
    (('fr 8506', 'de 5111'), ('huit mille cinq cent six', 'fünftausendeinhundertelf'))
    """
    _init.sizes(B=B)
    if to not in ("words", "digits"):
        raise ValueError(f"to must be words or digits, got {to!r}")
    if isinstance(languages, str) or not languages:
        raise ValueError(f"languages must be a sequence of at least one name, got {languages!r}")
    if not len(among) or min(among) < 0:
        raise ValueError(f"among must hold numbers, none negative, got {among}")
    package = need("num2words", "number_words")
    for language in languages:
        if language not in package.CONVERTER_CLASSES:
            raise ValueError(f"languages must be names that num2words knows, got {language!r}")
    sources: list[str] = []
    targets: list[str] = []
    tags: list[str] = []
    for _ in range(B):
        number = int(among[int(rng.integers(len(among)))])
        language = languages[int(rng.integers(len(languages)))]
        words = str(package.num2words(number, lang=language))
        sources.append(f"{language} {number}" if to == "words" else words)
        targets.append(words if to == "words" else str(number))
        tags.append(language)
    return Pairs(tuple(sources), tuple(targets), tuple(tags))
