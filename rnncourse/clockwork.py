"""The clockwork network: groups of units, each of which moves only every P steps.

    a[t] = b + (M ⊙ W_hh) h[t-1] + W_ih x[t]                                        (1)
    h[t] = tanh(a[t])   in groups whose period divides the clock t = 0, 1, 2, …     (2)
    h[t] = h[t-1]       in all others                                               (3)

The units are in groups of equal size, one for each period, and M removes the connections from a
group into every slower one: M is 1 where the reader's period is not longer than that of what it
reads. So the slow groups remember by standing still, and nothing faster disturbs them.

and back, given d_h[t], the slope of the loss through everything but step t + 1:

    d_a[t] = (1 - h[t]²) ⊙ d_h[t]   in groups that moved at t, zero in all others   (4)
    d_h[t-1] += (M ⊙ W_hh)ᵀ d_a[t], and d_h[t] itself where the group stood still   (5)
    d_W_hh = M ⊙ Σ d_a[t] h[t-1]ᵀ      d_W_ih = Σ d_a[t] x[t]ᵀ      d_b = Σ d_a[t]  (6)

The clock is part of the state, counted in the weights' dtype, so that a sequence may be cut
anywhere; what it holds behind the point does not count. The periods are no weights: the keyword
`periods` says them, and `with_periods(…)` is the cell with that choice made.

Arrays are time-major. Weights have the equations' shape, so a batch multiplies by the transpose.

Source: J. Koutník, K. Greff, F. Gomez and J. Schmidhuber, A clockwork RNN (2014).
"""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from rnncourse import _init, _sequence, _validate
from rnncourse._validate import Array

PERIODS = (1, 2, 4, 8)

__all__ = [
    "ClockworkParams",
    "ClockworkState",
    "backward",
    "connections",
    "forward",
    "init",
    "step",
    "step_backward",
    "unit_periods",
    "with_periods",
]


class ClockworkParams(NamedTuple):
    """The weights, or the gradient of a loss by them."""

    W_ih: Array  # (H, I)
    W_hh: Array  # (H, H), of which M leaves only a part
    b: Array  # (H,)


class ClockworkState(NamedTuple):
    """What the network carries from one step to the next, or a gradient by it."""

    h: Array  # (B, H)
    clock: Array  # (B,), steps so far


class _StepCache(NamedTuple):
    x: Array  # (B, I)
    h_before: Array  # (B, H)
    h: Array  # (B, H)
    moves: Array  # (B, H), which units move
    M: Array  # (H, H)


class _Cache(NamedTuple):
    params: ClockworkParams
    x: Array  # (T, B, I), padding zeroed
    hs: Array  # (T + 1, B, H), the initial state first, padding zeroed
    moves: Array  # (T, B, H)
    M: Array  # (H, H)
    clock: Array  # (B,)
    lengths: Array | None


def unit_periods(hidden_size: int, periods: tuple[int, ...] = PERIODS) -> Array:
    """The period of each unit, (H,): groups as equal as can be, the first ones larger.

    Raises:
        ValueError: no periods, or one below 1 or not whole.

    >>> unit_periods(6, (1, 2, 4, 8)).tolist()
    [1, 1, 2, 2, 4, 8]
    """
    if not isinstance(periods, tuple | list) or not periods:
        raise ValueError(f"periods must name at least one period, got {periods!r}")
    for k, period in enumerate(periods):
        if not isinstance(period, int | float | np.number) or not period >= 1 or period % 1 != 0:
            raise ValueError(f"periods[{k}] must be a whole number of at least 1, got {period!r}")
    G = len(periods)
    sizes = [hidden_size // G + (k < hidden_size % G) for k in range(G)]
    return np.repeat(np.array(periods, np.intp), sizes)


def connections(hidden_size: int, periods: tuple[int, ...] = PERIODS) -> Array:
    """M (H, H): from which units (columns) each unit (row) reads.

    >>> connections(3, (1, 2, 4)).astype(int).tolist()
    [[1, 1, 1], [0, 1, 1], [0, 0, 1]]
    """
    of = unit_periods(hidden_size, periods)
    readable: Array = of[:, None] <= of
    return readable


def init(
    rng: np.random.Generator, input_size: int, hidden_size: int, *, dtype: Any = np.float64
) -> ClockworkParams:
    """Draw weights uniformly from ±1/√H; those that M removes are drawn too, and do nothing.

    Raises:
        ValueError: a size below 1, or a dtype that is not floating.

    >>> params = init(np.random.default_rng(0), input_size=2, hidden_size=3)
    >>> [array.shape for array in params]
    [(3, 2), (3, 3), (3,)]
    """
    _init.sizes(input_size=input_size, hidden_size=hidden_size)
    shapes = [(hidden_size, input_size), (hidden_size, hidden_size), (hidden_size,)]
    return ClockworkParams(*_init.uniform(rng, hidden_size, shapes, dtype))


def step(
    params: ClockworkParams,
    x: Array,
    state: ClockworkState,
    *,
    periods: tuple[int, ...] = PERIODS,
) -> tuple[ClockworkState, _StepCache]:
    """One step, from its input (B, I) and the state before it, h (B, H) and clock (B,).

    Returns:
        The state after the step, and what `step_backward` needs.

    >>> params = ClockworkParams(np.ones((2, 1)), np.zeros((2, 2)), np.zeros(2))
    >>> at_1 = ClockworkState(np.array([[0.5, 0.5]]), np.array([1.0]))
    >>> after, _ = step(params, np.array([[1.0]]), at_1, periods=(1, 2))
    >>> after.h.round(4).tolist(), after.clock.tolist()
    ([[0.7616, 0.5]], [2.0])
    """
    H = params.b.shape[0]
    M = connections(H, periods)
    a = params.b + state.h @ (M * params.W_hh).T + x @ params.W_ih.T  # eq. 1: (B, H)
    moves = np.floor(state.clock.real)[:, None] % unit_periods(H, periods) == 0
    h = np.where(moves, np.tanh(a), state.h)  # eqs. 2, 3
    return ClockworkState(h, state.clock + 1), _StepCache(x, state.h, h, moves, M)


def step_backward(
    params: ClockworkParams, cache: _StepCache, d_state: ClockworkState
) -> tuple[Array, ClockworkState, ClockworkParams]:
    """Go back over one step, given the gradient by the state after it.

    Returns:
        d_x (B, I), the gradient by the state before the step, and this step's share of the
        weights' gradients, summed over the batch.
    """
    x, h_before, h, moves, M = cache
    d_a = moves * (1 - h**2) * d_state.h  # eq. 4: (B, H)
    d_before = ~moves * d_state.h + d_a @ (M * params.W_hh)  # eq. 5
    grads = ClockworkParams(d_a.T @ x, M * (d_a.T @ h_before), d_a.sum(axis=0))  # eq. 6
    return d_a @ params.W_ih, ClockworkState(d_before, d_state.clock), grads


def forward(
    params: ClockworkParams,
    x: Array,
    state: ClockworkState | None = None,
    *,
    lengths: Any = None,
    periods: tuple[int, ...] = PERIODS,
) -> tuple[Array, ClockworkState, _Cache]:
    """Run over a batch of sequences.

    Args:
        params: the weights.
        x: (T, B, I), of the weights' dtype. T = 0: no outputs, the state stays what it was.
        state: h (B, H) and clock (B,) before the first step; zeros when left out.
        lengths: (B,) steps in each sequence, 0 to T. What x holds beyond changes nothing.
        periods: one for each group of units, at least 1 each.

    Returns:
        h (T, B, H), zero beyond a sequence's end; the state at each one's end; and the cache for
        `backward`, which shares h's memory: do not write into it.

    Raises:
        ValueError: a shape or dtype that does not fit, lengths out of range, NaN or infinity
            within a sequence, a period below 1.

    >>> params = ClockworkParams(np.ones((2, 1)), np.zeros((2, 2)), np.zeros(2))
    >>> x = np.array([0.1, 0.2, 0.3, 0.4]).reshape(4, 1, 1)
    >>> forward(params, x, periods=(1, 3))[0][:, 0].round(1).tolist()
    [[0.1, 0.1], [0.2, 0.1], [0.3, 0.1], [0.4, 0.4]]
    """
    dtype = _sequence.gated(params, 1)
    H = params.b.shape[0]
    M, of = connections(H, periods), unit_periods(H, periods)
    x, state, lengths = _sequence.checked(
        params, dtype, x, state, lengths, ClockworkState, ((H,), ())
    )
    T, B, I = x.shape

    clock = np.floor(state.clock.real) + np.arange(T)[:, None]  # (T, B)
    moves = clock[:, :, None] % of == 0  # (T, B, H)
    W = np.ascontiguousarray((M * params.W_hh).T)
    hs = np.empty((T + 1, B, H), dtype)
    hs[0] = state.h
    np.matmul(x.reshape(T * B, I), params.W_ih.T, out=hs[1:].reshape(T * B, H))  # eq. 1
    hs[1:] += params.b  # eq. 1
    for t in range(T):
        hs[t + 1] += hs[t] @ W  # eq. 1
        np.tanh(hs[t + 1], out=hs[t + 1])  # eq. 2
        np.copyto(hs[t + 1], hs[t], where=~moves[t])  # eq. 3

    (h_end,) = _sequence.ends(lengths, hs)
    taken = np.full(B, T) if lengths is None else lengths
    end = ClockworkState(h_end, state.clock + taken.astype(dtype))
    if lengths is not None:
        hs[1:][~_validate.real_steps(lengths, T)] = 0
    return hs[1:], end, _Cache(params, x, hs, moves, M, state.clock, lengths)


def backward(
    cache: _Cache, d_h: Array, d_state: ClockworkState | None = None
) -> tuple[Array, ClockworkParams, ClockworkState]:
    """Back-propagate through time over the sequences that `forward` saw.

    Args:
        cache: the third result of `forward`.
        d_h: (T, B, H) gradient of the loss by each output; ignored beyond a sequence's end.
        d_state: h and clock, gradient by the state at the end where the loss uses it directly.

    Returns:
        d_x (T, B, I), zero beyond a sequence's end; the weights' gradients summed over time and
        batch; the gradient by the initial state.

    Raises:
        ValueError: a shape or dtype that does not fit that of the outputs.

    >>> params = ClockworkParams(np.ones((2, 1)), np.zeros((2, 2)), np.zeros(2))
    >>> h, _, cache = forward(params, np.zeros((4, 1, 1)), periods=(1, 3))
    >>> d_h = np.zeros_like(h)
    >>> d_h[2] = 1  # the slow unit last moved at t = 0
    >>> backward(cache, d_h)[0].ravel().tolist()
    [1.0, 0.0, 1.0, 0.0]
    """
    params, x, hs, moves, M, clock, lengths = cache
    T, B, I = x.shape
    H = hs.shape[2]
    d_h, d_state = _sequence.checked_gradients(d_h, d_state, hs[1:], ClockworkState(hs[0], clock))

    W = M * params.W_hh
    d_x = np.empty(x.shape, x.dtype)
    d_W_ih, d_W_hh, d_b = (np.zeros_like(p) for p in params)
    d_now = np.zeros_like(d_state.h)  # d_h[t], from the last step to the first
    for block in _sequence.blocks(T, hs[:1].nbytes):
        n = block.stop - block.start
        d_a = moves[block] * (1 - hs[1:][block] ** 2)  # at first only what multiplies d_h
        forth = _sequence.seen(d_h, d_state.h, lengths, block), d_a, moves[block]
        for seen, d_a_t, moves_t in zip(*(s[::-1] for s in forth), strict=True):
            d_now += seen
            d_a_t *= d_now  # eq. 4
            d_now *= ~moves_t  # eq. 5
            d_now += d_a_t @ W  # eq. 5
        flat = d_a.reshape(n * B, H)
        np.matmul(flat, params.W_ih, out=d_x[block].reshape(n * B, I))
        d_W_ih += flat.T @ x[block].reshape(n * B, I)  # eq. 6
        d_W_hh += M * (flat.T @ hs[block].reshape(n * B, H))  # eq. 6
        d_b += flat.sum(axis=0)  # eq. 6
    _sequence.add_unbegun(d_now, d_state.h, lengths, T)
    d_start = ClockworkState(d_now, d_state.clock.copy())
    return d_x, ClockworkParams(d_W_ih, d_W_hh, d_b), d_start


def with_periods(periods: tuple[int, ...]) -> Any:
    """The cell whose groups have these periods, for everything that takes a cell.

    >>> from rnncourse import check_gradients
    >>> check_gradients(with_periods((1, 3)), T=5, H=4).worst < 1e-13
    True
    """
    unit_periods(1, periods)
    return SimpleNamespace(
        init=init,
        step=partial(step, periods=periods),
        step_backward=step_backward,
        forward=partial(forward, periods=periods),
        backward=backward,
    )
