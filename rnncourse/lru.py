"""The linear recurrent unit: every unit turns and shrinks its state, in the complex plane.

    λ = exp(-exp(ν) + i exp(θ))                     |λ| < 1 whatever ν is, so nothing explodes  (1)
    s[t] = λ ⊙ s[t-1] + exp(γ) ⊙ (W_re + i W_im) x[t]                                           (2)
    h[t] = (Re s[t], Im s[t])                       what an output layer sees                   (3)

and back, with d_s = d_re + i d_im for a pair of slopes:

    d_s[t-1] += conj(λ) ⊙ d_s[t]      d_λ = Σ conj(s[t-1]) ⊙ d_s[t]                             (4)
    d_γ = Σ Re(conj(u[t]) ⊙ d_s[t])   where u[t] is all that x[t] adds to s[t]                  (5)
    d_W_re + i d_W_im = Σ exp(γ) ⊙ d_s[t] x[t]ᵀ                                                 (6)
    d_ν = -exp(ν) ⊙ Re(conj(λ) ⊙ d_λ)                   d_θ = exp(θ) ⊙ Im(conj(λ) ⊙ d_λ)        (7)

An output layer on h computes every Re(C s), C complex. With gates left out the recurrence is linear
and the same at every step; what is not linear comes between layers. `rnncourse.scan` solves it.

Arrays are time-major. A network of N units puts out 2N numbers.

Source: A. Orvieto et al., Resurrecting recurrent neural networks for long sequences (2023).
"""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import numpy as np

from rnncourse import _by_steps, _init, _scanned, _sequence, _validate
from rnncourse._validate import Array

__all__ = ["LRUParams", "LRUState", "backward", "forward", "init", "step", "step_backward"]


class LRUParams(NamedTuple):
    """The weights, or the gradient of a loss by them."""

    W_ih: Array  # (2N, I), rows of the real parts, then of the imaginary parts
    nu: Array  # (N,)
    theta: Array  # (N,)
    gamma: Array  # (N,)


class LRUState(NamedTuple):
    """What the network carries from one step to the next, or a gradient by it."""

    h: Array  # (B, 2N), real parts, then imaginary parts


class _StepCache(NamedTuple):
    x: Array  # (B, I)
    before: Array  # (B, 2N)
    u: Array  # (B, 2N)


class _Cache(NamedTuple):
    params: LRUParams
    x: Array  # (T, B, I), padding zeroed
    u: Array  # (T, B, N), complex
    h: Array  # (T, B, 2N)
    scanned: _scanned.Scanned


def init(
    rng: np.random.Generator,
    input_size: int,
    hidden_size: int,
    *,
    ring: tuple[float, float] = (0.5, 0.99),
    max_phase: float = 2 * np.pi,
    dtype: Any = np.float64,
) -> LRUParams:
    """Draw λ evenly from a ring of the complex plane, and γ so that states keep the input's size.

    Args:
        rng: source of the numbers, such as `np.random.default_rng(0)`.
        input_size: I, at least 1.
        hidden_size: N, at least 1.
        ring: smallest and largest |λ|; the nearer to 1, the longer a unit remembers.
        max_phase: largest angle of λ.
        dtype: float32 or float64; everything computed from the weights keeps it.

    Raises:
        ValueError: a size below 1, a ring that is not in (0, 1), or a dtype that is not floating.

    >>> params = init(np.random.default_rng(0), input_size=2, hidden_size=3)
    >>> [array.shape for array in params]
    [(6, 2), (3,), (3,), (3,)]
    """
    _init.sizes(input_size=input_size, hidden_size=hidden_size)
    _init.source(rng)
    dtype = _validate.floating(dtype)
    low, high = ring
    if not 0 < low <= high < 1:
        raise ValueError(f"ring must satisfy 0 < ring[0] <= ring[1] < 1, got {ring}")
    W = rng.standard_normal((2 * hidden_size, input_size)) / np.sqrt(2 * input_size)
    squared = rng.uniform(low**2, high**2, hidden_size)  # evenly by area
    nu, gamma = np.log(-np.log(squared) / 2), np.log(1 - squared) / 2
    theta = np.log(max_phase * rng.uniform(1e-3, 1, hidden_size))
    return LRUParams(*(p.astype(dtype) for p in (W, nu, theta, gamma)))


def step(params: LRUParams, x: Array, state: LRUState) -> tuple[LRUState, _StepCache]:
    """One step in real numbers, from its input (B, I) and the state before it, h (B, 2N).

    Returns:
        The state after the step, and what `step_backward` needs.

    >>> quarter = LRUParams(np.zeros((2, 1)), *np.log([[np.log(2)], [np.pi / 2], [1.0]]))
    >>> step(quarter, np.zeros((1, 1)), LRUState(np.array([[1.0, 0.0]])))[0].h.round(4).tolist()
    [[0.0, 0.5]]
    """
    l_re, l_im = _lambda(params)
    s_re, s_im = np.split(state.h, 2, axis=1)  # (B, N) each
    turned = np.concatenate([l_re * s_re - l_im * s_im, l_re * s_im + l_im * s_re], axis=1)  # eq. 2
    u = x @ params.W_ih.T * np.tile(np.exp(params.gamma), 2)  # eq. 2
    return LRUState(turned + u), _StepCache(x, state.h, u)  # eqs. 2, 3


def step_backward(
    params: LRUParams, cache: _StepCache, d_state: LRUState
) -> tuple[Array, LRUState, LRUParams]:
    """Go back over one step, given the gradient by the state after it, h (B, 2N).

    Returns:
        d_x (B, I), the gradient by the state before the step, and this step's share of the
        weights' gradients, summed over the batch.
    """
    x, before, u = cache
    l_re, l_im = _lambda(params)
    s_re, s_im = np.split(before, 2, axis=1)
    d_re, d_im = np.split(d_state.h, 2, axis=1)
    back_re, back_im = l_re * d_re + l_im * d_im, l_re * d_im - l_im * d_re  # eq. 4
    d_l_re = (s_re * d_re + s_im * d_im).sum(axis=0)  # eq. 4
    d_l_im = (s_re * d_im - s_im * d_re).sum(axis=0)  # eq. 4
    d_gamma = (u * d_state.h).sum(axis=0).reshape(2, -1).sum(axis=0)  # eq. 5
    d_a = d_state.h * np.tile(np.exp(params.gamma), 2)  # eq. 6: by W_ih x
    grads = LRUParams(d_a.T @ x, *_d_logs(params, d_l_re, d_l_im), d_gamma)  # eq. 6
    return d_a @ params.W_ih, LRUState(np.concatenate([back_re, back_im], axis=1)), grads


def forward(
    params: LRUParams,
    x: Array,
    state: LRUState | None = None,
    *,
    lengths: Any = None,
    method: str = "chunked",
) -> tuple[Array, LRUState, Any]:
    """Run over a batch of sequences; arguments, results and errors as `rnncourse.gru.forward`.

    Args:
        params: the weights.
        x: (T, B, I).
        state: h (B, 2N) before the first step; zeros when left out.
        lengths: (B,) steps in each sequence.
        method: of `rnncourse.scan.forward`.

    >>> params = init(np.random.default_rng(0), input_size=2, hidden_size=3)
    >>> forward(params, np.zeros((5, 4, 2)))[0].shape
    (5, 4, 6)
    """
    dtype = _check_weights(params)
    N = len(params.nu)
    if np.iscomplexobj(params.W_ih):  # a complex step: its i is not ours, so real parts stay apart
        sizes = ((2 * N,),)
        return _by_steps.forward(_CELL, params, dtype, x, state, lengths, LRUState, sizes)
    x, state, lengths = _sequence.checked(params, dtype, x, state, lengths, LRUState, ((2 * N,),))
    T, B, I = x.shape
    l_re, l_im = _lambda(params)
    u = np.empty((T, B, N), np.result_type(dtype, np.complex64))
    start = _complex(state.h)

    def gates(block: slice) -> tuple[Array, Array]:
        a = x[block].reshape((block.stop - block.start) * B, I) @ params.W_ih.T
        u[block] = (_complex(a) * np.exp(params.gamma)).reshape(u[block].shape)  # eq. 2
        return np.broadcast_to(l_re + 1j * l_im, u[block].shape).astype(u.dtype), u[block]

    end, scanned = _scanned.forth(gates, T, start, lengths, method)
    h = _pairs(scanned.hs[1:])  # eq. 3
    return h, LRUState(_pairs(end)), _Cache(params, x, u, h, scanned)


def backward(
    cache: Any, d_h: Array, d_state: LRUState | None = None
) -> tuple[Array, LRUParams, LRUState]:
    """Back-propagate through time; arguments, results and errors as `rnncourse.gru.backward`.

    >>> params = init(np.random.default_rng(0), input_size=2, hidden_size=3)
    >>> h, _, cache = forward(params, np.zeros((5, 4, 2)))
    >>> backward(cache, np.ones_like(h))[1].nu.shape
    (3,)
    """
    params, x, u, h, scanned = cache
    T, B, I = x.shape
    lengths, shape = scanned.lengths, (B, len(params.W_ih))
    d_h, d_state = _sequence.checked_gradients(
        d_h, d_state, h, LRUState(np.broadcast_to(h.dtype.type(0), shape))
    )
    l_re, l_im = _lambda(params)
    keep = (l_re + 1j * l_im).astype(u.dtype)

    d_x, d_s0 = np.empty(x.shape, x.dtype), np.zeros_like(_complex(d_state.h))
    d_W_ih, d_gamma = np.zeros_like(params.W_ih), np.zeros_like(params.gamma)
    d_lambda = np.zeros(u.shape[2], u.dtype)
    way_back = _scanned.back(
        scanned,
        lambda block: np.broadcast_to(keep, u[block].shape),
        lambda block: _complex(_sequence.seen(d_h, d_state.h, lengths, block)),
        d_s0,
    )
    for block, d_keep, d_u in way_back:
        rows = len(d_u) * B
        d_lambda += d_keep.sum(axis=(0, 1))  # eq. 4
        d_gamma += (u[block].conj() * d_u).real.sum(axis=(0, 1))  # eq. 5
        d_a = _pairs(d_u * np.exp(params.gamma)).reshape(rows, len(d_W_ih))  # eq. 6
        np.matmul(d_a, params.W_ih, out=d_x[block].reshape(rows, I))
        d_W_ih += d_a.T @ x[block].reshape(rows, I)  # eq. 6
    d_start = _pairs(d_s0)
    _sequence.add_unbegun(d_start, d_state.h, lengths, T)
    logs = _d_logs(params, d_lambda.real, d_lambda.imag)
    return d_x, LRUParams(d_W_ih, *logs, d_gamma), LRUState(d_start)


def _lambda(params: LRUParams) -> tuple[Array, Array]:
    """Real and imaginary part of λ."""
    size, angle = np.exp(-np.exp(params.nu)), np.exp(params.theta)
    return size * np.cos(angle), size * np.sin(angle)  # eq. 1


def _d_logs(params: LRUParams, d_l_re: Array, d_l_im: Array) -> tuple[Array, Array]:
    """From the gradient by λ to those by ν and θ."""
    l_re, l_im = _lambda(params)
    d_nu = -np.exp(params.nu) * (l_re * d_l_re + l_im * d_l_im)  # eq. 7
    d_theta = np.exp(params.theta) * (l_re * d_l_im - l_im * d_l_re)  # eq. 7
    return d_nu, d_theta


def _complex(pairs: Array) -> Array:
    re, im = np.split(pairs, 2, axis=-1)
    result = np.empty(re.shape, np.result_type(pairs.dtype, np.complex64))
    result.real, result.imag = re, im
    return result


def _pairs(s: Array) -> Array:
    return np.concatenate([s.real, s.imag], axis=-1)


def _check_weights(params: LRUParams) -> np.dtype[Any]:
    _validate.fields(params, *LRUParams._fields)
    rows, I = params.W_ih.shape if params.W_ih.ndim == 2 else ("2N", "I")
    N = len(params.W_ih) // 2 if params.W_ih.ndim == 2 else "N"
    rows = 2 * N if isinstance(N, int) else rows
    return _validate.parameters(
        params, {"W_ih": (rows, I), "nu": (N,), "theta": (N,), "gamma": (N,)}
    )


_CELL = sys.modules[__name__]
