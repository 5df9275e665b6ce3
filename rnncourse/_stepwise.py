"""What wrappers that act inside a step share: they repeat a cell's `step` and `step_backward`."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnncourse import _tree, _validate, _wiring
from rnncourse._validate import Array


def has_steps(cell: Any) -> None:
    """Raise unless `cell` is a cell with steps of its own."""
    _wiring.check("cell", cell)
    for part in ("step", "step_backward"):
        if not hasattr(cell, part):
            raise ValueError(
                f"cell must have step and step_backward as rnncourse.elman has, "
                f"got {_wiring.label(cell)} without {part}"
            )


def begin(
    cell: Any, params: Any, x: Any, state: Any, lengths: Any
) -> tuple[Array, Any, Array | None]:
    """Zero the padding of x; with it the state (zeros where None) and which entries are real.

    The cell itself says what it thinks of them, as it sees a sequence of no steps.
    """
    x, _, real = _wiring.batch(x, lengths)
    _, state, _ = cell.forward(params, x[:0], state)
    x = _wiring.zeroed(x, real)
    _validate.finite("x", x)
    return x, state, real


def chosen(real: Array, new: Any, old: Any) -> Any:
    """The new state for sequences that still run, the old one for those that have ended."""

    def part(n: Array, o: Array) -> Array:
        return np.where(real.reshape(-1, *(1,) * (n.ndim - 1)), n, o)

    return _tree.apply(part, new, old)


def end_slopes(d_state: Any, end: Any) -> Any:
    """The gradient by a cell's state at the end, checked; zeros when left out."""
    if d_state is None:
        return _tree.apply(np.zeros_like, end)
    d_state = _validate.state("d_state", d_state, type(end))
    if len(list(_tree.leaves(d_state))) != len(list(_tree.leaves(end))):
        raise ValueError(f"d_state must have the parts of {type(end).__name__}, got {d_state}")
    for (name, given), (_, part) in zip(_tree.leaves(d_state), _tree.leaves(end), strict=True):
        _validate.shape(f"d_state.{name}", given, part.shape, because="that of the state")
        _validate.same_dtype(f"d_state.{name}", given, part.dtype, "the state has")
    return d_state
