"""What the methods that learn while a sequence runs share: their arguments, and one step's loss."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from rnncourse import _validate, _wiring, linear
from rnncourse._validate import Array
from rnncourse.network import Loss, NetworkParams


class Run(NamedTuple):
    """The checked arguments."""

    x: Array  # (T, B, I), padding zeroed
    y: Array  # (T, B) or (T, B, K)
    state: Any  # before the first step
    real: Array | None  # (T, B), which entries are part of a sequence


def checked(cell: Any, params: NetworkParams, x: Any, y: Any, state: Any, lengths: Any) -> Run:
    """Arguments as the cell and the loss will want them, zeros for a state left out.

    Raises:
        ValueError: the cell has no single step, or a shape, dtype or length does not fit.
    """
    params = _wiring.parts("params", params, NetworkParams)
    for name in ("step", "step_backward"):
        if not hasattr(cell, name):
            label = getattr(cell, "__name__", type(cell).__name__)
            raise ValueError(f"cell must have {name}, to run one step at a time; {label} has none")
    x, y = _validate.array("x", x), _validate.array("y", y)
    _validate.shape("x", x, ("T", "B", "I"))
    T, B, _ = x.shape
    if y.shape[:2] != (T, B):
        raise ValueError(f"y must begin with (T, B) = {(T, B)} as x {x.shape} does, got {y.shape}")
    known, real = _validate.lengths(lengths, T, B), None
    if known is not None:
        real = _validate.real_steps(known, T)
        x = np.where(real[:, :, None], x, x.dtype.type(0))
    _validate.finite("x", x)
    _, state, _ = cell.forward(params.cell, x[:0], state)  # no steps: checks, and the zero state
    return Run(x, y, state, real)


def scored(
    out: linear.LinearParams, h: Array, y: Array, real: Array | None, loss: Loss
) -> tuple[Any, Array, linear.LinearParams]:
    """One step's loss, with what the output layer says of it.

    Args:
        out: the output layer's weights.
        h: (B, H), the step's state.
        y: (1, B) or (1, B, K), its target.
        real: (B,), which sequences still run; all when None.
        loss: a function of `rnncourse.losses`.

    Returns:
        The loss, d_h (B, H), and the gradient by the output layer's weights.
    """
    o, cache = linear.forward(out, h[None])
    value, d_o = loss(o, y, None if real is None else real.astype(int))
    d_h, grads = linear.backward(cache, d_o)
    return value, d_h[0], grads
