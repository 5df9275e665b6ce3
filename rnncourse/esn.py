"""The echo-state network: a recurrence drawn at random and left so, and a read-out in closed form.

    a[t] = b + W_hh h[t-1] + W_ih x[t] + W_oh y[t-1]                     (1)
    h[t] = (1 - α) ⊙ h[t-1] + α ⊙ tanh(a[t])                             (2)
    o[t] = b_o + W_ho h[t]                                               (3)

Only W_ho and b_o are learnt, and that is linear regression: no gradient goes through time. The
term W_oh y[t-1] is the output feedback. While the read-out is fitted, y[t-1] is the target of the
step before (teacher forcing); afterwards it is the network's own o[t-1], and the network runs free.

The reservoir W_hh is sparse and scaled to a chosen spectral radius, its largest |eigenvalue|. Where
the state forgets where it began, it is an echo of the inputs alone: the echo-state property. A
radius below 1 gives it as a rule, not by proof: run twice from different states, and measure.

Arrays are time-major. Weights have the equations' shape, so a batch multiplies by the transpose.
To go back through time all the same, without feedback, these are `rnncourse.leaky`'s equations.

Measured on Mackey-Glass, τ = 17, 400 units, radius 0.886, α = 0.44, five connections a unit, fitted
to 2,000 steps after 1,000 of washout, penalty 1e-14: an NRMSE84 from 0.0001 to 0.0007 over ten
draws, median 0.0003. Jaeger prints 0.00028.

Source: H. Jaeger, The "echo state" approach to analysing and training recurrent neural networks,
GMD report 148 (2001); H. Jaeger and H. Haas, Harnessing nonlinearity, Science 304 (2004).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from rnncourse import _init, _validate
from rnncourse._ridge import ridge
from rnncourse._validate import Array
from rnncourse.linear import LinearParams

__all__ = [
    "ESNParams",
    "ESNState",
    "forward",
    "generate",
    "init",
    "ridge",
    "spectral_radius",
    "step",
]


class ESNParams(NamedTuple):
    """What is drawn once and never learnt."""

    W_ih: Array  # (H, I), I may be 0
    W_hh: Array  # (H, H), the reservoir, most of it 0
    W_oh: Array  # (H, K), the output feedback; K is 0 where there is none
    b: Array  # (H,)
    alpha: Array  # (H,), the part of the state that is replaced at each step, in (0, 1]


class ESNState(NamedTuple):
    """What the network carries from one step to the next."""

    h: Array  # (B, H)


def init(
    rng: np.random.Generator,
    input_size: int,
    hidden_size: int,
    feedback_size: int = 0,
    *,
    radius: float = 0.9,
    connections: int = 10,
    input_scale: float = 1.0,
    feedback_scale: float = 1.0,
    bias_scale: float = 0.2,
    alpha: float = 1.0,
    dtype: Any = np.float64,
) -> ESNParams:
    """Draw a network, every weight uniformly around 0, the reservoir scaled to `radius`.

    Args:
        rng: source of the numbers, such as `np.random.default_rng(0)`.
        input_size: I, 0 or more.
        hidden_size: H, at least 1.
        feedback_size: K, as many as the outputs that are fed back, or 0.
        radius: spectral radius of the reservoir, 0 or more.
        connections: non-zero weights into each unit of the reservoir, at least 1 (H if fewer).
        input_scale: largest size of an input weight.
        feedback_scale: largest size of a feedback weight.
        bias_scale: largest size of a bias.
        alpha: α of every unit, above 0, at most 1.
        dtype: float32 or float64; everything computed from the weights keeps it.

    Raises:
        ValueError: a size, a scale or α out of range, or a dtype that is not floating.

    >>> params = init(np.random.default_rng(0), input_size=1, hidden_size=50, radius=0.8)
    >>> [array.shape for array in params]
    [(50, 1), (50, 50), (50, 0), (50,), (50,)]
    >>> int(np.count_nonzero(params.W_hh)), round(spectral_radius(params.W_hh), 12)
    (500, 0.8)
    """
    _init.sizes(hidden_size=hidden_size, connections=connections)
    for name, size in (("input_size", input_size), ("feedback_size", feedback_size)):
        if not isinstance(size, int | np.integer) or size < 0:
            raise ValueError(f"{name} must be 0 or more, got {size!r}")
    scales = {
        "radius": radius,
        "input_scale": input_scale,
        "feedback_scale": feedback_scale,
        "bias_scale": bias_scale,
    }
    for name, scale in scales.items():
        if not isinstance(scale, int | float | np.number) or not 0 <= scale < np.inf:
            raise ValueError(f"{name} must be 0 or more and finite, got {scale!r}")
    if not isinstance(alpha, int | float | np.number) or not 0 < alpha <= 1:
        raise ValueError(f"alpha must be above 0 and at most 1, got {alpha!r}")
    _validate.floating(dtype)
    H = hidden_size
    # each unit is fed by at least one, so the graph has a cycle and there is a radius to scale
    fed_by = rng.random((H, H)).argsort(axis=1)[:, :connections]
    W_hh = np.zeros((H, H))
    np.put_along_axis(W_hh, fed_by, rng.uniform(-1, 1, fed_by.shape), axis=1)
    W_hh *= radius / spectral_radius(W_hh)
    drawn = ESNParams(
        W_ih=input_scale * rng.uniform(-1, 1, (H, input_size)),
        W_hh=W_hh,
        W_oh=feedback_scale * rng.uniform(-1, 1, (H, feedback_size)),
        b=bias_scale * rng.uniform(-1, 1, H),
        alpha=np.full(H, alpha),
    )
    return ESNParams(*(array.astype(dtype) for array in drawn))


def spectral_radius(W: Array) -> float:
    """The largest absolute value among the eigenvalues of a square matrix.

    Raises:
        ValueError: W is not square.

    >>> round(spectral_radius(np.array([[0.0, 2.0], [-2.0, 0.0]])), 9)
    2.0
    """
    W = np.asarray(W)
    if W.ndim != 2 or W.shape[0] != W.shape[1]:
        raise ValueError(f"W must have shape (H, H), got {W.shape}")
    return float(np.abs(np.linalg.eigvals(W)).max(initial=0))


def step(params: ESNParams, x: Array, state: ESNState, y_before: Array | None = None) -> ESNState:
    """One step: `h[t] = (1 - α) h[t-1] + α tanh(b + W_hh h[t-1] + W_ih x[t] + W_oh y[t-1])`.

    Args:
        params: the weights.
        x: input of this step, (B, I).
        state: the state before it, h (B, H).
        y_before: the output that is fed back, (B, K); left out where there is no feedback.

    >>> weights = [np.array([[1.0]]), np.array([[0.5]]), np.zeros((1, 0))]
    >>> params = ESNParams(*weights, b=np.array([0.0]), alpha=np.array([0.5]))
    >>> step(params, np.array([[1.0]]), ESNState(np.array([[0.2]]))).h.round(4).tolist()
    [[0.5002]]
    """
    a = params.b + state.h @ params.W_hh.T + x @ params.W_ih.T  # eq. 1: (B, H)
    if y_before is not None:
        a = a + y_before @ params.W_oh.T  # eq. 1
    return ESNState((1 - params.alpha) * state.h + params.alpha * np.tanh(a))  # eq. 2


def forward(
    params: ESNParams,
    x: Array,
    state: ESNState | None = None,
    *,
    y_before: Array | None = None,
    lengths: Any = None,
) -> tuple[Array, ESNState]:
    """Run the reservoir over a batch of sequences.

    Args:
        params: the weights.
        x: (T, B, I), of the weights' dtype; `np.zeros((T, B, 0))` where there is no input.
        state: h (B, H) before the first step; zeros when left out.
        y_before: (T, B, K), what each step is fed back: the targets, one step late. Asked for
            where the network has feedback, and only there.
        lengths: (B,) steps in each sequence, 0 to T. What stands in x and y_before beyond a
            sequence's end may be anything, NaN included, and changes nothing.

    Returns:
        h (T, B, H), zero beyond a sequence's end; and the state at each sequence's end.

    Raises:
        ValueError: a shape or dtype that does not fit, lengths out of range, NaN or infinity
            within a sequence.

    >>> params = init(np.random.default_rng(0), input_size=1, hidden_size=20)
    >>> x = np.ones((200, 2, 1))
    >>> start = ESNState(np.array([[1.0], [-1.0]]) * np.ones(20))
    >>> h, end = forward(params, x, start)
    >>> gap = np.abs(h[:, 0] - h[:, 1]).max(axis=1)
    >>> bool(gap[0] > 0.1), bool(gap[-1] < 1e-9)  # the state forgets where it began
    (True, True)
    """
    x, state = _checked(params, x, state)
    T, B, _ = x.shape
    K = params.W_oh.shape[1]
    lengths = _validate.lengths(lengths, T, B)
    if y_before is None and K:
        raise ValueError(f"y_before must be given, for W_oh has shape {params.W_oh.shape}")
    fed = np.zeros((T, B, 0), x.dtype) if y_before is None else np.asarray(y_before)
    _validate.shape("y_before", fed, (T, B, K), because="T, B as in x, K as in W_oh")
    _validate.same_dtype("y_before", fed, x.dtype, "the weights have")
    real = None if lengths is None else _validate.real_steps(lengths, T)[:, :, None]
    if real is not None:
        x, fed = (np.where(real, array, array.dtype.type(0)) for array in (x, fed))
    _validate.finite("x", x)
    _validate.finite("y_before", fed)

    H = len(params.b)
    hs = np.empty((T + 1, B, H), x.dtype)
    hs[0] = state.h
    driven = x @ params.W_ih.T + fed @ params.W_oh.T + params.b  # eq. 1: (T, B, H)
    kept = 1 - params.alpha
    for t in range(T):
        a = driven[t] + hs[t] @ params.W_hh.T  # eq. 1
        hs[t + 1] = kept * hs[t] + params.alpha * np.tanh(a)  # eq. 2
    end = hs[T] if lengths is None else hs[lengths, np.arange(B)]
    h = hs[1:] if real is None else np.where(real, hs[1:], hs.dtype.type(0))
    return h, ESNState(end.copy())


def generate(
    params: ESNParams, readout: LinearParams, x: Array, state: ESNState, y_before: Array
) -> tuple[Array, ESNState]:
    """Run free: each output is fed back at the next step.

    Args:
        params: a network with feedback.
        readout: W_ho (K, H) and b_o (K,), as from `ridge`.
        x: (T, B, I), the inputs, if any, of the T steps to generate.
        state: h (B, H) before the first of them.
        y_before: (B, K), the output or target just before it.

    Returns:
        o (T, B, K), and the state after the last step.

    Raises:
        ValueError: a shape or dtype that does not fit, NaN or infinity given.

    >>> params = init(np.random.default_rng(1), input_size=0, hidden_size=30, feedback_size=1)
    >>> wave = np.sin(np.arange(401) / 5)[:, None, None]
    >>> h, end = forward(params, np.zeros((400, 1, 0)), y_before=wave[:-1])
    >>> readout = ridge(h, wave[1:], penalty=1e-6, washout=100)
    >>> o, _ = generate(params, readout, np.zeros((50, 1, 0)), end, wave[-1])
    >>> bool(np.abs(o[:, 0, 0] - np.sin(np.arange(401, 451) / 5)).max() < 0.01)
    True
    """
    x, state = _checked(params, x, state)
    T, B, _ = x.shape
    H, K = params.W_oh.shape
    _validate.parameters(readout, {"W_ho": (K, H), "b_o": (K,)})
    y_before = np.asarray(y_before)
    _validate.shape("y_before", y_before, (B, K), because="B as in x, K as in W_oh")
    _validate.same_dtype("LinearParams.W_ho", readout.W_ho, x.dtype, "the weights have")
    _validate.same_dtype("y_before", y_before, x.dtype, "the weights have")
    _validate.finite("x", x)
    _validate.finite("y_before", y_before)
    o = np.empty((T, B, K), x.dtype)
    for t in range(T):
        state = step(params, x[t], state, y_before)
        y_before = o[t] = state.h @ readout.W_ho.T + readout.b_o  # eq. 3
    return o, state


def _checked(params: ESNParams, x: Any, state: ESNState | None) -> tuple[Array, ESNState]:
    H, I = params.W_ih.shape if params.W_ih.ndim == 2 else ("H", "I")
    wanted = {"W_ih": (H, I), "W_hh": (H, H), "W_oh": (H, "K"), "b": (H,), "alpha": (H,)}
    dtype = _validate.parameters(params, wanted)
    x = _validate.array("x", x)
    _validate.shape("x", x, ("T", "B", I), because=f"I as in W_ih {params.W_ih.shape}")
    _validate.same_dtype("x", x, dtype, "the weights have")
    B = x.shape[1]
    if state is None:
        state = ESNState(np.zeros((B, len(params.b)), dtype))
    _validate.shape("state.h", state.h, (B, H), because="B as in x, H as in W_hh")
    _validate.same_dtype("state.h", state.h, dtype, "the weights have")
    _validate.finite("state.h", state.h)
    return x, state
