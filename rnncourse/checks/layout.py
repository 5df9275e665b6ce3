"""For those who think in (B, T, ·): an adapter to the course's time-major arrays."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["batch_first"]


def batch_first(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function work on batch-first arrays while its callers use time-major ones.

    Sequences are the arrays with three axes, such as x (T, B, I) and h (T, B, H), and the integer
    arrays with two, the targets y (T, B). Their first two axes are exchanged on the way in, and
    those of three-axis arrays on the way out, in a tuple, a list or a dictionary too. Everything
    else passes as it is: weights, an initial state (B, H), numbers.

    >>> @batch_first
    ... def shape_inside(x):
    ...     return np.array(x.shape)
    >>> shape_inside(np.zeros((6, 4, 3))).tolist()  # T = 6, B = 4
    [4, 6, 3]
    """

    @functools.wraps(function)
    def time_major(*args: Any, **kwargs: Any) -> Any:
        result = function(
            *(_inward(value) for value in args), **{k: _inward(v) for k, v in kwargs.items()}
        )
        return _outward(result)

    return time_major


def _inward(value: Any) -> Any:
    if not isinstance(value, np.ndarray):
        return value
    targets = value.ndim == 2 and value.dtype.kind in "iu"
    return value.swapaxes(0, 1) if value.ndim == 3 or targets else value


def _outward(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _outward(entry) for key, entry in value.items()}
    if isinstance(value, tuple | list):
        return [_outward(entry) for entry in value]
    return value.swapaxes(0, 1) if isinstance(value, np.ndarray) and value.ndim == 3 else value
