"""A regulariser for the flow of information: a step back shall keep the error signal's length.

    e[t] = ∂L/∂h[t]                                 the error signal, through all that is later  (1)
    v[t] = e[t+1] · ∂h[t+1]/∂h[t] = W_hhᵀ (s[t+1] ⊙ e[t+1])                                      (2)
    r[t] = ‖v[t]‖ / ‖e[t+1]‖                                                                     (3)
    Ω    = Σ_t (r[t] - 1)²                          t = 0 … T - 1, mean over the batch           (4)

with s the slope of the units, 1 - h² of tanh, and of ReLU 1 where h > 0, else 0.

r is by how much a step back stretches the error, in the one direction in which the error points;
where it is below 1 at every step, what the loss says is lost on the way. Ω does not ask the same of
all directions, as an orthogonal W_hh would: a network may forget what does not matter.

Its gradient is that of the paper: only the immediate one, ∂⁺Ω/∂W_hh, in which e and h are numbers.

    ∂⁺Ω/∂W_hh = Σ_t 2 (r[t] - 1) / ‖e[t+1]‖ · (s[t+1] ⊙ e[t+1]) v[t]ᵀ / ‖v[t]‖                   (5)

The exact gradient would go through h and e back over time once more, and would need the network's
second derivatives. Add the immediate one, times a factor, to the loss's gradient:

    grads.W_hh + factor * measure(cell, params, h, d_h).d_W_hh

A step where e is zero (nothing later is heard of) counts as r = 1, as in the authors' code, which
differs from the paper and from here in that it takes the ratio of the squared lengths.

Source: R. Pascanu, T. Mikolov and Y. Bengio, On the difficulty of training recurrent neural
networks (2013), equations 9 and 10.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from rnncourse import _sequence, _validate, _wiring, elman, relu_rnn
from rnncourse._validate import Array

__all__ = ["Flow", "error_signals", "measure", "omega"]


class Flow(NamedTuple):
    """How well the error signal keeps its length on the way back."""

    omega: Any  # Ω, a scalar
    ratios: Array  # (T, B), r[0] … r[T-1]; 1 where there is no error or no step
    d_W_hh: Array  # (H, H), ∂⁺Ω/∂W_hh


def _tanh_slope(h: Array) -> Array:
    return 1 - h**2


def _relu_slope(h: Array) -> Array:
    return (h > 0).astype(h.dtype)


SLOPES: dict[ModuleType, Callable[[Array], Array]] = {elman: _tanh_slope, relu_rnn: _relu_slope}


def measure(
    cell: Any, params: Any, h: Array, d_h: Array, d_state: Any = None, *, lengths: Any = None
) -> Flow:
    """Ω of a network after its forward pass, and its immediate gradient.

    Args:
        cell: `rnncourse.elman` or `rnncourse.relu_rnn`.
        params: its weights.
        h: (T, B, H), the first result of its `forward`.
        d_h: (T, B, H), what the loss sees of each output; ignored beyond a sequence's end.
        d_state: gradient by the state at the end, where the loss uses it directly.
        lengths: (B,) steps in each sequence, as given to `forward`.

    Returns:
        A `Flow`.

    Raises:
        ValueError: another cell, a shape or dtype that does not fit, or lengths out of range.

    >>> net = elman.scalar(w=0.5, u=1.0)
    >>> h, _, _ = elman.forward(net.params, np.zeros((3, 1, 1)))  # stays at 0, where tanh' is 1
    >>> d_h = np.array([0.0, 0.0, 1.0]).reshape(3, 1, 1)
    >>> found = measure(elman, net.params, h, d_h)
    >>> found.ratios.ravel().tolist(), float(found.omega), found.d_W_hh.tolist()
    ([0.5, 0.5, 0.5], 0.75, [[-3.0]])
    """
    e = error_signals(cell, params, h, d_h, d_state, lengths=lengths)[1:]  # that by h[t+1]
    slopes = SLOPES[cell](np.asarray(h))
    value, ratios = omega(params.W_hh, e, slopes)
    u = slopes * e
    v = u @ params.W_hh  # eq. 2: (T, B, H)
    length, error = _lengths(v), _lengths(e)  # (T, B)
    heard = (error > 0) & (length > 0)  # ‖v‖ has no slope at 0: none is taken
    weight = heard * 2 * (ratios - 1) / max(1, e.shape[1])
    # each vector by its own length: the product of two may be too small for a number
    u, v = (a / np.where(heard, n, 1)[:, :, None] for a, n in ((u, error), (v, length)))
    T, B, H = e.shape
    d_W_hh = (weight[:, :, None] * u).reshape(T * B, H).T @ v.reshape(T * B, H)  # eq. 5
    return Flow(value, ratios, d_W_hh.astype(h.dtype))


def omega(W_hh: Array, e: Array, slopes: Array) -> tuple[Any, Array]:
    """Ω and the ratios r, as functions of W_hh alone: everything else is a number.

    Args:
        W_hh: (H, H).
        e: (T, B, H), the error signals ∂L/∂h[1] … ∂L/∂h[T].
        slopes: (T, B, H), s[1] … s[T].

    Returns:
        Ω, mean over the batch, and r (T, B).

    >>> omega(2 * np.eye(2), np.ones((1, 1, 2)), np.ones((1, 1, 2)))
    (np.float64(1.0), array([[2.]]))
    """
    v = (slopes * e) @ W_hh  # eq. 2
    error = _lengths(e)
    heard = error > 0
    ratios = np.where(heard, _lengths(v) / np.where(heard, error, 1), 1)  # eq. 3
    return ((ratios - 1) ** 2).sum() / max(1, e.shape[1]), ratios  # eq. 4


def _lengths(a: Array) -> Array:
    """Norms over the last axis, of vectors too small to be squared as well."""
    top = np.abs(a.real).max(axis=2, initial=0)
    top = np.where(top > 0, top, 1)
    result: Array = top * np.sqrt(((a / top[:, :, None]) ** 2).sum(axis=2))
    return result


def error_signals(
    cell: Any, params: Any, h: Array, d_h: Array, d_state: Any = None, *, lengths: Any = None
) -> Array:
    """The gradient of the loss by the state after every step, through all that comes later.

    Arguments as those of `measure`.

    Returns:
        (T + 1, B, H): e[0] belongs to the initial state, e[T] to the last one; zero beyond a
        sequence's end.

    >>> net = elman.scalar(w=0.5, u=1.0)
    >>> h, _, _ = elman.forward(net.params, np.zeros((3, 1, 1)))
    >>> d_h = np.array([0.0, 0.0, 1.0]).reshape(3, 1, 1)
    >>> error_signals(elman, net.params, h, d_h).ravel().tolist()
    [0.125, 0.25, 0.5, 1.0]
    """
    if cell not in SLOPES:
        names = " or ".join(_wiring.label(kind) for kind in SLOPES)
        raise ValueError(f"cell must be {names}, got {_wiring.label(cell)}")
    _, start, _ = cell.forward(params, np.zeros((0, 1, params.W_ih.shape[-1]), params.W_hh.dtype))
    h = np.asarray(h)
    _validate.shape("h", h, ("T", "B", start.h.shape[1]), because="H as in W_hh")
    _validate.same_dtype("h", h, params.W_hh.dtype, "the weights have")
    T, B, H = h.shape
    lengths = _validate.lengths(lengths, T, B)
    _validate.finite("h", h if lengths is None else h[_validate.real_steps(lengths, T)])
    state = type(start)(np.zeros((B, H), h.dtype))
    d_h, d_state = _sequence.checked_gradients(d_h, d_state, h, state)
    e, slopes = np.zeros((T + 1, B, H), h.dtype), SLOPES[cell](h)
    e[1:] = _sequence.seen(d_h, d_state.h, lengths, slice(0, T))
    for t in reversed(range(T)):
        e[t] += (slopes[t] * e[t + 1]) @ params.W_hh  # eq. 1
    _sequence.add_unbegun(e[0], d_state.h, lengths, T)
    return e
