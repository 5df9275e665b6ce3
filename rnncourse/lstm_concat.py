"""Long short-term memory as many drawings have it: one matrix for each gate, on [h[t-1], x[t]].

    f[t] = σ(W_f [h[t-1], x[t]] + b_f)        i[t] = σ(W_i [h[t-1], x[t]] + b_i)  (1)
    C̃[t] = tanh(W_C [h[t-1], x[t]] + b_C)     o[t] = σ(W_o [h[t-1], x[t]] + b_o)  (2)
    C[t] = f[t] ⊙ C[t-1] + i[t] ⊙ C̃[t]        h[t] = o[t] ⊙ tanh(C[t])            (3)

It is `rnncourse.lstm` with other names: C̃ is g, C is c, and W_f = [W_hf W_if] side by side, since
[W_hf W_if] [h, x] = W_hf h + W_if x. `concat_form` and `from_concat` rename; nothing is learnt
differently.

Source: C. Olah, Understanding LSTM networks (2015).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnncourse import _sequence, _validate
from rnncourse._sequence import sigmoid
from rnncourse._validate import Array
from rnncourse.lstm import LSTMParams, LSTMState

__all__ = ["ConcatParams", "concat_form", "from_concat", "step"]


class ConcatParams(NamedTuple):
    """One matrix and one bias for each gate; the columns are those of h, then those of x."""

    W_f: Array  # (H, H + I)
    W_i: Array  # (H, H + I)
    W_C: Array  # (H, H + I)
    W_o: Array  # (H, H + I)
    b_f: Array  # (H,)
    b_i: Array  # (H,)
    b_C: Array  # (H,)
    b_o: Array  # (H,)


def concat_form(params: LSTMParams) -> ConcatParams:
    """The same weights, or the same gradients, by gate.

    Raises:
        ValueError: the weights' shapes do not fit each other.

    >>> params = LSTMParams(np.arange(4.0)[:, None], 10 * np.arange(4.0)[:, None], np.zeros(4))
    >>> concat_form(params).W_f.tolist()  # W_hf, then W_if: the second of the rows i, f, g, o
    [[10.0, 1.0]]
    """
    _sequence.gated(params, 4)
    W_i, W_f, W_C, W_o = np.split(np.hstack([params.W_hh, params.W_ih]), 4)
    b_i, b_f, b_C, b_o = np.split(params.b, 4)
    return ConcatParams(W_f, W_i, W_C, W_o, b_f, b_i, b_C, b_o)


def from_concat(form: ConcatParams) -> LSTMParams:
    """Back again, exactly.

    Raises:
        ValueError: the weights' shapes do not fit each other.

    >>> params = LSTMParams(np.arange(4.0)[:, None], 10 * np.arange(4.0)[:, None], np.zeros(4))
    >>> from_concat(concat_form(params)).W_hh.ravel().tolist()
    [0.0, 10.0, 20.0, 30.0]
    """
    H = len(form.b_f)
    both = form.W_f.shape[-1] if form.W_f.ndim else "H + I"
    wanted = {name: (H, both) if name[0] == "W" else (H,) for name in form._fields}
    _validate.parameters(form, wanted)
    W = np.concatenate([form.W_i, form.W_f, form.W_C, form.W_o])  # (4H, H + I)
    return LSTMParams(W[:, H:], W[:, :H], np.concatenate([form.b_i, form.b_f, form.b_C, form.b_o]))


def step(form: ConcatParams, x: Array, state: LSTMState) -> LSTMState:
    """One step by the equations above, line for line.

    >>> params = LSTMParams(np.ones((4, 1)), np.ones((4, 1)), np.zeros(4))
    >>> state = LSTMState(np.zeros((1, 1)), np.zeros((1, 1)))
    >>> round(float(step(concat_form(params), np.ones((1, 1)), state).h[0, 0]), 4)
    0.3696
    """
    h_x = np.concatenate([state.h, x], axis=1)  # (B, H + I)
    f = sigmoid(h_x @ form.W_f.T + form.b_f)  # eq. 1
    i = sigmoid(h_x @ form.W_i.T + form.b_i)  # eq. 1
    C_new = np.tanh(h_x @ form.W_C.T + form.b_C)  # eq. 2
    C = f * state.c + i * C_new  # eq. 3
    o = sigmoid(h_x @ form.W_o.T + form.b_o)  # eq. 2
    return LSTMState(o * np.tanh(C), C)  # eq. 3
