"""The adding problem: two of T numbers are marked, and their sum is asked for at the end.

Chance: the mean of the target is 1 whatever was shown, and its variance is 1/12 + 1/12, so who
always says 1 has a mean squared error of exactly 1/6 ≈ 0.1667. (The figure 0.1767 in print is a
slip for it.) A loss below 1/6 shows memory.

Source: S. Hochreiter and J. Schmidhuber, Long short-term memory, Neural Computation 9 (1997),
experiment 4; in the form of Q. V. Le, N. Jaitly and G. E. Hinton, A simple way to initialize
recurrent networks of rectified linear units (2015): numbers from 0 to 1, T fixed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rnncourse import _validate
from rnncourse._validate import Array

__all__ = ["adding"]


def adding(
    rng: np.random.Generator, T: int, B: int, *, dtype: Any = np.float64
) -> tuple[Array, Array]:
    """Draw B sequences of the adding problem; chance is a mean squared error of 1/6.

    Args:
        rng: source of the numbers, such as `np.random.default_rng(0)`.
        T: steps, at least 2. The two marks stand anywhere, each pair of steps as likely.
        B: sequences, at least 1.
        dtype: float32 or float64.

    Returns:
        x (T, B, 2), the numbers, uniform in [0, 1), and the marks, 1 at two steps and 0 elsewhere;
        and y (B, 1), the sum of the two marked numbers, to be known at the last step.

    Raises:
        ValueError: T is below 2, B below 1, or the dtype not floating.

    >>> x, y = adding(np.random.default_rng(0), T=5, B=1)
    >>> x[:, 0].round(2).tolist()
    [[0.64, 0.0], [0.27, 1.0], [0.04, 0.0], [0.02, 1.0], [0.81, 0.0]]
    >>> y.round(2).tolist()
    [[0.29]]
    """
    if T < 2:
        raise ValueError(f"T must be at least 2, for two marks, got {T}")
    if B < 1:
        raise ValueError(f"B must be at least 1, got {B}")
    _validate.floating(dtype)
    numbers = rng.random((T, B))
    places = rng.random((T, B)).argsort(axis=0)[:2]  # (2, B), distinct
    marks = np.zeros((T, B))
    np.put_along_axis(marks, places, 1, axis=0)
    x = np.stack([numbers, marks], axis=-1).astype(dtype)
    y = np.take_along_axis(x[:, :, 0], places, axis=0).sum(axis=0)
    return x, y[:, None]
