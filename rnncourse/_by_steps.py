"""`forward` and `backward` for a cell that has no faster form than its steps.

Arguments and results as those of `rnncourse.lstm.forward` and `rnncourse.lstm.backward`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from rnncourse import _sequence, steps
from rnncourse._validate import Array


class _Cache(NamedTuple):
    steps: Any
    h: Array  # (T, B, H)
    end: Any


def forward(
    cell: Any,
    params: Any,
    dtype: np.dtype[Any],
    x: Any,
    state: Any,
    lengths: Any,
    kind: Any,
    sizes: tuple[tuple[int, ...], ...],
) -> tuple[Array, Any, _Cache]:
    """Check the arguments (as `_sequence.checked` does) and repeat `cell.step`."""
    x, state, lengths = _sequence.checked(params, dtype, x, state, lengths, kind, sizes)
    h, end, cache = steps.forward(cell, params, x, state, lengths)
    end = kind(*(part.copy() for part in end))
    return h, end, _Cache(cache, h, end)


def backward(cell: Any, cache: _Cache, d_h: Any, d_state: Any) -> tuple[Array, Any, Any]:
    """Check the arguments and repeat `cell.step_backward`."""
    d_h, d_state = _sequence.checked_gradients(d_h, d_state, cache.h, cache.end)
    return steps.backward(cell, cache.steps, d_h, d_state)
