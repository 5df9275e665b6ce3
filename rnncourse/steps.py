"""Any cell over a sequence, one step at a time: the loop as the chapters write it.

`forward` and `backward` here take a cell module (such as `rnncourse.elman`) and use nothing of it
but `step` and `step_backward`. They give what the cell's own `forward` and `backward` give, slower
and in the equations' order; a test holds the two equal.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from rnncourse._validate import Array

__all__ = ["backward", "forward"]


class _Cache(NamedTuple):
    params: Any
    steps: list[Any]
    x: Array


def forward(cell: Any, params: Any, x: Array, state: Any) -> tuple[Array, Any, _Cache]:
    """Repeat `cell.step` over x.

    Args:
        cell: a module with `step` and `step_backward`.
        params: its weights.
        x: (T, B, I).
        state: its state before the first step.

    Returns:
        h (T, B, H), the state at the end, and the cache for `backward`.

    >>> from rnncourse import elman
    >>> net = elman.scalar(w=0.5, u=1.0)
    >>> start = elman.ElmanState(np.array([[0.0]]))
    >>> h, _, _ = forward(elman, net.params, np.array([[[1.0]], [[0.0]]]), start)
    >>> h.ravel().round(4).tolist()
    [0.7616, 0.3634]
    """
    h, caches = np.empty((len(x), *state.h.shape), state.h.dtype), []
    for t, x_t in enumerate(x):
        state, cache = cell.step(params, x_t, state)
        h[t] = state.h
        caches.append(cache)
    return h, state, _Cache(params, caches, x)


def backward(cell: Any, cache: _Cache, d_h: Array, d_state: Any) -> tuple[Array, Any, Any]:
    """Repeat `cell.step_backward` from the last step to the first.

    Args:
        cell: the module that `forward` used.
        cache: the third result of `forward`.
        d_h: (T, B, H), gradient of the loss by each output.
        d_state: gradient of the loss by the state at the end.

    Returns:
        d_x (T, B, I), the weights' gradients summed over the steps, and the gradient by the
        initial state.
    """
    params = cache.params
    grads = type(params)(*(np.zeros_like(p) for p in params))
    d_x = np.zeros_like(cache.x)
    for t in reversed(range(len(d_h))):
        d_state = d_state._replace(h=d_state.h + d_h[t])
        d_x[t], d_state, share = cell.step_backward(params, cache.steps[t], d_state)
        grads = type(params)(*(total + part for total, part in zip(grads, share, strict=True)))
    return d_x, grads, d_state
