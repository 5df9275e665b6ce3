"""Long short-term memory with one gate for forgetting and letting in: what is lost is replaced.

    a[t] = b + W_hh h[t-1] + W_ih x[t]               three parts: f, g, o                  (1)
    f[t] = σ(a_f[t])       g[t] = tanh(a_g[t])       o[t] = σ(a_o[t])                      (2)
    c[t] = f[t] ⊙ c[t-1] + (1 - f[t]) ⊙ g[t]                                               (3)
    h[t] = o[t] ⊙ tanh(c[t])                                                               (4)

and back, where the other lines are those of `rnncourse.lstm`:

    d_c[t] += o (1 - tanh²(c[t])) ⊙ d_h[t]                                                 (5)
    d_a_f[t] = (c[t-1] - g) f (1 - f) ⊙ d_c[t]       d_a_g[t] = (1 - f) (1 - g²) ⊙ d_c[t]  (6)
    d_a_o[t] = tanh(c[t]) o (1 - o) ⊙ d_h[t]         d_c[t-1] += f[t] ⊙ d_c[t]             (7)

The cell is a weighted mean, so |c| stays below 1 where it began there.

Weights have the equations' shape, rows in the order f, g, o.

Source: K. Greff et al., LSTM: a search space odyssey, IEEE Transactions on Neural Networks and
Learning Systems 28 (2017), where it is called CIFG.
"""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import numpy as np

from rnncourse import _by_steps, _init, _sequence
from rnncourse._sequence import sigmoid
from rnncourse._validate import Array
from rnncourse.lstm import LSTMState

__all__ = ["CoupledParams", "LSTMState", "backward", "forward", "init", "step", "step_backward"]


class CoupledParams(NamedTuple):
    """The weights, or the gradient of a loss by them; rows of the gates f, g, o."""

    W_ih: Array  # (3H, I)
    W_hh: Array  # (3H, H)
    b: Array  # (3H,)


class _StepCache(NamedTuple):
    x: Array  # (B, I)
    before: LSTMState
    gates: tuple[Array, Array, Array]  # f, g, o, each (B, H)
    tanh_c: Array  # (B, H)


def init(
    rng: np.random.Generator,
    input_size: int,
    hidden_size: int,
    *,
    forget_bias: float = 1.0,
    dtype: Any = np.float64,
) -> CoupledParams:
    """Draw weights as `rnncourse.lstm.init` does.

    Raises:
        ValueError: a size below 1, or a dtype that is not floating.

    >>> params = init(np.random.default_rng(0), input_size=2, hidden_size=3)
    >>> [array.shape for array in params]
    [(9, 2), (9, 3), (9,)]
    """
    _init.sizes(input_size=input_size, hidden_size=hidden_size)
    H = hidden_size
    shapes = [(3 * H, input_size), (3 * H, H), (3 * H,)]
    params = CoupledParams(*_init.uniform(rng, H, shapes, dtype))
    params.b[:H] = forget_bias
    return params


def step(params: CoupledParams, x: Array, state: LSTMState) -> tuple[LSTMState, _StepCache]:
    """One step, from its input (B, I) and the state before it, h and c (B, H).

    Returns:
        The state after the step, and what `step_backward` needs.

    >>> keep = CoupledParams(np.ones((3, 1)), np.ones((3, 1)), np.array([99.0, 0.0, 0.0]))
    >>> state, _ = step(keep, np.ones((1, 1)), LSTMState(np.zeros((1, 1)), np.array([[0.5]])))
    >>> state.c.tolist()
    [[0.5]]
    """
    a = params.b + state.h @ params.W_hh.T + x @ params.W_ih.T  # eq. 1: (B, 3H)
    a_f, a_g, a_o = np.split(a, 3, axis=1)  # (B, H) each
    f, g, o = sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)  # eq. 2
    c = f * state.c + (1 - f) * g  # eq. 3
    tanh_c = np.tanh(c)
    return LSTMState(o * tanh_c, c), _StepCache(x, state, (f, g, o), tanh_c)  # eq. 4


def step_backward(
    params: CoupledParams, cache: _StepCache, d_state: LSTMState
) -> tuple[Array, LSTMState, CoupledParams]:
    """Go back over one step, given the gradient by the state after it, h and c (B, H).

    Returns:
        d_x (B, I), the gradient by the state before the step, and this step's share of the
        weights' gradients, summed over the batch.
    """
    x, before, (f, g, o), tanh_c = cache
    d_c = d_state.c + o * (1 - tanh_c**2) * d_state.h  # eq. 5
    d_a_f = (before.c - g) * f * (1 - f) * d_c  # eq. 6
    d_a_g = (1 - f) * (1 - g**2) * d_c  # eq. 6
    d_a_o = tanh_c * o * (1 - o) * d_state.h  # eq. 7
    d_a = np.concatenate([d_a_f, d_a_g, d_a_o], axis=1)  # (B, 3H)
    grads = CoupledParams(W_ih=d_a.T @ x, W_hh=d_a.T @ before.h, b=d_a.sum(axis=0))
    return d_a @ params.W_ih, LSTMState(d_a @ params.W_hh, f * d_c), grads  # eq. 7


def forward(
    params: CoupledParams, x: Array, state: LSTMState | None = None, *, lengths: Any = None
) -> tuple[Array, LSTMState, Any]:
    """Run over a batch of sequences; arguments, results and errors as `rnncourse.lstm.forward`.

    >>> params = init(np.random.default_rng(0), input_size=2, hidden_size=3)
    >>> forward(params, np.zeros((5, 4, 2)))[0].shape
    (5, 4, 3)
    """
    dtype = _sequence.gated(params, 3)
    H = params.W_hh.shape[1]
    return _by_steps.forward(_CELL, params, dtype, x, state, lengths, LSTMState, ((H,), (H,)))


def backward(
    cache: Any, d_h: Array, d_state: LSTMState | None = None
) -> tuple[Array, CoupledParams, LSTMState]:
    """Back-propagate through time; arguments, results and errors as `rnncourse.lstm.backward`.

    >>> params = init(np.random.default_rng(0), input_size=2, hidden_size=3)
    >>> h, _, cache = forward(params, np.zeros((5, 4, 2)))
    >>> backward(cache, np.ones_like(h))[1].b.shape
    (9,)
    """
    return _by_steps.backward(_CELL, cache, d_h, d_state)


_CELL = sys.modules[__name__]
