"""What stands around a layer, and what it asks of one.

A layer is anything with the call shape of a cell module: `init(rng, I, H, *, dtype)`,
`forward(params, x, state, *, lengths)` and `backward(cache, d_h, d_state)`. Its weights and states
are trees of arrays (see `_tree`), each array of a state (B, …); a layer without either has () or
None. One that reads a sequence from its end says so by `causal = False`; one whose output is not
the first part of its state, by a method `shown`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from rnncourse import _tree, _validate
from rnncourse._validate import Array


def check(name: str, layer: Any) -> None:
    """Raise unless `layer` has the call shape of a cell."""
    missing = [part for part in ("init", "forward", "backward") if not hasattr(layer, part)]
    if missing:
        raise ValueError(
            f"{name} must have init, forward and backward as rnncourse.elman has, "
            f"got {label(layer)} without {' and '.join(missing)}"
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
    h, _, _ = layer.forward(params, np.zeros((0, 0, input_size), dtype))
    return int(h.shape[2])


def causal(layer: Any) -> bool:
    """Whether no output sees the future, so that a sequence may come in parts."""
    return bool(getattr(layer, "causal", True))


def require_causal(layer: Any, what: str) -> None:
    """Raise where a sequence cannot come in parts."""
    if not causal(layer):
        raise ValueError(
            f"cell must be causal, got {label(layer)}, whose backward direction starts at the end "
            f"of a sequence: {what}"
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
    x = np.asarray(x)
    _validate.shape("x", x, ("T", "B", "I"))
    T, B, _ = x.shape
    lengths = _validate.lengths(lengths, T, B)
    return x, lengths, None if lengths is None else _validate.real_steps(lengths, T)[:, :, None]


def zeroed(array: Array, real: Array | None) -> Array:
    """`array` with zeros in the place of padding."""
    return array if real is None else np.where(real, array, array.dtype.type(0))


def slopes(d_h: Any, h: Array, real: Array | None) -> Array:
    """The gradient by the outputs h as `backward` got it, checked, padding zeroed."""
    d_h = np.asarray(d_h)
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
