"""The ReLU network, with IRNN's start: a state that returns to itself unchanged, where it is not 0.

    a[t] = b + W_hh h[t-1] + W_ih x[t]                                           (1)
    h[t] = max(a[t], 0)                                                          (2)

and back, given d_h[t], the slope of the loss by h[t] through everything but a[t+1]:

    d_h[t] += W_hhᵀ d_a[t+1]        d_a[t] = d_h[t] where h[t] > 0, else 0       (3)
    d_W_hh  = Σ d_a[t] h[t-1]ᵀ      d_W_ih = Σ d_a[t] x[t]ᵀ      d_b = Σ d_a[t]  (4)

It is `rnncourse.elman` with another function at the end of a step. That function never flattens
out: its slope is 1 or 0, where tanh's is below 1 nearly everywhere. So with W_hh the identity
(`init_identity`) a unit above zero adds up its inputs and its gradient comes back from any distance
as it was. Nothing bounds the state either: where W_hh stretches, it explodes.

The corner at a = 0 has slope 0 here, as in PyTorch.

Source: Q. V. Le, N. Jaitly and G. E. Hinton, A simple way to initialize recurrent networks of
rectified linear units (2015).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rnncourse import _init, _sequence, _torch, _validate
from rnncourse._validate import Array

if TYPE_CHECKING:
    from torch import nn

__all__ = [
    "ReLUParams",
    "ReLUState",
    "backward",
    "forward",
    "from_torch",
    "init",
    "init_identity",
    "step",
    "step_backward",
    "to_torch",
]


class ReLUParams(NamedTuple):
    """The weights, or the gradient of a loss by them."""

    W_ih: Array  # (H, I)
    W_hh: Array  # (H, H)
    b: Array  # (H,)


class ReLUState(NamedTuple):
    """What the network carries from one step to the next, or a gradient by it."""

    h: Array  # (B, H)


class _StepCache(NamedTuple):
    x: Array  # (B, I)
    h_before: Array  # (B, H)
    h: Array  # (B, H)


class _Cache(NamedTuple):
    params: ReLUParams
    x: Array  # (T, B, I), padding zeroed
    hs: Array  # (T + 1, B, H), the initial state first, padding zeroed
    lengths: Array | None


def init(
    rng: np.random.Generator, input_size: int, hidden_size: int, *, dtype: Any = np.float64
) -> ReLUParams:
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
    return ReLUParams(*_init.uniform(rng, hidden_size, shapes, dtype))


def init_identity(
    rng: np.random.Generator,
    input_size: int,
    hidden_size: int,
    *,
    scale: float = 1.0,
    dtype: Any = np.float64,
) -> ReLUParams:
    """The paper's start: W_hh = scale · identity, b = 0, W_ih normal with deviation 0.001.

    Args:
        rng: source of the numbers, such as `np.random.default_rng(0)`.
        input_size: I, at least 1.
        hidden_size: H, at least 1.
        scale: what a unit keeps of itself at a step. The paper has 1, and 0.01 where long memory
            would disturb (speech).
        dtype: float32 or float64; everything computed from the weights keeps it.

    Raises:
        ValueError: a size below 1, a scale that is not finite, or a dtype that is not floating.

    >>> params = init_identity(np.random.default_rng(0), input_size=1, hidden_size=2)
    >>> h, _, _ = forward(params, np.zeros((1000, 1, 1)), ReLUState(np.array([[0.5, 2.0]])))
    >>> h[-1].tolist()  # after 1000 steps
    [[0.5, 2.0]]
    """
    _init.sizes(input_size=input_size, hidden_size=hidden_size)
    _init.source(rng)
    dtype = _validate.floating(dtype)
    if not np.isfinite(scale):
        raise ValueError(f"scale must be finite, got {scale}")
    W_ih = 0.001 * rng.standard_normal((hidden_size, input_size))
    W_hh = scale * np.eye(hidden_size)
    return ReLUParams(*(p.astype(dtype) for p in (W_ih, W_hh, np.zeros(hidden_size))))


def step(params: ReLUParams, x: Array, state: ReLUState) -> tuple[ReLUState, _StepCache]:
    """One step, from its input (B, I) and the state before it, h (B, H).

    Returns:
        The state after the step, and what `step_backward` needs.

    >>> adds = ReLUParams(np.array([[1.0]]), np.array([[1.0]]), np.array([0.0]))
    >>> step(adds, np.array([[2.0]]), ReLUState(np.array([[3.0]])))[0].h.tolist()
    [[5.0]]
    """
    h = _relu(params.b + state.h @ params.W_hh.T + x @ params.W_ih.T)  # eqs. 1, 2: (B, H)
    return ReLUState(h), _StepCache(x, state.h, h)


def step_backward(
    params: ReLUParams, cache: _StepCache, d_state: ReLUState
) -> tuple[Array, ReLUState, ReLUParams]:
    """Go back over one step, given the gradient by the state after it, h (B, H).

    Returns:
        d_x (B, I), the gradient by the state before the step, and this step's share of the
        weights' gradients, summed over the batch.
    """
    d_a = (cache.h > 0) * d_state.h  # eq. 3: (B, H)
    grads = ReLUParams(  # eq. 4
        W_ih=d_a.T @ cache.x, W_hh=d_a.T @ cache.h_before, b=d_a.sum(axis=0)
    )
    return d_a @ params.W_ih, ReLUState(d_a @ params.W_hh), grads  # eq. 3


def forward(
    params: ReLUParams, x: Array, state: ReLUState | None = None, *, lengths: Any = None
) -> tuple[Array, ReLUState, _Cache]:
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

    >>> adds = ReLUParams(np.array([[1.0]]), np.array([[1.0]]), np.array([0.0]))
    >>> forward(adds, np.array([1.0, 2.0, -9.0, 4.0]).reshape(4, 1, 1))[0].ravel().tolist()
    [1.0, 3.0, 0.0, 4.0]
    """
    dtype = _sequence.gated(params, 1)
    H = params.b.shape[0]
    x, state, lengths = _sequence.checked(params, dtype, x, state, lengths, ReLUState, ((H,),))
    T, B, I = x.shape

    hs = np.empty((T + 1, B, H), dtype)
    hs[0] = state.h
    np.matmul(x.reshape(T * B, I), params.W_ih.T, out=hs[1:].reshape(T * B, H))  # eq. 1
    hs[1:] += params.b  # eq. 1
    for t in range(1, T + 1):
        hs[t] = _relu(hs[t] + hs[t - 1] @ params.W_hh.T)  # eqs. 1, 2

    end = ReLUState(*_sequence.ends(lengths, hs))
    if lengths is not None:
        hs[1:][~_validate.real_steps(lengths, T)] = 0
    return hs[1:], end, _Cache(params, x, hs, lengths)


def backward(
    cache: _Cache, d_h: Array, d_state: ReLUState | None = None
) -> tuple[Array, ReLUParams, ReLUState]:
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

    >>> params = init_identity(np.random.default_rng(0), input_size=1, hidden_size=2)
    >>> h, _, cache = forward(params, np.zeros((1000, 1, 1)), ReLUState(np.array([[0.5, 2.0]])))
    >>> backward(cache, np.zeros_like(h), ReLUState(np.array([[1.0, -3.0]])))[2].h.tolist()
    [[1.0, -3.0]]
    """
    params, x, hs, lengths = cache
    T, B, I = x.shape
    H = hs.shape[2]
    d_h, d_state = _sequence.checked_gradients(d_h, d_state, hs[1:], ReLUState(hs[0]))

    d_x = np.empty(x.shape, x.dtype)
    d_W_ih, d_W_hh, d_b = (np.zeros_like(p) for p in params)
    d_now = np.zeros_like(d_state.h)  # d_h[t], from the last step to the first
    for block in _sequence.blocks(T, hs[:1].nbytes):
        n = block.stop - block.start
        d_a = _sequence.seen(d_h, d_state.h, lengths, block)  # (n, B, H), at first by h
        for d_a_t, h in zip(d_a[::-1], hs[1:][block][::-1], strict=True):
            d_a_t += d_now  # eq. 3
            d_a_t *= h > 0  # eq. 3
            np.dot(d_a_t, params.W_hh, out=d_now)  # eq. 3
        flat = d_a.reshape(n * B, H)
        np.matmul(flat, params.W_ih, out=d_x[block].reshape(n * B, I))
        d_W_ih += flat.T @ x[block].reshape(n * B, I)  # eq. 4
        d_W_hh += flat.T @ hs[block].reshape(n * B, H)  # eq. 4
        d_b += flat.sum(axis=0)  # eq. 4
    _sequence.add_unbegun(d_now, d_state.h, lengths, T)
    return d_x, ReLUParams(d_W_ih, d_W_hh, d_b), ReLUState(d_now)


def _relu(a: Array) -> Array:
    """max(a, 0), of complex a too: the gradient check needs it, and `np.maximum` would differ."""
    h: Array = np.where(a.real > 0, a, a.dtype.type(0))
    return h


def to_torch(params: ReLUParams) -> nn.RNN:
    """The same network as a `torch.nn.RNN` with ReLU units (time-major).

    PyTorch adds two bias vectors; b becomes the first and the second is zero.

    Raises:
        ValueError: the weights' shapes do not fit each other.
    """
    _sequence.gated(params, 1)
    module: nn.RNN = _torch.build("RNN", *params, nonlinearity="relu")
    return module


def from_torch(module: nn.RNN, layer: int = 0, reverse: bool = False) -> ReLUParams:
    """The weights of one layer and direction of a `torch.nn.RNN`, its two biases added; copied.

    Raises:
        ValueError: the module's units are not ReLU, or it has no such layer or direction.
    """
    if module.mode != "RNN_RELU":
        raise ValueError(f"module must be a torch.nn.RNN with ReLU units, got mode {module.mode!r}")
    W_ih, W_hh, b_ih, b_hh = _torch.read(module, layer, reverse)
    return ReLUParams(W_ih, W_hh, b_ih + b_hh)
