"""Long short-term memory whose gates also look at the cell, through one weight for each unit.

    a[t] = b + W_hh h[t-1] + W_ih x[t]    four parts: i, f, g, o                                 (1)
    i[t] = σ(a_i[t] + p_i ⊙ c[t-1])       f[t] = σ(a_f[t] + p_f ⊙ c[t-1])                        (2)
    g[t] = tanh(a_g[t])                   o[t] = σ(a_o[t] + p_o ⊙ c[t])                          (3)
    c[t] = f[t] ⊙ c[t-1] + i[t] ⊙ g[t]    h[t] = o[t] ⊙ tanh(c[t])                               (4)

and back, where the other lines are those of `rnncourse.lstm`:

    d_a_o[t] = tanh(c[t]) o (1 - o) ⊙ d_h[t]                                                     (5)
    d_c[t] += o (1 - tanh²(c[t])) ⊙ d_h[t] + p_o ⊙ d_a_o[t]                                      (6)
    d_c[t-1] += f[t] ⊙ d_c[t] + p_i ⊙ d_a_i[t] + p_f ⊙ d_a_f[t]                                  (7)
    d_p_i = Σ d_a_i[t] c[t-1]         d_p_f = Σ d_a_f[t] c[t-1]         d_p_o = Σ d_a_o[t] c[t]  (8)

A gate that is shut by o hides the cell from h; a peephole lets the next step's gates see it still.

Source: F. Gers and J. Schmidhuber, Recurrent nets that time and count (2000); in this form
A. Graves, Generating sequences with recurrent neural networks (2013).
"""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import numpy as np

from rnncourse import _by_steps, _init, _sequence
from rnncourse._sequence import sigmoid
from rnncourse._validate import Array
from rnncourse.lstm import LSTMState

__all__ = ["LSTMState", "PeepholeParams", "backward", "forward", "init", "step", "step_backward"]


class PeepholeParams(NamedTuple):
    """The weights, or the gradient of a loss by them; rows of the gates i, f, g, o."""

    W_ih: Array  # (4H, I)
    W_hh: Array  # (4H, H)
    b: Array  # (4H,)
    p_i: Array  # (H,)
    p_f: Array  # (H,)
    p_o: Array  # (H,)


class _StepCache(NamedTuple):
    x: Array  # (B, I)
    before: LSTMState
    gates: tuple[Array, Array, Array, Array]  # i, f, g, o, each (B, H)
    c: Array  # (B, H)
    tanh_c: Array  # (B, H)


def init(
    rng: np.random.Generator,
    input_size: int,
    hidden_size: int,
    *,
    forget_bias: float = 1.0,
    dtype: Any = np.float64,
) -> PeepholeParams:
    """Draw weights as `rnncourse.lstm.init` does, peepholes from ±1/√H too.

    Raises:
        ValueError: a size below 1, or a dtype that is not floating.

    >>> params = init(np.random.default_rng(0), input_size=2, hidden_size=3)
    >>> [array.shape for array in params]
    [(12, 2), (12, 3), (12,), (3,), (3,), (3,)]
    """
    _init.sizes(input_size=input_size, hidden_size=hidden_size)
    H = hidden_size
    shapes = [(4 * H, input_size), (4 * H, H), (4 * H,), (H,), (H,), (H,)]
    params = PeepholeParams(*_init.uniform(rng, H, shapes, dtype))
    params.b[H : 2 * H] = forget_bias
    return params


def step(params: PeepholeParams, x: Array, state: LSTMState) -> tuple[LSTMState, _StepCache]:
    """One step, from its input (B, I) and the state before it, h and c (B, H).

    Returns:
        The state after the step, and what `step_backward` needs.

    >>> ones, zeros = np.ones(1), np.zeros((4, 1))  # a unit that sees nothing but its own cell
    >>> params = PeepholeParams(zeros, zeros, np.zeros(4), ones, ones, ones)
    >>> state, _ = step(params, np.zeros((1, 1)), LSTMState(np.zeros((1, 1)), np.array([[2.0]])))
    >>> round(float(state.c[0, 0]), 4)  # 2 σ(2)
    1.7616
    """
    a = params.b + state.h @ params.W_hh.T + x @ params.W_ih.T  # eq. 1: (B, 4H)
    a_i, a_f, a_g, a_o = np.split(a, 4, axis=1)  # (B, H) each
    i = sigmoid(a_i + params.p_i * state.c)  # eq. 2
    f = sigmoid(a_f + params.p_f * state.c)  # eq. 2
    g = np.tanh(a_g)  # eq. 3
    c = f * state.c + i * g  # eq. 4
    o = sigmoid(a_o + params.p_o * c)  # eq. 3
    tanh_c = np.tanh(c)
    return LSTMState(o * tanh_c, c), _StepCache(x, state, (i, f, g, o), c, tanh_c)  # eq. 4


def step_backward(
    params: PeepholeParams, cache: _StepCache, d_state: LSTMState
) -> tuple[Array, LSTMState, PeepholeParams]:
    """Go back over one step, given the gradient by the state after it, h and c (B, H).

    Returns:
        d_x (B, I), the gradient by the state before the step, and this step's share of the
        weights' gradients, summed over the batch.
    """
    x, before, (i, f, g, o), c, tanh_c = cache
    d_a_o = tanh_c * o * (1 - o) * d_state.h  # eq. 5
    d_c = d_state.c + o * (1 - tanh_c**2) * d_state.h + params.p_o * d_a_o  # eq. 6
    d_a_i = g * i * (1 - i) * d_c
    d_a_f = before.c * f * (1 - f) * d_c
    d_a_g = i * (1 - g**2) * d_c
    d_a = np.concatenate([d_a_i, d_a_f, d_a_g, d_a_o], axis=1)  # (B, 4H)
    d_c_before = f * d_c + params.p_i * d_a_i + params.p_f * d_a_f  # eq. 7
    grads = PeepholeParams(
        W_ih=d_a.T @ x,
        W_hh=d_a.T @ before.h,
        b=d_a.sum(axis=0),
        p_i=(d_a_i * before.c).sum(axis=0),  # eq. 8
        p_f=(d_a_f * before.c).sum(axis=0),  # eq. 8
        p_o=(d_a_o * c).sum(axis=0),  # eq. 8
    )
    return d_a @ params.W_ih, LSTMState(d_a @ params.W_hh, d_c_before), grads


def forward(
    params: PeepholeParams, x: Array, state: LSTMState | None = None, *, lengths: Any = None
) -> tuple[Array, LSTMState, Any]:
    """Run over a batch of sequences; arguments, results and errors as `rnncourse.lstm.forward`.

    >>> params = init(np.random.default_rng(0), input_size=2, hidden_size=3)
    >>> forward(params, np.zeros((5, 4, 2)))[0].shape
    (5, 4, 3)
    """
    dtype = _sequence.gated(params, 4, p_i=("H",), p_f=("H",), p_o=("H",))
    H = params.W_hh.shape[1]
    return _by_steps.forward(_CELL, params, dtype, x, state, lengths, LSTMState, ((H,), (H,)))


def backward(
    cache: Any, d_h: Array, d_state: LSTMState | None = None
) -> tuple[Array, PeepholeParams, LSTMState]:
    """Back-propagate through time; arguments, results and errors as `rnncourse.lstm.backward`.

    >>> params = init(np.random.default_rng(0), input_size=2, hidden_size=3)
    >>> h, _, cache = forward(params, np.zeros((5, 4, 2)))
    >>> backward(cache, np.ones_like(h))[1].p_o.shape
    (3,)
    """
    return _by_steps.backward(_CELL, cache, d_h, d_state)


_CELL = sys.modules[__name__]
