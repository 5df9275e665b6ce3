"""A slow and a fast wave in one noisy signal, to be told apart.

    x[t] = slow[t] + fast[t] + noise        slow[t] = sin(2π t / slow + φ)    fast likewise

The fast wave is plain within a few steps; the slow one, beneath it, only over many. A network
needs both time scales at once.

Chance: with the phases uniform, who always says 0 has a mean squared error of exactly 1/2 on either
target.

Source: the setting of M. C. Mozer, Induction of multiscale temporal structure (1992); the signal is
this course's own.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rnncourse import _init, _validate
from rnncourse._validate import Array

__all__ = ["two_time_scales"]


def two_time_scales(
    rng: np.random.Generator,
    T: int,
    B: int,
    *,
    slow: float = 100.0,
    fast: float = 6.0,
    noise: float = 0.1,
    dtype: Any = np.float64,
) -> tuple[Array, Array]:
    """Draw B signals of two waves; chance is a mean squared error of 1/2 on either.

    Args:
        rng: source of phases and noise, such as `np.random.default_rng(0)`.
        T: steps, at least 1.
        B: signals, at least 1.
        slow: period of the slow wave, in steps, longer than the fast one's.
        fast: period of the fast wave, in steps, above 2.
        noise: standard deviation of the Gaussian noise, 0 or more.
        dtype: float32 or float64.

    Returns:
        x (T, B, 1), the signal; and y (T, B, 2), the slow wave and the fast one.

    Raises:
        ValueError: T or B below 1, periods not in order, noise negative, dtype not floating.

    >>> x, y = two_time_scales(np.random.default_rng(0), T=3, B=1, noise=0.0)
    >>> x.shape, y.shape, bool(np.allclose(x[..., 0], y.sum(axis=-1)))
    ((3, 1, 1), (3, 1, 2), True)
    """
    _init.sizes(T=T, B=B)
    _validate.floating(dtype)
    if not 2 < fast < slow < np.inf:
        raise ValueError(f"periods must be 2 < fast < slow, got fast = {fast}, slow = {slow}")
    if not 0 <= noise < np.inf:
        raise ValueError(f"noise must be 0 or more, got {noise}")
    phases = rng.uniform(0, 2 * np.pi, (B, 2))
    periods = np.array([slow, fast])
    y = np.sin(2 * np.pi * np.arange(T)[:, None, None] / periods + phases)  # (T, B, 2)
    x = y.sum(axis=-1, keepdims=True) + noise * rng.standard_normal((T, B, 1))
    return x.astype(dtype), y.astype(dtype)
