"""The minimal LSTM: gates that see the input alone and share one unit between old and new.

    f[t] = σ(b_f + W_f x[t])        i[t] = σ(b_i + W_i x[t])        n[t] = b_n + W_n x[t]        (1)
    k[t] = f[t] / (f[t] + i[t])                     how much is kept; the rest is new            (2)
    h[t] = k[t] ⊙ h[t-1] + (1 - k[t]) ⊙ n[t]                                                     (3)

and back, given d_h[t], the slope through everything:

    d_k = (h[t-1] - n) ⊙ d_h        d_a_f = k (1 - k) σ(-a_f) ⊙ d_k                              (4)
    d_n = (1 - k) ⊙ d_h             d_a_i = -k (1 - k) σ(-a_i) ⊙ d_k        d_h[t-1] += k ⊙ d_h  (5)
    d_W_ih = Σ d_a[t] x[t]ᵀ         d_b = Σ d_a[t]          where d_a = (d_a_f, d_a_i, d_n)      (6)

k is computed as σ(log f - log i), which stands where both gates are shut and f / (f + i) is 0 / 0.

It is `rnncourse.lstm` without W_hh, the tanh's, the output gate and the second state. As with
`rnncourse.mingru`, `rnncourse.scan` solves it without a loop over the steps.

Arrays are time-major. Weights have the equations' shape, rows in the order f, i, n.

Source: L. Feng et al., Were RNNs all we needed? (2024), without their logarithms of h.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from rnncourse import _init, _scanned, _sequence
from rnncourse._sequence import log1p_exp, sigmoid
from rnncourse._validate import Array

__all__ = [
    "MinLSTMParams",
    "MinLSTMState",
    "backward",
    "forward",
    "init",
    "step",
    "step_backward",
]


class MinLSTMParams(NamedTuple):
    """The weights, or the gradient of a loss by them; rows of f, i, n."""

    W_ih: Array  # (3H, I)
    b: Array  # (3H,)


class MinLSTMState(NamedTuple):
    """What the network carries from one step to the next, or a gradient by it."""

    h: Array  # (B, H)


class _StepCache(NamedTuple):
    x: Array  # (B, I)
    before: Array  # (B, H)
    a: tuple[Array, Array, Array]  # a_f, a_i and n, each (B, H)
    k: Array  # (B, H)


class _Cache(NamedTuple):
    params: MinLSTMParams
    x: Array  # (T, B, I), padding zeroed
    fin: Array  # (T, B, 3, H), a_f, a_i and n
    k: Array  # (T, B, H)
    scanned: _scanned.Scanned


def init(
    rng: np.random.Generator,
    input_size: int,
    hidden_size: int,
    *,
    forget_bias: float = 1.0,
    dtype: Any = np.float64,
) -> MinLSTMParams:
    """Draw weights uniformly from ±1/√I, as a linear layer's, the forget gates' bias apart.

    Raises:
        ValueError: a size below 1, or a dtype that is not floating.

    >>> params = init(np.random.default_rng(0), input_size=2, hidden_size=3)
    >>> [array.shape for array in params]
    [(9, 2), (9,)]
    """
    _init.sizes(input_size=input_size, hidden_size=hidden_size)
    shapes = [(3 * hidden_size, input_size), (3 * hidden_size,)]
    params = MinLSTMParams(*_init.uniform(rng, input_size, shapes, dtype))
    params.b[:hidden_size] = forget_bias
    return params


def step(params: MinLSTMParams, x: Array, state: MinLSTMState) -> tuple[MinLSTMState, _StepCache]:
    """One step, from its input (B, I) and the state before it, h (B, H).

    Returns:
        The state after the step, and what `step_backward` needs.

    >>> half = MinLSTMParams(np.array([[0.0], [0.0], [1.0]]), np.zeros(3))
    >>> step(half, np.array([[3.0]]), MinLSTMState(np.array([[1.0]])))[0].h.tolist()
    [[2.0]]
    """
    a_f, a_i, n = np.split(params.b + x @ params.W_ih.T, 3, axis=1)  # eq. 1: (B, H) each
    k = _kept(a_f, a_i)  # eq. 2
    h = k * state.h + (1 - k) * n  # eq. 3
    return MinLSTMState(h), _StepCache(x, state.h, (a_f, a_i, n), k)


def step_backward(
    params: MinLSTMParams, cache: _StepCache, d_state: MinLSTMState
) -> tuple[Array, MinLSTMState, MinLSTMParams]:
    """Go back over one step, given the gradient by the state after it, h (B, H).

    Returns:
        d_x (B, I), the gradient by the state before the step, and this step's share of the
        weights' gradients, summed over the batch.
    """
    x, before, (a_f, a_i, n), k = cache
    d_h = d_state.h
    d_k = k * (1 - k) * (before - n) * d_h  # eq. 4: by log f - log i
    d_a_f, d_a_i, d_n = sigmoid(-a_f) * d_k, -sigmoid(-a_i) * d_k, (1 - k) * d_h  # eqs. 4, 5
    d_a = np.concatenate([d_a_f, d_a_i, d_n], axis=1)  # (B, 3H)
    grads = MinLSTMParams(W_ih=d_a.T @ x, b=d_a.sum(axis=0))  # eq. 6
    return d_a @ params.W_ih, MinLSTMState(k * d_h), grads  # eq. 5


def forward(
    params: MinLSTMParams,
    x: Array,
    state: MinLSTMState | None = None,
    *,
    lengths: Any = None,
    method: str = "chunked",
) -> tuple[Array, MinLSTMState, _Cache]:
    """Run over a batch of sequences; arguments, results and errors as `rnncourse.gru.forward`.

    Args:
        params: the weights.
        x: (T, B, I).
        state: h (B, H) before the first step; zeros when left out.
        lengths: (B,) steps in each sequence.
        method: of `rnncourse.scan.forward`.

    >>> half = MinLSTMParams(np.array([[0.0], [0.0], [1.0]]), np.zeros(3))
    >>> h, _, _ = forward(half, np.array([4.0, 0.0, 0.0]).reshape(3, 1, 1))
    >>> h.ravel().tolist()
    [2.0, 1.0, 0.5]
    """
    dtype = _scanned.weights(params, 3)
    H = len(params.b) // 3
    x, state, lengths = _sequence.checked(params, dtype, x, state, lengths, MinLSTMState, ((H,),))
    T, B, I = x.shape
    a = x.reshape(T * B, I) @ params.W_ih.T  # eq. 1
    a += params.b  # eq. 1
    fin = a.reshape(T, B, 3, H)
    k = np.empty((T, B, H), dtype)

    def gates(block: slice) -> tuple[Array, Array]:
        a_f, a_i, n = fin[block].transpose(2, 0, 1, 3)  # (n, B, H) each
        k[block] = _kept(a_f, a_i)  # eq. 2
        return k[block], (1 - k[block]) * n  # eq. 3

    end, scanned = _scanned.forth(gates, T, state.h, lengths, method)
    return scanned.hs[1:], MinLSTMState(end), _Cache(params, x, fin, k, scanned)


def backward(
    cache: _Cache, d_h: Array, d_state: MinLSTMState | None = None
) -> tuple[Array, MinLSTMParams, MinLSTMState]:
    """Back-propagate through time; arguments, results and errors as `rnncourse.gru.backward`.

    >>> half = MinLSTMParams(np.array([[0.0], [0.0], [1.0]]), np.zeros(3))
    >>> h, _, cache = forward(half, np.array([4.0, 0.0, 0.0]).reshape(3, 1, 1))
    >>> backward(cache, np.zeros_like(h), MinLSTMState(np.ones((1, 1))))[0].ravel().tolist()
    [0.125, 0.25, 0.5]
    """
    params, x, fin, all_k, scanned = cache
    T, B, I = x.shape
    hs, lengths, _ = scanned
    d_h, d_state = _sequence.checked_gradients(d_h, d_state, hs[1:], MinLSTMState(hs[0]))

    d_x, d_h0 = np.empty(x.shape, x.dtype), np.zeros_like(d_state.h)
    d_W_ih, d_b = (np.zeros_like(p) for p in params)
    way_back = _scanned.back(
        scanned,
        lambda block: all_k[block],
        lambda block: _sequence.seen(d_h, d_state.h, lengths, block),
        d_h0,
    )
    for block, d_keep, d_new in way_back:
        rows = len(d_new) * B
        a_f, a_i, n = fin[block].transpose(2, 0, 1, 3)
        k = all_k[block]
        d_k = k * (1 - k) * (d_keep - n * d_new)  # eq. 4: by log f - log i
        parts = [sigmoid(-a_f) * d_k, -sigmoid(-a_i) * d_k, (1 - k) * d_new]  # eqs. 4, 5
        d_a = np.concatenate(parts, axis=2).reshape(rows, len(d_b))
        np.matmul(d_a, params.W_ih, out=d_x[block].reshape(rows, I))
        d_W_ih += d_a.T @ x[block].reshape(rows, I)  # eq. 6
        d_b += d_a.sum(axis=0)  # eq. 6
    _sequence.add_unbegun(d_h0, d_state.h, lengths, T)
    return d_x, MinLSTMParams(d_W_ih, d_b), MinLSTMState(d_h0)


def _kept(a_f: Array, a_i: Array) -> Array:
    """The kept part f / (f + i) = σ(log f - log i), where log σ(a) = -log(1 + exp(-a))."""
    return sigmoid(log1p_exp(-a_i) - log1p_exp(-a_f))
