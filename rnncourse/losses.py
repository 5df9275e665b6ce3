"""Losses over sequences: summed over time, averaged over the batch.

Every loss takes outputs o (T, B, K) and targets and returns its value and the gradient d_o. The sum
runs over the steps of each sequence (those below `lengths`); the mean divides by the number B of
sequences, whatever their lengths. So the loss of a sequence is the sum of its windows' losses,
which is what lets truncated back-propagation add them up.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rnncourse import _validate
from rnncourse._validate import Array

__all__ = ["softmax", "softmax_cross_entropy", "squared_loss"]


def softmax(o: Array) -> Array:
    """`exp(o) / Σ exp(o)` over the last axis of o (…, K), without overflow for any finite o.

    Raises:
        ValueError: o is not floating.

    >>> softmax(np.array([0.0, np.log(3.0)])).round(4).tolist()
    [0.25, 0.75]
    >>> softmax(np.array([1000.0, 1000.0])).tolist()
    [0.5, 0.5]
    """
    o = _validate.array("o", o)
    _validate.inexact("o", o.dtype)
    e = np.exp(_shifted(o))
    p: Array = e / e.sum(axis=-1, keepdims=True)
    return p


def softmax_cross_entropy(o: Array, y: Any, lengths: Any = None) -> tuple[Any, Array]:
    """`-Σ y log softmax(o)`, summed over time, mean over the batch; and its gradient.

    d_o[t] = (softmax(o[t]) - y[t]) / B, with y[t] as a one-hot vector or a distribution.

    Args:
        o: logits (T, B, K).
        y: class numbers (T, B), integers from 0 to K - 1; or distributions (T, B, K), floating,
            each non-negative and summing to 1.
        lengths: (B,) steps in each sequence; o and y may hold anything beyond, and d_o is zero.

    Returns:
        The loss (a scalar of o's dtype) and d_o (T, B, K).

    Raises:
        ValueError: a shape that does not fit, a class out of range, a row of y that is no
            distribution, lengths out of range, NaN or infinity in o.

    >>> loss, d_o = softmax_cross_entropy(np.zeros((1, 1, 2)), np.array([[0]]))
    >>> round(float(loss), 4), d_o.tolist()
    (0.6931, [[[-0.5, 0.5]]])
    """
    o, valid = _outputs(o, lengths)
    y = _distributions(y, o, valid)
    shifted = _shifted(o)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))  # (T, B, K)
    d_o = np.exp(log_p) - y
    if valid is not None:
        d_o[~valid] = 0
    B = o.dtype.type(max(o.shape[1], 1))
    return -(y * log_p).sum() / B, d_o / B


def squared_loss(o: Array, y: Array, lengths: Any = None) -> tuple[Any, Array]:
    """`½ Σ (o - y)²`, summed over time and outputs, mean over the batch; and its gradient.

    Args:
        o: outputs (T, B, K).
        y: targets (T, B, K).
        lengths: (B,) steps in each sequence; o and y may hold anything beyond, and d_o is zero.

    Returns:
        The loss (a scalar of o's dtype) and d_o = (o - y) / B, (T, B, K).

    Raises:
        ValueError: shapes that differ, lengths out of range, NaN or infinity.

    >>> loss, d_o = squared_loss(np.array([[[3.0]]]), np.array([[[1.0]]]))
    >>> float(loss), d_o.tolist()
    (2.0, [[[2.0]]])
    """
    o, valid = _outputs(o, lengths)
    y = _targets(y, o, valid)
    _validate.finite("y", y)
    error = o - y
    B = o.dtype.type(max(o.shape[1], 1))
    return (error * error).sum() / (2 * B), error / B


def _shifted(o: Array) -> Array:
    # only the real part is compared, so that a complex step passes through unchanged
    with np.errstate(over="ignore"):  # far below the largest is far enough
        shifted: Array = o - o.real.max(axis=-1, keepdims=True, initial=-np.inf)
    lowest = np.finfo(o.dtype).min  # so that 0 log p stays 0
    far = shifted.real < lowest
    return np.where(far, o.dtype.type(lowest), shifted) if far.any() else shifted


def _outputs(o: Any, lengths: Any) -> tuple[Array, Array | None]:
    o = _validate.array("o", o)
    _validate.shape("o", o, ("T", "B", "K"))
    _validate.inexact("o", o.dtype)
    T, B, K = o.shape
    if K < 1:
        raise ValueError(f"o must have shape (T, B, K) with K at least 1, got {o.shape}")
    lengths = _validate.lengths(lengths, T, B)
    valid = None
    if lengths is not None:
        valid = _validate.real_steps(lengths, T)
        o = np.where(valid[:, :, None], o, o.dtype.type(0))
    _validate.finite("o", o)
    return o, valid


def _targets(target: Any, o: Array, valid: Array | None) -> Array:
    y: Array = _validate.array("y", target)
    _validate.shape("y", y, o.shape, because="that of o")
    if y.dtype not in (o.dtype, o.real.dtype):
        _validate.same_dtype("y", y, o.real.dtype, "o has")
    if valid is not None:
        y = np.where(valid[:, :, None], y, y.dtype.type(0))
    return y


def _distributions(target: Any, o: Array, valid: Array | None) -> Array:
    """Targets as (T, B, K), zero where there is no step."""
    y: Array = _validate.array("y", target)
    T, B, K = o.shape
    if y.ndim == 3:
        y = _targets(y, o, valid)
        total = y.sum(axis=-1)
        wrong = (y.min(axis=-1) < 0) | ~(abs(total - 1) <= 1e-3)
        if valid is not None:
            wrong &= valid
        if wrong.any():
            t, b = (int(i) for i in np.argwhere(wrong)[0])
            raise ValueError(f"y[{t}, {b}] must be a distribution, got {y[t, b]}")
        return y
    _validate.shape("y", y, (T, B), because="class numbers; or (T, B, K), distributions")
    if y.size and not np.issubdtype(y.dtype, np.integer):
        raise ValueError(f"y must hold class numbers as integers, got dtype {y.dtype}")
    if valid is not None:
        y = np.where(valid, y, 0)
    wrong = (y < 0) | (y >= K)
    if wrong.any():
        t, b = (int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(f"y[{t}, {b}] must lie between 0 and K - 1 = {K - 1}, got {y[t, b]}")
    one_hot = np.zeros((T, B, K), o.real.dtype)
    np.put_along_axis(one_hot, y[:, :, None].astype(np.intp), 1, axis=-1)
    if valid is not None:
        one_hot[~valid] = 0
    return one_hot
