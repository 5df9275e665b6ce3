"""Skip connections through time: each state also reads the one d steps before it.

    a[t] = b + W_hh h[t-1] + W_skip h[t-d] + W_ih x[t]                                 (1)
    h[t] = tanh(a[t])                                                                  (2)

and back, given d_h[t], the slope of the loss by h[t] through nothing but the outputs:

    d_h[t] += W_hhᵀ d_a[t+1] + W_skipᵀ d_a[t+d]         d_a[t] = (1 - h[t]²) ⊙ d_h[t]  (3)
    d_W_hh  = Σ d_a[t] h[t-1]ᵀ      d_W_skip = Σ d_a[t] h[t-d]ᵀ                        (4)
    d_W_ih  = Σ d_a[t] x[t]ᵀ        d_b      = Σ d_a[t]                                (5)

A gradient comes from τ steps ago by τ/d factors in place of τ. The price is the state: the last d
values of h, a line in which each step moves everything on by one place.

d is no weight. A state carries its own; where no state is given, the keyword `delay` says it, and
`with_delay(d)` is the cell with that choice made, for everything that takes a cell.

Arrays are time-major. Weights have the equations' shape, so a batch multiplies by the transpose.

Source: T. Lin, B. G. Horne, P. Tiňo and C. L. Giles, Learning long-term dependencies in NARX
recurrent neural networks (1996), with the delayed values taken from the hidden state.
"""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from rnncourse import _init, _sequence, _validate
from rnncourse._validate import Array

__all__ = [
    "SkipParams",
    "SkipState",
    "backward",
    "forward",
    "init",
    "step",
    "step_backward",
    "with_delay",
]


class SkipParams(NamedTuple):
    """The weights, or the gradient of a loss by them."""

    W_ih: Array  # (H, I)
    W_hh: Array  # (H, H)
    W_skip: Array  # (H, H)
    b: Array  # (H,)


class SkipState(NamedTuple):
    """What the network carries from one step to the next, or a gradient by it."""

    h: Array  # (B, H)
    past: Array  # (B, d - 1, H), the states before it, the latest first


class _StepCache(NamedTuple):
    x: Array  # (B, I)
    before: SkipState
    h: Array  # (B, H)


class _Cache(NamedTuple):
    params: SkipParams
    x: Array  # (T, B, I), padding zeroed
    line: Array  # (d + T, B, H), the initial state's h last of the first d, padding zeroed
    lengths: Array | None


def init(
    rng: np.random.Generator, input_size: int, hidden_size: int, *, dtype: Any = np.float64
) -> SkipParams:
    """Draw weights uniformly from ±1/√H.

    Args:
        rng: source of the numbers, such as `np.random.default_rng(0)`.
        input_size: I, at least 1.
        hidden_size: H, at least 1.
        dtype: float32 or float64; everything computed from the weights keeps it.

    Raises:
        ValueError: a size below 1, or a dtype that is not floating.

    >>> params = init(np.random.default_rng(0), input_size=2, hidden_size=3)
    >>> [array.shape for array in params]
    [(3, 2), (3, 3), (3, 3), (3,)]
    """
    _init.sizes(input_size=input_size, hidden_size=hidden_size)
    H = hidden_size
    return SkipParams(*_init.uniform(rng, H, [(H, input_size), (H, H), (H, H), (H,)], dtype))


def step(params: SkipParams, x: Array, state: SkipState) -> tuple[SkipState, _StepCache]:
    """One step, from its input (B, I) and the state before it.

    Returns:
        The state after the step, and what `step_backward` needs.

    >>> echo = SkipParams(*(np.array([[w]]) for w in (1.0, 0.0, 1.0)), np.zeros(1))
    >>> before = SkipState(np.array([[0.0]]), np.array([[[0.5]]]))  # d = 2
    >>> after, _ = step(echo, np.array([[0.0]]), before)
    >>> round(float(after.h[0, 0]), 4), after.past.tolist()  # tanh(0.5)
    (0.4621, [[[0.0]]])
    """
    line = np.concatenate([state.h[:, None], state.past], axis=1)  # (B, d, H), the latest first
    a = params.b + state.h @ params.W_hh.T + x @ params.W_ih.T  # eq. 1: (B, H)
    h = np.tanh(a + line[:, -1] @ params.W_skip.T)  # eqs. 1, 2
    return SkipState(h, line[:, :-1]), _StepCache(x, state, h)


def step_backward(
    params: SkipParams, cache: _StepCache, d_state: SkipState
) -> tuple[Array, SkipState, SkipParams]:
    """Go back over one step, given the gradient by the state after it.

    Returns:
        d_x (B, I), the gradient by the state before the step, and this step's share of the
        weights' gradients, summed over the batch.
    """
    x, before, h = cache
    far = np.concatenate([before.h[:, None], before.past], axis=1)[:, -1]  # (B, H), h[t-d]
    d_a = (1 - h**2) * d_state.h  # eq. 3: (B, H)
    d_line = np.concatenate([d_state.past, np.zeros_like(d_a)[:, None]], axis=1)
    d_line[:, 0] += d_a @ params.W_hh  # eq. 3
    d_line[:, -1] += d_a @ params.W_skip  # eq. 3
    grads = SkipParams(d_a.T @ x, d_a.T @ before.h, d_a.T @ far, d_a.sum(axis=0))  # eqs. 4, 5
    return d_a @ params.W_ih, SkipState(d_line[:, 0], d_line[:, 1:]), grads


def forward(
    params: SkipParams,
    x: Array,
    state: SkipState | None = None,
    *,
    lengths: Any = None,
    delay: int = 2,
) -> tuple[Array, SkipState, _Cache]:
    """Run over a batch of sequences.

    Args:
        params: the weights.
        x: (T, B, I), of the weights' dtype. T = 0: no outputs, the state stays what it was.
        state: h (B, H) and past (B, d - 1, H) before the first step; zeros when left out.
        lengths: (B,) steps in each sequence, 0 to T. The state stops there, and what stands in x
            beyond may be anything, NaN included.
        delay: d, at least 1, where the state is left out.

    Returns:
        h (T, B, H), zero beyond a sequence's end; the state at each sequence's end; and the
        cache for `backward`. h shares its memory with the cache: do not write into it.

    Raises:
        ValueError: a shape or dtype that does not fit, lengths out of range, NaN or infinity
            within a sequence, a delay below 1.

    >>> echo = SkipParams(*(np.array([[w]]) for w in (1.0, 0.0, 1.0)), np.zeros(1))
    >>> x = np.array([1.0, 0, 0, 0, 0, 0, 0]).reshape(7, 1, 1)
    >>> forward(echo, x, delay=3)[0].ravel().round(2).tolist()
    [0.76, 0.0, 0.0, 0.64, 0.0, 0.0, 0.57]
    """
    dtype = _check_weights(params)
    H = params.b.shape[0]
    state = None if state is None else _validate.state("state", state, SkipState)
    d = delay if state is None else np.atleast_2d(state.past).shape[1] + 1
    if d < 1:
        raise ValueError(f"delay must be at least 1, got {delay}")
    sizes = ((H,), (d - 1, H))
    x, state, lengths = _sequence.checked(params, dtype, x, state, lengths, SkipState, sizes)
    T, B, I = x.shape

    line = np.empty((d + T, B, H), dtype)
    line[d - 1] = state.h
    line[: d - 1] = state.past.swapaxes(0, 1)[::-1]
    hs = line[d:]
    np.matmul(x.reshape(T * B, I), params.W_ih.T, out=hs.reshape(T * B, H))  # eq. 1
    hs += params.b  # eq. 1
    for t in range(T):
        hs[t] += line[t + d - 1] @ params.W_hh.T  # eq. 1
        hs[t] += line[t] @ params.W_skip.T  # eq. 1
        np.tanh(hs[t], out=hs[t])  # eq. 2

    end = _read(line, lengths, d)
    if lengths is not None:
        hs[~_validate.real_steps(lengths, T)] = 0
    return hs, end, _Cache(params, x, line, lengths)


def backward(
    cache: _Cache, d_h: Array, d_state: SkipState | None = None
) -> tuple[Array, SkipParams, SkipState]:
    """Back-propagate through time over the sequences that `forward` saw.

    Args:
        cache: the third result of `forward`.
        d_h: (T, B, H) gradient of the loss by each output; ignored beyond a sequence's end.
        d_state: h and past, gradient by the state at the end where the loss uses it directly.

    Returns:
        d_x (T, B, I), zero beyond a sequence's end; the weights' gradients summed over time and
        batch; the gradient by the initial state.

    Raises:
        ValueError: a shape or dtype that does not fit that of the outputs.

    >>> echo = SkipParams(*(np.array([[w]]) for w in (1.0, 0.0, 1.0)), np.zeros(1))
    >>> h, _, cache = forward(echo, np.zeros((9, 1, 1)), delay=3)
    >>> d_h = np.zeros_like(h)
    >>> d_h[-1] = 1
    >>> backward(cache, d_h)[0].ravel().tolist()
    [0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0]
    """
    params, x, line, lengths = cache
    T, B, I = x.shape
    d, H = len(line) - T, line.shape[2]
    start = _read(line[:d], None, d)
    d_h, d_state = _sequence.checked_gradients(d_h, d_state, line[d:], start)

    d_x = np.empty(x.shape, x.dtype)
    d_W_ih, d_W_hh, d_W_skip, d_b = (np.zeros_like(p) for p in params)
    d_first = np.zeros((d, B, H), line.dtype)  # by the d states before a block
    for block in _sequence.blocks(T, line[:1].nbytes):
        n = block.stop - block.start
        d_line = np.zeros((d + n, B, H), line.dtype)  # by those, and by the block's own
        d_line[n:] = d_first
        d_line[d:] += _sequence.seen(d_h, d_state.h, lengths, block)
        _add_past(d_line, d_state.past, T if lengths is None else lengths, block)
        hs, d_a = line[d:][block], d_line[d:]  # each step's gradient by h turns into that by a
        for t in reversed(range(n)):
            d_a[t] *= 1 - hs[t] ** 2  # eq. 3
            d_line[t + d - 1] += d_a[t] @ params.W_hh  # eq. 3
            d_line[t] += d_a[t] @ params.W_skip  # eq. 3
        flat = d_a.reshape(n * B, H)
        np.matmul(flat, params.W_ih, out=d_x[block].reshape(n * B, I))
        d_W_ih += flat.T @ x[block].reshape(n * B, I)  # eq. 5
        d_W_hh += flat.T @ line[d - 1 :][block].reshape(n * B, H)  # eq. 4
        d_W_skip += flat.T @ line[block].reshape(n * B, H)  # eq. 4
        d_b += flat.sum(axis=0)  # eq. 5
        d_first = d_line[:d]
    if T == 0:
        _add_past(d_first, d_state.past, 0, slice(0, 0))
    _sequence.add_unbegun(d_first[d - 1], d_state.h, lengths, T)
    return d_x, SkipParams(d_W_ih, d_W_hh, d_W_skip, d_b), _read(d_first, None, d)


def with_delay(d: int) -> Any:
    """The cell whose skip connections span d steps, for everything that takes a cell.

    Raises:
        ValueError: d is below 1.

    >>> from rnncourse import network
    >>> cell, rng = with_delay(8), np.random.default_rng(0)
    >>> params = network.init(cell, rng, input_size=1, hidden_size=4, output_size=1)
    >>> network.predict(cell, params, np.zeros((5, 1, 1)))[1].past.shape
    (1, 7, 4)
    """
    if d < 1:
        raise ValueError(f"d must be at least 1, got {d}")
    return SimpleNamespace(
        init=init,
        step=step,
        step_backward=step_backward,
        forward=partial(forward, delay=d),
        backward=backward,
    )


def _read(line: Array, lengths: Array | None, d: int) -> SkipState:
    """The state at each sequence's end, copied from a line (d + T, B, H)."""
    T, B = len(line) - d, line.shape[1]
    at = (np.full(B, T) if lengths is None else lengths) + d - 1
    latest_first = line[at[:, None] - np.arange(d), np.arange(B)[:, None]]  # (B, d, H)
    return SkipState(latest_first[:, 0], latest_first[:, 1:])


def _add_past(d_line: Array, d_past: Array, ends: Any, block: slice) -> None:
    """Add the gradient by the end's past where it lies in a block's line, in place.

    The first d states of a line belong to the block before it, unless there is none.
    """
    d, rows = d_past.shape[1] + 1, np.arange(len(d_past))
    for i in range(d - 1):
        at = ends + d - 2 - i - block.start + np.zeros_like(rows)  # (B,)
        here = (at >= (d if block.start else 0)) & (at < len(d_line))
        d_line[at[here], rows[here]] += d_past[here, i]


def _check_weights(params: SkipParams) -> np.dtype[Any]:
    _validate.fields(params, *SkipParams._fields)
    H, I = params.W_ih.shape if params.W_ih.ndim == 2 else ("H", "I")
    return _validate.parameters(
        params, {"W_ih": (H, I), "W_hh": (H, H), "W_skip": (H, H), "b": (H,)}
    )
