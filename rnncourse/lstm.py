"""Long short-term memory: a cell c that gates protect, and a state h that shows part of it.

    a[t] = b + W_hh h[t-1] + W_ih x[t]                  four parts, one for each gate:         (1)
    i[t] = σ(a_i[t])       f[t] = σ(a_f[t])             input gate, forget gate                (2)
    g[t] = tanh(a_g[t])    o[t] = σ(a_o[t])             what may enter, output gate            (3)
    c[t] = f[t] ⊙ c[t-1] + i[t] ⊙ g[t]                                                         (4)
    h[t] = o[t] ⊙ tanh(c[t])                                                                   (5)

and back, given d_h[t] and d_c[t], the slopes of the loss through everything but step t + 1:

    d_h[t] += W_hhᵀ d_a[t+1]                        d_c[t] += f[t+1] ⊙ d_c[t+1]                (6)
    d_c[t] += o[t] (1 - tanh²(c[t])) ⊙ d_h[t]                                                  (7)
    d_a_i[t] = g i (1 - i) ⊙ d_c[t]                 d_a_f[t] = c[t-1] f (1 - f) ⊙ d_c[t]       (8)
    d_a_g[t] = i (1 - g²) ⊙ d_c[t]                  d_a_o[t] = tanh(c[t]) o (1 - o) ⊙ d_h[t]   (9)
    d_W_hh  = Σ d_a[t] h[t-1]ᵀ      d_W_ih = Σ d_a[t] x[t]ᵀ      d_b = Σ d_a[t]               (10)

`step` and `step_backward` are those lines. `forward` and `backward` give the same numbers sooner:
σ(a) = ½ + ½ tanh(a/2), so with the rows of three gates halved one tanh serves all four; every
factor of d_c and d_h above is known before the loop, and the weights' gradients wait for its end.

Arrays are time-major. Weights have the equations' shape, rows in the order i, f, g, o.

Source: A. Graves, Generating sequences with recurrent neural networks (2013), less its peepholes
(they are in `rnncourse.lstm_peephole`); S. Hochreiter and J. Schmidhuber, Long short-term memory,
Neural Computation 9 (1997), with the forget gate of F. Gers et al., Neural Computation 12 (2000).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rnncourse import _init, _products, _sequence, _torch, _validate
from rnncourse._sequence import sigmoid
from rnncourse._validate import Array

if TYPE_CHECKING:
    from torch import nn

__all__ = [
    "LSTMParams",
    "LSTMState",
    "backward",
    "forward",
    "from_torch",
    "init",
    "step",
    "step_backward",
    "to_torch",
]


class LSTMParams(NamedTuple):
    """The weights, or the gradient of a loss by them; rows of the gates i, f, g, o."""

    W_ih: Array  # (4H, I)
    W_hh: Array  # (4H, H)
    b: Array  # (4H,)


class LSTMState(NamedTuple):
    """What the network carries from one step to the next, or a gradient by it."""

    h: Array  # (B, H)
    c: Array  # (B, H)


class _StepCache(NamedTuple):
    x: Array  # (B, I)
    before: LSTMState
    gates: tuple[Array, Array, Array, Array]  # i, f, g, o, each (B, H)
    tanh_c: Array  # (B, H)


class _Cache(NamedTuple):
    params: LSTMParams
    x: Array  # (T, B, I), padding zeroed
    hs: Array  # (T + 1, B, H), the initial state first, padding zeroed
    cs: Array  # (T + 1, B, H)
    gates: Array  # (T, B, 4, H)
    tanh_c: Array  # (T, B, H)
    lengths: Array | None


def init(
    rng: np.random.Generator,
    input_size: int,
    hidden_size: int,
    *,
    forget_bias: float = 1.0,
    dtype: Any = np.float64,
) -> LSTMParams:
    """Draw weights uniformly from ±1/√H as `torch.nn.LSTM` does, the forget gates' bias apart.

    Args:
        rng: source of the numbers, such as `np.random.default_rng(0)`.
        input_size: I, at least 1.
        hidden_size: H, at least 1.
        forget_bias: at 1 a new cell keeps 73 % at each step, at 0 half.
        dtype: float32 or float64; everything computed from the weights keeps it.

    Raises:
        ValueError: a size below 1, or a dtype that is not floating.

    >>> params = init(np.random.default_rng(0), input_size=2, hidden_size=3)
    >>> [array.shape for array in params], params.b[3:6].tolist()
    ([(12, 2), (12, 3), (12,)], [1.0, 1.0, 1.0])
    """
    _init.sizes(input_size=input_size, hidden_size=hidden_size)
    H = hidden_size
    params = LSTMParams(*_init.uniform(rng, H, [(4 * H, input_size), (4 * H, H), (4 * H,)], dtype))
    params.b[H : 2 * H] = forget_bias
    return params


def step(params: LSTMParams, x: Array, state: LSTMState) -> tuple[LSTMState, _StepCache]:
    """One step, from its input (B, I) and the state before it, h and c (B, H).

    Returns:
        The state after the step, and what `step_backward` needs.

    >>> keep = LSTMParams(np.zeros((4, 1)), np.zeros((4, 1)), np.array([-99.0, 99.0, 0.0, 99.0]))
    >>> state, _ = step(keep, np.array([[5.0]]), LSTMState(np.zeros((1, 1)), np.array([[0.5]])))
    >>> float(state.c[0, 0]), round(float(state.h[0, 0]), 4)
    (0.5, 0.4621)
    """
    a = params.b + state.h @ params.W_hh.T + x @ params.W_ih.T  # eq. 1: (B, 4H)
    a_i, a_f, a_g, a_o = np.split(a, 4, axis=1)  # (B, H) each
    i, f, g, o = sigmoid(a_i), sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)  # eqs. 2, 3
    c = f * state.c + i * g  # eq. 4
    tanh_c = np.tanh(c)
    return LSTMState(o * tanh_c, c), _StepCache(x, state, (i, f, g, o), tanh_c)  # eq. 5


def step_backward(
    params: LSTMParams, cache: _StepCache, d_state: LSTMState
) -> tuple[Array, LSTMState, LSTMParams]:
    """Go back over one step, given the gradient by the state after it, h and c (B, H).

    Returns:
        d_x (B, I), the gradient by the state before the step, and this step's share of the
        weights' gradients, summed over the batch.
    """
    x, before, (i, f, g, o), tanh_c = cache
    d_c = d_state.c + o * (1 - tanh_c**2) * d_state.h  # eq. 7
    d_a_i = g * i * (1 - i) * d_c  # eq. 8
    d_a_f = before.c * f * (1 - f) * d_c  # eq. 8
    d_a_g = i * (1 - g**2) * d_c  # eq. 9
    d_a_o = tanh_c * o * (1 - o) * d_state.h  # eq. 9
    d_a = np.concatenate([d_a_i, d_a_f, d_a_g, d_a_o], axis=1)  # (B, 4H)
    grads = LSTMParams(W_ih=d_a.T @ x, W_hh=d_a.T @ before.h, b=d_a.sum(axis=0))  # eq. 10
    return d_a @ params.W_ih, LSTMState(d_a @ params.W_hh, f * d_c), grads  # eq. 6


def forward(
    params: LSTMParams, x: Array, state: LSTMState | None = None, *, lengths: Any = None
) -> tuple[Array, LSTMState, _Cache]:
    """Run over a batch of sequences.

    Args:
        params: the weights.
        x: (T, B, I), of the weights' dtype. T = 0: no outputs, the state stays what it was.
        state: h and c (B, H) before the first step; zeros when left out.
        lengths: (B,) steps in each sequence, 0 to T. The state stops there, and what stands in x
            beyond may be anything, NaN included.

    Returns:
        h (T, B, H), zero beyond a sequence's end; the state at each sequence's end; and the
        cache for `backward`. h shares its memory with the cache: do not write into it.

    Raises:
        ValueError: a shape or dtype that does not fit, lengths out of range, NaN or infinity
            within a sequence.

    >>> keep = LSTMParams(np.zeros((4, 1)), np.zeros((4, 1)), np.array([-99.0, 99.0, 0.0, 99.0]))
    >>> start = LSTMState(np.zeros((1, 1)), np.array([[0.5]]))
    >>> _, state, cache = forward(keep, np.ones((1000, 1, 1)), start)
    >>> state.c.tolist()
    [[0.5]]
    """
    dtype = _sequence.gated(params, 4)
    H = params.W_hh.shape[1]
    x, state, lengths = _sequence.checked(params, dtype, x, state, lengths, LSTMState, ((H,), (H,)))
    T, B, I = x.shape

    half = np.repeat(np.array([0.5, 0.5, 1, 0.5], dtype), H)  # (4H,), for σ by tanh
    rest = 1 - half
    times_W = _products.times(params.W_hh.T * half, B)
    a = x.reshape(T * B, I) @ (params.W_ih.T * half)  # eq. 1: (T B, 4H), the input's part of all
    a += params.b * half  # eq. 1
    a = a.reshape(T, B, 4 * H)
    gates = a.reshape(T, B, 4, H)  # the same memory: each step's a turns into its gates
    hs, cs = np.empty((T + 1, B, H), dtype), np.empty((T + 1, B, H), dtype)
    tanh_c = np.empty((T, B, H), dtype)
    hs[0], cs[0] = state
    product = np.empty((B, 4 * H), dtype)
    states = hs, cs, hs[1:], cs[1:], tanh_c  # before and after each step
    for a_t, (i, f, g, o), h_before, c_before, h, c, shown in zip(
        a, gates.transpose(0, 2, 1, 3), *states, strict=False
    ):
        a_t += times_W(h_before, product)  # eq. 1
        np.tanh(a_t, out=a_t)  # eqs. 2, 3
        a_t *= half  # eqs. 2, 3
        a_t += rest  # eqs. 2, 3
        np.multiply(f, c_before, out=c)  # eq. 4
        c += i * g  # eq. 4
        np.tanh(c, out=shown)
        np.multiply(o, shown, out=h)  # eq. 5

    end = LSTMState(*_sequence.ends(lengths, hs, cs))
    if lengths is not None:
        beyond = ~_validate.real_steps(lengths, T)
        hs[1:][beyond] = 0
        gates[beyond] = np.array([0, 1, 0, 0], dtype)[:, None]  # so that d_c passes unchanged
    return hs[1:], end, _Cache(params, x, hs, cs, gates, tanh_c, lengths)


def backward(
    cache: _Cache, d_h: Array, d_state: LSTMState | None = None
) -> tuple[Array, LSTMParams, LSTMState]:
    """Back-propagate through time over the sequences that `forward` saw.

    Args:
        cache: the third result of `forward`.
        d_h: (T, B, H) gradient of the loss by each output; ignored beyond a sequence's end.
        d_state: h and c (B, H), gradient by the state at the end where the loss uses it directly.

    Returns:
        d_x (T, B, I), zero beyond a sequence's end; the weights' gradients, summed over time and
        batch; the gradient by the initial state.

    Raises:
        ValueError: a shape or dtype that does not fit that of the outputs.

    >>> keep = LSTMParams(np.zeros((4, 1)), np.zeros((4, 1)), np.array([-99.0, 99.0, 0.0, 99.0]))
    >>> h, _, cache = forward(keep, np.ones((1000, 1, 1)))
    >>> d_end = LSTMState(np.zeros((1, 1)), np.ones((1, 1)))
    >>> backward(cache, np.zeros_like(h), d_end)[2].c.tolist()  # nothing lost in 1000 steps
    [[1.0]]
    """
    params, x, hs, cs, gates, tanh_c, lengths = cache
    T, B, I = x.shape
    H = hs.shape[2]
    d_h, d_state = _sequence.checked_gradients(d_h, d_state, hs[1:], LSTMState(hs[0], cs[0]))

    d_x = np.empty(x.shape, x.dtype)
    d_W_ih, d_W_hh, d_b = (np.zeros_like(p) for p in params)
    times_W_hh = _products.times(params.W_hh, B)
    d_now, d_c = np.zeros_like(d_state.h), d_state.c.copy()  # d_h[t] and d_c[t], last to first
    for block in _sequence.blocks(T, gates[:1].nbytes):
        n = block.stop - block.start
        i, f, g, o = gates[block].transpose(2, 0, 1, 3)  # (n, B, H) each
        shown = tanh_c[block]
        d_a = np.empty_like(gates[block])  # at first only what multiplies d_c, and d_h in the last
        d_a[:, :, 0] = g * i * (1 - i)  # eq. 8
        d_a[:, :, 1] = cs[block] * f * (1 - f)  # eq. 8
        d_a[:, :, 2] = i * (1 - g**2)  # eq. 9
        d_a[:, :, 3] = shown * o * (1 - o)  # eq. 9
        d_c_by_d_h = o * (1 - shown**2)
        flat = d_a.reshape(n * B, 4 * H)
        rows = flat.reshape(n, B, 4 * H)
        forth = _sequence.seen(d_h, d_state.h, lengths, block), d_c_by_d_h, f, d_a, rows
        for seen, slope, f_t, d_a_t, row in zip(*(s[::-1] for s in forth), strict=True):
            d_now += seen  # eq. 6
            d_c += slope * d_now  # eq. 7
            d_a_t[:, :3] *= d_c[:, None]  # eqs. 8, 9
            d_a_t[:, 3] *= d_now  # eq. 9
            d_c *= f_t  # eq. 6
            times_W_hh(row, d_now)  # eq. 6
        np.matmul(flat, params.W_ih, out=d_x[block].reshape(n * B, I))
        d_W_ih += flat.T @ x[block].reshape(n * B, I)  # eq. 10
        d_W_hh += flat.T @ hs[block].reshape(n * B, H)  # eq. 10
        d_b += flat.sum(axis=0)  # eq. 10
    _sequence.add_unbegun(d_now, d_state.h, lengths, T)
    return d_x, LSTMParams(d_W_ih, d_W_hh, d_b), LSTMState(d_now, d_c)


def to_torch(params: LSTMParams) -> nn.LSTM:
    """The same network as a `torch.nn.LSTM` (time-major): b its first bias, its second zero.

    Raises:
        ValueError: the weights' shapes do not fit each other.
    """
    _sequence.gated(params, 4)
    module: nn.LSTM = _torch.build("LSTM", *params)
    return module


def from_torch(module: nn.LSTM, layer: int = 0, reverse: bool = False) -> LSTMParams:
    """The weights of one layer and direction of a `torch.nn.LSTM`, its two biases added; copied.

    Raises:
        ValueError: the module projects its states, or it has no such layer or direction.
    """
    if module.proj_size:
        raise ValueError(f"module must have proj_size 0, got {module.proj_size}")
    W_ih, W_hh, b_ih, b_hh = _torch.read(module, layer, reverse)
    return LSTMParams(W_ih, W_hh, b_ih + b_hh)
