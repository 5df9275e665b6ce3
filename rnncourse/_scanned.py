"""What the cells of a linear recurrence share: h[t] = keep[t] ⊙ h[t-1] + new[t], by scan.

Both ways go in blocks of time, each one scan, so that what a scan needs beside the states does not
grow with T. `keep` and `new` are asked for block by block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from rnncourse import _sequence, _validate, scan
from rnncourse._validate import Array


class Scanned(NamedTuple):
    """What `back` needs of `forth`."""

    hs: Array  # (T + 1, B, H), the initial state first, zero in padding
    lengths: Array | None
    method: str


def weights(params: Any, parts: int) -> np.dtype[Any]:
    """Check the shapes of W_ih (parts H, I) and b (parts H,); their dtype."""
    _validate.fields(params, "W_ih", "b")
    W_ih = params.W_ih
    if W_ih.ndim == 2 and len(W_ih) % parts:
        raise ValueError(
            f"{type(params).__name__}.W_ih must have {parts} rows for each hidden unit, "
            f"got {W_ih.shape}"
        )
    rows, I = W_ih.shape if W_ih.ndim == 2 else (f"{parts}H", "I")
    return _validate.parameters(params, {"W_ih": (rows, I), "b": (rows,)})


def forth(
    gates: Callable[[slice], tuple[Array, Array]],
    T: int,
    h0: Array,
    lengths: Array | None,
    method: str,
) -> tuple[Array, Scanned]:
    """The state at each sequence's end, and all of them.

    Args:
        gates: from a block of time to its keep and new, (n, B, H) each.
        T: steps.
        h0: (B, H), the state before the first step.
        lengths: (B,) or None.
        method: of `rnncourse.scan.forward`.
    """
    scan.known(method)
    hs = np.empty((T + 1, *h0.shape), h0.dtype)
    hs[0] = h0
    for block in reversed([*_blocks(hs)]):
        hs[1:][block] = scan.forward(*gates(block), hs[block.start], method=method)
    (end,) = _sequence.ends(lengths, hs)
    if lengths is not None:
        hs[1:][~_validate.real_steps(lengths, T)] = 0
    return end, Scanned(hs, lengths, method)


def back(
    scanned: Scanned,
    keep: Callable[[slice], Array],
    seen: Callable[[slice], Array],
    d_now: Array,
) -> Iterator[tuple[slice, Array, Array]]:
    """From the last block to the first: the block, and the gradients by its keep and new.

    Args:
        scanned: the second result of `forth`.
        keep: from a block of time to its keep.
        seen: from a block to the slope of the loss by its states directly, as `_sequence.seen`.
        d_now: (B, H) of zeros, which become the gradient by the initial state.
    """
    hs, _, method = scanned
    for block in _blocks(hs):
        d_hs = seen(block)
        d_hs[-1] += d_now
        states = hs[1:][block], hs[block.start]
        d_keep, d_new, d_now[:] = scan.backward(keep(block), *states, d_hs, method=method)
        yield block, d_keep, d_new


def _blocks(hs: Array) -> Iterator[slice]:
    return _sequence.blocks(len(hs) - 1, 4 * hs[:1].nbytes)  # a scan holds several arrays of a size
