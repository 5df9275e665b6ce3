"""Pairs of strings: one to read, one to write."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Pairs"]


class Pairs(NamedTuple):
    """Sources and targets of a transduction task, with the language or locale of each.

    >>> drawn = Pairs(("fr 80",), ("quatre-vingts",), ("fr",))
    >>> list(zip(*drawn))
    [('fr 80', 'quatre-vingts', 'fr')]
    """

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    tags: tuple[str, ...]
