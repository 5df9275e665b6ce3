"""Ridge regression from states to targets, in closed form."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnncourse import _validate
from rnncourse._validate import Array
from rnncourse.linear import LinearParams


def ridge(
    h: Array, y: Array, penalty: float, *, washout: int = 0, lengths: Any = None
) -> LinearParams:
    """The read-out that minimises `Σ (o[t] - y[t])² + penalty Σ W_ho²`, the bias left free.

    With H the centred states, one a row, and H = U S Vᵀ its singular values,

        W_hoᵀ = V (S / (S² + penalty)) Uᵀ Y          b_o = mean(y) - W_ho mean(h)

    which never forms HᵀH, whose condition is the square of H's. Computed in float64.

    Args:
        h: states (T, B, H), or whatever the read-out is to see, inputs appended for instance.
        y: targets (T, B, K).
        penalty: 0 or more; at 0 the smallest weights among those that fit best.
        washout: steps at each beginning that are left out, while the state still depends on
            where it began.
        lengths: (B,) steps in each sequence; h and y may hold anything beyond.

    Returns:
        The weights for `linear.forward`, of h's dtype.

    Raises:
        ValueError: shapes that do not fit, no step left, a penalty below 0, NaN or infinity.

    >>> h = np.random.default_rng(0).standard_normal((50, 1, 2))
    >>> readout = ridge(h, 3 * h[:, :, :1] - h[:, :, 1:] + 5, penalty=0.0)
    >>> readout.W_ho.round(9).tolist(), readout.b_o.round(9).tolist()
    ([[3.0, -1.0]], [5.0])
    """
    h, y = np.asarray(h), np.asarray(y)
    _validate.shape("h", h, ("T", "B", "H"))
    _validate.inexact("h", h.dtype)
    T, B, _ = h.shape
    _validate.shape("y", y, (T, B, "K"), because="T and B as in h")
    if not 0 <= penalty < np.inf:
        raise ValueError(f"penalty must be 0 or more and finite, got {penalty}")
    if washout < 0:
        raise ValueError(f"washout must be 0 or more, got {washout}")
    used = np.broadcast_to(np.arange(T)[:, None] >= washout, (T, B))
    found = _validate.lengths(lengths, T, B)
    if found is not None:
        used = used & _validate.real_steps(found, T)
    if not used.any():
        raise ValueError(f"washout must leave at least one step, got {washout} of T = {T}")
    states, targets = h[used].astype(np.float64), y[used].astype(np.float64)  # (N, H), (N, K)
    _validate.finite("h, beyond washout,", states)
    _validate.finite("y, beyond washout,", targets)
    h_mean, y_mean = states.mean(axis=0), targets.mean(axis=0)
    U, S, Vt = np.linalg.svd(states - h_mean, full_matrices=False)
    # below that, a singular value is rounding, and its inverse noise
    sound = np.finfo(np.float64).eps * max(states.shape) * S.max(initial=0) < S
    inverse = np.where(sound, S / np.where(sound, S**2 + penalty, 1), 0)
    W = Vt.T @ (inverse[:, None] * (U.T @ (targets - y_mean)))  # (H, K)
    return LinearParams(W.T.astype(h.dtype), (y_mean - h_mean @ W).astype(h.dtype))
