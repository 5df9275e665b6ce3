"""A linear recurrence without a loop over its steps.

    h[t] = a[t] ⊙ h[t-1] + b[t]                                          (1)

Two steps in a row are one step of the same kind: first (a, b), then (a', b'), is (a' a, a' b + b').
That rule is associative, so the steps may be joined in any grouping: in pairs, then pairs of pairs,
⌈log₂ T⌉ times (`doubling`), or in chunks that are walked side by side and then linked (`chunked`).
Back again it is the same recurrence from the end: with d_h[t] the slope of the loss by h[t] alone,

    s[t] = d_h[t] + a[t+1] ⊙ s[t+1]                                      (2)
    d_b[t] = s[t]        d_a[t] = s[t] ⊙ h[t-1]                          (3)

(complex numbers count as pairs: their slopes are d_re + i d_im, and a and h are conjugated here)

The loop does T products of width N; doubling does about T log₂ T of them, in ⌈log₂ T⌉ calls. Where
N is small, calls are the cost and doubling wins by far; where N is large, products are, and it
loses. `chunked` does about twice the loop's work in L + T/L calls. On one core, float32: at 16384
steps of width 1 doubling takes 0.006 of the loop's time and `chunked` 0.03; at 4096 steps of width
1024 they take 5 times and 1.5 times as long (`python -m benchmarks`).

Source: W. D. Hillis and G. L. Steele, Data parallel algorithms, Communications of the ACM 29
(1986); G. E. Blelloch, Prefix sums and their applications (1990).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from rnncourse import _validate
from rnncourse._validate import Array

__all__ = ["METHODS", "backward", "chunked", "doubling", "forward", "loop"]


def loop(a: Array, b: Array) -> Array:
    """h[0] = b[0], then h[t] = a[t] h[t-1] + b[t], one step after another; arrays (T, …).

    >>> loop(np.array([0.0, 0.5, 0.5]), np.array([1.0, 1.0, 1.0])).tolist()
    [1.0, 1.5, 1.75]
    """
    h = b.copy()
    for t in range(1, len(h)):
        h[t] += a[t] * h[t - 1]  # eq. 1
    return h


def doubling(a: Array, b: Array) -> Array:
    """The same of arrays (T, …), spans of 1, 2, 4, … steps joined to those before, all t at once.

    >>> doubling(np.array([0.0, 0.5, 0.5]), np.array([1.0, 1.0, 1.0])).tolist()
    [1.0, 1.5, 1.75]
    """
    a, h = a.copy(), b.copy()  # of the `span` steps that end at t
    span = 1
    while span < len(h):
        h[span:] += a[span:] * h[:-span]  # eq. 1: the right side is whole before the left changes
        a[span:] = a[span:] * a[:-span]
        span *= 2
    return h


def chunked(a: Array, b: Array, length: int | None = None) -> Array:
    """The same, in chunks: all chunks walked side by side from zero, then linked end to start.

    Args:
        a: (T, …).
        b: (T, …).
        length: of a chunk; √T when left out, which needs the fewest calls.

    Raises:
        ValueError: length is below 1.

    >>> chunked(np.array([0.0, 0.5, 0.5]), np.array([1.0, 1.0, 1.0]), length=2).tolist()
    [1.0, 1.5, 1.75]
    """
    T = len(b)
    length = max(1, math.isqrt(T)) if length is None else length
    if length < 1:
        raise ValueError(f"length must be at least 1, got {length}")
    chunks = -(-T // length)
    shape = (chunks, length, *b.shape[1:])
    a_, h = np.zeros((2, chunks * length, *b.shape[1:]), b.dtype)
    a_[:T], h[:T] = a, b  # steps that fill the last chunk change nothing that is returned
    a_, h = a_.reshape(shape), h.reshape(shape)
    for k in range(1, length):
        h[:, k] += a_[:, k] * h[:, k - 1]  # eq. 1
        a_[:, k] *= a_[:, k - 1]
    for c in range(1, chunks):
        h[c] += a_[c] * h[c - 1, -1]  # eq. 1
    whole: Array = h.reshape(chunks * length, *b.shape[1:])
    return whole[:T]


METHODS: dict[str, Callable[..., Array]] = {"loop": loop, "doubling": doubling, "chunked": chunked}


def known(method: str) -> None:
    """Raise unless `method` is one of `METHODS`."""
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got {method!r}")


def forward(a: Any, b: Any, h0: Any = None, *, method: str = "doubling") -> Array:
    """h[t] = a[t] ⊙ h[t-1] + b[t] for every t.

    Args:
        a: (T, …), real or complex.
        b: (T, …), of the same shape and dtype.
        h0: the state before the first step (…); zeros when left out.
        method: "doubling", "chunked" or "loop".

    Returns:
        h (T, …).

    Raises:
        ValueError: a shape or dtype that does not fit, or a method that is not there.

    >>> forward(np.full(3, 0.5), np.ones(3), h0=np.array(2.0)).tolist()
    [2.0, 2.0, 2.0]
    """
    known(method)
    a, b = np.asarray(a), np.asarray(b)
    _validate.inexact("a", a.dtype)
    _validate.shape("b", b, a.shape, because="that of a")
    _validate.same_dtype("b", b, a.dtype, "a has")
    if h0 is not None and len(b):
        h0 = np.asarray(h0)
        _validate.shape("h0", h0, a.shape[1:], because="that of one step")
        _validate.same_dtype("h0", h0, a.dtype, "a has")
        b = b.copy()
        b[0] += a[0] * h0  # eq. 1
    return METHODS[method](a, b)


def backward(
    a: Array, h: Array, h0: Array, d_h: Array, *, method: str = "doubling"
) -> tuple[Array, Array, Array]:
    """The gradients by a, b and h0, given that by every h[t] alone.

    Args:
        a: (T, …), as `forward` had it.
        h: (T, …), what `forward` returned.
        h0: (…), the state before the first step.
        d_h: (T, …).
        method: "doubling", "chunked" or "loop".

    >>> a, h0 = np.full(3, 0.5), np.array(2.0)
    >>> h = forward(a, np.ones(3), h0)
    >>> d_a, d_b, d_h0 = backward(a, h, h0, np.array([0.0, 0.0, 1.0]))
    >>> d_b.tolist(), d_a.tolist(), float(d_h0)
    ([0.25, 0.5, 1.0], [0.5, 1.0, 2.0], 0.125)
    """
    a, h, h0 = a.conj(), h.conj(), h0.conj()
    after = np.concatenate([a[1:], np.zeros_like(a[:1])])  # a[t+1] beside step t
    s = forward(after[::-1], d_h[::-1], method=method)[::-1]  # eq. 2
    before = np.concatenate([h0[None], h])[:-1]
    d_h0 = a[0] * s[0] if len(a) else np.zeros_like(h0)
    return s * before, s, d_h0  # eq. 3
