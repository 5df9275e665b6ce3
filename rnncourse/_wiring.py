"""What stands around a layer, and what it asks of one.

A layer is anything with the call shape of a cell module: `init(rng, I, H, *, dtype)`,
`forward(params, x, state, *, lengths)` and `backward(cache, d_h, d_state)`. Its weights and states
are trees of arrays (see `_tree`), each array of a state (B, …); a layer without either has () or
None. One that reads a sequence from its end says so by `causal = False`; one that looks back beyond
what its state holds, so that a sequence cannot come in parts, by `carries = False`; one whose
output is not the first part of its state, by a method `shown`. One that puts out a single step for
each sequence, and none for a sequence of no steps, says so by `pools = True` (`Pooled`); one whose
x is class numbers (T, B), by `reads_numbers = True` (`Embedded`): it gives no gradient by them, and
stands around the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from rnncourse import _tree, _validate
from rnncourse._validate import Array


def check(name: str, layer: Any, *, numbers: bool = False) -> None:
    """Raise unless `layer` has the call shape of a cell; `numbers`, whether it may read such."""
    missing = [part for part in ("init", "forward", "backward") if not hasattr(layer, part)]
    if missing:
        raise ValueError(
            f"{name} must have init, forward and backward as rnncourse.elman has, "
            f"got {label(layer)} without {' and '.join(missing)}"
        )
    if reads_numbers(layer) and not numbers:
        raise ValueError(
            f"{name} must read vectors, got {label(layer)}, which reads class numbers: "
            "let it stand around the whole network"
        )


def label(layer: Any) -> str:
    """A layer in a few letters: `lstm`, `Bidirectional(lstm)`."""
    name: str | None = getattr(layer, "__name__", None)
    if name is not None:
        return name.rpartition(".")[2]
    kind = type(layer)
    return repr(layer) if kind.__module__.startswith("rnncourse.") else kind.__name__


def output_size(layer: Any, params: Any, input_size: int) -> int:
    """How wide the outputs are, seen on a batch of no sequences that have not begun."""
    dtype = next((array.dtype for _, array in _tree.leaves(params)), np.dtype(float))
    h, _, _ = layer.forward(params, no_steps(layer, 0, input_size, dtype))
    return int(h.shape[2])


def no_steps(layer: Any, B: int, input_size: int, dtype: Any) -> Array:
    """Inputs of B sequences that have not begun."""
    return np.zeros((0, B), int) if reads_numbers(layer) else np.zeros((0, B, input_size), dtype)


def reads_numbers(layer: Any) -> bool:
    """Whether its x is class numbers (T, B) instead of vectors (T, B, I)."""
    return bool(getattr(layer, "reads_numbers", False))


def inputs(layer: Any) -> tuple[str, ...]:
    """The shape of its x, in letters."""
    return ("T", "B") if reads_numbers(layer) else ("T", "B", "I")


def pools(layer: Any) -> bool:
    """Whether a single step comes out of it for each sequence."""
    if hasattr(layer, "stack"):
        return any(map(pools, layer.stack))
    return bool(getattr(layer, "pools", False))


def put_out(
    layer: Any, x: Array, lengths: Any, real: Array | None = None
) -> tuple[Any, Array | None]:
    """The lengths of a layer's outputs and which entries (…, B, 1) are real, from its inputs'.

    Args:
        layer: a cell or a wrapper.
        x: its inputs (T, B, …).
        lengths: theirs, or None.
        real: theirs, or None.
    """
    if not pools(layer):
        return lengths, real
    T, B = np.shape(x)[:2]
    known = _validate.lengths(lengths, T, B)
    lengths = np.minimum(np.full(B, T) if known is None else known, 1)
    return lengths, _validate.real_steps(lengths, 1)[:, :, None]


def causal(layer: Any) -> bool:
    """Whether no output sees the future, so that a sequence may come in parts."""
    return bool(getattr(layer, "causal", True))


def require_causal(layer: Any, what: str) -> None:
    """Raise where a sequence cannot come in parts."""
    if not causal(layer):
        why = "which puts out one step" if pools(layer) else "whose backward direction starts"
        raise ValueError(
            f"cell must be causal, got {label(layer)}, {why} at the end of a sequence: {what}"
        )


def carries(layer: Any) -> bool:
    """Whether its state holds all that later steps need of earlier ones."""
    if hasattr(layer, "stack"):
        return all(map(carries, layer.stack))
    return bool(getattr(layer, "carries", True))


def require_parts(layer: Any, what: str) -> None:
    """Raise where a sequence cannot come in parts, one going on from the state of the other."""
    require_causal(layer, what)
    if not carries(layer):
        raise ValueError(
            f"cell must carry a state, got {label(layer)}, which has none and would forget all "
            f"that stands before a part of the sequence: {what}"
        )


def has_arrays(tree: Any) -> bool:
    """Whether there is anything in it: the weights, or the state, of a layer that has some."""
    return next(_tree.leaves(tree), None) is not None


def shows_state(layer: Any, state: Any) -> bool:
    """Whether what it puts out is part of its state; dropout's state is only a count of steps."""
    return bool(getattr(layer, "shows_state", has_arrays(state)))


def shown(layer: Any, cache: Any, d_state: Any, d_h: Array) -> Any:
    """The gradient by the state after a step, given that by what the step puts out.

    Args:
        layer: a cell or a wrapper.
        cache: what its `forward` left over that one step.
        d_state: the gradient through all that comes later.
        d_h: (1, B, H), the gradient by the output.
    """
    if hasattr(layer, "shown"):
        return layer.shown(cache, d_state, d_h)
    return type(d_state)(d_state[0] + d_h[0], *d_state[1:])


@contextmanager
def within(place: str) -> Iterator[None]:
    """Put the name of a part before what is said of its arguments."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from error


def batch(x: Any, lengths: Any) -> tuple[Array, Array | None, Array | None]:
    """Give x as an array, lengths as one or None, and which entries (T, B, 1) are real, or None."""
    x = _validate.array("x", x)
    _validate.shape("x", x, ("T", "B", "I"))
    T, B, _ = x.shape
    lengths = _validate.lengths(lengths, T, B)
    return x, lengths, None if lengths is None else _validate.real_steps(lengths, T)[:, :, None]


def zeroed(array: Array, real: Array | None) -> Array:
    """`array` with zeros in the place of padding."""
    return array if real is None else np.where(real, array, array.dtype.type(0))


def slopes(d_h: Any, h: Array, real: Array | None) -> Array:
    """The gradient by the outputs h as `backward` got it, checked, padding zeroed."""
    d_h = _validate.array("d_h", d_h)
    _validate.shape("d_h", d_h, h.shape, because="that of h")
    _validate.same_dtype("d_h", d_h, h.dtype, "h has")
    return zeroed(d_h, real)


def parts(name: str, given: Any, kind: Any, *left_out: Any) -> Any:
    """A wrapper's weights or state as the type it wants; of `left_out` where there may be none."""
    if given is None and left_out:
        return kind(*left_out)
    if not isinstance(given, kind):
        raise ValueError(f"{name} must be a {kind.__name__}, got {type(given).__name__}")
    return given
