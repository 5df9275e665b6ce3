"""Temporal order: in which order did X and Y come, long before the end?

A sequence starts with E and ends with B. Between them stand a, b, c and d at random, but for two
steps (or three), far apart, that hold X or Y. The class is their order: XX, XY, YX or YY.

Chance: 1/4 right, or 1/8 with three marks.

Source: S. Hochreiter and J. Schmidhuber, Long short-term memory, Neural Computation 9 (1997),
experiments 6a and 6b. Theirs is T = 100; the places grow with T as in R. Pascanu, T. Mikolov and
Y. Bengio, On the difficulty of training recurrent neural networks (2013).
"""

from __future__ import annotations

import numpy as np

from rnncourse import _init
from rnncourse._validate import Array

__all__ = ["SYMBOLS", "temporal_order"]

SYMBOLS = "abcdXYEB"

#: where each mark may stand, first and last, in hundredths of T
_PLACES = {2: ((10, 20), (50, 60)), 3: ((10, 20), (33, 43), (66, 76))}


def temporal_order(
    rng: np.random.Generator, T: int, B: int, *, marks: int = 2
) -> tuple[Array, Array, Array]:
    """Draw B sequences of the temporal-order task; chance is 1/4 right, 1/8 with three marks.

    Args:
        rng: source of the symbols, such as `np.random.default_rng(0)`.
        T: the least length, at least 10; each sequence is T to T + T // 10 steps long.
        B: sequences, at least 1.
        marks: 2 (experiment 6a) or 3 (experiment 6b).

    Returns:
        x (T + T // 10, B), places in SYMBOLS = "abcdXYEB", 0 beyond a sequence's end; y (B,), the
        class at the end, the marks read as a binary number with X as 0 and Y as 1; and the
        lengths (B,).

    Raises:
        ValueError: T is below 10, B below 1, or marks neither 2 nor 3.

    >>> x, y, lengths = temporal_order(np.random.default_rng(6), T=10, B=1)
    >>> "".join(SYMBOLS[number] for number in x[: lengths[0], 0]), y.tolist()
    ('EYbdbcXbdB', [2])
    """
    if T < 10:
        raise ValueError(f"T must be at least 10, got {T}")
    _init.sizes(B=B)
    if marks not in _PLACES:
        raise ValueError(f"marks must be 2 or 3, got {marks}")
    lengths = rng.integers(T, T + T // 10, size=B, endpoint=True)
    x = rng.integers(4, size=(T + T // 10, B))
    x[0] = SYMBOLS.index("E")
    each = np.arange(B)
    y = np.zeros(B, np.intp)
    for first, last in _PLACES[marks]:
        places = rng.integers(first * T // 100, last * T // 100, size=B, endpoint=True)
        drawn = rng.integers(2, size=B)
        x[places, each] = SYMBOLS.index("X") + drawn
        y = 2 * y + drawn
    x[lengths - 1, each] = SYMBOLS.index("B")
    x[np.arange(len(x))[:, None] >= lengths] = 0
    return x, y, lengths
