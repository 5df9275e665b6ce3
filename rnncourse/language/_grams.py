"""Every run of up to n symbols in a text, counted, and looked up by binary search.

Level m holds the runs of m + 1 symbols, its grams: a context of m symbols and the symbol after it.
A gram's number is its place among the sorted grams of its level; a context has the number that its
symbols have as a gram on the level below, and the empty context is 0. So one integer, context · K +
symbol, names a gram, whatever its length. -1 stands for what was not seen: after such a context
that integer is negative, which no gram's is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from rnncourse._validate import Array


class Grams(NamedTuple):
    """One level; the arrays end with an entry for what was not seen, so that -1 finds it."""

    keys: Array  # (G + 1,), sorted: context · K + symbol
    times: Array  # (G + 1,), how often each occurs
    befores: Array  # (G + 1,), how many different symbols stand right before it; 0 on the top level
    contexts: int  # how many there may be, the grams of the level below


def count(numbers: Array, order: int, size: int) -> list[Grams]:
    """The grams of 1 to `order` symbols in class numbers (N,) below `size`."""
    levels: list[Grams] = []
    context, gram = np.zeros(len(numbers), np.int64), np.zeros(len(numbers) + 1, np.int64)
    for m in range(order):
        shorter = gram[1:]  # on the level below, what ends at the same place
        keys, first, gram, times = np.unique(
            context * size + numbers[m:], return_index=True, return_inverse=True, return_counts=True
        )
        if levels:
            # each gram here is one symbol before a gram of the level below
            below = levels[-1]
            befores = np.bincount(shorter[first], minlength=len(below.keys))
            levels[-1] = below._replace(befores=befores)
        contexts = len(levels[-1].keys) - 1 if levels else 1
        keys = np.append(keys, np.iinfo(np.int64).max)
        times = np.append(times, 0)
        levels.append(Grams(keys, times, np.zeros_like(times), contexts))
        context = gram[:-1]
    return levels


def look_up(levels: Sequence[Grams], numbers: Array, size: int) -> Iterator[tuple[Array, Array]]:
    """For each level m, the contexts and the grams of a text from place m on, (N - m,) each."""
    context = np.zeros(len(numbers), np.int64)
    for m, level in enumerate(levels):
        key = context * size + numbers[m:]
        gram = np.searchsorted(level.keys, key)
        gram = np.where(level.keys[gram] == key, gram, -1)
        yield context, gram
        context = gram[:-1]


def following(level: Grams, context: int, size: int) -> tuple[Array, slice]:
    """The symbols that came after a context, and where those grams stand on the level."""
    grams = slice(*np.searchsorted(level.keys, [context * size, (context + 1) * size]))
    return level.keys[grams] - context * size, grams
