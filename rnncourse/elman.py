"""The Elman network: one layer whose state returns to it, one step later.

    a[t] = b + W_hh h[t-1] + W_ih x[t]                                           (1)
    h[t] = tanh(a[t])                                                            (2)

and back, given d_h[t], the slope of the loss by h[t] through everything but a[t+1]:

    d_h[t] += W_hhᵀ d_a[t+1]        d_a[t] = (1 - h[t]²) ⊙ d_h[t]                (3)
    d_W_hh  = Σ d_a[t] h[t-1]ᵀ      d_W_ih = Σ d_a[t] x[t]ᵀ      d_b = Σ d_a[t]  (4)

The chapters write W for W_hh and U for W_ih. (1) and (2) are in equation `eq-forward` of the one on
networks; in the one on back-propagation (3) is equations `eq-dh` and `eq-da`, (4) is equations
`eq-dweights` and `eq-dbias`.

`step` and `step_backward` are those lines; `rnncourse.steps` repeats them over a sequence.
`forward` and `backward` give the same numbers sooner: the input's part of every a[t] in one
product before the loop, the weights' gradients in one product for each block of time behind it.

Arrays are time-major. Weights have the equations' shape, so a batch multiplies by the transpose.

Source: J. L. Elman, Finding structure in time, Cognitive Science 14 (1990), with tanh units.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rnncourse import _init, _products, _sequence, _torch, _validate
from rnncourse._scalar import Scalar, scalar
from rnncourse._validate import Array

if TYPE_CHECKING:
    from torch import nn

__all__ = [
    "ElmanParams",
    "ElmanState",
    "Scalar",
    "backward",
    "forward",
    "from_torch",
    "init",
    "scalar",
    "step",
    "step_backward",
    "to_torch",
]


class ElmanParams(NamedTuple):
    """The weights, or the gradient of a loss by them."""

    W_ih: Array  # (H, I)
    W_hh: Array  # (H, H)
    b: Array  # (H,)


class ElmanState(NamedTuple):
    """What the network carries from one step to the next, or a gradient by it."""

    h: Array  # (B, H)


class _StepCache(NamedTuple):
    x: Array  # (B, I)
    h_before: Array  # (B, H)
    h: Array  # (B, H)


class _Cache(NamedTuple):
    params: ElmanParams
    x: Array  # (T, B, I), padding zeroed
    hs: Array  # (T + 1, B, H), the initial state first, padding zeroed
    lengths: Array | None


def init(
    rng: np.random.Generator, input_size: int, hidden_size: int, *, dtype: Any = np.float64
) -> ElmanParams:
    """Draw weights uniformly from ±1/√H, the default of `torch.nn.RNN`.

    Args:
        rng: source of the numbers, such as `np.random.default_rng(0)`.
        input_size: I, at least 1.
        hidden_size: H, at least 1.
        dtype: float32 or float64; everything computed from the weights keeps it.

    Raises:
        ValueError: a size below 1, or a dtype that is not floating.

    >>> params = init(np.random.default_rng(0), input_size=2, hidden_size=3)
    >>> [array.shape for array in params]
    [(3, 2), (3, 3), (3,)]
    """
    _init.sizes(input_size=input_size, hidden_size=hidden_size)
    shapes = [(hidden_size, input_size), (hidden_size, hidden_size), (hidden_size,)]
    return ElmanParams(*_init.uniform(rng, hidden_size, shapes, dtype))


def step(params: ElmanParams, x: Array, state: ElmanState) -> tuple[ElmanState, _StepCache]:
    """One step: `h[t] = tanh(b + W_hh h[t-1] + W_ih x[t])`.

    Args:
        params: the weights.
        x: input of this step, (B, I).
        state: the state before it, h (B, H).

    Returns:
        The state after the step, and what `step_backward` needs.

    >>> params = ElmanParams(np.array([[1.0]]), np.array([[0.5]]), np.array([0.0]))
    >>> state, _ = step(params, np.array([[1.0]]), ElmanState(np.array([[0.0]])))
    >>> round(float(state.h[0, 0]), 4)
    0.7616
    """
    a = params.b + state.h @ params.W_hh.T + x @ params.W_ih.T  # eq. 1: (B, H)
    h = np.tanh(a)  # eq. 2
    return ElmanState(h), _StepCache(x, state.h, h)


def step_backward(
    params: ElmanParams, cache: _StepCache, d_state: ElmanState
) -> tuple[Array, ElmanState, ElmanParams]:
    """Go back over one step.

    Args:
        params: the weights that `step` used.
        cache: what `step` returned beside the state.
        d_state: gradient of the loss by the state after the step, h (B, H), through everything
            that comes later.

    Returns:
        d_x (B, I), the gradient by the state before the step, and this step's share of the
        weights' gradients (the immediate derivative, summed over the batch).
    """
    d_a = (1 - cache.h**2) * d_state.h  # eq. 3: (B, H)
    grads = ElmanParams(  # eq. 4
        W_ih=d_a.T @ cache.x, W_hh=d_a.T @ cache.h_before, b=d_a.sum(axis=0)
    )
    return d_a @ params.W_ih, ElmanState(d_a @ params.W_hh), grads  # eq. 3


def forward(
    params: ElmanParams, x: Array, state: ElmanState | None = None, *, lengths: Any = None
) -> tuple[Array, ElmanState, _Cache]:
    """Run over a batch of sequences.

    Args:
        params: the weights.
        x: (T, B, I), of the weights' dtype. T = 0 is a sequence that has not begun: no outputs,
            and the state stays what it was.
        state: h (B, H) before the first step; zeros when left out.
        lengths: (B,) steps in each sequence, 0 to T. What stands in x beyond a sequence's end
            may be anything, NaN included, and changes nothing. The state stops at each sequence's
            own end, so a sequence of length 0 keeps its initial state.

    Returns:
        h (T, B, H), zero beyond a sequence's end; the state at each sequence's end; and the
        cache for `backward`. h shares its memory with the cache: do not write into it.

    Raises:
        ValueError: a shape or dtype that does not fit, lengths out of range, NaN or infinity
            within a sequence.

    >>> params = ElmanParams(np.array([[1.0]]), np.array([[0.5]]), np.array([0.0]))
    >>> h, state, cache = forward(params, np.array([1.0, 0.0, 0.0]).reshape(3, 1, 1))
    >>> h.ravel().round(4).tolist()
    [0.7616, 0.3634, 0.1797]
    """
    dtype = _sequence.gated(params, 1)
    H = params.W_hh.shape[1]
    x, state, lengths = _sequence.checked(params, dtype, x, state, lengths, ElmanState, ((H,),))
    T, B, I = x.shape

    hs = np.empty((T + 1, B, H), dtype)
    hs[0] = state.h
    np.matmul(x.reshape(T * B, I), params.W_ih.T, out=hs[1:].reshape(T * B, H))  # eq. 1
    hs[1:] += params.b  # eq. 1
    times_W = _products.times(params.W_hh.T, B)
    product = np.empty((B, H), dtype)
    for h_before, h in itertools.pairwise(hs):
        h += times_W(h_before, product)  # eq. 1
        np.tanh(h, out=h)  # eq. 2

    end = ElmanState(*_sequence.ends(lengths, hs))
    if lengths is not None:
        hs[1:][~_validate.real_steps(lengths, T)] = 0
    return hs[1:], end, _Cache(params, x, hs, lengths)


def backward(
    cache: _Cache, d_h: Array, d_state: ElmanState | None = None
) -> tuple[Array, ElmanParams, ElmanState]:
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

    >>> params = ElmanParams(np.array([[1.0]]), np.array([[0.5]]), np.array([0.0]))
    >>> h, _, cache = forward(params, np.array([1.0, 0.0, 0.0]).reshape(3, 1, 1))
    >>> d_h = np.zeros_like(h)
    >>> d_h[2] = h[2] - 1  # the loss ½ (h[3] - 1)² looks only at the end
    >>> d_x, grads, d_state = backward(cache, d_h)
    >>> grads.W_hh.round(4).tolist()
    [[-0.5508]]
    """
    params, x, hs, lengths = cache
    T, B, I = x.shape
    H = hs.shape[2]
    d_h, d_state = _sequence.checked_gradients(d_h, d_state, hs[1:], ElmanState(hs[0]))

    d_x = np.empty(x.shape, x.dtype)
    d_W_ih, d_W_hh, d_b = (np.zeros_like(p) for p in params)
    times_W_hh = _products.times(params.W_hh, B)
    d_now = np.zeros_like(d_state.h)  # d_h[t], from the last step to the first
    for block in _sequence.blocks(T, hs[:1].nbytes):
        n = block.stop - block.start
        d_a = 1 - hs[1:][block] ** 2  # at first only what multiplies d_h
        forth = _sequence.seen(d_h, d_state.h, lengths, block), d_a
        for seen, d_a_t in zip(*(s[::-1] for s in forth), strict=True):
            d_now += seen  # eq. 3
            d_a_t *= d_now  # eq. 3
            times_W_hh(d_a_t, d_now)  # eq. 3
        flat = d_a.reshape(n * B, H)
        np.matmul(flat, params.W_ih, out=d_x[block].reshape(n * B, I))
        d_W_ih += flat.T @ x[block].reshape(n * B, I)  # eq. 4
        d_W_hh += flat.T @ hs[block].reshape(n * B, H)  # eq. 4
        d_b += flat.sum(axis=0)  # eq. 4
    _sequence.add_unbegun(d_now, d_state.h, lengths, T)
    return d_x, ElmanParams(d_W_ih, d_W_hh, d_b), ElmanState(d_now)


def to_torch(params: ElmanParams) -> nn.RNN:
    """The same network as a `torch.nn.RNN` (time-major).

    PyTorch adds two bias vectors; b becomes the first and the second is zero.

    Raises:
        ValueError: the weights' shapes do not fit each other.
    """
    _sequence.gated(params, 1)
    module: nn.RNN = _torch.build("RNN", *params)
    return module


def from_torch(module: nn.RNN, layer: int = 0, reverse: bool = False) -> ElmanParams:
    """The weights of one layer and direction of a `torch.nn.RNN`, copied.

    PyTorch's two bias vectors act only through their sum, which becomes b (zeros where the module
    has none).

    Raises:
        ValueError: the module's units are not tanh, or it has no such layer or direction.
    """
    if module.mode != "RNN_TANH":
        raise ValueError(f"module must be a torch.nn.RNN with tanh units, got mode {module.mode!r}")
    W_ih, W_hh, b_ih, b_hh = _torch.read(module, layer, reverse)
    return ElmanParams(W_ih, W_hh, b_ih + b_hh)
