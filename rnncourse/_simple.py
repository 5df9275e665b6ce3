"""What the cells without gates share: the loss's slope by every state, set out for the way back.

The states of a whole sequence are one array whose first rows are the initial state. Beyond a
sequence's end every slope is zero and stays so, so that the way back needs no case for padding.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rnncourse import _validate
from rnncourse._validate import Array


def ends(lengths: Array | None, T: int, B: int) -> Any:
    """Index of the state at each sequence's end, in an array (T + 1, B, …)."""
    return T if lengths is None else (lengths, np.arange(B))


def at_ends(lengths: Array | None, *states: Array) -> tuple[Array, ...]:
    """Of arrays (T + 1, B, …), what stands at each sequence's end, copied."""
    T, B = states[0].shape[0] - 1, states[0].shape[1]
    return tuple(np.array(s[ends(lengths, T, B)]) for s in states)


def slopes(
    d_outs: Any, d_state: Any, state: Any, outs: Array, lengths: Array | None
) -> tuple[Array, Any]:
    """The arguments of a cell's `backward`, checked and set out.

    Args:
        d_outs: gradient by the outputs, as given.
        d_state: gradient by the state at the end, as given; None for zeros.
        state: any state of the cell; its first part is what the cell puts out.
        outs: (T, B, N), the outputs.
        lengths: (B,) or None.

    Returns:
        (T + 1, B, N), the slope of the loss by every output directly, the initial state's first:
        d_outs within each sequence, the first part of d_state added at its end; and d_state.

    Raises:
        ValueError: a shape or dtype that does not fit.
    """
    (T, B, N), name = outs.shape, state._fields[0]
    d_outs = np.asarray(d_outs)
    _validate.shape(f"d_{name}", d_outs, (T, B, N), because=f"that of {name}")
    _validate.same_dtype(f"d_{name}", d_outs, outs.dtype, f"{name} has")
    if d_state is None:
        d_state = type(state)(*(np.zeros_like(part) for part in state))
    for field, part, like in zip(state._fields, d_state, state, strict=True):
        _validate.shape(f"d_state.{field}", part, like.shape, because="that of the state")
        _validate.same_dtype(f"d_state.{field}", part, outs.dtype, f"{name} has")
    d_all = np.zeros((T + 1, B, N), outs.dtype)
    if lengths is None:
        d_all[1:] = d_outs
    else:
        np.copyto(d_all[1:], d_outs, where=_validate.real_steps(lengths, T)[:, :, None])
    d_all[ends(lengths, T, B)] += d_state[0]
    return d_all, d_state
