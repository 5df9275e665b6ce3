"""The gated recurrent unit with its reset before the product, as Cho et al. have it.

    r[t] = σ(b_r + W_hr h[t-1] + W_ir x[t])               how much of the past the news may use  (1)
    z[t] = σ(b_z + W_hz h[t-1] + W_iz x[t])               how much of the past is kept           (2)
    n[t] = tanh(b_n + W_hn (r[t] ⊙ h[t-1]) + W_in x[t])   the news                               (3)
    h[t] = z[t] ⊙ h[t-1] + (1 - z[t]) ⊙ n[t]                                                     (4)

and back, given d_h[t]:

    d_a_n = (1 - z) (1 - n²) ⊙ d_h            d_m = W_hnᵀ d_a_n,  the slope by m = r ⊙ h[t-1]    (5)
    d_a_r = h[t-1] r (1 - r) ⊙ d_m            d_a_z = (h[t-1] - n) z (1 - z) ⊙ d_h               (6)
    d_h[t-1] += z ⊙ d_h + r ⊙ d_m + W_hrᵀ d_a_r + W_hzᵀ d_a_z                                    (7)
    d_W_hr = Σ d_a_r[t] h[t-1]ᵀ     d_W_hz alike     d_W_hn = Σ d_a_n[t] m[t]ᵀ                   (8)
    and d_W_ih = Σ d_a[t] x[t]ᵀ     d_b = Σ d_a[t]   for all three rows

`rnncourse.gru` has the reset after the product, which costs one product a step instead of two.

Here z is the kept part, as in Cho et al. Many texts write h = (1 - z) ⊙ h[t-1] + z ⊙ n instead;
their weights and these are turned into each other by `swap_kept`. Some leave the biases out: zeros.

Arrays are time-major. Weights have the equations' shape, rows in the order r, z, n.

Source: K. Cho et al., Learning phrase representations using RNN encoder–decoder for statistical
machine translation (2014).
"""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import numpy as np

from rnncourse import _by_steps, _init, _sequence
from rnncourse._sequence import sigmoid
from rnncourse._validate import Array

__all__ = [
    "GRUBeforeParams",
    "GRUBeforeState",
    "backward",
    "forward",
    "init",
    "step",
    "step_backward",
    "swap_kept",
]


class GRUBeforeParams(NamedTuple):
    """The weights, or the gradient of a loss by them; rows of r, z, n."""

    W_ih: Array  # (3H, I)
    W_hh: Array  # (3H, H)
    b: Array  # (3H,)


class GRUBeforeState(NamedTuple):
    """What the network carries from one step to the next, or a gradient by it."""

    h: Array  # (B, H)


class _StepCache(NamedTuple):
    x: Array  # (B, I)
    before: Array  # (B, H)
    gates: tuple[Array, Array, Array]  # r, z, n, each (B, H)


def init(
    rng: np.random.Generator, input_size: int, hidden_size: int, *, dtype: Any = np.float64
) -> GRUBeforeParams:
    """Draw weights uniformly from ±1/√H.

    Raises:
        ValueError: a size below 1, or a dtype that is not floating.

    >>> params = init(np.random.default_rng(0), input_size=2, hidden_size=3)
    >>> [array.shape for array in params]
    [(9, 2), (9, 3), (9,)]
    """
    _init.sizes(input_size=input_size, hidden_size=hidden_size)
    H = hidden_size
    shapes = [(3 * H, input_size), (3 * H, H), (3 * H,)]
    return GRUBeforeParams(*_init.uniform(rng, H, shapes, dtype))


def step(
    params: GRUBeforeParams, x: Array, state: GRUBeforeState
) -> tuple[GRUBeforeState, _StepCache]:
    """One step, from its input (B, I) and the state before it, h (B, H).

    Returns:
        The state after the step, and what `step_backward` needs.

    >>> keep = GRUBeforeParams(np.ones((3, 1)), np.ones((3, 1)), np.array([0.0, 99.0, 0.0]))
    >>> state, _ = step(keep, np.array([[5.0]]), GRUBeforeState(np.array([[0.25]])))
    >>> state.h.tolist()
    [[0.25]]
    """
    h = state.h
    W_hr, W_hz, W_hn = np.split(params.W_hh, 3)  # (H, H) each
    a_r, a_z, a_n = np.split(params.b + x @ params.W_ih.T, 3, axis=1)  # (B, H) each
    r, z = sigmoid(a_r + h @ W_hr.T), sigmoid(a_z + h @ W_hz.T)  # eqs. 1, 2
    n = np.tanh(a_n + (r * h) @ W_hn.T)  # eq. 3
    return GRUBeforeState(z * h + (1 - z) * n), _StepCache(x, h, (r, z, n))  # eq. 4


def step_backward(
    params: GRUBeforeParams, cache: _StepCache, d_state: GRUBeforeState
) -> tuple[Array, GRUBeforeState, GRUBeforeParams]:
    """Go back over one step, given the gradient by the state after it, h (B, H).

    Returns:
        d_x (B, I), the gradient by the state before the step, and this step's share of the
        weights' gradients, summed over the batch.
    """
    x, before, (r, z, n) = cache
    d_h = d_state.h
    W_hr, W_hz, W_hn = np.split(params.W_hh, 3)
    d_a_n = (1 - z) * (1 - n**2) * d_h  # eq. 5
    d_m = d_a_n @ W_hn  # eq. 5
    d_a_r = before * r * (1 - r) * d_m  # eq. 6
    d_a_z = (before - n) * z * (1 - z) * d_h  # eq. 6
    d_a = np.concatenate([d_a_r, d_a_z, d_a_n], axis=1)  # (B, 3H)
    d_before = z * d_h + r * d_m + d_a_r @ W_hr + d_a_z @ W_hz  # eq. 7
    d_W_hh = np.concatenate([d_a_r.T @ before, d_a_z.T @ before, d_a_n.T @ (r * before)])  # eq. 8
    grads = GRUBeforeParams(W_ih=d_a.T @ x, W_hh=d_W_hh, b=d_a.sum(axis=0))  # eq. 8
    return d_a @ params.W_ih, GRUBeforeState(d_before), grads


def forward(
    params: GRUBeforeParams, x: Array, state: GRUBeforeState | None = None, *, lengths: Any = None
) -> tuple[Array, GRUBeforeState, Any]:
    """Run over a batch of sequences; arguments, results and errors as `rnncourse.gru.forward`.

    >>> keep = GRUBeforeParams(np.ones((3, 1)), np.ones((3, 1)), np.array([0.0, 99.0, 0.0]))
    >>> start = GRUBeforeState(np.array([[0.25]]))
    >>> forward(keep, np.ones((1000, 1, 1)), start)[1].h.tolist()
    [[0.25]]
    """
    dtype = _sequence.gated(params, 3)
    sizes = ((params.W_hh.shape[1],),)
    return _by_steps.forward(_CELL, params, dtype, x, state, lengths, GRUBeforeState, sizes)


def backward(
    cache: Any, d_h: Array, d_state: GRUBeforeState | None = None
) -> tuple[Array, GRUBeforeParams, GRUBeforeState]:
    """Back-propagate through time; arguments, results and errors as `rnncourse.gru.backward`.

    >>> keep = GRUBeforeParams(np.ones((3, 1)), np.ones((3, 1)), np.array([0.0, 99.0, 0.0]))
    >>> h, _, cache = forward(keep, np.ones((1000, 1, 1)))
    >>> backward(cache, np.zeros_like(h), GRUBeforeState(np.ones((1, 1))))[2].h.tolist()
    [[1.0]]
    """
    return _by_steps.backward(_CELL, cache, d_h, d_state)


def swap_kept(params: Any) -> Any:
    """The same network written with the other z: kept part 1 - z instead of z, or back.

    σ(-a) = 1 - σ(a), so the rows of z change their signs and nothing else does. For the weights of
    `rnncourse.gru` as well.

    >>> params = init(np.random.default_rng(0), input_size=2, hidden_size=1)
    >>> (swap_kept(params).W_ih / params.W_ih)[:, 0].tolist()
    [1.0, -1.0, 1.0]
    """
    H = params.W_hh.shape[1]
    signs = np.repeat(np.array([1, -1, 1], params.b.dtype), H)
    W_ih, W_hh = (signs[:, None] * W for W in (params.W_ih, params.W_hh))
    return params._replace(W_ih=W_ih, W_hh=W_hh, b=signs * params.b)


_CELL = sys.modules[__name__]
