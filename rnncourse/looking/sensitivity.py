"""Which input moves which output, and by how much.

    R[t, s] = ‖∂y[t] / ∂x[s]‖           the Frobenius norm of a matrix (outputs, inputs)

at the weights and the sequence given. A row is what an output sees: all up to t in a recurrent
network, whatever it forgets on the way; a band in a convolution; the whole sequence in a
bidirectional network. A column is where an input gets to.

Source: the pictures of A. Graves, Supervised sequence labelling with recurrent neural networks
(2012), figures 4.1 and 4.4, here computed.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from rnncourse import _tree, _validate, _wiring
from rnncourse._validate import Array
from rnncourse.looking import _copies
from rnncourse.looking.inside import traces
from rnncourse.network import NetworkParams

__all__ = ["Influence", "Span", "influence", "reach", "span"]


class Span(NamedTuple):
    """How far an output looks, in steps beside its own; back + 1 is the receptive field."""

    back: int
    ahead: int


class Influence(NamedTuple):
    """How much one input moves what stands at every step."""

    hidden: Array  # (T,)
    output: Array  # (T,)
    gates: dict[str, Array]  # (T,) each, mean over the units; empty where the cell has none
    source: int  # the input's step, from 0


def reach(
    net: Any,
    params: Any,
    x: Array,
    state: Any = None,
    *,
    of: str | None = None,
    lengths: Any = None,
    **options: Any,
) -> Array:
    """The norm of ∂y[t]/∂x[s] for every output t, input s and sequence.

    Args:
        net: anything with `forward` and `backward` in the shape of `rnncourse.elman`: a cell, a
            wrapper such as `Bidirectional(lstm)`, `tcn`, `tdnn`; or `conv`, which has no state.
        params: its weights; or `NetworkParams`, then y is what the output layer makes of h.
        x: (T, B, I).
        state: the state before the first step; zeros when left out.
        of: the name of a part of the state, such as "c", in the place of the outputs.
        lengths: (B,) steps in each sequence.
        **options: for `net.forward`, such as `conv`'s dilation and mode.

    Returns:
        (S, T, B): entry t, s, b for output t and input s; S = T but for `conv`.

    Raises:
        ValueError: the net draws random masks, has no such part in its state or is not causal where
            a part is asked for; or what its `forward` refuses.

    >>> from rnncourse import elman
    >>> net = elman.scalar(w=0.5, u=1.0)
    >>> reach(elman, net.params, np.zeros((3, 1, 1)))[:, :, 0]  # wᵗ⁻ˢ u, as tanh' is 1 at 0
    array([[1.  , 0.  , 0.  ],
           [0.5 , 1.  , 0.  ],
           [0.25, 0.5 , 1.  ]])
    """
    x, lengths, _ = _wiring.batch(x, lengths)
    weights, W = (params.cell, params.out.W_ho) if _with_out(params) else (params, None)
    if of is not None:
        return _reach_of_state(net, weights, x, state, of, lengths)
    H = net.forward(weights, x[:, :0], **options)[0].shape[2]
    rows = np.eye(H) if W is None else W  # (K, H), the outputs by h
    h, cache = _run(net, weights, x, state, lengths, len(rows), options)
    found = np.empty((len(h), len(x), x.shape[1]), h.dtype)
    for t in range(len(h)):
        d_h = np.zeros_like(h)
        d_h[t] = np.tile(rows, (x.shape[1], 1))
        found[t] = _norms(net.backward(cache, d_h)[0], len(rows))
    return found


def span(R: Array) -> Span:
    """How far back and ahead any output is moved, measured on a map of `reach`.

    A path may have a slope of zero by chance, where a ReLU is shut: use several random sequences,
    longer than the receptive field.

    Args:
        R: (T, T) or (T, T, B).

    Raises:
        ValueError: R has another shape, or nothing moves anything.

    >>> from rnncourse import tcn
    >>> rng = np.random.default_rng(0)
    >>> params = tcn.init(rng, 1, 4, levels=2, kernel_size=3)
    >>> span(reach(tcn, params, rng.standard_normal((20, 3, 1)))), tcn.receptive_field(3, 2)
    (Span(back=12, ahead=0), 13)
    """
    R = np.asarray(R)
    _validate.shape("R", R, ("T", "T", "B") if R.ndim == 3 else ("T", "T"))
    if R.shape[0] != R.shape[1]:
        raise ValueError(f"R must have as many outputs as inputs, got shape {R.shape}")
    moved = R != 0 if R.ndim == 2 else (R != 0).any(axis=2)
    t, s = np.nonzero(moved)
    if not len(t):
        raise ValueError("R must hold an output that some input moves, got only zeros")
    return Span(max(int((t - s).max()), 0), max(int((s - t).max()), 0))


def influence(
    cell: Any, params: NetworkParams, x: Array, *, source: int = 0, of: str | None = None
) -> Influence:
    """How much one input moves the hidden state and the output of every step of one sequence.

    Args:
        cell: what `network.init` took.
        params: the weights of cell and output layer.
        x: (T, 1, I).
        source: the input's step, from 0.
        of: the part of the state that counts as hidden, such as "c"; the outputs h when left out.

    Raises:
        ValueError: more than one sequence, no such step, or as `reach`.

    >>> from rnncourse import elman, network
    >>> params = network.init(elman, np.random.default_rng(0), 1, 3, 1)
    >>> found = influence(elman, params, np.zeros((4, 1, 1)), source=1)
    >>> (found.hidden > 0).tolist()
    [False, True, True, True]
    """
    x = np.asarray(x)
    _validate.shape("x", x, ("T", 1, "I"))
    if not 0 <= source < len(x):
        raise ValueError(f"source must be a step from 0 to {len(x) - 1}, got {source}")
    if not _with_out(params):
        raise ValueError(f"params must be NetworkParams, got {type(params).__name__}")
    hidden = reach(cell, params.cell, x, of=of)[:, source, 0]
    output = reach(cell, params, x)[:, source, 0]
    inside = traces(cell, params.cell, x) if hasattr(cell, "step") else {}
    gates = {name: inside[name].mean(axis=(1, 2)) for name in "ifo" if name in inside}
    return Influence(hidden, output, gates, source)


def _with_out(params: Any) -> bool:
    return isinstance(params, NetworkParams)


def _run(
    net: Any, params: Any, x: Array, state: Any, lengths: Any, K: int, options: dict[str, Any]
) -> tuple[Array, Any]:
    """Outputs and cache of K copies of every sequence."""
    given = options if state is None else {**options, "state": _copies.repeated(state, K)}
    if lengths is not None:
        given = {**given, "lengths": np.repeat(lengths, K)}
    h, *_, cache = net.forward(params, np.repeat(x, K, axis=1), **given)
    _copies.agree(net, h, K)
    return h, cache


def _norms(d_x: Array, K: int) -> Array:
    """(T, B) from gradients (T, B K, I), one for each copy."""
    T, _, I = d_x.shape
    norms: Array = np.sqrt((d_x.reshape(T, -1, K * I) ** 2).sum(axis=2))
    return norms


def _reach_of_state(
    net: Any, params: Any, x: Array, state: Any, of: str, lengths: Array | None
) -> Array:
    _wiring.require_causal(net, "no part of its state belongs to one step")
    T, B, _ = x.shape
    _, start, _ = net.forward(params, x[:0], state)
    parts = dict(_tree.leaves(start))
    if of not in parts:
        names = ", ".join(map(repr, parts)) or "none"
        raise ValueError(f"of must name a part of the state ({names}), got {of!r}")
    N, place = _copies.width(start), 0
    for name, part in parts.items():
        if name == of:
            break
        place += _copies.width([part])
    K = _copies.width([parts[of]])
    units = np.tile(np.eye(N)[place : place + K], (B, 1))  # (B K, N)
    found = np.zeros((T, T, B), parts[of].dtype)
    for t in range(T):
        known = None if lengths is None else np.minimum(lengths, t + 1)
        h, cache = _run(net, params, x[: t + 1], state, known, K, {})
        d_state = _copies.unflat(units, _copies.repeated(start, K))
        found[t, : t + 1] = _norms(net.backward(cache, np.zeros_like(h), d_state)[0], K)
    return found
