"""What the models of tag sequences share: their arguments, checked, and sums in the log domain."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnncourse import _validate
from rnncourse._validate import Array


def log_sum_exp(scores: Array, axis: int) -> Array:
    """`log Σ exp(scores)` over one axis, without overflow."""
    # only the real part is compared, so that a complex step passes through unchanged
    top = scores.real.max(axis=axis, keepdims=True)
    total: Array = np.log(np.exp(scores - top).sum(axis=axis)) + top.squeeze(axis)
    return total


def shares(A: Array) -> tuple[Array, Array, Any]:
    """A less its largest entry, that in exp, and the least sum of such to be trusted."""
    limits = np.finfo(A.dtype)
    A = A - A.real.max()
    # terms that underflow are below `tiny`: in a larger sum they are less than its last digit
    return A, np.exp(A), limits.tiny / limits.eps


def log_sums(alpha: Array, A: Array, shares: Array, lost: Any) -> Array:
    """Log Σ_i exp(α[i] + A[i, j]), (B, K); α (B, K) at most 0, the rest as `shares` gives it."""
    total: Array = np.exp(alpha) @ shares
    if total.real.min(initial=np.inf) > lost:
        return np.log(total)
    far = total.real.min(axis=0) <= lost  # (K,)
    total[:, ~far] = np.log(total[:, ~far])
    total[:, far] = log_sum_exp(alpha.T[:, :, None] + A[:, None, far], axis=0)
    return total


def checked(params: Any, given: Any, lengths: Any) -> tuple[Array, Array]:
    """Emissions (T, B, K) with the padding zeroed, and lengths (B,), for a chain's scores.

    The scores are A (K, K) and, by whatever names, others (K,).
    """
    _validate.fields(params, "A", "start")
    K = len(params.A) if params.A.ndim == 2 else "K"
    wanted = {name: (K, K) if name == "A" else (K,) for name in params._fields}
    dtype = _validate.parameters(params, wanted)
    for name, array in params._asdict().items():
        _validate.finite(f"{type(params).__name__}.{name}", array)
    e = _validate.array("emissions", given)
    _validate.shape("emissions", e, ("T", "B", K), because=f"K as in A {params.A.shape}")
    _validate.same_dtype("emissions", e, dtype, "the weights have")
    return emissions("emissions", e, lengths)


def traced(came_from: Array, best: Array, lengths: Array) -> tuple[Array, Array]:
    """Viterbi's way back: the best tags (T, B), -1 beyond each end, and their scores (B,).

    `came_from[t]` (B, K) is the best tag before each tag; `best` (B, K) the score of the best
    sequence that ends in each.
    """
    T, B, _ = came_from.shape
    tags = np.full((T, B), -1, np.intp)
    tag, every = best.argmax(axis=1), np.arange(B)
    for t in reversed(range(T)):
        tags[t] = np.where(t < lengths, tag, -1)
        tag = np.where(t < lengths, came_from[t, every, tag], tag)
    return tags, np.where(lengths > 0, best.max(axis=1), best.dtype.type(0))


def emissions(name: str, value: Any, given: Any) -> tuple[Array, Array]:
    """Scores (T, B, K) with the padding zeroed, and the lengths (B,)."""
    array = _validate.array(name, value)
    _validate.shape(name, array, ("T", "B", "K"))
    _validate.inexact(name, array.dtype)
    T, B, K = array.shape
    if K < 1:
        raise ValueError(f"{name} must have shape (T, B, K) with K at least 1, got {array.shape}")
    lengths = _validate.lengths(given, T, B)
    if lengths is None:
        lengths = np.full(B, T, np.intp)
    array = np.where(_validate.real_steps(lengths, T)[:, :, None], array, array.dtype.type(0))
    _validate.finite(name, array)
    return array, lengths


def labels(name: str, value: Any, shape: tuple[int | str, int], lengths: Array, K: int) -> Array:
    """Class numbers (T, B) from 0 to K - 1 with the padding zeroed."""
    array = _validate.array(name, value)
    _validate.shape(name, array, shape, because="a class number for each step and sequence")
    if array.size and not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"{name} must hold class numbers as integers, got dtype {array.dtype}")
    array = np.where(_validate.real_steps(lengths, len(array)), array, 0).astype(np.intp)
    wrong = (array < 0) | (array >= K)
    if wrong.any():
        t, b = (int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(
            f"{name}[{t}, {b}] must lie between 0 and K - 1 = {K - 1}, got {array[t, b]}"
        )
    return array


def weights_of_sequences(name: str, value: Any, B: int, dtype: np.dtype[Any]) -> Array:
    """The gradient (B,) by each sequence's log-likelihood; ones when left out."""
    if value is None:
        return np.ones(B, dtype)
    array = _validate.array(name, value)
    _validate.shape(name, array, (B,), because="one number for each sequence")
    _validate.same_dtype(name, array, dtype, "the emissions have")
    return array
