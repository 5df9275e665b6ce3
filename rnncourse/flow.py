"""How much of a gradient arrives: the slope of the loss by the state of every step.

∇_{h[t]} L = (∂h[t+1]/∂h[t])ᵀ ∇_{h[t+1]} L + what the loss sees of h[t] itself
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rnncourse import _tree, _validate, _wiring
from rnncourse._validate import Array

__all__ = ["state_gradient_norms"]


def state_gradient_norms(
    cell: Any, params: Any, x: Array, state: Any = None, *, d_h: Array | None = None
) -> Array:
    """Norm of the loss's gradient by the whole state at every step, for every sequence.

    Args:
        cell: a module with the call shape of `rnncourse.elman`, or a causal wrapper around one.
        params: its weights.
        x: (T, B, I).
        state: the state before the first step; zeros when left out.
        d_h: (T, B, H), what the loss sees of each output; when left out it looks at the last one
            only, equally at each unit, with norm 1.

    Returns:
        (T + 1, B): entry t is the norm of the gradient by the state after t steps, so entry 0
        belongs to the initial state and entry T to the last one. Read backwards, it goes by lag.

    Raises:
        ValueError: d_h has not the shape of the outputs; the cell carries no state from step to
            step, or also reads from the end; what the cell refuses.

    >>> from rnncourse import elman
    >>> net = elman.scalar(w=0.5, u=1.0)
    >>> x = np.array([1.0, 0, 0]).reshape(3, 1, 1)
    >>> state_gradient_norms(elman, net.params, x).ravel().round(3).tolist()
    [0.044, 0.21, 0.484, 1.0]
    """
    _wiring.require_causal(cell, "the gradient does not come from one side")
    x = np.asarray(x)
    h, _, _ = cell.forward(params, x, state)
    T, B, H = h.shape
    if d_h is None:
        d_h = np.zeros_like(h)
        d_h[-1:] = 1 / np.sqrt(H)
    _validate.shape("d_h", d_h, (T, B, H), because="that of h")
    _, at, _ = cell.forward(params, x[:0], state)
    if not _wiring.has_arrays(at):
        raise ValueError(f"cell must carry a state, got {_wiring.label(cell)}")
    caches = []
    for t in range(T):
        shown, at, cache = cell.forward(params, x[t : t + 1], at)
        if not np.allclose(shown, h[t : t + 1], rtol=1e-3, atol=1e-3):
            raise ValueError(
                "cell must have all that it remembers in its state, as what it puts out must be "
                f"the same step by step, got {_wiring.label(cell)}"
            )
        caches.append(cache)
    d_state, nothing = _tree.apply(np.zeros_like, at), np.zeros_like(h[:1])
    norms = np.empty((T + 1, B), h.dtype)
    for t in reversed(range(T + 1)):
        if t > 0:
            d_state = _wiring.shown(cell, caches[t - 1], d_state, d_h[t - 1 : t])
        squares = ((part**2).reshape(B, -1).sum(axis=1) for _, part in _tree.leaves(d_state))
        norms[t] = np.sqrt(sum(squares))
        if t > 0:
            _, _, d_state = cell.backward(caches[t - 1], nothing, d_state)
    return norms
