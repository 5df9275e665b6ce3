"""A year somewhere in a sentence: which one?

    i went to nepal in 1999        in 1999 i went to nepal

The year may stand at any word. A network with one weight for each word at each place has to learn
every year at every place apart; one that shares its weights over time need not. Train with the
year at some positions and test at others to see it.

Every sentence has T words: one clause of four words, "in" and the year, and phrases of one to three
words that fill the rest, some of them with numbers that are no years.

Chance: 1/50 right, as the 50 years are equally likely.

Source: two such sentences stand in I. Goodfellow, Y. Bengio and A. Courville, Deep Learning (2016),
chapter 10; the generator is this course's own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnncourse import _init
from rnncourse._validate import Array

__all__ = ["WORDS", "YEARS", "sentence", "year_positions", "years"]

YEARS = tuple(str(year) for year in range(1950, 2000))

_WHO = ("i", "we", "she", "he", "they")
_MOVED = ("went", "flew", "drove", "moved", "returned")
_WHERE = ("nepal", "peru", "kenya", "france", "japan", "norway", "cuba", "egypt", "india", "chile")
_FILLERS = {
    1: ("again", "alone", "together", "twice", "gladly"),
    2: ("by train", "with friends", "for work", "without money", "at night"),
    3: ("for 20 days", "with 3 friends", "with my brother", "in the summer", "after the exams"),
}
_CLAUSE = 4  # who, moved, to, where

#: every word that occurs, the years first, so that a year's class is its number here
WORDS = (
    *YEARS,
    *sorted(
        {"in", "to", *_WHO, *_MOVED, *_WHERE}.union(
            *(phrase.split() for phrases in _FILLERS.values() for phrase in phrases)
        )
    ),
)
_NUMBERS = {word: number for number, word in enumerate(WORDS)}


def years(
    rng: np.random.Generator, T: int, B: int, *, positions: Sequence[int] | None = None
) -> tuple[Array, Array]:
    """Draw B sentences of T words with a year in each; chance is 1/50 right.

    Args:
        rng: source of the words, such as `np.random.default_rng(0)`.
        T: words in each sentence, at least 6.
        B: sentences, at least 1.
        positions: where the year may stand, from 0; every position that `year_positions` allows
            when left out. Each is as likely.

    Returns:
        x (T, B), places in WORDS; and y (B,), the year's place in YEARS, and in WORDS.

    Raises:
        ValueError: T is below 6, B below 1, or a position that no sentence of T words allows.

    >>> x, y = years(np.random.default_rng(2), T=6, B=2)
    >>> sentence(x[:, 0]), YEARS[y[0]]
    ('in 1991 she returned to japan', '1991')
    """
    allowed = year_positions(T)
    _init.sizes(B=B)
    positions = allowed if positions is None else tuple(positions)
    if not positions or not set(positions) <= set(allowed):
        raise ValueError(
            f"positions must be among {', '.join(map(str, allowed))} for T = {T}, got {positions}"
        )
    x = np.empty((T, B), np.intp)
    y = rng.integers(len(YEARS), size=B)
    for b, place in enumerate(rng.choice(positions, B)):
        words = _sentence(rng, T, int(place), YEARS[y[b]])
        x[:, b] = [_NUMBERS[word] for word in words]
    return x, y


def year_positions(T: int) -> tuple[int, ...]:
    """Where the year can stand in a sentence of T words.

    Raises:
        ValueError: T is below 6.

    >>> year_positions(6), year_positions(9)
    ((1, 5), (1, 2, 3, 4, 5, 6, 7, 8))
    """
    if T < _CLAUSE + 2:
        raise ValueError(f"T must be at least {_CLAUSE + 2}, a clause and a year, got {T}")
    return tuple(p for p in range(1, T) if p - 1 >= _CLAUSE or T - 1 - p >= _CLAUSE)


def sentence(numbers: Sequence[int] | Array) -> str:
    """The words of a sentence's numbers (T,).

    >>> sentence([50, 0])
    '20 1950'
    """
    return " ".join(WORDS[number] for number in numbers)


def _sentence(rng: np.random.Generator, T: int, place: int, year: str) -> list[str]:
    """T words with the year at `place`; the clause stands before or after, where there is room."""
    before, after = place - 1, T - 1 - place
    clause_first = before >= _CLAUSE and (after < _CLAUSE or bool(rng.integers(2)))
    return [
        *_words(rng, before, clause_first),
        "in",
        year,
        *_words(rng, after, not clause_first),
    ]


def _words(rng: np.random.Generator, n: int, with_clause: bool) -> list[str]:
    """Phrases of n words in all, with the clause among them where asked for."""
    phrases = []
    rest = n - _CLAUSE * with_clause
    while rest:
        length = int(rng.integers(1, min(rest, 3), endpoint=True))
        phrases.append(_pick(rng, _FILLERS[length]))
        rest -= length
    if with_clause:
        clause = f"{_pick(rng, _WHO)} {_pick(rng, _MOVED)} to {_pick(rng, _WHERE)}"
        phrases.insert(int(rng.integers(len(phrases) + 1)), clause)
    return " ".join(phrases).split()


def _pick(rng: np.random.Generator, options: Sequence[str]) -> str:
    return options[int(rng.integers(len(options)))]
