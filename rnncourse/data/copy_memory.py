"""Copy memory: ten symbols, a long wait, then the ten symbols again.

    step     0 … 9       10 … T+8     T+9      T+10 … T+19
    input    symbols     blank        signal   blank
    target   blank       blank        blank    the symbols, in order

Chance: who knows the clock and remembers nothing is right on the blanks and guesses 10 symbols
among 8, so the cross-entropy, averaged over the T + 20 steps, is 10 ln 8 / (T + 20).

Source: S. Hochreiter and J. Schmidhuber (1997); in the form of M. Arjovsky, A. Shah and Y. Bengio,
Unitary evolution recurrent neural networks (2016), section 5.1.
"""

from __future__ import annotations

import math

import numpy as np

from rnncourse import _init
from rnncourse._validate import Array

__all__ = ["BLANK", "LENGTH", "SIGNAL", "SYMBOLS", "copy_memory", "copy_memory_chance"]

SYMBOLS = 8  # class numbers 0 to 7
BLANK = 8
SIGNAL = 9
LENGTH = 10  # symbols to be kept


def copy_memory(rng: np.random.Generator, T: int, B: int) -> tuple[Array, Array]:
    """Draw B sequences of the copy-memory task; chance is a cross-entropy of 10 ln 8 / (T + 20).

    Args:
        rng: source of the symbols, such as `np.random.default_rng(0)`.
        T: steps between the last symbol shown and the first one asked for, at least 1.
        B: sequences, at least 1.

    Returns:
        x (T + 20, B), class numbers 0 to 9; and y (T + 20, B), class numbers 0 to 8.

    Raises:
        ValueError: T or B is below 1.

    >>> x, y = copy_memory(np.random.default_rng(0), T=3, B=1)
    >>> "".join(map(str, x[:, 0])), "".join(map(str, y[:, 0]))
    ('65422000168898888888888', '88888888888886542200016')
    """
    _init.sizes(T=T, B=B)
    symbols = rng.integers(SYMBOLS, size=(LENGTH, B))
    x = np.full((T + 2 * LENGTH, B), BLANK)
    y = x.copy()
    x[:LENGTH] = symbols
    x[T + LENGTH - 1] = SIGNAL
    y[-LENGTH:] = symbols
    return x, y


def copy_memory_chance(T: int) -> float:
    """The cross-entropy per step, in nats, of who remembers nothing.

    Raises:
        ValueError: T is below 1.

    >>> round(copy_memory_chance(1000), 5)
    0.02039
    """
    _init.sizes(T=T)
    return LENGTH * math.log(SYMBOLS) / (T + 2 * LENGTH)
