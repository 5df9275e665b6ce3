"""The minimal gated recurrent unit: gates that see the input alone, so that a scan can run it.

    z[t] = σ(b_z + W_z x[t])                       how much is new                              (1)
    n[t] = b_n + W_n x[t]                          the news                                     (2)
    h[t] = (1 - z[t]) ⊙ h[t-1] + z[t] ⊙ n[t]                                                    (3)

and back, given d_h[t], the slope through everything:

    d_n = z ⊙ d_h        d_a_z = (n - h[t-1]) z (1 - z) ⊙ d_h        d_h[t-1] += (1 - z) ⊙ d_h  (4)
    d_W_ih = Σ d_a[t] x[t]ᵀ      d_b = Σ d_a[t]                      where d_a = (d_a_z, d_n)   (5)

It is `rnncourse.gru_before` without the reset, the tanh and W_hh (and with the other z: here it is
the new part, as its authors write it). What it buys: h[t] = keep[t] ⊙ h[t-1] + new[t] with keep
and new known before the first step, which `rnncourse.scan` solves without a loop over the steps.
What it costs: one layer cannot let its state decide what to do with its state.

Arrays are time-major. Weights have the equations' shape, rows in the order z, n.

Source: L. Feng et al., Were RNNs all we needed? (2024), without their logarithms.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from rnncourse import _init, _scanned, _sequence
from rnncourse._sequence import sigmoid
from rnncourse._validate import Array

__all__ = ["MinGRUParams", "MinGRUState", "backward", "forward", "init", "step", "step_backward"]


class MinGRUParams(NamedTuple):
    """The weights, or the gradient of a loss by them; rows of z, n."""

    W_ih: Array  # (2H, I)
    b: Array  # (2H,)


class MinGRUState(NamedTuple):
    """What the network carries from one step to the next, or a gradient by it."""

    h: Array  # (B, H)


class _StepCache(NamedTuple):
    x: Array  # (B, I)
    before: Array  # (B, H)
    z: Array  # (B, H)
    n: Array  # (B, H)


class _Cache(NamedTuple):
    params: MinGRUParams
    x: Array  # (T, B, I), padding zeroed
    zn: Array  # (T, B, 2, H), z and n
    scanned: _scanned.Scanned


def init(
    rng: np.random.Generator, input_size: int, hidden_size: int, *, dtype: Any = np.float64
) -> MinGRUParams:
    """Draw weights uniformly from ±1/√I, as a linear layer's.

    Raises:
        ValueError: a size below 1, or a dtype that is not floating.

    >>> params = init(np.random.default_rng(0), input_size=2, hidden_size=3)
    >>> [array.shape for array in params]
    [(6, 2), (6,)]
    """
    _init.sizes(input_size=input_size, hidden_size=hidden_size)
    shapes = [(2 * hidden_size, input_size), (2 * hidden_size,)]
    return MinGRUParams(*_init.uniform(rng, input_size, shapes, dtype))


def step(params: MinGRUParams, x: Array, state: MinGRUState) -> tuple[MinGRUState, _StepCache]:
    """One step, from its input (B, I) and the state before it, h (B, H).

    Returns:
        The state after the step, and what `step_backward` needs.

    >>> half = MinGRUParams(np.array([[0.0], [1.0]]), np.zeros(2))
    >>> step(half, np.array([[3.0]]), MinGRUState(np.array([[1.0]])))[0].h.tolist()
    [[2.0]]
    """
    a_z, n = np.split(params.b + x @ params.W_ih.T, 2, axis=1)  # eqs. 1, 2: (B, H) each
    z = sigmoid(a_z)  # eq. 1
    return MinGRUState((1 - z) * state.h + z * n), _StepCache(x, state.h, z, n)  # eq. 3


def step_backward(
    params: MinGRUParams, cache: _StepCache, d_state: MinGRUState
) -> tuple[Array, MinGRUState, MinGRUParams]:
    """Go back over one step, given the gradient by the state after it, h (B, H).

    Returns:
        d_x (B, I), the gradient by the state before the step, and this step's share of the
        weights' gradients, summed over the batch.
    """
    x, before, z, n = cache
    d_h = d_state.h
    d_a_z = (n - before) * z * (1 - z) * d_h  # eq. 4
    d_a = np.concatenate([d_a_z, z * d_h], axis=1)  # eq. 4: (B, 2H)
    grads = MinGRUParams(W_ih=d_a.T @ x, b=d_a.sum(axis=0))  # eq. 5
    return d_a @ params.W_ih, MinGRUState((1 - z) * d_h), grads  # eq. 4


def forward(
    params: MinGRUParams,
    x: Array,
    state: MinGRUState | None = None,
    *,
    lengths: Any = None,
    method: str = "chunked",
) -> tuple[Array, MinGRUState, _Cache]:
    """Run over a batch of sequences; arguments, results and errors as `rnncourse.gru.forward`.

    Args:
        params: the weights.
        x: (T, B, I).
        state: h (B, H) before the first step; zeros when left out.
        lengths: (B,) steps in each sequence.
        method: of `rnncourse.scan.forward`.

    >>> half = MinGRUParams(np.array([[0.0], [1.0]]), np.zeros(2))
    >>> h, _, _ = forward(half, np.array([4.0, 0.0, 0.0]).reshape(3, 1, 1))
    >>> h.ravel().tolist()
    [2.0, 1.0, 0.5]
    """
    dtype = _scanned.weights(params, 2)
    H = len(params.b) // 2
    x, state, lengths = _sequence.checked(params, dtype, x, state, lengths, MinGRUState, ((H,),))
    T, B, I = x.shape
    a = x.reshape(T * B, I) @ params.W_ih.T  # eqs. 1, 2
    a += params.b  # eqs. 1, 2
    zn = a.reshape(T, B, 2, H)  # each block's a_z turns into its z

    def gates(block: slice) -> tuple[Array, Array]:
        z, n = zn[block][:, :, 0], zn[block][:, :, 1]
        z[:] = sigmoid(z)  # eq. 1
        return 1 - z, z * n  # eq. 3

    end, scanned = _scanned.forth(gates, T, state.h, lengths, method)
    return scanned.hs[1:], MinGRUState(end), _Cache(params, x, zn, scanned)


def backward(
    cache: _Cache, d_h: Array, d_state: MinGRUState | None = None
) -> tuple[Array, MinGRUParams, MinGRUState]:
    """Back-propagate through time; arguments, results and errors as `rnncourse.gru.backward`.

    >>> half = MinGRUParams(np.array([[0.0], [1.0]]), np.zeros(2))
    >>> h, _, cache = forward(half, np.array([4.0, 0.0, 0.0]).reshape(3, 1, 1))
    >>> backward(cache, np.zeros_like(h), MinGRUState(np.ones((1, 1))))[0].ravel().tolist()
    [0.125, 0.25, 0.5]
    """
    params, x, zn, scanned = cache
    T, B, I = x.shape
    hs, lengths, _ = scanned
    d_h, d_state = _sequence.checked_gradients(d_h, d_state, hs[1:], MinGRUState(hs[0]))

    d_x, d_h0 = np.empty(x.shape, x.dtype), np.zeros_like(d_state.h)
    d_W_ih, d_b = (np.zeros_like(p) for p in params)
    way_back = _scanned.back(
        scanned,
        lambda block: 1 - zn[block][:, :, 0],
        lambda block: _sequence.seen(d_h, d_state.h, lengths, block),
        d_h0,
    )
    for block, d_keep, d_new in way_back:
        rows = len(d_new) * B
        z, n = zn[block][:, :, 0], zn[block][:, :, 1]
        d_a_z = (n * d_new - d_keep) * z * (1 - z)  # eq. 4
        d_a = np.concatenate([d_a_z, z * d_new], axis=2).reshape(rows, len(d_b))  # eq. 4
        np.matmul(d_a, params.W_ih, out=d_x[block].reshape(rows, I))
        d_W_ih += d_a.T @ x[block].reshape(rows, I)  # eq. 5
        d_b += d_a.sum(axis=0)  # eq. 5
    _sequence.add_unbegun(d_h0, d_state.h, lengths, T)
    return d_x, MinGRUParams(d_W_ih, d_b), MinGRUState(d_h0)
