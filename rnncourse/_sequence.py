"""What the cells share: questions to their arguments, σ, and blocks of time.

Every function raises `ValueError` saying which argument is meant, what came and what was wanted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from rnncourse import _validate
from rnncourse._validate import Array


def sigmoid(a: Array) -> Array:
    """σ(a) = 1 / (1 + exp(-a)), by tanh: exp overflows where a is far below zero, tanh never."""
    result: Array = 0.5 * np.tanh(0.5 * a) + 0.5
    return result


def log1p_exp(a: Array) -> Array:
    """log(1 + exp(a)) without overflow; of complex a too, which `np.logaddexp` does not take.

    log σ(a) is -log1p_exp(-a).
    """
    large = a.real > 0
    result: Array = np.where(large, a, 0) + np.log1p(np.exp(np.where(large, -a, a)))
    return result


def gated(params: Any, gates: int, **more: tuple[int | str, ...]) -> np.dtype[Any]:
    """Check the shapes of W_ih (gates H, I), W_hh (gates H, H) and b (gates H,); their dtype.

    Args:
        params: a NamedTuple of weights.
        gates: how many parts the rows have.
        more: shapes of further arrays, where "H" stands for the hidden units.
    """
    _validate.fields(params, "W_ih", "W_hh", "b", *more)
    W_ih = params.W_ih
    if W_ih.ndim == 2 and len(W_ih) % gates:
        raise ValueError(
            f"{type(params).__name__}.W_ih must have {gates} rows for each hidden unit, "
            f"got {W_ih.shape}"
        )
    rows, I = W_ih.shape if W_ih.ndim == 2 else (f"{gates}H", "I")
    H = len(W_ih) // gates if W_ih.ndim == 2 else "H"
    others = {name: tuple(H if n == "H" else n for n in size) for name, size in more.items()}
    return _validate.parameters(
        params, {"W_ih": (rows, I), "W_hh": (rows, H), "b": (rows,), **others}
    )


def checked(
    params: Any,
    dtype: np.dtype[Any],
    x: Any,
    state: Any,
    lengths: Any,
    kind: Any,
    sizes: tuple[tuple[int, ...], ...],
    because: str = "B as in x, H as in W_hh",
) -> tuple[Array, Any, Array | None]:
    """The arguments of a cell's `forward`: padding zeroed, the state there.

    Args:
        params: weights with W_ih (…, I), whose shapes are known to be right.
        dtype: that of the weights.
        x: (T, B, I), as given.
        state: as given, or None for zeros.
        lengths: (B,), as given.
        kind: the cell's state, a NamedTuple.
        sizes: the shape of each of its parts without the batch, such as ((H,), (H,)).
        because: where those come from, for the message.
    """
    I = params.W_ih.shape[1]
    x = _validate.array("x", x)
    _validate.shape("x", x, ("T", "B", I), because=f"I as in W_ih {params.W_ih.shape}")
    _validate.same_dtype("x", x, dtype, "the weights have")
    T, B, _ = x.shape
    if state is None:
        state = kind(*(np.zeros((B, *size), dtype) for size in sizes))
    state = _validate.state("state", state, kind)
    for name, part, size in zip(kind._fields, state, sizes, strict=True):
        _validate.shape(f"state.{name}", part, (B, *size), because=because)
        _validate.same_dtype(f"state.{name}", part, dtype, "the weights have")
        _validate.finite(f"state.{name}", part)
    lengths = _validate.lengths(lengths, T, B)
    if lengths is not None:
        x = np.where(_validate.real_steps(lengths, T)[:, :, None], x, x.dtype.type(0))
    _validate.finite("x", x)
    return x, state, lengths


def ends(lengths: Array | None, *states: Array) -> Iterator[Array]:
    """Of arrays (T + 1, B, …), what stands at each sequence's end, copied.

    Entry 0 is the initial state, so that a sequence of length 0 needs no case of its own.
    """
    for s in states:
        yield s[-1].copy() if lengths is None else s[lengths, np.arange(s.shape[1])]


def checked_gradients(d_h: Any, d_state: Any, h: Array, state: Any) -> tuple[Array, Any]:
    """The arguments of a cell's `backward`: d_h as an array, zeros for a d_state left out.

    Args:
        d_h: as given.
        d_state: as given, or None.
        h: (T, B, H), the outputs.
        state: any state of the cell, for the shapes of its parts; the first is what it puts out.
    """
    d_h, name = _validate.array("d_h", d_h), state._fields[0]
    _validate.shape(f"d_{name}", d_h, h.shape, because=f"that of {name}")
    _validate.same_dtype(f"d_{name}", d_h, h.dtype, f"{name} has")
    if d_state is None:
        return d_h, type(state)(*(np.zeros(part.shape, part.dtype) for part in state))
    d_state = _validate.state("d_state", d_state, type(state))
    for field, part, like in zip(state._fields, d_state, state, strict=True):
        _validate.shape(f"d_state.{field}", part, like.shape, because="that of the state")
        _validate.same_dtype(f"d_state.{field}", part, h.dtype, f"{name} has")
    return d_h, type(state)(*map(np.ascontiguousarray, d_state))


def seen(d_h: Array, d_end: Array, lengths: Array | None, block: slice) -> Array:
    """The slope of the loss by a block's states directly, (n, B, H).

    That is d_h within each sequence, d_end (B, H) added where it ends, and zero beyond.
    """
    if lengths is None:  # all end at T, so one copy is enough
        result: Array = d_h[block].copy()
        if len(result) and block.stop == len(d_h):
            result[-1] += d_end
        return result
    steps = np.arange(block.start, block.stop)[:, None]
    result = np.zeros((len(steps), *d_end.shape), d_h.dtype)
    np.copyto(result, d_h[block], where=(steps < lengths)[:, :, None])
    last = steps + 1 == lengths
    if last.any():
        result += last[:, :, None] * d_end
    return result


def at_the_end(d_end: Array, lengths: Array | None, T: int, block: slice) -> Array:
    """`seen`, where the loss looks only at the state at each sequence's end, d_end (B, …)."""
    return seen(np.broadcast_to(d_end.dtype.type(0), (T, *d_end.shape)), d_end, lengths, block)


def add_unbegun(d_start: Array, d_end: Array, lengths: Array | None, T: int) -> None:
    """A sequence of no steps hands on the gradient by its state unchanged: add it, in place."""
    unbegun = np.full(len(d_start), T == 0) if lengths is None else lengths == 0
    d_start[unbegun] += d_end[unbegun]


def blocks(T: int, bytes_per_step: int, budget: int = 1 << 19) -> Iterator[slice]:
    """Slices that cover T steps from the last to the first, each about `budget` bytes of work.

    >>> [(s.start, s.stop) for s in blocks(T=5, bytes_per_step=10, budget=20)]
    [(3, 5), (1, 3), (0, 1)]
    """
    n = max(1, min(T, budget // max(1, bytes_per_step)))
    return (slice(max(0, stop - n), stop) for stop in range(T, 0, -n))
