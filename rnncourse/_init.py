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
    dtype = _validate.floating(dtype)
    source(rng)
    bound = 1 / np.sqrt(hidden_size)
    return [rng.uniform(-bound, bound, shape).astype(dtype) for shape in shapes]


def source(rng: Any) -> None:
    """Raise unless `rng` draws numbers."""
    if not isinstance(rng, np.random.Generator):
        raise ValueError(
            f"rng must be a generator such as np.random.default_rng(0), got {type(rng).__name__}"
        )


def sizes(**given: int) -> None:
    """Raise unless every size is a whole number of at least 1."""
    for name, size in given.items():
        if not isinstance(size, int | np.integer) or isinstance(size, bool):
            raise ValueError(f"{name} must be a whole number, got {size!r}")
        if size < 1:
            raise ValueError(f"{name} must be at least 1, got {size}")
