"""What the encoder–decoders share: symbols as vectors, and what the decoder gets of a last state.

States are trees of arrays (see `_tree`): a cell's is a NamedTuple, its first part (B, H) what it
puts out; a wrapper's holds those of its cells, and a count of steps (B,) where it drops units. A
layer without memory, such as a TCN, has None. These functions serve PyTorch's states as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from rnncourse import _labelling, _tree, _validate, _wiring
from rnncourse._validate import Array


class Encoded(NamedTuple):
    """What an encoder makes of its inputs."""

    h: Array  # (T, B, H)
    end: Any  # its last state
    cache: Any
    last: Array  # (B,), the last step of each sequence, -1 where it has none


def encode(encoder: Any, params: Any, x: Array, lengths: Any) -> Encoded:
    """Run an encoder over x (T, B, I)."""
    h, end, cache = encoder.forward(params, x, lengths=lengths)
    T, B, _ = h.shape
    known = _validate.lengths(lengths, T, B)
    return Encoded(h, end, cache, (np.full(B, T) if known is None else known) - 1)


def context(encoded: Encoded) -> Array:
    """C (B, n): what the encoder's cells put out last; without any, its last output."""
    h, end, _, last = encoded
    if next(cells(end), None) is not None:
        return shown(end)
    C = np.zeros(h.shape[1:], h.dtype)
    some = np.flatnonzero(last >= 0)
    C[some] = h[last[some], some]
    return C


def context_backward(encoded: Encoded, d_C: Array) -> tuple[Array, Any]:
    """The gradients by the encoder's outputs and by its last state, given that by C."""
    h, end, _, last = encoded
    d_h = np.zeros_like(h)
    if next(cells(end), None) is not None:
        return d_h, shown_backward(end, d_C)
    some = np.flatnonzero(last >= 0)
    d_h[last[some], some] = d_C[some]
    return d_h, end


def symbols(
    name: str, value: Any, B: int, lengths: Any, K: int, dtype: Any
) -> tuple[Array, Array | None]:
    """Symbols (S, B) as one-hot vectors (S, B, K), zero in the padding, and the lengths."""
    value = np.asarray(value)
    _validate.shape(name, value, ("S", B), because="a symbol for each step and sequence")
    S = len(value)
    known = _validate.lengths(lengths, S, B, name="target_lengths", longest="S")
    counts = np.full(B, S) if known is None else known
    value = _labelling.labels(name, value, ("S", B), counts, K)
    vectors = np.eye(K, dtype=dtype)[value]
    if known is not None:
        vectors[~_validate.real_steps(known, S)] = 0
    return vectors, known


def start(decoder: Any, params: Any, B: int, input_size: int, dtype: Any) -> Any:
    """The decoder's own first state: zeros, as it makes them."""
    first = decoder.forward(params, np.zeros((0, B, input_size), dtype))[1]
    if not _remembers(first):
        raise ValueError(
            f"decoder must carry a state from step to step, got {_wiring.label(decoder)}, which "
            "would see nothing but the last symbol"
        )
    return first


def slopes(d_o: Any, shape: tuple[int, ...], dtype: Any, real: Array | None) -> Array:
    """The gradient by the outputs as `backward` got it, checked, padding zeroed."""
    d_o = np.asarray(d_o)
    _validate.shape("d_o", d_o, shape, because="that of o")
    _validate.same_dtype("d_o", d_o, dtype, "o has")
    return _wiring.zeroed(d_o, real)


def add(tree: Any, other: Any) -> Any:
    """The sum of two trees, array by array."""
    return _tree.apply(np.add, tree, other)


def zeros(tree: Any) -> Any:
    """A tree like another, of zeros."""
    return _tree.apply(np.zeros_like, tree)


def check(encoder: Any, decoder: Any) -> None:
    """Raise unless both are cells, or wrappers, and the second can go on from what it put out."""
    _wiring.check("encoder", encoder, numbers=True)
    _wiring.check("decoder", decoder)
    for name, layer in (("encoder", encoder), ("decoder", decoder)):
        if _wiring.pools(layer):
            raise ValueError(
                f"{name} must put out a vector at each step, got {_wiring.label(layer)}"
            )
    if not _wiring.causal(decoder):
        raise ValueError(
            f"decoder must be causal, got {_wiring.label(decoder)}: it would read symbols that it "
            "has not put out yet"
        )


def cells(state: Any) -> Iterator[Any]:
    """The state of each cell in a tree."""
    if _is_leaf(state):
        if state[0].ndim > 1:
            yield state
    elif isinstance(state, tuple | list):
        for part in state:
            yield from cells(part)


def shown(state: Any) -> Array:
    """What every cell put out last, side by side, (B, n)."""
    result: Array = np.concatenate([cell[0] for cell in cells(state)], axis=1)
    return result


def shown_backward(state: Any, d_shown: Array) -> Any:
    """The gradient by a state, given that by what it shows."""
    widths = np.cumsum([cell[0].shape[1] for cell in cells(state)])[:-1]
    pieces = iter(np.split(d_shown, widths, axis=1))

    def spread(tree: Any) -> Any:
        if tree is None:
            return None
        if hasattr(tree, "shape"):
            return np.zeros_like(tree)
        if _is_leaf(tree) and tree[0].ndim > 1:
            return type(tree)(next(pieces), *(np.zeros_like(part) for part in tree[1:]))
        parts = [spread(part) for part in tree]
        return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)

    return spread(state)


def handed(end: Any, first: Any) -> Any:
    """The tree `first`, with the parts of `end` in the place of those that have the same name.

    Raises:
        ValueError: no part of one name in both, or of another size.
    """
    given = dict(_tree.leaves(end))
    wanted = dict(_tree.leaves(first))
    common = given.keys() & wanted.keys()
    if not common or any(given[name].shape != wanted[name].shape for name in common):
        raise ValueError(
            "as_state needs an encoder that ends in a state like the decoder's first, got "
            f"{_described(given)} for {_described(wanted)}: with as_state=False the decoder "
            "starts from zeros"
        )
    names = iter(wanted)

    def choose(part: Any) -> Any:
        return given.get(next(names), part)

    return _tree.apply(choose, first)


def handed_backward(end: Any, d_first: Any) -> Any:
    """The gradient by `end`, given that by the first state that it was handed over to."""
    d_given = dict(_tree.leaves(d_first))
    names = iter([name for name, _ in _tree.leaves(end)])

    def choose(part: Array) -> Array:
        slope: Array | None = d_given.get(next(names))
        return np.zeros_like(part) if slope is None else slope

    return _tree.apply(choose, end)


def _remembers(state: Any) -> bool:
    """Whether every layer has a state."""
    if isinstance(state, tuple | list) and not _is_leaf(state):
        return bool(state) and all(map(_remembers, state))
    return state is not None


def _is_leaf(state: Any) -> bool:
    return bool(getattr(state, "_fields", ())) and all(hasattr(part, "shape") for part in state)


def _described(parts: dict[str, Any]) -> str:
    shapes = [f"{name} {tuple(part.shape)}" for name, part in parts.items()]
    return ", ".join(shapes) or "none"
