"""Parity: is the number of ones so far odd?

One bit of memory solves it, and no weighted sum of the inputs does; a linear recurrence cannot
learn it at lengths that it has not seen.

Chance: half of the answers right, a cross-entropy of ln 2 ≈ 0.6931 nats per step.

Source: M. Minsky and S. Papert, Perceptrons (1969), asked at every step.
"""

from __future__ import annotations

import numpy as np

from rnncourse import _init
from rnncourse._validate import Array

__all__ = ["parity"]


def parity(rng: np.random.Generator, T: int, B: int) -> tuple[Array, Array]:
    """Draw B sequences of fair bits with their running parity; chance is 1/2 right.

    Args:
        rng: source of the bits, such as `np.random.default_rng(0)`.
        T: steps, at least 1.
        B: sequences, at least 1.

    Returns:
        x (T, B), bits; and y (T, B), 1 where the number of ones up to and with that step is odd.

    Raises:
        ValueError: T or B is below 1.

    >>> x, y = parity(np.random.default_rng(0), T=8, B=1)
    >>> x[:, 0].tolist(), y[:, 0].tolist()
    ([1, 1, 1, 0, 0, 0, 0, 0], [1, 0, 1, 1, 1, 1, 1, 1])
    """
    _init.sizes(T=T, B=B)
    x = rng.integers(2, size=(T, B))
    return x, np.bitwise_xor.accumulate(x, axis=0)
