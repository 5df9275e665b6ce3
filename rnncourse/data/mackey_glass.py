"""The Mackey-Glass series: a chaotic signal from one equation with a delay.

    dy/dt = 0.2 y(t-τ) / (1 + y(t-τ)¹⁰) - 0.1 y(t)

as H. Jaeger computes it: Euler steps of 0.1, every tenth kept, so that a step of the series is one
unit of time; then tanh(y - 1), which brings it into the range of tanh units. τ = 17 is mildly
chaotic, τ = 30 more so.

Chance: who always says the mean has a normalised root mean squared error (NRMSE) of 1. NRMSE84 is
the error of the 84th step ahead, over many runs, divided by the series' standard deviation.

Source: M. C. Mackey and L. Glass, Oscillation and chaos in physiological control systems, Science
197 (1977); H. Jaeger, The "echo state" approach to analysing and training recurrent neural
networks, GMD report 148 (2001), section 6.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rnncourse import _init, _validate
from rnncourse._validate import Array

__all__ = ["mackey_glass"]

_STEPS = 10  # Euler steps in one unit of time


def mackey_glass(
    rng: np.random.Generator,
    T: int,
    B: int = 1,
    *,
    tau: int = 17,
    washout: int = 1000,
    squash: bool = True,
    dtype: Any = np.float64,
) -> Array:
    """Draw B Mackey-Glass series; chance is an NRMSE of 1.

    Args:
        rng: source of the initial histories, uniform in 1.1 to 1.3 at each Euler step.
        T: steps, at least 1.
        B: series, each with a history of its own, at least 1.
        tau: the delay τ, at least 1.
        washout: steps left out at the beginning, 0 or more.
        squash: give tanh(y - 1) rather than y.
        dtype: float32 or float64; computed in float64 and rounded at the end.

    Returns:
        The series, (T, B, 1).

    Raises:
        ValueError: T, B or tau below 1, washout negative, or the dtype not floating.

    >>> series = mackey_glass(np.random.default_rng(0), T=2000)
    >>> series.shape, round(float(series.std()), 2)
    ((2000, 1, 1), 0.22)
    """
    _init.sizes(T=T, B=B, tau=tau)
    if washout < 0:
        raise ValueError(f"washout must be 0 or more, got {washout}")
    _validate.floating(dtype)
    lag = tau * _STEPS
    n = (washout + T) * _STEPS
    y = np.empty((lag + 1 + n, B))
    y[: lag + 1] = rng.uniform(1.1, 1.3, (lag + 1, B))
    for k in range(lag, lag + n):
        delayed = y[k - lag]
        y[k + 1] = y[k] + (0.2 * delayed / (1 + delayed**10) - 0.1 * y[k]) / _STEPS
    series = y[lag + _STEPS :: _STEPS][washout:, :, None]
    return (np.tanh(series - 1) if squash else series).astype(dtype)
