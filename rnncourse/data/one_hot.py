"""From class numbers to one-hot vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnncourse._validate import Array

__all__ = ["one_hot"]


def one_hot(numbers: Any, size: int, *, dtype: Any = np.float64) -> Array:
    """Vectors that are 1 at the class number and 0 elsewhere, in a new last axis.

    Args:
        numbers: class numbers, integers of any shape.
        size: how many classes there are.
        dtype: of the result.

    Returns:
        (…, size): one more axis than `numbers` (…) has.

    Raises:
        ValueError: a number outside 0 to size - 1, or numbers that are not integers.

    >>> one_hot([2, 0], size=3).tolist()
    [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """
    numbers = np.asarray(numbers)
    if numbers.size and not np.issubdtype(numbers.dtype, np.integer):
        raise ValueError(f"numbers must be integers, got dtype {numbers.dtype}")
    if numbers.size and (numbers.min() < 0 or numbers.max() >= size):
        wrong = numbers[(numbers < 0) | (numbers >= size)].flat[0]
        raise ValueError(f"numbers must lie between 0 and size - 1 = {size - 1}, got {wrong}")
    vectors = np.zeros((*numbers.shape, size), dtype)
    np.put_along_axis(vectors, numbers[..., None].astype(np.intp), 1, axis=-1)
    return vectors
