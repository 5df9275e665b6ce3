"""Leaky units: each replaces only a part of its state at a step, and so has its own time scale.

    a[t] = b + W_hh h[t-1] + W_ih x[t]                                                       (1)
    g[t] = tanh(a[t])                                                                        (2)
    h[t] = (1 - α) ⊙ h[t-1] + α ⊙ g[t]          α is 1: an Elman unit;  α small: a slow one  (3)

and back, given d_h[t], the slope of the loss through everything but step t + 1:

    d_h[t] += W_hhᵀ d_a[t+1] + (1 - α) ⊙ d_h[t+1]        d_a[t] = α (1 - g[t]²) ⊙ d_h[t]     (4)
    d_α     = Σ (g[t] - h[t-1]) ⊙ d_h[t]                                                     (5)
    d_W_hh  = Σ d_a[t] h[t-1]ᵀ      d_W_ih = Σ d_a[t] x[t]ᵀ      d_b = Σ d_a[t]              (6)

A unit forgets over about 1/α steps. The time scales may be chosen once or learnt; α is among the
weights, and `grads._replace(alpha=0 * grads.alpha)` keeps it as it is. Texts that write
α h[t-1] + (1 - α) g[t] call 1 - α what is α here.

Arrays are time-major. Weights have the equations' shape, so a batch multiplies by the transpose.

Source: M. C. Mozer, Induction of multiscale temporal structure (1992), with tanh units; I.
Goodfellow, Y. Bengio and A. Courville, Deep Learning (2016), section 10.9.2.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from rnncourse import _init, _sequence, _validate
from rnncourse._validate import Array

__all__ = [
    "LeakyParams",
    "LeakyState",
    "backward",
    "forward",
    "init",
    "step",
    "step_backward",
]


class LeakyParams(NamedTuple):
    """The weights, or the gradient of a loss by them."""

    W_ih: Array  # (H, I)
    W_hh: Array  # (H, H)
    b: Array  # (H,)
    alpha: Array  # (H,), the part that is replaced at each step, in (0, 1]


class LeakyState(NamedTuple):
    """What the network carries from one step to the next, or a gradient by it."""

    h: Array  # (B, H)


class _StepCache(NamedTuple):
    x: Array  # (B, I)
    h_before: Array  # (B, H)
    g: Array  # (B, H)


class _Cache(NamedTuple):
    params: LeakyParams
    x: Array  # (T, B, I), padding zeroed
    hs: Array  # (T + 1, B, H), the initial state first, padding zeroed
    g: Array  # (T, B, H)
    lengths: Array | None


def init(
    rng: np.random.Generator,
    input_size: int,
    hidden_size: int,
    *,
    slowest: float = 16.0,
    dtype: Any = np.float64,
) -> LeakyParams:
    """Draw W and b uniformly from ±1/√H; the time scales 1/α run from 1 to `slowest`.

    Args:
        rng: source of the numbers, such as `np.random.default_rng(0)`.
        input_size: I, at least 1.
        hidden_size: H, at least 1.
        slowest: steps over which the slowest unit forgets, at least 1; each unit's time scale is
            the same factor longer than that of the unit before it.
        dtype: float32 or float64; everything computed from the weights keeps it.

    Raises:
        ValueError: a size or `slowest` below 1, or a dtype that is not floating.

    >>> init(np.random.default_rng(0), input_size=2, hidden_size=3).alpha.round(4).tolist()
    [1.0, 0.25, 0.0625]
    """
    _init.sizes(input_size=input_size, hidden_size=hidden_size)
    if not slowest >= 1:
        raise ValueError(f"slowest must be at least 1, got {slowest}")
    shapes = [(hidden_size, input_size), (hidden_size, hidden_size), (hidden_size,)]
    alpha = 1 / np.geomspace(1, slowest, hidden_size)
    W_ih, W_hh, b = _init.uniform(rng, hidden_size, shapes, dtype)
    return LeakyParams(W_ih, W_hh, b, alpha.astype(dtype))


def step(params: LeakyParams, x: Array, state: LeakyState) -> tuple[LeakyState, _StepCache]:
    """One step, from its input (B, I) and the state before it, h (B, H).

    Returns:
        The state after the step, and what `step_backward` needs.

    >>> slow = LeakyParams(np.zeros((1, 1)), np.zeros((1, 1)), np.zeros(1), np.array([0.25]))
    >>> step(slow, np.array([[0.0]]), LeakyState(np.array([[1.0]])))[0].h.tolist()
    [[0.75]]
    """
    a = params.b + state.h @ params.W_hh.T + x @ params.W_ih.T  # eq. 1: (B, H)
    g = np.tanh(a)  # eq. 2
    h = (1 - params.alpha) * state.h + params.alpha * g  # eq. 3
    return LeakyState(h), _StepCache(x, state.h, g)


def step_backward(
    params: LeakyParams, cache: _StepCache, d_state: LeakyState
) -> tuple[Array, LeakyState, LeakyParams]:
    """Go back over one step, given the gradient by the state after it, h (B, H).

    Returns:
        d_x (B, I), the gradient by the state before the step, and this step's share of the
        weights' gradients, summed over the batch.
    """
    x, h_before, g = cache
    d_h = d_state.h
    d_a = params.alpha * (1 - g**2) * d_h  # eq. 4: (B, H)
    d_alpha = ((g - h_before) * d_h).sum(axis=0)  # eq. 5
    grads = LeakyParams(d_a.T @ x, d_a.T @ h_before, d_a.sum(axis=0), d_alpha)  # eq. 6
    d_before = d_a @ params.W_hh + (1 - params.alpha) * d_h  # eq. 4
    return d_a @ params.W_ih, LeakyState(d_before), grads


def forward(
    params: LeakyParams, x: Array, state: LeakyState | None = None, *, lengths: Any = None
) -> tuple[Array, LeakyState, _Cache]:
    """Run over a batch of sequences.

    Args:
        params: the weights.
        x: (T, B, I), of the weights' dtype. T = 0: no outputs, the state stays what it was.
        state: h (B, H) before the first step; zeros when left out.
        lengths: (B,) steps in each sequence, 0 to T. The state stops there, and what stands in x
            beyond may be anything, NaN included.

    Returns:
        h (T, B, H), zero beyond a sequence's end; the state at each sequence's end; and the
        cache for `backward`. h shares its memory with the cache: do not write into it.

    Raises:
        ValueError: a shape or dtype that does not fit, lengths out of range, NaN or infinity
            within a sequence.

    >>> slow = LeakyParams(np.zeros((1, 1)), np.zeros((1, 1)), np.zeros(1), np.array([0.5]))
    >>> h, _, _ = forward(slow, np.zeros((3, 1, 1)), LeakyState(np.array([[1.0]])))
    >>> h.ravel().tolist()
    [0.5, 0.25, 0.125]
    """
    dtype = _sequence.gated(params, 1, alpha=("H",))
    H = params.b.shape[0]
    x, state, lengths = _sequence.checked(params, dtype, x, state, lengths, LeakyState, ((H,),))
    T, B, I = x.shape

    hs = np.empty((T + 1, B, H), dtype)
    hs[0] = state.h
    g = (x.reshape(T * B, I) @ params.W_ih.T).reshape(T, B, H)  # eq. 1: the input's part of all
    g += params.b  # eq. 1
    for t in range(T):
        g[t] += hs[t] @ params.W_hh.T  # eq. 1
        np.tanh(g[t], out=g[t])  # eq. 2
        np.subtract(g[t], hs[t], out=hs[t + 1])  # eq. 3: (1 - α) h + α g = h + α (g - h)
        hs[t + 1] *= params.alpha
        hs[t + 1] += hs[t]

    end = LeakyState(*_sequence.ends(lengths, hs))
    if lengths is not None:
        hs[1:][~_validate.real_steps(lengths, T)] = 0
    return hs[1:], end, _Cache(params, x, hs, g, lengths)


def backward(
    cache: _Cache, d_h: Array, d_state: LeakyState | None = None
) -> tuple[Array, LeakyParams, LeakyState]:
    """Back-propagate through time over the sequences that `forward` saw.

    Args:
        cache: the third result of `forward`.
        d_h: (T, B, H) gradient of the loss by each output; ignored beyond a sequence's end.
        d_state: h (B, H), gradient by the state at the end where the loss uses it directly.

    Returns:
        d_x (T, B, I), zero beyond a sequence's end; the weights' gradients summed over time and
        batch; the gradient by the initial state.

    Raises:
        ValueError: a shape or dtype that does not fit that of the outputs.

    >>> slow = LeakyParams(np.zeros((1, 1)), np.zeros((1, 1)), np.zeros(1), np.array([0.5]))
    >>> h, _, cache = forward(slow, np.zeros((3, 1, 1)))
    >>> backward(cache, np.zeros_like(h), LeakyState(np.ones((1, 1))))[2].h.tolist()
    [[0.125]]
    """
    params, x, hs, g, lengths = cache
    T, B, I = x.shape
    H = hs.shape[2]
    d_h, d_state = _sequence.checked_gradients(d_h, d_state, hs[1:], LeakyState(hs[0]))

    d_x = np.empty(x.shape, x.dtype)
    d_W_ih, d_W_hh, d_b, d_alpha = (np.zeros_like(p) for p in params)
    d_now, keep = np.zeros_like(d_state.h), 1 - params.alpha  # d_now: d_h[t], from last to first
    for block in _sequence.blocks(T, hs[:1].nbytes):
        n = block.stop - block.start
        d_a = 1 - g[block] ** 2
        d_a *= params.alpha  # (n, B, H), at first only what multiplies d_h
        d_hs = _sequence.seen(d_h, d_state.h, lengths, block)
        for d_h_t, d_a_t in zip(d_hs[::-1], d_a[::-1], strict=True):
            d_h_t += d_now  # eq. 4
            d_a_t *= d_h_t  # eq. 4
            np.dot(d_a_t, params.W_hh, out=d_now)  # eq. 4
            d_now += keep * d_h_t  # eq. 4
        flat = d_a.reshape(n * B, H)
        np.matmul(flat, params.W_ih, out=d_x[block].reshape(n * B, I))
        d_W_ih += flat.T @ x[block].reshape(n * B, I)  # eq. 6
        d_W_hh += flat.T @ hs[block].reshape(n * B, H)  # eq. 6
        d_b += flat.sum(axis=0)  # eq. 6
        d_alpha += ((g[block] - hs[block]) * d_hs).sum(axis=(0, 1))  # eq. 5
    _sequence.add_unbegun(d_now, d_state.h, lengths, T)
    return d_x, LeakyParams(d_W_ih, d_W_hh, d_b, d_alpha), LeakyState(d_now)
