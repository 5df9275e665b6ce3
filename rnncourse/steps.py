"""Any cell over a sequence, one step at a time: the loop as the chapters write it.

`forward` and `backward` here take a cell module (such as `rnncourse.elman`) and use nothing of it
but `step` and `step_backward`; what a cell puts out at a step is the first part of its state. They
give what the cell's own `forward` and `backward` give, slower and in the equations' order; a test
holds the two equal.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from rnncourse import _validate
from rnncourse._validate import Array

__all__ = ["backward", "forward"]


class _Cache(NamedTuple):
    params: Any
    steps: list[Any]
    x: Array
    real: Array | None  # (T, B), which entries are part of a sequence


def forward(
    cell: Any, params: Any, x: Array, state: Any, lengths: Array | None = None
) -> tuple[Array, Any, _Cache]:
    """Repeat `cell.step` over x.

    Args:
        cell: a module with `step` and `step_backward`.
        params: its weights.
        x: (T, B, I).
        state: its state before the first step.
        lengths: (B,) steps in each sequence, T each when left out. x must be finite beyond, too.

    Returns:
        h (T, B, H), zero beyond a sequence's end; the state at each sequence's end; and the cache
        for `backward`.

    >>> from rnncourse import elman
    >>> net = elman.scalar(w=0.5, u=1.0)
    >>> start = elman.ElmanState(np.array([[0.0]]))
    >>> h, _, _ = forward(elman, net.params, np.array([[[1.0]], [[0.0]]]), start)
    >>> h.ravel().round(4).tolist()
    [0.7616, 0.3634]
    """
    h, caches = np.zeros((len(x), *state[0].shape), state[0].dtype), []
    real = None if lengths is None else _validate.real_steps(lengths, len(x))
    for t, x_t in enumerate(x):
        new, cache = cell.step(params, x_t, state)
        if real is None:
            h[t], state = new[0], new
        else:
            h[t][real[t]] = new[0][real[t]]
            state = _chosen(real[t], new, state)
        caches.append(cache)
    return h, state, _Cache(params, caches, x, real)


def backward(cell: Any, cache: _Cache, d_h: Array, d_state: Any) -> tuple[Array, Any, Any]:
    """Repeat `cell.step_backward` from the last step to the first.

    Args:
        cell: the module that `forward` used.
        cache: the third result of `forward`.
        d_h: (T, B, H), gradient of the loss by each output; ignored beyond a sequence's end.
        d_state: gradient of the loss by the state at each sequence's end.

    Returns:
        d_x (T, B, I), the weights' gradients summed over the steps, and the gradient by the
        initial state.
    """
    params = cache.params
    grads = type(params)(*(np.zeros_like(p) for p in params))
    d_x = np.zeros_like(cache.x)
    for t in reversed(range(len(d_h))):
        if cache.real is None:
            d_state = _added(d_state, d_h[t])
            d_x[t], d_state, share = cell.step_backward(params, cache.steps[t], d_state)
        else:  # where a sequence has ended, the step was none, and its gradient passes by
            real = cache.real[t]
            ended, zero = d_state, type(d_state)(*(np.zeros_like(part) for part in d_state))
            d_state = _chosen(real, _added(d_state, d_h[t]), zero)
            d_x[t], d_state, share = cell.step_backward(params, cache.steps[t], d_state)
            d_state = _chosen(real, d_state, ended)
        for total, part in zip(grads, share, strict=True):
            total += part
    return d_x, grads, d_state


def _added(d_state: Any, d_h: Array) -> Any:
    """The gradient by a state and by what it puts out."""
    return type(d_state)(d_state[0] + d_h, *d_state[1:])


def _chosen(real: Array, new: Any, old: Any) -> Any:
    """The new state for sequences that still run, the old one for those that have ended."""
    return type(new)(
        *(
            np.where(real.reshape(-1, *(1,) * (n.ndim - 1)), n, o)
            for n, o in zip(new, old, strict=True)
        )
    )
