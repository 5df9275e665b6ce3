"""What the cells of a linear recurrence share: h[t] = keep[t] ⊙ h[t-1] + new[t], by scan.

A step beyond a sequence's end keeps all and adds nothing, so that the state and the gradient by it
pass through padding unchanged.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from rnncourse import _sequence, _validate, scan
from rnncourse._validate import Array


def weights(params: Any, parts: int) -> np.dtype[Any]:
    """Check the shapes of W_ih (parts H, I) and b (parts H,); their dtype."""
    W_ih = params.W_ih
    if W_ih.ndim == 2 and len(W_ih) % parts:
        raise ValueError(
            f"{type(params).__name__}.W_ih must have {parts} rows for each hidden unit, "
            f"got {W_ih.shape}"
        )
    rows, I = W_ih.shape if W_ih.ndim == 2 else (f"{parts}H", "I")
    return _validate.parameters(params, {"W_ih": (rows, I), "b": (rows,)})


class Scanned(NamedTuple):
    """What `back` needs of `forth`."""

    keep: Array  # (T, B, H), 1 in padding
    hs: Array  # (T + 1, B, H), the initial state first, held in padding
    real: Array  # (T, B, 1), which entries are part of a sequence
    method: str


def forth(
    keep: Array, new: Array, h0: Array, lengths: Array | None, method: str
) -> tuple[Array, Array, Scanned]:
    """Outputs (T, B, H), zero in padding; the state at each sequence's end; what `back` needs."""
    T, B, _ = keep.shape
    real = np.ones((T, B, 1), bool)
    if lengths is not None:
        real = _validate.real_steps(lengths, T)[:, :, None]
        keep, new = np.where(real, keep, keep.dtype.type(1)), np.where(real, new, new.dtype.type(0))
    hs = np.concatenate([h0[None], scan.forward(keep, new, h0, method=method)])
    h = hs[1:] if lengths is None else hs[1:] * real
    return h, hs[-1].copy(), Scanned(keep, hs, real, method)


def back(cache: Scanned, d_h: Any, d_state: Any, kind: Any) -> tuple[Array, Array, Array]:
    """Gradients by keep and new (T, B, H), zero in padding, and by the initial state."""
    d_h, d_state = _sequence.checked_gradients(d_h, d_state, cache.hs[1:], kind(cache.hs[0]))
    return solved(cache, d_h, d_state.h)


def solved(cache: Scanned, d_h: Array, d_end: Array) -> tuple[Array, Array, Array]:
    """`back`, from gradients by outputs and last state that are known to fit."""
    keep, hs, real, method = cache
    d_hs = np.where(real, d_h, d_h.dtype.type(0))
    if not len(d_hs):
        return keep, keep, d_end.copy()
    d_hs[-1] += d_end
    d_keep, d_new, d_h0 = scan.backward(keep, hs[1:], hs[0], d_hs, method=method)
    return d_keep * real, d_new * real, d_h0
