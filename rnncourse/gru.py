"""The gated recurrent unit with its reset after the product, as PyTorch and cuDNN compute it.

    a[t] = b + W_ih x[t]      p[t] = W_hh h[t-1]        three parts each: r, z, n               (1)
    r[t] = σ(a_r + p_r)                                 how much of the past the news may use   (2)
    z[t] = σ(a_z + p_z)                                 how much of the past is kept            (3)
    n[t] = tanh(a_n + r[t] ⊙ (p_n + b_hn))              the news                                (4)
    h[t] = z[t] ⊙ h[t-1] + (1 - z[t]) ⊙ n[t]                                                    (5)

and back, given d_h[t], the slope of the loss through everything but step t + 1:

    d_a_n = (1 - z) (1 - n²) ⊙ d_h            d_p_n = r ⊙ d_a_n                                 (6)
    d_a_r = (p_n + b_hn) r (1 - r) ⊙ d_a_n    d_a_z = (h[t-1] - n) z (1 - z) ⊙ d_h              (7)
    d_h[t-1] += z ⊙ d_h + W_hhᵀ d_p                   where d_p = (d_a_r, d_a_z, d_p_n)         (8)
    d_W_hh = Σ d_p[t] h[t-1]ᵀ   d_W_ih = Σ d_a[t] x[t]ᵀ   d_b = Σ d_a[t]   d_b_hn = Σ d_p_n[t]  (9)

so each of the four is d_h times a factor that is known before the loop. `step` and `step_backward`
are those lines; `forward` and `backward` give the same numbers sooner, as those of
`rnncourse.lstm` do.

Two choices differ between books, and each is named here. The reset stands after the product (in
`rnncourse.gru_before` before it, W_hn (r ⊙ h[t-1])): then W_hh multiplies h[t-1] once a step, and
b_hn does not merge into b. And z is the kept part; where a text writes (1 - z) ⊙ h[t-1] instead,
its z is our 1 - z = σ(-(a_z + p_z)), so `rnncourse.gru_before.swap_kept` turns the signs of a row.

Arrays are time-major. Weights have the equations' shape, rows in the order r, z, n.

Source: K. Cho et al., Learning phrase representations using RNN encoder–decoder for statistical
machine translation (2014), with the reset where cuDNN and `torch.nn.GRU` have it.
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
    "GRUParams",
    "GRUState",
    "backward",
    "forward",
    "from_torch",
    "init",
    "step",
    "step_backward",
    "to_torch",
]


class GRUParams(NamedTuple):
    """The weights, or the gradient of a loss by them; rows of r, z, n."""

    W_ih: Array  # (3H, I)
    W_hh: Array  # (3H, H)
    b: Array  # (3H,)
    b_hn: Array  # (H,), the bias that the reset gate scales


class GRUState(NamedTuple):
    """What the network carries from one step to the next, or a gradient by it."""

    h: Array  # (B, H)


class _StepCache(NamedTuple):
    x: Array  # (B, I)
    before: Array  # (B, H)
    gates: tuple[Array, Array, Array]  # r, z, n, each (B, H)
    p_n: Array  # (B, H), b_hn in it


class _Cache(NamedTuple):
    params: GRUParams
    x: Array  # (T, B, I), padding zeroed
    hs: Array  # (T + 1, B, H), the initial state first, padding zeroed
    gates: Array  # (T, B, 3, H)
    p_n: Array  # (T, B, H)
    lengths: Array | None


def init(
    rng: np.random.Generator, input_size: int, hidden_size: int, *, dtype: Any = np.float64
) -> GRUParams:
    """Draw weights uniformly from ±1/√H, the default of `torch.nn.GRU`.

    Args:
        rng: source of the numbers, such as `np.random.default_rng(0)`.
        input_size: I, at least 1.
        hidden_size: H, at least 1.
        dtype: float32 or float64; everything computed from the weights keeps it.

    Raises:
        ValueError: a size below 1, or a dtype that is not floating.

    >>> params = init(np.random.default_rng(0), input_size=2, hidden_size=3)
    >>> [array.shape for array in params]
    [(9, 2), (9, 3), (9,), (3,)]
    """
    _init.sizes(input_size=input_size, hidden_size=hidden_size)
    H = hidden_size
    shapes = [(3 * H, input_size), (3 * H, H), (3 * H,), (H,)]
    return GRUParams(*_init.uniform(rng, H, shapes, dtype))


def step(params: GRUParams, x: Array, state: GRUState) -> tuple[GRUState, _StepCache]:
    """One step, from its input (B, I) and the state before it, h (B, H).

    Returns:
        The state after the step, and what `step_backward` needs.

    >>> keep = np.array([0.0, 99.0, 0.0])  # z = 1
    >>> params = GRUParams(np.ones((3, 1)), np.ones((3, 1)), keep, np.zeros(1))
    >>> state, _ = step(params, np.array([[5.0]]), GRUState(np.array([[0.25]])))
    >>> state.h.tolist()
    [[0.25]]
    """
    a_r, a_z, a_n = np.split(params.b + x @ params.W_ih.T, 3, axis=1)  # eq. 1: (B, H) each
    p_r, p_z, p_n = np.split(state.h @ params.W_hh.T, 3, axis=1)  # eq. 1
    r, z = sigmoid(a_r + p_r), sigmoid(a_z + p_z)  # eqs. 2, 3
    p_n = p_n + params.b_hn
    n = np.tanh(a_n + r * p_n)  # eq. 4
    return GRUState(z * state.h + (1 - z) * n), _StepCache(x, state.h, (r, z, n), p_n)  # eq. 5


def step_backward(
    params: GRUParams, cache: _StepCache, d_state: GRUState
) -> tuple[Array, GRUState, GRUParams]:
    """Go back over one step, given the gradient by the state after it, h (B, H).

    Returns:
        d_x (B, I), the gradient by the state before the step, and this step's share of the
        weights' gradients, summed over the batch.
    """
    x, before, (r, z, n), p_n = cache
    d_h = d_state.h
    d_a_n = (1 - z) * (1 - n**2) * d_h  # eq. 6
    d_a_r = p_n * r * (1 - r) * d_a_n  # eq. 7
    d_a_z = (before - n) * z * (1 - z) * d_h  # eq. 7
    d_p_n = r * d_a_n  # eq. 6
    d_a = np.concatenate([d_a_r, d_a_z, d_a_n], axis=1)  # (B, 3H)
    d_p = np.concatenate([d_a_r, d_a_z, d_p_n], axis=1)
    grads = GRUParams(d_a.T @ x, d_p.T @ before, d_a.sum(axis=0), d_p_n.sum(axis=0))  # eq. 9
    return d_a @ params.W_ih, GRUState(z * d_h + d_p @ params.W_hh), grads  # eq. 8


def forward(
    params: GRUParams, x: Array, state: GRUState | None = None, *, lengths: Any = None
) -> tuple[Array, GRUState, _Cache]:
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

    >>> keep = np.array([0.0, 99.0, 0.0])  # z = 1
    >>> params = GRUParams(np.ones((3, 1)), np.ones((3, 1)), keep, np.zeros(1))
    >>> h, state, cache = forward(params, np.ones((1000, 1, 1)), GRUState(np.array([[0.25]])))
    >>> state.h.tolist()
    [[0.25]]
    """
    dtype = _sequence.gated(params, 3, b_hn=("H",))
    H = params.W_hh.shape[1]
    x, state, lengths = _sequence.checked(params, dtype, x, state, lengths, GRUState, ((H,),))
    T, B, I = x.shape

    half = np.repeat(np.array([0.5, 0.5, 1], dtype), H)  # (3H,), for σ by tanh
    times_W = _products.times(params.W_hh.T * half, B)
    a = x.reshape(T * B, I) @ (params.W_ih.T * half)  # eq. 1: (T B, 3H), the input's part of all
    a += params.b * half  # eq. 1
    a = a.reshape(T, B, 3 * H)
    gates = a.reshape(T, B, 3, H)  # the same memory: each step's a turns into its gates
    hs, p_n = np.empty((T + 1, B, H), dtype), np.empty((T, B, H), dtype)
    hs[0] = state.h
    product = np.empty((B, 3 * H), dtype)
    p_rz, p_new = product[:, : 2 * H], product[:, 2 * H :]
    parts = a[:, :, : 2 * H], gates[:, :, 0], gates[:, :, 1], gates[:, :, 2], p_n, hs, hs[1:]
    for rz, r, z, n, p_n_t, h_before, h in zip(*parts, strict=False):
        times_W(h_before, product)  # eq. 1
        rz += p_rz  # eqs. 2, 3
        np.tanh(rz, out=rz)  # eqs. 2, 3
        rz *= 0.5
        rz += 0.5
        np.add(p_new, params.b_hn, out=p_n_t)
        n += r * p_n_t  # eq. 4
        np.tanh(n, out=n)  # eq. 4
        np.subtract(h_before, n, out=h)  # eq. 5: z h[t-1] + (1 - z) n = n + z (h[t-1] - n)
        h *= z
        h += n

    end = GRUState(*_sequence.ends(lengths, hs))
    if lengths is not None:
        hs[1:][~_validate.real_steps(lengths, T)] = 0
    return hs[1:], end, _Cache(params, x, hs, gates, p_n, lengths)


def backward(
    cache: _Cache, d_h: Array, d_state: GRUState | None = None
) -> tuple[Array, GRUParams, GRUState]:
    """Back-propagate through time over the sequences that `forward` saw.

    Args:
        cache: the third result of `forward`.
        d_h: (T, B, H) gradient of the loss by each output; ignored beyond a sequence's end.
        d_state: h (B, H), gradient by the state at the end where the loss uses it directly.

    Returns:
        d_x (T, B, I), zero beyond a sequence's end; the weights' gradients, summed over time and
        batch; the gradient by the initial state.

    Raises:
        ValueError: a shape or dtype that does not fit that of the outputs.

    >>> keep = np.array([0.0, 99.0, 0.0])  # z = 1
    >>> params = GRUParams(np.ones((3, 1)), np.ones((3, 1)), keep, np.zeros(1))
    >>> h, _, cache = forward(params, np.ones((1000, 1, 1)))
    >>> backward(cache, np.zeros_like(h), GRUState(np.ones((1, 1))))[2].h.tolist()
    [[1.0]]
    """
    params, x, hs, gates, p_n, lengths = cache
    T, B, I = x.shape
    H = hs.shape[2]
    d_h, d_state = _sequence.checked_gradients(d_h, d_state, hs[1:], GRUState(hs[0]))

    d_x = np.empty(x.shape, x.dtype)
    d_W_ih, d_W_hh, d_b, d_b_hn = (np.zeros_like(p) for p in params)
    times_W_hh = _products.times(params.W_hh, B)
    d_now, product = np.zeros((2, B, H), hs.dtype)  # d_now: d_h[t], from last to first
    for block in _sequence.blocks(T, gates[:1].nbytes):
        size = block.stop - block.start
        r, z, n = gates[block].transpose(2, 0, 1, 3)  # (size, B, H) each
        d_a = np.empty((size, B, 4, H), hs.dtype)  # r, z, p_n, n: at first only what multiplies d_h
        d_a[:, :, 3] = (1 - z) * (1 - n**2)  # eq. 6
        d_a[:, :, 2] = r * d_a[:, :, 3]  # eq. 6
        d_a[:, :, 1] = (hs[block] - n) * z * (1 - z)  # eq. 7
        d_a[:, :, 0] = p_n[block] * (1 - r) * d_a[:, :, 2]  # eq. 7
        rows = d_a.reshape(size, B, 4 * H)[:, :, : 3 * H]
        forth = _sequence.seen(d_h, d_state.h, lengths, block), z, d_a, rows
        for seen, z_t, d_a_t, row in zip(*(s[::-1] for s in forth), strict=True):
            d_now += seen
            d_a_t *= d_now[:, None]  # eqs. 6, 7
            d_now *= z_t  # eq. 8
            d_now += times_W_hh(row, product)  # eq. 8
        flat = d_a.reshape(size * B, 4 * H)[:, : 3 * H]
        d_W_hh += flat.T @ hs[block].reshape(size * B, H)  # eq. 9
        d_b_hn += d_a[:, :, 2].sum(axis=(0, 1))  # eq. 9
        d_a[:, :, 2] = d_a[:, :, 3]  # flat was of r, z, p_n, and is now of r, z, n
        d_W_ih += flat.T @ x[block].reshape(size * B, I)  # eq. 9
        d_b += flat.sum(axis=0)  # eq. 9
        np.matmul(flat, params.W_ih, out=d_x[block].reshape(size * B, I))
    _sequence.add_unbegun(d_now, d_state.h, lengths, T)
    return d_x, GRUParams(d_W_ih, d_W_hh, d_b, d_b_hn), GRUState(d_now)


def to_torch(params: GRUParams) -> nn.GRU:
    """The same network as a `torch.nn.GRU` (time-major), b_hn the end of its second bias.

    Raises:
        ValueError: the weights' shapes do not fit each other.
    """
    import torch

    _sequence.gated(params, 3, b_hn=("H",))
    module: nn.GRU = _torch.build("GRU", params.W_ih, params.W_hh, params.b)
    with torch.no_grad():
        b_hh = module.get_parameter("bias_hh_l0")
        b_hh[-len(params.b_hn) :].copy_(torch.from_numpy(np.array(params.b_hn)))
    return module


def from_torch(module: nn.GRU, layer: int = 0, reverse: bool = False) -> GRUParams:
    """The weights of one layer and direction of a `torch.nn.GRU`, copied.

    Its two biases are added in the rows of r and z, where only their sum acts.

    Raises:
        ValueError: it has no such layer or direction.
    """
    W_ih, W_hh, b_ih, b_hh = _torch.read(module, layer, reverse)
    H = W_hh.shape[1]
    b = b_ih + np.where(np.arange(3 * H) < 2 * H, b_hh, b_hh.dtype.type(0))
    return GRUParams(W_ih, W_hh, b, b_hh[2 * H :].copy())
