"""Recurrence from the output only: what was put out last is all that a step knows of the past.

    h[t] = tanh(b + W_oh ŷ[t-1] + W_ih x[t])    W for W_oh, U for W_ih in the chapters  (1)
    o[t] = b_o + W_ho h[t]        ŷ[t] = g(o[t])                                        (2)

and back, given d_o[t], the slope of the loss by o[t] through nothing but o[t]:

    d_ŷ[t] = W_ohᵀ d_a[t+1]       d_o[t] += g'(o[t])ᵀ d_ŷ[t]                            (3)
    d_a[t] = (1 - h[t]²) ⊙ W_hoᵀ d_o[t]                                                 (4)
    d_W_oh = Σ d_a[t] ŷ[t-1]ᵀ     d_W_ih = Σ d_a[t] x[t]ᵀ      d_b = Σ d_a[t]           (5)
    d_W_ho = Σ d_o[t] h[t]ᵀ       d_b_o  = Σ d_o[t]                                     (6)

Teacher forcing puts the target y[t-1] in the place of ŷ[t-1]. Then nothing is carried from step to
step: no loop is left, neither forward nor back, and every gradient is exact without going through
time. What it costs shows when the teacher leaves and the network reads its own outputs.

The output layer is part of the cell, since the recurrence runs through it: `forward` gives the
logits o. What returns without a teacher is the keyword `feedback`: "softmax", "logits" (ŷ = o), or
"decision" (ŷ is one at the largest o: no slope passes). `rnncourse.jordan` adds self-feedback.

Arrays are time-major. Weights have the equations' shape, so a batch multiplies by the transpose.

Source: I. Goodfellow, Y. Bengio and A. Courville, Deep Learning (2016), section 10.2.1; teacher
forcing from R. J. Williams and D. Zipser, Neural Computation 1 (1989).
"""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import numpy as np

from rnncourse import _feedback, _sequence, _validate
from rnncourse._validate import Array

__all__ = [
    "OutputParams",
    "OutputState",
    "backward",
    "forward",
    "init",
    "step",
    "step_backward",
    "with_feedback",
]


class OutputParams(NamedTuple):
    """The weights, or the gradient of a loss by them."""

    W_ih: Array  # (H, I)
    W_oh: Array  # (H, K)
    b: Array  # (H,)
    W_ho: Array  # (K, H)
    b_o: Array  # (K,)


class OutputState(NamedTuple):
    """What the network carries from one step to the next, or a gradient by it."""

    o: Array  # (B, K), the last output: put out, not read again
    y_hat: Array  # (B, K), what returns to the next step


class _StepCache(NamedTuple):
    x: Array  # (B, I)
    before: Array  # (B, K), what returned to this step
    h: Array  # (B, H)
    y_hat: Array  # (B, K)
    feedback: str


class _Cache(NamedTuple):
    params: OutputParams
    x: Array  # (T, B, I), padding zeroed
    ys: Array  # (T + 1, B, K), what returned: ŷ or y, the initial state's first
    hs: Array  # (T, B, H)
    o: Array  # (T, B, K), padding zeroed
    feedback: str
    lengths: Array | None


def init(
    rng: np.random.Generator,
    input_size: int,
    hidden_size: int,
    output_size: int | None = None,
    *,
    dtype: Any = np.float64,
) -> OutputParams:
    """Draw weights uniformly from ±1/√H.

    Args:
        rng: source of the numbers, such as `np.random.default_rng(0)`.
        input_size: I, at least 1.
        hidden_size: H, at least 1.
        output_size: K, at least 1; H when left out.
        dtype: float32 or float64; everything computed from the weights keeps it.

    Raises:
        ValueError: a size below 1, or a dtype that is not floating.

    >>> params = init(np.random.default_rng(0), input_size=2, hidden_size=3, output_size=4)
    >>> [array.shape for array in params]
    [(3, 2), (3, 4), (3,), (4, 3), (4,)]
    """
    return OutputParams(*_feedback.drawn(rng, input_size, hidden_size, output_size, dtype))


def step(
    params: OutputParams,
    x: Array,
    state: OutputState,
    *,
    y: Array | None = None,
    feedback: str = "softmax",
) -> tuple[OutputState, _StepCache]:
    """One step, from its input (B, I), the state before it, and the teacher's y (B, K) if any.

    Returns:
        The state after the step, and what `step_backward` needs.

    >>> one, none = np.ones((1, 1)), np.zeros(1)
    >>> before = OutputState(np.array([[0.0]]), np.array([[2.0]]))
    >>> params = OutputParams(one, one, none, one, none)
    >>> after, _ = step(params, np.array([[-2.0]]), before, feedback="logits")
    >>> after.o.tolist(), after.y_hat.tolist()
    ([[0.0]], [[0.0]])
    """
    h = np.tanh(params.b + state.y_hat @ params.W_oh.T + x @ params.W_ih.T)  # eq. 1: (B, H)
    o = params.b_o + h @ params.W_ho.T  # eq. 2: (B, K)
    y_hat = _feedback.returned(o, feedback) if y is None else y  # eq. 2
    how = feedback if y is None else "decision"  # no slope either way
    return OutputState(o, y_hat), _StepCache(x, state.y_hat, h, y_hat, how)


def step_backward(
    params: OutputParams, cache: _StepCache, d_state: OutputState
) -> tuple[Array, OutputState, OutputParams]:
    """Go back over one step, given the gradient by the state after it, o and ŷ (B, K).

    Returns:
        d_x (B, I), the gradient by the state before the step, and this step's share of the
        weights' gradients, summed over the batch.
    """
    x, before, h, y_hat, feedback = cache
    d_o = d_state.o + _feedback.slope(y_hat, d_state.y_hat, feedback)  # eq. 3: (B, K)
    d_a = (1 - h**2) * (d_o @ params.W_ho)  # eq. 4: (B, H)
    of_a = d_a.T @ x, d_a.T @ before, d_a.sum(axis=0)  # eq. 5
    grads = OutputParams(*of_a, d_o.T @ h, d_o.sum(axis=0))  # eq. 6
    return d_a @ params.W_ih, OutputState(np.zeros_like(d_o), d_a @ params.W_oh), grads  # eq. 3


def forward(
    params: OutputParams,
    x: Array,
    state: OutputState | None = None,
    *,
    lengths: Any = None,
    teacher: Any = None,
    feedback: str = "softmax",
) -> tuple[Array, OutputState, _Cache]:
    """Run over a batch of sequences.

    Args:
        params: the weights.
        x: (T, B, I), of the weights' dtype. T = 0: no outputs, the state stays what it was.
        state: o and ŷ (B, K) before the first step; zeros when left out.
        lengths: (B,) steps in each sequence, 0 to T. What x holds beyond changes nothing.
        teacher: (T, B, K), what returns in place of ŷ, such as one-hot targets.
        feedback: what returns without a teacher: "softmax", "logits" or "decision".

    Returns:
        o (T, B, K), zero beyond a sequence's end; the state at each one's end; and the cache for
        `backward`, which shares o's memory: do not write into it.

    Raises:
        ValueError: a shape, dtype, length or feedback that does not fit, NaN or infinity.

    >>> from rnncourse import losses
    >>> params = init(np.random.default_rng(0), input_size=2, hidden_size=8, output_size=3)
    >>> x, y = np.ones((5, 1, 2)), np.array([[0], [1], [2], [0], [1]])
    >>> o, _, cache = forward(params, x, teacher=np.eye(3)[y])  # no loop
    >>> loss, d_o = losses.softmax_cross_entropy(o, y)
    >>> d_x, grads, d_state = backward(cache, d_o)
    >>> o, _, _ = forward(params, x, feedback="decision")  # on its own
    """
    dtype = _feedback.weights(params)
    _feedback.kind(feedback)
    K, H = params.W_ho.shape
    x, state, lengths = _sequence.checked(
        params, dtype, x, state, lengths, OutputState, ((K,), (K,)), "B as in x, K as in W_ho"
    )
    T, B, I = x.shape
    y = _feedback.taught(teacher, T, B, K, dtype, lengths)

    hs = (x.reshape(T * B, I) @ params.W_ih.T).reshape(T, B, H)  # eq. 1: the input's part of all
    hs += params.b  # eq. 1
    os, ys = (np.empty((T + 1, B, K), dtype) for _ in range(2))
    os[0], ys[0] = state
    if y is not None:
        ys[1:] = y
        hs += (ys[:-1].reshape(T * B, K) @ params.W_oh.T).reshape(T, B, H)  # eq. 1
        np.tanh(hs, out=hs)  # eq. 1
        os[1:] = (hs.reshape(T * B, H) @ params.W_ho.T + params.b_o).reshape(T, B, K)  # eq. 2
    else:
        for t in range(T):
            hs[t] += ys[t] @ params.W_oh.T  # eq. 1
            np.tanh(hs[t], out=hs[t])  # eq. 1
            os[t + 1] = params.b_o + hs[t] @ params.W_ho.T  # eq. 2
            ys[t + 1] = _feedback.returned(os[t + 1], feedback)  # eq. 2

    end = OutputState(*_sequence.ends(lengths, os, ys))
    if lengths is not None:
        beyond = ~_validate.real_steps(lengths, T)
        os[1:][beyond] = ys[1:][beyond] = 0
    how = feedback if y is None else "decision"
    return os[1:], end, _Cache(params, x, ys, hs, os[1:], how, lengths)


def backward(
    cache: _Cache, d_o: Array, d_state: OutputState | None = None
) -> tuple[Array, OutputParams, OutputState]:
    """Back-propagate over the sequences that `forward` saw; through time where outputs returned.

    Args:
        cache: the third result of `forward`.
        d_o: (T, B, K) gradient of the loss by each output; ignored beyond a sequence's end.
        d_state: o and ŷ (B, K), gradient by the state at the end.

    Returns:
        d_x (T, B, I), zero beyond a sequence's end; the weights' gradients summed over time and
        batch; the gradient by the initial state.

    Raises:
        ValueError: a shape or dtype that does not fit that of the outputs.
    """
    params, x, ys, hs, o, feedback, lengths = cache
    T, B, I = x.shape
    K, H = params.W_ho.shape
    d_o, d_state = _sequence.checked_gradients(d_o, d_state, o, OutputState(ys[0], ys[0]))

    d_x = np.empty(x.shape, x.dtype)
    d_W_ih, d_W_oh, d_b, d_W_ho, d_b_o = (np.zeros_like(p) for p in params)
    d_start, d_y = np.zeros((2, B, K), o.dtype)  # d_y: by what returned to step t, last to first
    for block in _sequence.blocks(T, hs[:1].nbytes):
        n = block.stop - block.start
        d_a = 1 - hs[block] ** 2  # (n, B, H), at first only what multiplies d_h
        d_os = _sequence.seen(d_o, d_state.o, lengths, block)
        flat, flat_o = d_a.reshape(n * B, H), d_os.reshape(n * B, K)
        if feedback == "decision":  # no slope comes back from the next step
            flat *= flat_o @ params.W_ho  # eq. 4
            d_y = d_a[0] @ params.W_oh  # eq. 3
        else:
            d_ys = _sequence.at_the_end(d_state.y_hat, lengths, T, block)
            for t in reversed(range(n)):
                d_ys[t] += d_y  # eq. 3
                d_os[t] += _feedback.slope(ys[1:][block][t], d_ys[t], feedback)  # eq. 3
                d_a[t] *= d_os[t] @ params.W_ho  # eq. 4
                d_y = d_a[t] @ params.W_oh  # eq. 3
        np.matmul(flat, params.W_ih, out=d_x[block].reshape(n * B, I))
        d_W_ih += flat.T @ x[block].reshape(n * B, I)  # eq. 5
        d_W_oh += flat.T @ ys[block].reshape(n * B, K)  # eq. 5
        d_b += flat.sum(axis=0)  # eq. 5
        d_W_ho += flat_o.T @ hs[block].reshape(n * B, H)  # eq. 6
        d_b_o += flat_o.sum(axis=0)  # eq. 6
    _sequence.add_unbegun(d_start, d_state.o, lengths, T)
    _sequence.add_unbegun(d_y, d_state.y_hat, lengths, T)
    grads = OutputParams(d_W_ih, d_W_oh, d_b, d_W_ho, d_b_o)
    return d_x, grads, OutputState(d_start, d_y)


def with_feedback(feedback: str) -> Any:
    """The cell to which "softmax", "logits" or "decision" returns, for all that takes a cell.

    >>> from rnncourse import check_gradients
    >>> check_gradients(with_feedback("logits")).worst < 1e-13
    True
    """
    return _feedback.returning(sys.modules[__name__], feedback)
