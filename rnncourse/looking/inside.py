"""States and gates at every step, by the names that the equations give them, and saturation.

Saturated is a gate that stands where its slope is next to nothing: it is open or shut whatever the
input. A forget gate that is right-saturated most of the time makes its cell remember; one that is
left-saturated makes its cell memoryless.

Source: A. Karpathy, J. Johnson and L. Fei-Fei, Visualizing and understanding recurrent networks
(2016).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from rnncourse import _tree, _validate, _wiring
from rnncourse._sequence import sigmoid
from rnncourse._validate import Array

__all__ = ["Saturation", "saturation", "traces"]


class Saturation(NamedTuple):
    """The share of the steps that each unit spends at either end."""

    left: Array  # (H,), below the lower bound
    right: Array  # (H,), above the upper bound


def traces(
    cell: Any, params: Any, x: Array, state: Any = None, *, lengths: Any = None
) -> dict[str, Array]:
    """Every part of the state after every step, and the gates that made it.

    Gates are those of `lstm`, `lstm_peephole`, `slstm` (i, f, g, o; the last one's i and f are the
    i' and f' of its equations), `lstm_coupled` (f, g, o), `gru`, `gru_before` (r, z, n), `mingru`
    (z, n) and `minlstm` (f, i, n, k). A cell of your own may have `gates(cache)`, from what its
    `step` left over to a dict. To look into a layer of a deep net or a direction of a bidirectional
    one, give that layer its own weights and inputs.

    Args:
        cell: a cell module with `step`, such as `rnncourse.lstm`.
        params: its weights.
        x: (T, B, I).
        state: the state before the first step; zeros when left out.
        lengths: (B,) steps in each sequence.

    Returns:
        Gates first, then the state's parts, by name; (T, B, H) each, zero beyond a sequence's end.

    Raises:
        ValueError: the cell has no `step`; a shape, dtype or length that does not fit; NaN or
            infinity within a sequence.

    >>> from rnncourse import gru
    >>> params = gru.init(np.random.default_rng(0), input_size=2, hidden_size=3)
    >>> {name: array.shape for name, array in traces(gru, params, np.ones((5, 1, 2))).items()}
    {'r': (5, 1, 3), 'z': (5, 1, 3), 'n': (5, 1, 3), 'h': (5, 1, 3)}
    """
    if not hasattr(cell, "step"):
        raise ValueError(f"cell must have step, as rnncourse.lstm has, got {_wiring.label(cell)}")
    x, lengths, real = _wiring.batch(x, lengths)
    x = _wiring.zeroed(x, real)
    _validate.finite("x", x)
    _, at, _ = cell.forward(params, x[:0], state)
    gates = getattr(cell, "gates", _GATES.get(_wiring.label(cell), lambda _: {}))
    rows: list[dict[str, Array]] = []
    for x_t in x:
        at, cache = cell.step(params, x_t, at)
        rows.append({**gates(cache), **dict(_tree.leaves(at))})
    if not rows:  # a batch of no sequences tells the names
        _, cache = cell.step(params, x.sum(axis=0), at)
        return {n: a[None][:0] for n, a in {**gates(cache), **dict(_tree.leaves(at))}.items()}
    found = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
    if lengths is not None:
        beyond = ~_validate.real_steps(lengths, len(x))
        for array in found.values():
            array[beyond] = 0
    return found


def saturation(
    values: Array, bounds: tuple[float, float] = (0.1, 0.9), *, lengths: Any = None
) -> Saturation:
    """How often each unit is at either end.

    Args:
        values: (T, B, H), one gate of `traces`, or h.
        bounds: what counts as saturated: below the first, above the second. For tanh units take
            (-0.9, 0.9).
        lengths: (B,) steps in each sequence; what lies beyond does not count.

    Raises:
        ValueError: values have another shape or no step, or the bounds are not in order.

    >>> gate = np.array([0.02, 0.95, 0.97, 0.5]).reshape(4, 1, 1)
    >>> saturation(gate)
    Saturation(left=array([0.25]), right=array([0.5]))
    """
    values = np.asarray(values)
    _validate.shape("values", values, ("T", "B", "H"))
    T, B, _ = values.shape
    low, high = bounds
    if not low < high:
        raise ValueError(f"bounds must be a lower and an upper one, got {(low, high)}")
    known = _validate.lengths(lengths, T, B)
    real = np.ones((T, B), bool) if known is None else _validate.real_steps(known, T)
    seen = values[real]  # (steps of all sequences, H)
    if not len(seen):
        raise ValueError(f"values must hold at least one step, got shape {values.shape}")
    _validate.finite("values", seen)
    return Saturation((seen < low).mean(axis=0), (seen > high).mean(axis=0))


def _named(names: str) -> Callable[[Any], dict[str, Array]]:
    return lambda cache: dict(zip(names, cache.gates, strict=True))


# from what `step` leaves over for `step_backward`
_GATES: dict[str, Callable[[Any], dict[str, Array]]] = {
    "lstm": _named("ifgo"),
    "lstm_peephole": _named("ifgo"),
    "lstm_coupled": _named("fgo"),
    "slstm": _named("ifgo"),
    "gru": _named("rzn"),
    "gru_before": _named("rzn"),
    "mingru": lambda cache: {"z": cache.z, "n": cache.n},
    "minlstm": lambda cache: {
        "f": sigmoid(cache.a[0]),
        "i": sigmoid(cache.a[1]),
        "n": cache.a[2],
        "k": cache.k,
    },
}
