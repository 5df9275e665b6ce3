"""The fully recurrent network: no layers; every unit reads every unit and every input.

    s[t] = tanh(b + W_hh s[t-1] + W_ih x[t])         N units: (1) and (2) of `rnncourse.elman`
    ŷ[t] = (s[t]_1, …, s[t]_K)                       the first K of them are seen  (1)

and back, given d_ŷ[t], before the recurrence's own way:

    d_s[t] = (d_ŷ[t]_1, …, d_ŷ[t]_K, 0, …, 0)                                      (2)

In the chapter on networks, which writes W for W_hh and U for W_ih, this is equation `eq-full`.

With tanh units this is Elman's layer with a window on some of its units in place of an output
layer, so the recurrence is that of `rnncourse.elman`, forward and back, and a state is an
`ElmanState`. What is this file's own are the window, and the other direction: the fully recurrent
network that does what a given network with layers does, one step late.

Source: R. J. Williams and D. Zipser, A learning algorithm for continually running fully recurrent
neural networks, Neural Computation 1 (1989), with tanh units.
"""

from __future__ import annotations

import numpy as np

from rnncourse import linear, network
from rnncourse._validate import Array
from rnncourse.elman import (
    ElmanParams,
    ElmanState,
    backward,
    forward,
    init,
    step,
    step_backward,
)

__all__ = [
    "ElmanParams",
    "ElmanState",
    "backward",
    "contains",
    "forward",
    "init",
    "seen",
    "seen_backward",
    "step",
    "step_backward",
    "window",
]


def seen(s: Array, output_size: int) -> Array:
    """ŷ (T, B, K), the first K of the units s (T, B, N).

    Raises:
        ValueError: there are fewer than K units.

    >>> seen(np.array([[[1.0, 2.0, 3.0]]]), output_size=2).tolist()
    [[[1.0, 2.0]]]
    """
    _check_window(s.shape[-1], output_size)
    return s[..., :output_size]  # eq. 1


def seen_backward(d_y: Array, hidden_size: int) -> Array:
    """d_s (T, B, N), given d_ŷ (T, B, K): units that are not seen have no slope of their own.

    Raises:
        ValueError: there are fewer than K units.

    >>> seen_backward(np.array([[[1.0, 2.0]]]), hidden_size=3).tolist()
    [[[1.0, 2.0, 0.0]]]
    """
    K = d_y.shape[-1]
    _check_window(hidden_size, K)
    d_s = np.zeros((*d_y.shape[:-1], hidden_size), d_y.dtype)
    d_s[..., :K] = d_y  # eq. 2
    return d_s


def window(hidden_size: int, output_size: int, scale: float = 1.0) -> linear.LinearParams:
    """The window as an output layer that is not trained: o = scale · (s_1, …, s_K).

    Units stay within ±1; as logits they can say little unless they are scaled.

    Raises:
        ValueError: there are fewer than K units.

    >>> window(3, 2, scale=4.0).W_ho.tolist()
    [[4.0, 0.0, 0.0], [0.0, 4.0, 0.0]]
    """
    _check_window(hidden_size, output_size)
    return linear.LinearParams(scale * np.eye(output_size, hidden_size), np.zeros(output_size))


def contains(params: network.NetworkParams) -> ElmanParams:
    """The fully recurrent network of K + H units that holds an Elman network with tanh outputs.

    Output units come first, so that the window is the usual one. Each output appears one step
    late: at t the output units read what the hidden units were at t - 1.

        W_hh = (0  V)    W_ih = (0)    b = (c)
               (0  W)           (U)        (b)

    >>> from rnncourse import elman
    >>> inner = network.init(elman, np.random.default_rng(0), 2, 3, 4)
    >>> whole, x = contains(inner), np.random.default_rng(1).standard_normal((6, 1, 2))
    >>> s, _, _ = forward(whole, x)
    >>> o, _ = network.predict(elman, inner, x)
    >>> bool(np.allclose(seen(s, 4)[1:], np.tanh(o[:-1])))
    True
    """
    (U, W, b), (V, c) = params
    K, H = V.shape
    W_hh = np.zeros((K + H, K + H), W.dtype)
    W_hh[:K, K:], W_hh[K:, K:] = V, W
    W_ih = np.concatenate([np.zeros((K, U.shape[1]), U.dtype), U])
    return ElmanParams(W_ih, W_hh, np.concatenate([c, b]))


def _check_window(hidden_size: int, output_size: int) -> None:
    if not 1 <= output_size <= hidden_size:
        raise ValueError(
            f"output_size must lie between 1 and the number of units {hidden_size}, "
            f"got {output_size}"
        )
