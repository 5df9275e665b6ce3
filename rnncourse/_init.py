"""How weights begin."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnncourse import _validate
from rnncourse._validate import Array


def uniform(
    rng: np.random.Generator, hidden_size: int, shapes: list[tuple[int, ...]], dtype: Any
) -> list[Array]:
    """Arrays drawn uniformly from ±1/√H, as `torch.nn` does for its recurrent layers."""
    _validate.inexact("dtype", np.dtype(dtype))
    bound = 1 / np.sqrt(hidden_size)
    return [rng.uniform(-bound, bound, shape).astype(dtype) for shape in shapes]


def sizes(**given: int) -> None:
    """Raise unless every size is at least 1."""
    for name, size in given.items():
        if size < 1:
            raise ValueError(f"{name} must be at least 1, got {size}")
