"""The mLSTM cell of xLSTM: a matrix of memories, written by keys and read by queries.

    q, k, v, a_o = b + W_ih x[t]    query, key, value; but k = b_k + W_k x[t] / √D               (1)
    a_i, a_f = b_g + W_g x[t]       i = exp(a_i)    f = σ(a_f)    o = σ(a_o)                     (2)
    C[t] = f C[t-1] + i v kᵀ                        n[t] = f n[t-1] + i k                        (3)
    h[t] = o ⊙ C[t] q / max(|n[t]·q|, 1)                                                         (4)

i and f are single numbers for the whole matrix. With N heads, q, k, v are cut into N parts of
D = H / N numbers, and each part has its own i, f, C and n. h does not return: given the gates, C is
a sum over what has come, so that the steps could be taken all at once.

exp would overflow, so C and n are kept divided by exp(m), which leaves of the 1 above exp(-m):

    m[t] = max(log f + m[t-1], a_i, 0)   i' = exp(a_i - m[t])   f' = exp(log f + m[t-1] - m[t])  (5)

and i', f' stand for i, f above. (The source's m has no 0 in it; there exp(-m) can overflow.)
On the way back, with z = C q, s = n·q, d = max(|s|, exp(-m)):

    d_z = o ⊙ d_h / d              d_d = -(z / d)·d_z        d_s = ±d_d if d is |s|, else 0      (6)
    d_C += d_z qᵀ                  d_n += d_s q              d_q = Cᵀ d_z + d_s n                (7)
    d_v = i' d_C k                 d_k = i' (d_Cᵀ v + d_n)  d_a_o = o (1 - o) z ⊙ d_h / d        (8)
    by_i = i' (vᵀ d_C k + k·d_n)   by_f = f' (Σ C[t-1] ⊙ d_C + n[t-1]·d_n)                       (9)
    d_m -= by_i + by_f + (0 or exp(-m) d_d)                                                     (10)
    d_a_i = by_i,  d_log f = by_f  and d_m goes to the larger of the two, if above 0            (11)

Weights have the equations' shape, rows in the order q, k, v, o and i, f.

Source: M. Beck et al., xLSTM: extended long short-term memory (2024).
"""

from __future__ import annotations

import math
import sys
from typing import Any, NamedTuple

import numpy as np

from rnncourse import _by_steps, _init, _validate
from rnncourse._sequence import log1p_exp, sigmoid
from rnncourse._validate import Array

__all__ = ["MLSTMParams", "MLSTMState", "backward", "forward", "init", "step", "step_backward"]

LARGEST = 50.0  # for exp(-m) in a denominator: from here on it stays, so that it is never 0


class MLSTMParams(NamedTuple):
    """The weights, or the gradient of a loss by them."""

    W_ih: Array  # (4H, I), rows of q, k, v, o
    b: Array  # (4H,)
    W_g: Array  # (2N, I), rows of the gates i, f of each head
    b_g: Array  # (2N,)


class MLSTMState(NamedTuple):
    """What the network carries from one step to the next (h it only shows), or a gradient by it."""

    h: Array  # (B, H)
    C: Array  # (B, N, D, D), divided by exp(m)
    n: Array  # (B, N, D), divided by exp(m)
    m: Array  # (B, N)


class _StepCache(NamedTuple):
    x: Array  # (B, I)
    before: MLSTMState
    after: MLSTMState
    qkv: tuple[Array, Array, Array]  # (B, N, D) each
    gates: tuple[Array, Array, Array]  # i', f' (B, N), o (B, N, D)
    a_f: Array  # (B, N)
    shown: Array  # (B, N, D), C q / d
    d: Array  # (B, N), the denominator
    sign: Array  # (B, N), of n·q where that is the denominator, else 0
    largest: Array  # (B, N), which of log f + m[t-1], a_i and 0 is m[t]


def init(
    rng: np.random.Generator,
    input_size: int,
    hidden_size: int,
    *,
    heads: int = 1,
    forget_bias: float = 1.0,
    dtype: Any = np.float64,
) -> MLSTMParams:
    """Draw weights uniformly from ±1/√H, the forget gates' bias apart.

    Args:
        rng: source of the numbers, such as `np.random.default_rng(0)`.
        input_size: I, at least 1.
        hidden_size: H, at least 1.
        heads: N, a divisor of H.
        forget_bias: at 1 a new cell keeps 73 % at each step.
        dtype: float32 or float64; everything computed from the weights keeps it.

    Raises:
        ValueError: a size below 1, heads that do not divide H, or a dtype that is not floating.

    >>> params = init(np.random.default_rng(0), input_size=2, hidden_size=6, heads=3)
    >>> [array.shape for array in params]
    [(24, 2), (24,), (6, 2), (6,)]
    """
    _init.sizes(input_size=input_size, hidden_size=hidden_size, heads=heads)
    if hidden_size % heads:
        raise ValueError(f"heads must divide hidden_size = {hidden_size}, got {heads}")
    I, H = input_size, hidden_size
    shapes = [(4 * H, I), (4 * H,), (2 * heads, I), (2 * heads,)]
    params = MLSTMParams(*_init.uniform(rng, H, shapes, dtype))
    params.b_g[heads:] = forget_bias
    return params


def step(params: MLSTMParams, x: Array, state: MLSTMState) -> tuple[MLSTMState, _StepCache]:
    """One step, from its input (B, I) and the state before it: h (B, H), C, n and m.

    Returns:
        The state after the step, and what `step_backward` needs.

    >>> params = MLSTMParams(np.eye(4), np.zeros(4), np.zeros((2, 4)), np.array([0.0, 99.0]))
    >>> state = MLSTMState(np.zeros((1, 1)), np.zeros((1, 1, 1, 1)), *np.zeros((2, 1, 1, 1)))
    >>> state = state._replace(m=np.zeros((1, 1)))
    >>> state, _ = step(params, np.array([[0.0, 2, 5, 0]]), state)  # store 5 under the key 2
    >>> state, _ = step(params, np.array([[2.0, 0, 0, 99]]), state)  # ask for the key 2
    >>> state.h.tolist()
    [[5.0]]
    """
    N, D = _heads(params)
    a = x @ params.W_ih.T  # eq. 1: (B, 4H)
    a[:, N * D : 2 * N * D] /= math.sqrt(D)  # eq. 1
    q, k, v, a_o = (a + params.b).reshape(len(x), 4, N, D).transpose(1, 0, 2, 3)  # eq. 1: (B, N, D)
    a_i, a_f = np.split(params.b_g + x @ params.W_g.T, 2, axis=1)  # eq. 2: (B, N)
    o = sigmoid(a_o)
    kept = state.m - log1p_exp(-a_f)  # log f + m[t-1]
    choices = np.stack([kept, a_i, np.zeros_like(a_i)])
    largest = choices.real.argmax(axis=0)
    m = np.take_along_axis(choices, largest[None], axis=0)[0]  # eq. 5
    i, f = np.exp(a_i - m), np.exp(kept - m)  # eq. 5
    C = f[..., None, None] * state.C + (i[..., None] * v)[..., None] * k[..., None, :]  # eq. 3
    n = f[..., None] * state.n + i[..., None] * k  # eq. 3
    s, least = (n * q).sum(axis=-1), np.exp(-np.minimum(m, LARGEST))
    sign = np.where(abs(s.real) > least.real, np.sign(s.real), 0).astype(s.real.dtype)
    d = np.where(sign == 0, least, sign * s)
    shown = (C @ q[..., None])[..., 0] / d[..., None]  # eq. 4
    after = MLSTMState((o * shown).reshape(len(x), N * D), C, n, m)  # eq. 4
    return after, _StepCache(x, state, after, (q, k, v), (i, f, o), a_f, shown, d, sign, largest)


def step_backward(
    params: MLSTMParams, cache: _StepCache, d_state: MLSTMState
) -> tuple[Array, MLSTMState, MLSTMParams]:
    """Go back over one step, given the gradient by the state after it, h, C, n and m.

    Returns:
        d_x (B, I), the gradient by the state before the step, and this step's share of the
        weights' gradients, summed over the batch.
    """
    x, before, after, (q, k, v), (i, f, o), a_f, shown, d, sign, largest = cache
    B, N, D = q.shape
    d_h = d_state.h.reshape(B, N, D)
    d_a_o = shown * o * (1 - o) * d_h  # eq. 8
    d_z = o * d_h / d[..., None]  # eq. 6: z = C q
    d_d = -(shown * d_z).sum(axis=-1)  # eq. 6: (B, N)
    d_s = sign * d_d  # eq. 6
    d_C = d_state.C + d_z[..., None] * q[..., None, :]  # eq. 7
    d_n = d_state.n + d_s[..., None] * q  # eq. 7
    d_q = _times(d_z, after.C) + d_s[..., None] * after.n  # eq. 7
    d_v = i[..., None] * _times(k, d_C.swapaxes(2, 3))  # eq. 8
    d_k = i[..., None] * (_times(v, d_C) + d_n)  # eq. 8
    by_i = (k * d_k).sum(axis=-1)  # eq. 9
    by_f = f * ((before.C * d_C).sum(axis=(2, 3)) + (before.n * d_n).sum(axis=-1))  # eq. 9
    by_least = np.where((sign == 0) & (after.m < LARGEST), -d * d_d, 0)
    d_m = d_state.m + by_least - by_i - by_f  # eq. 10
    d_kept = by_f + np.where(largest == 0, d_m, 0)  # eq. 11: by log f, and by m[t-1]
    d_a_i = by_i + np.where(largest == 1, d_m, 0)  # eq. 11
    d_a_f = sigmoid(-a_f) * d_kept
    d_a = np.concatenate(
        [part.reshape(B, N * D) for part in (d_q, d_k, d_v, d_a_o)], axis=1
    )  # (B, 4H)
    d_b = d_a.sum(axis=0)
    d_a[:, N * D : 2 * N * D] /= math.sqrt(D)
    d_g = np.concatenate([d_a_i, d_a_f], axis=1)  # (B, 2N)
    grads = MLSTMParams(W_ih=d_a.T @ x, b=d_b, W_g=d_g.T @ x, b_g=d_g.sum(axis=0))
    d_before = MLSTMState(
        np.zeros_like(d_state.h), f[..., None, None] * d_C, f[..., None] * d_n, d_kept
    )
    return d_a @ params.W_ih + d_g @ params.W_g, d_before, grads


def forward(
    params: MLSTMParams, x: Array, state: MLSTMState | None = None, *, lengths: Any = None
) -> tuple[Array, MLSTMState, Any]:
    """Run over a batch of sequences; arguments, results and errors as `rnncourse.lstm.forward`.

    Raises:
        ValueError: heads that do not divide H.

    >>> params = init(np.random.default_rng(0), input_size=2, hidden_size=6, heads=3)
    >>> h, state, _ = forward(params, np.zeros((5, 4, 2)))
    >>> h.shape, state.C.shape
    ((5, 4, 6), (4, 3, 2, 2))
    """
    _validate.fields(params, *MLSTMParams._fields)
    W, G = params.W_ih, params.W_g
    rows, I = W.shape if W.ndim == 2 else ("4H", "I")
    gates = len(G) if G.ndim == 2 else "2N"
    wanted = {"W_ih": (rows, I), "b": (rows,), "W_g": (gates, I), "b_g": (gates,)}
    dtype = _validate.parameters(params, wanted)
    if len(G) % 2 or not len(G) or len(W) % (2 * len(G)):
        raise ValueError(
            f"MLSTMParams.W_ih must have 4 rows for each hidden unit and W_g 2 for each head, and "
            f"the heads must divide the hidden units; got {W.shape} and {G.shape}"
        )
    N, D = _heads(params)
    sizes = (N * D,), (N, D, D), (N, D), (N,)
    return _by_steps.forward(_CELL, params, dtype, x, state, lengths, MLSTMState, sizes)


def backward(
    cache: Any, d_h: Array, d_state: MLSTMState | None = None
) -> tuple[Array, MLSTMParams, MLSTMState]:
    """Back-propagate through time; arguments, results and errors as `rnncourse.lstm.backward`.

    >>> params = init(np.random.default_rng(0), input_size=2, hidden_size=6, heads=3)
    >>> h, _, cache = forward(params, np.zeros((5, 4, 2)))
    >>> backward(cache, np.ones_like(h))[1].b.shape
    (24,)
    """
    return _by_steps.backward(_CELL, cache, d_h, d_state)


def _heads(params: MLSTMParams) -> tuple[int, int]:
    """N and D."""
    N = len(params.b_g) // 2
    return N, len(params.b) // (4 * N)


def _times(rows: Array, matrices: Array) -> Array:
    """Rows (B, N, D) times matrices (B, N, D, D)."""
    product: Array = (rows[..., None, :] @ matrices)[..., 0, :]
    return product


_CELL = sys.modules[__name__]
