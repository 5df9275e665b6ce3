"""Jordan's network: the output returns, to state units that also feed themselves.

    s[t] = α ⊙ s[t-1] + ŷ[t-1]                  what the network remembers of its outputs  (1)
    h[t] = tanh(b + W_sh s[t] + W_ih x[t])                                                 (2)
    o[t] = b_o + W_ho h[t]        ŷ[t] = g(o[t])                                           (3)

and back, given d_o[t], the slope of the loss by o[t] through nothing but o[t]:

    d_ŷ[t] = d_s[t+1]             d_o[t] += g'(o[t])ᵀ d_ŷ[t]                               (4)
    d_a[t] = (1 - h[t]²) ⊙ W_hoᵀ d_o[t]                                                    (5)
    d_s[t] = W_shᵀ d_a[t] + α ⊙ d_s[t+1]        d_α = Σ s[t] ⊙ d_s[t+1]                    (6)
    d_W_sh = Σ d_a[t] s[t]ᵀ       d_W_ih = Σ d_a[t] x[t]ᵀ      d_b = Σ d_a[t]              (7)
    d_W_ho = Σ d_o[t] h[t]ᵀ       d_b_o  = Σ d_o[t]                                        (8)

In the chapter on networks, which writes W for W_sh and U for W_ih, (1) to (3) are equation
`eq-jordan`.

The output layer is part of the cell, since the recurrence runs through it: `forward` gives the
logits o, ready for a loss, and a state holds s as the next step will find it. What returns is the
keyword `feedback`: g is "softmax", or "logits" (ŷ = o), or "decision" (ŷ is one at the largest o:
no slope passes). With a `teacher`, the targets return in place of ŷ; then s is an input known
beforehand, and back-propagation through time has nothing to carry but α.

α is among the weights; `grads._replace(alpha=0 * grads.alpha)` keeps it as it is. Arrays are
time-major. Weights have the equations' shape, so a batch multiplies by the transpose.

Source: M. I. Jordan, Serial order: a parallel distributed processing approach (1986).
"""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import numpy as np

from rnncourse import _feedback, _sequence, _validate
from rnncourse._validate import Array

__all__ = [
    "JordanParams",
    "JordanState",
    "backward",
    "context",
    "forward",
    "init",
    "step",
    "step_backward",
    "with_feedback",
]


class JordanParams(NamedTuple):
    """The weights, or the gradient of a loss by them."""

    W_ih: Array  # (H, I)
    W_sh: Array  # (H, K)
    b: Array  # (H,)
    W_ho: Array  # (K, H)
    b_o: Array  # (K,)
    alpha: Array  # (K,), what each state unit keeps of itself


class JordanState(NamedTuple):
    """What the network carries from one step to the next, or a gradient by it."""

    o: Array  # (B, K), the last output: put out, not read again
    s: Array  # (B, K), the state units as the next step finds them


class _StepCache(NamedTuple):
    x: Array  # (B, I)
    s: Array  # (B, K)
    h: Array  # (B, H)
    y_hat: Array  # (B, K)
    feedback: str


class _Cache(NamedTuple):
    params: JordanParams
    x: Array  # (T, B, I), padding zeroed
    ss: Array  # (T + 1, B, K), the state units before each step and at the end
    hs: Array  # (T, B, H)
    o: Array  # (T, B, K), padding zeroed
    y_hat: Array  # (T, B, K), what returned
    feedback: str
    lengths: Array | None


def init(
    rng: np.random.Generator,
    input_size: int,
    hidden_size: int,
    output_size: int | None = None,
    *,
    alpha: float = 0.5,
    dtype: Any = np.float64,
) -> JordanParams:
    """Draw W, U, V and the biases uniformly from ±1/√H; K is H where `output_size` is left out.

    Every state unit gets the same α: an output counts half as much after ln 2 / ln(1/α) steps.

    Raises:
        ValueError: a size below 1, or a dtype that is not floating.

    >>> params = init(np.random.default_rng(0), input_size=2, hidden_size=3, output_size=4)
    >>> [array.shape for array in params]
    [(3, 2), (3, 4), (3,), (4, 3), (4,), (4,)]
    """
    drawn = _feedback.drawn(rng, input_size, hidden_size, output_size, dtype)
    W_ih, W_sh, b, W_ho, b_o = drawn
    return JordanParams(W_ih, W_sh, b, W_ho, b_o, np.full(len(b_o), alpha, dtype))


def step(
    params: JordanParams,
    x: Array,
    state: JordanState,
    *,
    y: Array | None = None,
    feedback: str = "softmax",
) -> tuple[JordanState, _StepCache]:
    """One step, from its input (B, I), the state before it, and the teacher's y (B, K) if any.

    Returns:
        The state after the step, and what `step_backward` needs.

    >>> one, none = np.ones((1, 1)), np.zeros(1)
    >>> params = JordanParams(one, one, none, one, none, np.array([0.5]))
    >>> before = JordanState(np.array([[0.0]]), np.array([[2.0]]))
    >>> after, _ = step(params, np.array([[-2.0]]), before, feedback="logits")
    >>> after.o.tolist(), after.s.tolist()
    ([[0.0]], [[1.0]])
    """
    h = np.tanh(params.b + state.s @ params.W_sh.T + x @ params.W_ih.T)  # eq. 2: (B, H)
    o = params.b_o + h @ params.W_ho.T  # eq. 3: (B, K)
    y_hat = _feedback.returned(o, feedback) if y is None else y  # eq. 3
    s = params.alpha * state.s + y_hat  # eq. 1
    how = feedback if y is None else "decision"  # no slope either way
    return JordanState(o, s), _StepCache(x, state.s, h, y_hat, how)


def step_backward(
    params: JordanParams, cache: _StepCache, d_state: JordanState
) -> tuple[Array, JordanState, JordanParams]:
    """Go back over one step, given the gradient by the state after it, o and s (B, K).

    Returns:
        d_x (B, I), the gradient by the state before the step, and this step's share of the
        weights' gradients, summed over the batch.
    """
    x, s, h, y_hat, feedback = cache
    d_o = d_state.o + _feedback.slope(y_hat, d_state.s, feedback)  # eq. 4: (B, K)
    d_a = (1 - h**2) * (d_o @ params.W_ho)  # eq. 5: (B, H)
    d_s = d_a @ params.W_sh + params.alpha * d_state.s  # eq. 6
    of_a, of_o = (d_a.T @ x, d_a.T @ s, d_a.sum(axis=0)), (d_o.T @ h, d_o.sum(axis=0))  # eqs. 7, 8
    grads = JordanParams(*of_a, *of_o, alpha=(s * d_state.s).sum(axis=0))  # eq. 6
    return d_a @ params.W_ih, JordanState(np.zeros_like(d_o), d_s), grads


def forward(
    params: JordanParams,
    x: Array,
    state: JordanState | None = None,
    *,
    lengths: Any = None,
    teacher: Any = None,
    feedback: str = "softmax",
) -> tuple[Array, JordanState, _Cache]:
    """Run over a batch of sequences.

    Args:
        params: the weights.
        x: (T, B, I), of the weights' dtype. T = 0: no outputs, the state stays what it was.
        state: o and s (B, K) before the first step; zeros when left out.
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
    >>> o, _, cache = forward(params, x, teacher=np.eye(3)[y])
    >>> loss, d_o = losses.softmax_cross_entropy(o, y)
    >>> d_x, grads, d_state = backward(cache, d_o)
    >>> o, _, _ = forward(params, x, feedback="decision")  # on its own
    """
    dtype = _feedback.weights(params)
    _feedback.kind(feedback)
    K, H = params.W_ho.shape
    x, state, lengths = _sequence.checked(
        params, dtype, x, state, lengths, JordanState, ((K,), (K,)), "B as in x, K as in W_ho"
    )
    T, B, I = x.shape
    y = _feedback.taught(teacher, T, B, K, dtype, lengths)

    hs = (x.reshape(T * B, I) @ params.W_ih.T).reshape(T, B, H)  # eq. 2: the input's part of all
    hs += params.b  # eq. 2
    os, ss, y_hat = (np.empty((T + n, B, K), dtype) for n in (1, 1, 0))
    os[0], ss[0] = state
    for t in range(T):
        hs[t] += ss[t] @ params.W_sh.T  # eq. 2
        np.tanh(hs[t], out=hs[t])  # eq. 2
        os[t + 1] = params.b_o + hs[t] @ params.W_ho.T  # eq. 3
        y_hat[t] = _feedback.returned(os[t + 1], feedback) if y is None else y[t]  # eq. 3
        ss[t + 1] = params.alpha * ss[t] + y_hat[t]  # eq. 1

    end = JordanState(*_sequence.ends(lengths, os, ss))
    if lengths is not None:
        beyond = ~_validate.real_steps(lengths, T)
        os[1:][beyond] = ss[1:][beyond] = y_hat[beyond] = 0
    how = feedback if y is None else "decision"
    return os[1:], end, _Cache(params, x, ss, hs, os[1:], y_hat, how, lengths)


def backward(
    cache: _Cache, d_o: Array, d_state: JordanState | None = None
) -> tuple[Array, JordanParams, JordanState]:
    """Back-propagate through time over the sequences that `forward` saw.

    Args:
        cache: the third result of `forward`.
        d_o: (T, B, K) gradient of the loss by each output; ignored beyond a sequence's end.
        d_state: o and s (B, K), gradient by the state at the end.

    Returns:
        d_x (T, B, I), zero beyond a sequence's end; the weights' gradients summed over time and
        batch; the gradient by the initial state.

    Raises:
        ValueError: a shape or dtype that does not fit.
    """
    params, x, ss, hs, o, y_hat, feedback, lengths = cache
    T, B, I = x.shape
    K, H = params.W_ho.shape
    d_o, d_state = _sequence.checked_gradients(d_o, d_state, o, JordanState(ss[0], ss[0]))

    d_x = np.empty(x.shape, x.dtype)
    d_W_ih, d_W_sh, d_b, d_W_ho, d_b_o, d_alpha = (np.zeros_like(p) for p in params)
    d_start, d_s = np.zeros((2, B, K), o.dtype)  # d_s: by s[t], from last to first
    for block in _sequence.blocks(T, hs[:1].nbytes):
        n = block.stop - block.start
        d_a = 1 - hs[block] ** 2  # (n, B, H), at first only what multiplies d_h
        d_os = _sequence.seen(d_o, d_state.o, lengths, block)
        d_ss = _sequence.at_the_end(d_state.s, lengths, T, block)
        for t in reversed(range(n)):
            d_ss[t] += d_s  # eq. 6
            d_os[t] += _feedback.slope(y_hat[block][t], d_ss[t], feedback)  # eq. 4
            d_a[t] *= d_os[t] @ params.W_ho  # eq. 5
            d_s = d_a[t] @ params.W_sh + params.alpha * d_ss[t]  # eq. 6
        flat, flat_o = d_a.reshape(n * B, H), d_os.reshape(n * B, K)
        np.matmul(flat, params.W_ih, out=d_x[block].reshape(n * B, I))
        d_W_ih += flat.T @ x[block].reshape(n * B, I)  # eq. 7
        d_W_sh += flat.T @ ss[block].reshape(n * B, K)  # eq. 7
        d_b += flat.sum(axis=0)  # eq. 7
        d_W_ho += flat_o.T @ hs[block].reshape(n * B, H)  # eq. 8
        d_b_o += flat_o.sum(axis=0)  # eq. 8
        d_alpha += (ss[block] * d_ss).sum(axis=(0, 1))  # eq. 6
    _sequence.add_unbegun(d_start, d_state.o, lengths, T)
    _sequence.add_unbegun(d_s, d_state.s, lengths, T)
    grads = JordanParams(d_W_ih, d_W_sh, d_b, d_W_ho, d_b_o, d_alpha)
    return d_x, grads, JordanState(d_start, d_s)


def context(alpha: Any, y: Array) -> Array:
    """The state units s (T, …, K) where y (T, …, K) returns: each a fading sum of what went before.

    >>> context(0.5, np.array([1.0, 0.0, 0.0, 1.0])).tolist()
    [0.0, 1.0, 0.5, 0.25]
    """
    s = np.zeros_like(y)
    for t in range(1, len(y)):
        s[t] = alpha * s[t - 1] + y[t - 1]  # eq. 1
    return s


def with_feedback(feedback: str) -> Any:
    """The cell to which "softmax", "logits" or "decision" returns.

    >>> from rnncourse import check_gradients
    >>> check_gradients(with_feedback("logits")).worst < 1e-13
    True
    """
    return _feedback.returning(sys.modules[__name__], feedback)
