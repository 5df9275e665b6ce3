"""One row of a Jacobian for each copy of a sequence: a batch of copies, asked different things."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnncourse import _tree, _wiring
from rnncourse._validate import Array


def repeated(tree: Any, times: int, axis: int = 0) -> Any:
    """Every sequence of a batch `times` over, its copies beside each other."""
    return _tree.apply(lambda part: np.repeat(part, times, axis=axis), tree)


def agree(cell: Any, h: Array, times: int) -> None:
    """Raise where copies of a sequence (axis 1) do not give the same."""
    if not h.size:
        return
    T, copies = h.shape[:2]
    each = h.reshape(T, copies // times, times, -1)
    if not np.allclose(each, each[:, :, :1], rtol=1e-3, atol=1e-3):
        raise ValueError(
            "cell must give the same for the same input, without random masks, "
            f"got {_wiring.label(cell)}"
        )


def width(state: Any) -> int:
    """How many numbers the state of one sequence holds."""
    return sum(int(np.prod(part.shape[1:])) for _, part in _tree.leaves(state))


def flat(state: Any) -> Array:
    """A state as one array (B, N), its parts in their order."""
    parts = [part.reshape(len(part), width([part])) for _, part in _tree.leaves(state)]
    return np.concatenate(parts, axis=1)


def unflat(rows: Array, state: Any) -> Any:
    """Rows (B, N) as a tree like `state`."""
    begun = 0

    def part(like: Array) -> Array:
        nonlocal begun
        size = int(np.prod(like.shape[1:]))
        begun += size
        cut = rows[:, begun - size : begun]
        return cut.reshape(len(rows), *like.shape[1:]).astype(like.dtype)

    return _tree.apply(part, state)
