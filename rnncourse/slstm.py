"""The sLSTM cell of xLSTM: an input gate without a ceiling, and a count n to divide by.

    a[t] = b + W_hh h[t-1] + W_ih x[t]                      four parts:                         (1)
    i = exp(a_i)    f = σ(a_f)    g = tanh(a_g)    o = σ(a_o)                                   (2)
    c[t] = f ⊙ c[t-1] + i ⊙ g                               n[t] = f ⊙ n[t-1] + i               (3)
    h[t] = o ⊙ c[t] / n[t]                                                                      (4)

An exponential gate can outweigh all that was stored, and so revise it; h stays below 1, since c / n
is a weighted mean of every g so far. exp would overflow, so c and n are kept divided by exp(m),
which cancels in h:

    m[t] = max(log f + m[t-1], a_i)    i' = exp(a_i - m[t])    f' = exp(log f + m[t-1] - m[t])  (5)

and i', f' stand for i, f above. Where n is 0 nothing has been stored yet: m[t] = a_i and f' = 0.
On the way back, with d_i' = g d_c + d_n and d_f' = c[t-1] d_c + n[t-1] d_n,

    d_c += o d_h / n    d_n -= o c d_h / n²    d_m -= i' d_i' + f' d_f'                         (6)
    d_a_i = i' d_i',  d_log f = f' d_f'        and d_m goes to the larger of the two            (7)
    d_a_g = i' (1 - g²) d_c                    d_a_o = o (1 - o) c d_h / n                      (8)

Weights have the equations' shape, rows in the order i, f, g, o.

Source: M. Beck et al., xLSTM: extended long short-term memory (2024), one head.
"""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import numpy as np

from rnncourse import _by_steps, _init, _sequence, _validate
from rnncourse._sequence import log1p_exp, sigmoid
from rnncourse._validate import Array

__all__ = ["SLSTMParams", "SLSTMState", "backward", "forward", "init", "step", "step_backward"]


class SLSTMParams(NamedTuple):
    """The weights, or the gradient of a loss by them; rows of the gates i, f, g, o."""

    W_ih: Array  # (4H, I)
    W_hh: Array  # (4H, H)
    b: Array  # (4H,)


class SLSTMState(NamedTuple):
    """What the network carries from one step to the next, or a gradient by it."""

    h: Array  # (B, H)
    c: Array  # (B, H), divided by exp(m)
    n: Array  # (B, H), divided by exp(m)
    m: Array  # (B, H)


class _StepCache(NamedTuple):
    x: Array  # (B, I)
    before: SLSTMState
    after: SLSTMState
    gates: tuple[Array, Array, Array, Array]  # i', f', g, o, each (B, H)
    a_f: Array  # (B, H)
    renewed: Array  # (B, H), whether m[t] is a_i


def init(
    rng: np.random.Generator,
    input_size: int,
    hidden_size: int,
    *,
    forget_bias: float = 1.0,
    dtype: Any = np.float64,
) -> SLSTMParams:
    """Draw weights as `rnncourse.lstm.init` does.

    Raises:
        ValueError: a size below 1, or a dtype that is not floating.

    >>> params = init(np.random.default_rng(0), input_size=2, hidden_size=3)
    >>> [array.shape for array in params]
    [(12, 2), (12, 3), (12,)]
    """
    _init.sizes(input_size=input_size, hidden_size=hidden_size)
    H = hidden_size
    shapes = [(4 * H, input_size), (4 * H, H), (4 * H,)]
    params = SLSTMParams(*_init.uniform(rng, H, shapes, dtype))
    params.b[H : 2 * H] = forget_bias
    return params


def step(params: SLSTMParams, x: Array, state: SLSTMState) -> tuple[SLSTMState, _StepCache]:
    """One step, from its input (B, I) and the state before it, four arrays (B, H).

    Returns:
        The state after the step, and what `step_backward` needs.

    >>> mean = SLSTMParams(np.array([[0.0], [0], [1], [0]]), np.zeros((4, 1)), [0.0, 99, 0, 99])
    >>> state = SLSTMState(*np.zeros((4, 1, 1)))
    >>> for x in (1.0, 0.0):  # i = f = o = 1: h is the mean of tanh(x)
    ...     state, _ = step(mean, np.array([[x]]), state)
    >>> round(float(state.h[0, 0] / np.tanh(1)), 4)
    0.5
    """
    a = params.b + state.h @ params.W_hh.T + x @ params.W_ih.T  # eq. 1: (B, 4H)
    a_i, a_f, a_g, a_o = np.split(a, 4, axis=1)  # (B, H) each
    g, o = np.tanh(a_g), sigmoid(a_o)  # eq. 2
    kept = state.m - log1p_exp(-a_f)  # log f + m[t-1]
    empty = state.n == 0
    renewed = empty | (a_i.real > kept.real)
    m = np.where(renewed, a_i, kept)  # eq. 5
    i = np.exp(a_i - m)  # eqs. 2, 5
    f = np.where(empty, 0, np.exp(np.where(empty, 0, kept - m))).astype(a.dtype)  # eqs. 2, 5
    c, n = f * state.c + i * g, f * state.n + i  # eq. 3
    after = SLSTMState(o * c / n, c, n, m)  # eq. 4
    return after, _StepCache(x, state, after, (i, f, g, o), a_f, renewed)


def step_backward(
    params: SLSTMParams, cache: _StepCache, d_state: SLSTMState
) -> tuple[Array, SLSTMState, SLSTMParams]:
    """Go back over one step, given the gradient by the state after it, four arrays (B, H).

    Returns:
        d_x (B, I), the gradient by the state before the step, and this step's share of the
        weights' gradients, summed over the batch.
    """
    x, before, (_, c, n, _), (i, f, g, o), a_f, renewed = cache
    d_h = d_state.h
    d_c = d_state.c + o / n * d_h  # eq. 6
    d_n = d_state.n - o * c / n**2 * d_h  # eq. 6
    by_i = i * (g * d_c + d_n)  # eq. 7
    by_f = f * (before.c * d_c + before.n * d_n)  # eq. 7
    d_m = d_state.m - by_i - by_f  # eq. 6
    d_a_i = by_i + np.where(renewed, d_m, 0)  # eq. 7
    d_kept = by_f + np.where(renewed, 0, d_m)  # eq. 7: by log f, and by m[t-1]
    d_a_f = sigmoid(-a_f) * d_kept
    d_a_g = (1 - g**2) * i * d_c  # eq. 8
    d_a_o = c / n * o * (1 - o) * d_h  # eq. 8
    d_a = np.concatenate([d_a_i, d_a_f, d_a_g, d_a_o], axis=1)  # (B, 4H)
    grads = SLSTMParams(W_ih=d_a.T @ x, W_hh=d_a.T @ before.h, b=d_a.sum(axis=0))
    return d_a @ params.W_ih, SLSTMState(d_a @ params.W_hh, f * d_c, f * d_n, d_kept), grads


def forward(
    params: SLSTMParams, x: Array, state: SLSTMState | None = None, *, lengths: Any = None
) -> tuple[Array, SLSTMState, Any]:
    """Run over a batch of sequences; arguments, results and errors as `rnncourse.lstm.forward`.

    Raises:
        ValueError: n below zero in the state.

    >>> params = init(np.random.default_rng(0), input_size=2, hidden_size=3)
    >>> forward(params, np.zeros((5, 4, 2)))[0].shape
    (5, 4, 3)
    """
    dtype = _sequence.gated(params, 4)
    if state is not None:
        state = _validate.state("state", state, SLSTMState)
        _validate.shape("state.n", state.n, ("B", "H"))
        if np.any(state.n.real < 0):
            least = state.n.real.min()
            raise ValueError(
                f"state.n must not be negative: it counts what was stored; got {least}"
            )
    sizes = ((params.W_hh.shape[1],),) * 4
    return _by_steps.forward(_CELL, params, dtype, x, state, lengths, SLSTMState, sizes)


def backward(
    cache: Any, d_h: Array, d_state: SLSTMState | None = None
) -> tuple[Array, SLSTMParams, SLSTMState]:
    """Back-propagate through time; arguments, results and errors as `rnncourse.lstm.backward`.

    >>> params = init(np.random.default_rng(0), input_size=2, hidden_size=3)
    >>> h, _, cache = forward(params, np.zeros((5, 4, 2)))
    >>> backward(cache, np.ones_like(h))[1].b.shape
    (12,)
    """
    return _by_steps.backward(_CELL, cache, d_h, d_state)


_CELL = sys.modules[__name__]
